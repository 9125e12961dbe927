# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Expected against observed: what is so, what is missing, what should not be there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

OK = "ok"
MISSING = "missing"
UNEXPECTED = "unexpected"
WRONG = "wrong"
UNKNOWN = "not observed"
LEFT = "up to others"


@dataclass(frozen=True)
class Finding:
    """One line of the verdict.

    ``where`` is the node or router, ``kind`` is ``session`` or ``route``, ``subject`` the neighbor
    or the destination.
    """

    where: str
    kind: str
    subject: str
    expected: str
    observed: str
    verdict: str


def judge(
    expected: Mapping[str, Mapping[str, Any]], observed: Mapping[str, Mapping[str, Any] | None]
) -> list[Finding]:
    """Compare every place's expectation with what was read there.

    ``expected`` maps a place to ``{addresses: [own], sessions: [{neighbor, remote_as}], routes:
    [{dst, gateways}]}``, ``observed`` to ``{sessions: [{neighbor, remote_as, state}], routes}``, or
    to nothing where nothing could be read. A router names things its own way: a session's neighbor
    ``remote_address``, a route's next hop ``gateway``, beside ``active``.

    A session of a place that was not read is judged by its other end, if that was.
    """
    findings: list[Finding] = []
    for where, wish in expected.items():
        found = observed.get(where)
        if not found:
            findings += _from_the_other_end(where, wish, expected, observed)
            continue
        findings += _sessions(where, wish["sessions"], found["sessions"])
        findings += _routes(where, wish["routes"], found["routes"])
    return findings


def _from_the_other_end(
    where: str,
    wish: Mapping[str, Any],
    expected: Mapping[str, Mapping[str, Any]],
    observed: Mapping[str, Mapping[str, Any] | None],
) -> Iterator[Finding]:
    own = set(wish.get("addresses") or ())
    for session in wish["sessions"]:
        neighbor = str(session["neighbor"])
        text = f"Established, AS {session['remote_as']}"
        ends = [
            (place, seen["sessions"])
            for place, other in expected.items()
            if neighbor in (other.get("addresses") or ()) and (seen := observed.get(place))
        ]
        if not ends:
            yield Finding(where, "session", neighbor, text, "nothing", UNKNOWN)
            continue
        place, sessions = ends[0]
        states = [str(s["state"]) for s in sessions if _neighbor(s) in own]
        up = any(state.lower() == "established" for state in states)
        shown = f"{', '.join(states) or 'no session'} (seen from {place})"
        yield Finding(where, "session", neighbor, text, shown, OK if up else MISSING)
    if wish["routes"]:
        yield Finding(where, "route", "all", "readable", "nothing", UNKNOWN)


def _sessions(
    where: str, expected: Iterable[Mapping[str, Any]], observed: Sequence[Mapping[str, Any]]
) -> Iterator[Finding]:
    left = list(observed)
    for wish in expected:
        neighbor = str(wish["neighbor"])
        text = f"Established, AS {wish['remote_as']}"
        mine = [s for s in left if _neighbor(s) == neighbor]
        # Of several to one neighbor the best counts, the others are unexpected.
        mine.sort(key=lambda session: not _established(session))
        if not mine:
            yield Finding(where, "session", neighbor, text, "no session", MISSING)
            continue
        left.remove(mine[0])
        state, remote_as = mine[0]["state"], mine[0].get("remote_as")
        seen = state if remote_as is None else f"{state}, AS {remote_as}"
        if not _established(mine[0]):
            yield Finding(where, "session", neighbor, text, seen, MISSING)
        elif remote_as not in (None, wish["remote_as"]):
            yield Finding(where, "session", neighbor, text, seen, WRONG)
        else:
            yield Finding(where, "session", neighbor, text, seen, OK)
    for session in left:
        neighbor = _neighbor(session)
        yield Finding(where, "session", neighbor, "no session", str(session["state"]), UNEXPECTED)


def _routes(
    where: str, expected: Iterable[Mapping[str, Any]], observed: Sequence[Mapping[str, Any]]
) -> Iterator[Finding]:
    known = {route["dst"]: _gateways(route) for route in observed if route.get("active", True)}
    for wish in expected:
        dst, gateways = str(wish["dst"]), list(wish["gateways"])
        text = "via " + ", ".join(gateways)
        found = known.get(dst)
        if found is None:
            yield Finding(where, "route", dst, text, "no route", MISSING)
            continue
        verdict = OK if sorted(found) == sorted(gateways) else WRONG
        yield Finding(where, "route", dst, text, "via " + (", ".join(found) or "nothing"), verdict)


def _neighbor(session: Mapping[str, Any]) -> str:
    return str(session["neighbor"] if "neighbor" in session else session["remote_address"])


def _established(session: Mapping[str, Any]) -> bool:
    return str(session["state"]).lower() == "established"


def _gateways(route: Mapping[str, Any]) -> list[str]:
    return list(route["gateways"]) if "gateways" in route else [str(route["gateway"])]


def leave(findings: Iterable[Finding], left: Mapping[str, Sequence[str]]) -> list[Finding]:
    """Return the findings; missing sessions of a place to ``left`` neighbors are up to others."""
    return [
        replace(finding, verdict=LEFT)
        if finding.kind == "session"
        and finding.verdict == MISSING
        and finding.subject in left.get(finding.where, ())
        else finding
        for finding in findings
    ]


def failures(findings: Iterable[Finding], partial: bool = False) -> list[Finding]:
    """Return what is not as expected; with ``partial`` without what was not read on purpose."""
    good = {OK, LEFT, UNKNOWN} if partial else {OK, LEFT}
    return [finding for finding in findings if finding.verdict not in good]
