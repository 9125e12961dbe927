# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the collection wrote: from the API server's audit log and the router's command log."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from calico_lab.access import OPERATOR
from calico_lab.options import State
from calico_lab.parts import ROUTER_USER

_READING = frozenset({"get", "list", "watch"})
# Asking the API server who one is, or what one may do, is a `create` that stores nothing.
_QUESTIONS = frozenset({"authentication.k8s.io", "authorization.k8s.io"})


def writes(state: State) -> list[str]:
    """One line for each write of the collection's users, tried or done: Kubernetes', then the
    router's, each in the order of its log."""
    return [*_kubernetes(state.audit_log), *_router(state.router / "commands.log")]


def _entries(log: Path) -> Iterator[dict[str, Any]]:
    if log.exists():
        with log.open(encoding="utf-8") as lines:
            for line in lines:
                yield json.loads(line)


def _kubernetes(log: Path) -> Iterator[str]:
    for event in _entries(log):
        target = event.get("objectRef") or {}
        if event["user"].get("username") != OPERATOR or event["verb"] in _READING:
            continue
        if event["stage"] != "ResponseComplete" or target.get("apiGroup") in _QUESTIONS:
            continue
        name = target.get("name") or (event.get("requestObject") or {}).get("metadata", {}).get(
            "name", ""
        )
        code = (event.get("responseStatus") or {}).get("code")
        yield f"kubernetes {event['verb']} {target.get('resource')}/{name} {code}"


def _router(log: Path) -> Iterator[str]:
    for entry in _entries(log):
        if entry["user"] == ROUTER_USER and entry["write"]:
            arguments = " ".join(f"{key}={value}" for key, value in entry["arguments"].items())
            yield f"router {entry['command']} {arguments} {entry['result']}"
