# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the RouterOS modules return: plain data and diff texts, without secrets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .apply import Outcome
from .observe import Identity, Observation
from .state import Session


def bgp_result(outcome: Outcome) -> dict[str, Any]:
    """Return the result of routeros_bgp."""
    difference = outcome.difference
    return {
        "changed": bool(difference.commands),
        "release": str(outcome.release),
        "snapshot": outcome.snapshot,
        "actions": [str(command) for command in difference.commands],
        "leftovers": [str(command) for command in difference.leftovers],
        "restarts": list(difference.restarts),
        "before": {path: list(rows) for path, rows in difference.before.items()},
        "after": {path: list(rows) for path, rows in difference.after.items()},
    }


def nothing_to_restore() -> dict[str, Any]:
    """Return the result of routeros_bgp where there is no snapshot."""
    return {
        "changed": False,
        "found": False,
        "snapshot": False,
        "actions": [],
        "leftovers": [],
        "restarts": [],
        "before": {},
        "after": {},
    }


def diff_text(rows: Mapping[str, Sequence[Mapping[str, str]]]) -> str:
    """Return rows as a text in which a changed property is a changed line."""
    lines = []
    for path, entries in rows.items():
        for entry in entries:
            lines.append(f"/{path}")
            lines += [f"    {name}={text}" for name, text in entry.items()]
    return "".join(f"{line}\n" for line in lines)


def session_data(session: Session) -> dict[str, Any]:
    """Return a session as data."""
    notification = session.last_notification
    return {
        "name": session.name,
        "remote_address": session.remote_address,
        "remote_as": session.remote_as,
        "local_address": session.local_address,
        "local_as": session.local_as,
        "state": session.state,
        "established": session.established,
        "uptime": session.uptime,
        "prefix_count": session.prefix_count,
        "hold_time": session.hold_time,
        "last_notification": None
        if notification is None
        else {
            "direction": notification.direction,
            "code": notification.code,
            "subcode": notification.subcode,
            "text": notification.text,
        },
        "about": session.about,
    }


def info_result(identity: Identity, observation: Observation) -> dict[str, Any]:
    """Return the result of routeros_bgp_info."""
    return {
        "changed": False,
        "release": str(identity.release),
        "version": identity.version,
        "identity": identity.identity,
        "board": identity.board,
        "sessions": [session_data(session) for session in observation.sessions],
        "routes": [
            {
                "dst": route.dst,
                "gateway": route.gateway,
                "distance": route.distance,
                "active": route.active,
                "contribution": route.contribution,
            }
            for route in observation.routes
        ],
        "missing": observation.missing,
        "waited": round(observation.waited, 2),
    }
