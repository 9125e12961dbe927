# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why a session does not come up, in one line that says where to look.

RouterOS 7 keeps the last NOTIFICATION message, and has no session row before a first TCP
connection, so that a row without message means a refusal, unless it was established before.
RouterOS 6 tells neither, only the state of the BGP machine (RFC 4271, 8.2.2): it stays in
``connect`` as long as TCP gets no answer, as with another TCP MD5 key (RFC 2385), falls back to
``idle`` when the neighbour refuses, and is ``active`` between, for either reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from .notification import BAD_PEER_AS, CEASE, HOLD_TIMER_EXPIRED, OPEN_ERROR, Notification
from .state import DISABLED, NO_SESSION, Session

#: States of waiting for the TCP connection, for either side, and with a TCP connection.
_UNANSWERED = frozenset({NO_SESSION, "connect"})
_TRYING = _UNANSWERED | {"active"}
_TRANSPORT = frozenset({"opensent", "openconfirm"})


def explain(session: Session, seen: Sequence[Session] = ()) -> str:
    """Return state and likely cause of a session that is not established.

    ``seen`` is how it was seen while waiting, in order.
    """
    notification = session.last_notification or _refused_open(seen)
    if session.state == DISABLED:
        return f"{session.state}: it is switched off on this router"
    if notification:
        last = f"last notification {notification.direction}: {notification.text}"
        about = f", {session.about}" if session.about else ""
        return f"{session.state}{about}, {last}: {_by_notification(session, notification)}"
    if session.about:
        return f"{session.state}: the router says: {session.about}"
    states = [*(earlier.state for earlier in seen), session.state]
    if _refused(states) or session.answered:
        return (
            f"{session.state}: the neighbour answers but refuses the session, likely cause wrong "
            f"AS ({_as_numbers(session)}; the neighbour must have both the other way round), or "
            f"the neighbour does not expect {_source(session)}"
        )
    if session.state in _UNANSWERED and "active" not in states:
        return (
            f"{session.state}: no TCP connection came about, likely cause another TCP MD5 key or "
            f"no way to the neighbour, which must have the same key ({_key(session)}), expect "
            f"{_source(session)}, and be reachable on TCP port 179"
        )
    return (
        f"{session.state}: the router does not tell why; compare with the neighbour the AS numbers "
        f"({_as_numbers(session)}) and the TCP MD5 key ({_key(session)}); it must expect "
        f"{_source(session)}, and be reachable on TCP port 179"
    )


def _refused_open(seen: Iterable[Session]) -> Notification | None:
    """Return the latest NOTIFICATION about an OPEN; the router may not show it all the time."""
    told = [session.last_notification for session in seen]
    found = [notification for notification in told if notification]
    return next((last for last in reversed(found) if last.code == OPEN_ERROR), None)


def _refused(history: Sequence[str]) -> bool:
    """Return whether the neighbour answered, and the session ended."""
    if _TRANSPORT.intersection(history):
        return True
    steps = zip(history, history[1:])
    return any(before in _TRYING and after == "idle" for before, after in steps)


def _as_numbers(session: Session) -> str:
    own = "not told" if session.local_as is None else str(session.local_as)
    other = "any" if session.remote_as is None else str(session.remote_as)
    return f"own AS {own}, expected AS {other}"


def _key(session: Session) -> str:
    return "this router has one" if session.keyed else "this router has none"


def _source(session: Session) -> str:
    return session.local_address or "this router's address"


def _by_notification(session: Session, notification: Notification) -> str:
    if (notification.code, notification.subcode) == BAD_PEER_AS:
        if notification.direction == "sent":
            expected = "none" if session.remote_as is None else str(session.remote_as)
            return (
                f"wrong AS: this router expects AS {expected}, and the neighbour is another; "
                "correct the remote AS here, or the AS of the neighbour"
            )
        own = "another" if session.local_as is None else f"AS {session.local_as}"
        return (
            f"wrong AS: this router is {own}, which the neighbour does not expect; correct the own "
            "AS here, or this router's AS at the neighbour"
        )
    if notification.code in (CEASE, HOLD_TIMER_EXPIRED):
        return (
            "the session ended so and did not come back; the neighbour must be up, reachable, and "
            f"have the same TCP MD5 key ({_key(session)})"
        )
    side = "here" if notification.direction == "sent" else "at the neighbour"
    return f"the reason is in the log {side}"


def not_established(
    sessions: Iterable[Session],
    wanted: Sequence[str],
    seen: Mapping[str, Sequence[Session]] = MappingProxyType({}),
) -> list[str]:
    """Return a line for each wanted remote address that has no established session.

    ``seen`` holds the sessions of each address as they were while waiting, in order.
    """
    by_address: dict[str, list[Session]] = {}
    for session in sessions:
        by_address.setdefault(session.remote_address, []).append(session)
    lines = []
    for address in wanted:
        found = by_address.get(address, [])
        if any(session.established for session in found):
            continue
        if not found:
            lines.append(f"{address}: no connection to it is configured")
        lines += [
            f"{address} ({session.name}): {explain(session, seen.get(address, ()))}"
            for session in found
        ]
    return lines
