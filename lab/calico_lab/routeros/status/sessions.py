# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sessions: status of RouterOS 6's peers, session rows of RouterOS 7, advertisements."""

from __future__ import annotations

import time
from collections.abc import Mapping

from calico_lab.routeros.bgp.v7 import Connection
from calico_lab.routeros.frr.state import Path, Session
from calico_lab.routeros.release import Release
from calico_lab.routeros.status.bfd import DOWN
from calico_lab.routeros.store import Row
from calico_lab.routeros.values import time_text

Attributes = dict[str, str]
_MARKER = "ff" * 16
_NOTIFICATION_LENGTH = 21


def peer_status(row: Row, session: Session | None) -> Attributes:
    """What RouterOS 6 adds to a peer. FRR counts no withdrawals, so those counters are absent."""
    if row.disabled or session is None:
        return {} if row.disabled else {"state": "idle"}
    out: Attributes = {}
    if session.established:
        if session.remote_id:
            out["remote-id"] = session.remote_id
        if session.local_address:
            out["local-address"] = session.local_address
        out["uptime"] = _duration(session)
        out["prefix-count"] = str(session.prefixes)
        out["updates-sent"] = str(session.messages.get("updatesSent", 0))
        out["updates-received"] = str(session.messages.get("updatesRecv", 0))
        out["used-hold-time"] = time_text(session.hold)
        out["used-keepalive-time"] = time_text(session.keepalive)
        out["refresh-capability"] = _flag("rr" in session.remote_capabilities)
        out["as4-capability"] = _flag("as4" in session.remote_capabilities)
    out["state"] = session.state
    if session.established:
        out["established"] = "true"
    return out


def session_row(
    number: int, connection: Connection, session: Session, release: Release, bfd_up: bool
) -> Attributes:
    """A row of /routing/bgp/session. ``established`` is there only while it is.

    ``bfd_up`` only counts where the session uses BFD.
    """
    values = connection.values
    out: Attributes = {
        ".id": f"*{0x2800001 + number:X}",
        "name": f"{connection.name}-1",
        "remote.address": session.address,
        "remote.as": values.get("remote.as", str(session.remote_as)),
    }
    if session.established:
        if session.remote_id:
            out["remote.id"] = session.remote_id
        out["remote.capabilities"] = ",".join(session.remote_capabilities)
        if release.within("7.15.."):
            out["remote.afi"] = ",".join(session.remote_afi)
        out["remote.messages"] = str(session.messages.get("totalRecv", 0))
        out["remote.eor"] = ",".join(session.remote_eor)
    out["local.role"] = connection.role
    address = session.local_address or values.get("local.address")
    if address:
        out["local.address"] = address
    out["local.as"] = str(session.local_as)
    out["local.id"] = session.local_id
    if session.established:
        out["local.capabilities"] = ",".join(session.local_capabilities)
        if release.within("7.15.."):
            out["local.afi"] = ",".join(session.local_afi)
        out["local.messages"] = str(session.messages.get("totalSent", 0))
        out["local.eor"] = ",".join(session.local_eor)
    out.update(_options(values))
    if session.notification:
        way, code, subcode = session.notification
        side = "input" if way == "received" else "output"
        told = f"{_NOTIFICATION_LENGTH:04x}03{code:02x}{subcode:02x}"
        out[f"{side}.last-notification"] = f"{_MARKER}{told}"
    out["ibgp" if connection.internal else "ebgp"] = ""
    if values.get("multihop") == "true":
        out["multihop"] = "true"
    if values.get("use-bfd") == "true":
        out["use-bfd"] = "true"
        if not bfd_up:
            out[".about"] = DOWN
    if release.within("7.20.."):
        out["instance"] = connection.instance.get("name", "")
    if session.established:
        out["hold-time"] = time_text(session.hold)
        out["keepalive-time"] = time_text(session.keepalive)
        out["uptime"] = _duration(session)
        out["last-started"] = _clock(session.since)
    if session.reset_ago is not None:
        out["last-stopped"] = _clock(time.time() - session.reset_ago / 1000)
    if session.established:
        out["prefix-count"] = str(session.prefixes)
        out["established"] = "true"
    return out


def advertisement(
    number: int, peer: str, path: Path, session: Session, release: Release
) -> Attributes:
    """A row of /routing/bgp/advertisements."""
    own = path.next_hop in (None, "0.0.0.0", "::")
    next_hop = session.local_address if own else path.next_hop
    out: Attributes = {".id": f"*{number:X}", "peer": peer}
    out["prefix" if release.major == 6 else "dst"] = path.network
    if release.major == 7:
        out["afi"] = "ip" if "." in path.network else "ipv6"
    if next_hop:
        out["nexthop"] = next_hop
    out["origin"] = path.origin
    if path.as_path:
        out["as-path"] = path.as_path
    if path.local_pref is not None and session.internal:
        out["local-pref"] = str(path.local_pref)
    if path.metric is not None:
        out["med"] = str(path.metric)
    return out


def _options(values: Mapping[str, str]) -> Attributes:
    shown = ("output.default-originate", "output.filter-chain", "output.network", "input.filter")
    return {name: values[name] for name in shown if name in values}


def _duration(session: Session) -> str:
    return time_text(session.up_for)


def _clock(moment: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(moment))


def _flag(value: bool) -> str:
    return "true" if value else "false"
