# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plan's sessions by link: both ends together, as people count them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from .plan_model import RELOAD, RESTART, START, STOP, WAIT
from .report import counted, listed

Data = Mapping[str, Any]
#: One session stops and another one to the same neighbor starts.
REPLACE = "replace"
#: Effects on links, the most disturbing first, with the words for them.
VERBS: Mapping[str, str] = {
    RESTART: "restart",
    REPLACE: "are replaced",
    STOP: "end",
    START: "start",
    RELOAD: "filter anew",
    WAIT: "wait",
}
_ONE: Mapping[str, str] = {
    RESTART: "restarts",
    REPLACE: "is replaced",
    STOP: "ends",
    START: "starts",
    RELOAD: "filters anew",
    WAIT: "waits",
}
#: Effects with which a running session goes down.
DOWN = (RESTART, REPLACE, STOP)


class Link(NamedTuple):
    """Two ends in order of name; the second is an address where it belongs to nobody known."""

    one: str
    other: str
    family: int


def links(effects: Iterable[Data]) -> dict[str, dict[Link, list[str]]]:
    """Return the links of a step by what becomes of them, each with its reasons."""
    found: dict[Link, dict[str, list[Data]]] = {}
    for item in effects:
        ends = sorted((item["place"], item["peer"] or item["neighbor"]))
        link = Link(ends[0], ends[1], item["family"])
        found.setdefault(link, {}).setdefault(item["effect"], []).append(item)
    result: dict[str, dict[Link, list[str]]] = {verb: {} for verb in VERBS}
    for link, by_effect in found.items():
        effect = next(verb for verb in (RESTART, STOP, START, RELOAD, WAIT) if verb in by_effect)
        if START in by_effect and effect in (RESTART, STOP):
            old, new = _kind_names(by_effect.get(STOP, ())), _kind_names(by_effect[START])
            result[REPLACE][link] = [f"{old} becomes {new}" if old else new]
        else:
            result[effect][link] = [item["because"] for item in by_effect[effect]]
    return result


def _kind_names(items: Iterable[Data]) -> str:
    return " and ".join(sorted({item["name"].partition("_")[0].lower() for item in items}))


def shape(ends: Sequence[Link]) -> str:
    """Say between whom links run."""
    common = set(ends[0][:2]).intersection(*(link[:2] for link in ends))
    if common and len(ends) > 1:
        centre = min(common)
        others = sorted({link.other if link.one == centre else link.one for link in ends})
        return f"{centre} with {listed(others, 'others')}"
    if len(ends) == 1:
        return f"{ends[0].one} with {ends[0].other}"
    return f"between {listed(sorted({name for link in ends for name in link[:2]}), 'hosts')}"


def sentence(verb: str, ends: Mapping[Link, Sequence[str]]) -> str:
    """Say what becomes of links: ``5 sessions restart: k8s-worker5 with 5 others``."""
    words = _ONE if len(ends) == 1 else VERBS
    word = words[verb].upper() if verb in DOWN[:2] else words[verb]
    return f"{counted(len(ends), 'session')} {word}: {shape(list(ends))}"


def in_short(step: Data) -> str:
    """Say how many running sessions a step takes down."""
    parts = [
        f"{len(ends)} {(_ONE if len(ends) == 1 else VERBS)[verb]}"
        for verb, ends in links(step["sessions"]).items()
        if ends and verb in DOWN
    ]
    return ", ".join(parts) or "none"


def away_in_short(step: Data) -> str:
    """Say how many routes are away, and where."""
    away = step["routes_away"]
    if not away:
        return "none"
    number = sum(len(prefixes) for prefixes in away.values())
    return f"{number} on {listed(list(away), 'hosts')}"


def gap_text(step: Data) -> str:
    """Return ``2 s (up to 18 s)``, or nothing."""
    gap = step["gap"]
    return f"{gap['usual']} s (up to {gap['longest']} s)" if gap else ""


class Row(NamedTuple):
    """Neighbors of a place with the same past, future and fate."""

    place: str
    neighbors: tuple[str, ...]
    now: str
    then: str
    meanwhile: str

    @property
    def shown(self) -> str:
        if len(self.neighbors) == 1:
            return self.neighbors[0]
        return f"{len(self.neighbors)} neighbors"


def session_rows(data: Data) -> list[Row]:
    """Return the sessions of every place now and then, with the steps that touch them."""
    fates = _fates(data["steps"])
    now, then = data["sessions"]["now"], data["sessions"]["then"]
    rows = []
    for place in dict.fromkeys((*now, *then)):
        grouped: dict[tuple[str, str, str], list[str]] = {}
        before, after = _by_neighbor(now.get(place, ())), _by_neighbor(then.get(place, ()))
        for neighbor in dict.fromkeys((*before, *after)):
            sessions = (*before.get(neighbor, ()), *after.get(neighbor, ()))
            peer = sessions[0]["peer"]
            fate = ", ".join(fates.get((place, neighbor), ())) or "stays"
            key = (_kinds(before.get(neighbor, ())), _kinds(after.get(neighbor, ())), fate)
            grouped.setdefault(key, []).append(f"{peer} {neighbor}".strip())
        for key, neighbors in grouped.items():
            rows.append(Row(place, tuple(neighbors), *key))
        if not before and not after:
            rows.append(Row(place, ("nobody",), "-", "-", "stays"))
    return rows


def _by_neighbor(sessions: Iterable[Data]) -> dict[str, list[Data]]:
    found: dict[str, list[Data]] = {}
    for session in sessions:
        found.setdefault(session["neighbor"], []).append(session)
    return found


def _kinds(sessions: Iterable[Data]) -> str:
    texts = []
    for session in sorted(sessions, key=lambda session: bool(session["waits"])):
        text = str(session["kind"]).lower()
        if session["rr_client"]:
            text += " (its client)" if session["kind"] == "Router" else " (reflects)"
        texts.append(f"{text} waits" if session["waits"] else text)
    return ", ".join(texts) or "-"


def _fates(steps: Iterable[Data]) -> dict[tuple[str, str], list[str]]:
    fates: dict[tuple[str, str], list[str]] = {}
    for step in steps:
        at: dict[tuple[str, str], set[str]] = {}
        for item in step["sessions"]:
            at.setdefault((item["place"], item["neighbor"]), set()).add(item["effect"])
        for key, effects in at.items():
            verb = next(v for v in (RESTART, STOP, START, RELOAD, WAIT) if v in effects)
            if START in effects and verb in (RESTART, STOP):
                verb = REPLACE
            if verb != WAIT:
                fates.setdefault(key, []).append(f"{_ONE[verb]} in {step['number']}")
    return fates
