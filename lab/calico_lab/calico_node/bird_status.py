# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What BIRD says of itself, its sessions and routes, in the words of CalicoNodeStatus."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from calico_lab.calico_node.bird_control import Answer, BirdUnreachable, ask
from calico_lab.calico_node.values import Family

Json = dict[str, Any]

_SESSION = re.compile(r"(Global|Node|Mesh)_(.+)")
_PORT_SUFFIX = re.compile(r"_port_\d+$")
_PEER_TYPES = {"Global": "GlobalPeer", "Node": "NodePeer", "Mesh": "NodeMesh"}
_STATES = ("Idle", "Connect", "Active", "OpenSent", "OpenConfirm", "Established", "Close")

_CODE_VERSION = 1000
_CODE_STATUS = 1011
_CODE_PROTOCOL = 1002
_CODE_ROUTE = 1007

_ROUTE_LINE = re.compile(
    r"(?P<destination>\S*)\s+"
    r"(?:via (?P<gateway>\S+) on (?P<out>\S+)|dev (?P<device>\S+)"
    r"|(?P<special>blackhole|unreachable))"
    r" \[(?P<source>\S+) [^\]]*\](?P<primary> \*)?"
)
_SOURCES = {"kernel": "Kernel", "static": "Static", "direct": "Direct"}


def agent(path: Path) -> Json:
    """State of one daemon; NotReady if nothing answers."""
    try:
        answer = ask(path, "show status")[0]
    except BirdUnreachable:
        return {"state": "NotReady"}
    lines = [text.strip() for text in answer.texts()]
    return {
        "state": "Ready",
        "version": _after(answer.texts(_CODE_VERSION), "BIRD "),
        "routerID": _after(lines, "Router ID is "),
        "lastBootTime": _after(lines, "Last reboot on "),
        "lastReconfigurationTime": _after(lines, "Last reconfiguration on "),
    }


def peers(path: Path) -> list[Json]:
    """BGP sessions of one daemon; none if nothing answers. Other protocols are left out."""
    try:
        table = ask(path, "show protocols")[0]
        sessions = [row for line in table.texts(_CODE_PROTOCOL) if (row := _session_row(line))]
        details = ask(path, *(f"show protocols all {row[0]}" for row in sessions))
    except BirdUnreachable:
        return []
    return [
        _peer(name, since, detail) for (name, since), detail in zip(sessions, details, strict=True)
    ]


def routes(path: Path, family: Family) -> list[Json]:
    """All routes that one daemon knows; FIB are the selected ones."""
    try:
        answer = ask(path, "show route")[0]
    except BirdUnreachable:
        return []
    return list(_routes(answer.texts(_CODE_ROUTE), family))


def _session_row(line: str) -> tuple[str, str] | None:
    """Name and `since` of a BGP session's row in `show protocols`; others: None."""
    columns = line.split()
    if len(columns) < 6 or columns[1] != "BGP" or _SESSION.fullmatch(columns[0]) is None:
        return None
    return columns[0], columns[4]


def _peer(name: str, since: str, detail: Answer) -> Json:
    lines = [text.strip() for text in detail.texts()]
    state = _after(lines, "BGP state:")
    return {
        "peerIP": _after(lines, "Neighbor address:"),
        "type": _PEER_TYPES[name.partition("_")[0]],
        **({"state": state} if state in _STATES else {}),
        "since": since,
    }


def _routes(lines: Iterable[str], family: Family) -> Iterable[Json]:
    destination = ""
    for line in lines:
        match = _ROUTE_LINE.match(line)
        if match is None:
            continue
        # Further routes of one prefix leave the prefix out.
        destination = match["destination"] or destination
        yield {
            "type": "FIB" if match["primary"] else "RIB",
            "destination": destination,
            "gateway": match["gateway"] or "N/A",
            "interface": match["out"] or match["device"] or match["special"],
            "learnedFrom": _source(match["source"], family),
        }


def _source(protocol: str, family: Family) -> Json:
    for prefix, source in _SOURCES.items():
        if protocol.startswith(prefix):
            return {"sourceType": source}
    match = _SESSION.fullmatch(_PORT_SUFFIX.sub("", protocol))
    if match is None:
        return {}
    separator = "." if family == 4 else ":"
    return {
        "sourceType": "NodeMesh" if match[1] == "Mesh" else "BGPPeer",
        "peerIP": match[2].replace("_", separator),
    }


def _after(lines: Iterable[str], prefix: str) -> str:
    """Rest of the first line with this prefix, "" if there is none."""
    return next((line[len(prefix) :].strip() for line in lines if line.startswith(prefix)), "")
