# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""BFD: session rows of RouterOS 7, neighbor rows of RouterOS 6."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from calico_lab.routeros.frr.state import BfdPeer
from calico_lab.routeros.values import fraction_text, time_text

Attributes = dict[str, str]

FORBIDDEN = "BFD forbidden for destination address"
DOWN = "BFD session down"


def session_rows(peers: Mapping[str, BfdPeer], forbidden: Iterable[str]) -> Iterable[Attributes]:
    """Rows of /routing/bfd/session; ``forbidden`` are the addresses that no entry allows."""
    for peer in peers.values():
        at = f"%{peer.interface}" if peer.interface else ""
        row = {
            "multihop": _flag(peer.multihop),
            "vrf": "main",
            "remote-address": f"{peer.address}{at}",
            "local-address": peer.local or "",
            "state": peer.state,
            "state-changes": str(peer.changes),
        }
        if peer.up:
            row["uptime"] = time_text(peer.up_for * 1000)
        row["desired-tx-interval"] = time_text(peer.transmit)
        row["required-min-rx"] = time_text(peer.receive)
        if peer.up:
            row["actual-tx-interval"] = time_text(max(peer.transmit, peer.remote_receive))
            row["remote-min-rx"] = time_text(peer.remote_receive)
            row["remote-min-tx"] = time_text(peer.remote_transmit)
            row["hold-time"] = time_text(_hold(peer))
        row["multiplier"] = str(peer.multiplier)
        row["packets-rx"] = str(peer.packets_received)
        row["packets-tx"] = str(peer.packets_sent)
        if peer.up:
            row["up"] = "true"
        yield row
    for address in forbidden:
        yield {
            "inactive": "true",
            ".about": FORBIDDEN,
            "remote-address": address,
            "local-address": "",
            "desired-tx-interval": "0ms",
            "required-min-rx": "0ms",
            "multiplier": "0",
        }


def neighbor_rows(peers: Mapping[str, BfdPeer]) -> Iterable[Attributes]:
    """Rows of RouterOS 6's /routing/bfd/neighbor."""
    for peer in peers.values():
        row = {
            "address": peer.address,
            "interface": peer.interface or "",
            "protocols": "bgp",
            "multihop": _flag(peer.multihop),
            "state": peer.state,
            "up": _flag(peer.up),
            "state-changes": str(peer.changes),
            "desired-tx-interval": fraction_text(peer.transmit),
            "required-min-rx": fraction_text(peer.receive),
            "multiplier": str(peer.multiplier),
            "packets-rx": str(peer.packets_received),
            "packets-tx": str(peer.packets_sent),
        }
        if peer.up:
            row["uptime"] = time_text(peer.up_for * 1000)
            row["actual-tx-interval"] = fraction_text(max(peer.transmit, peer.remote_receive))
            row["remote-min-rx"] = fraction_text(peer.remote_receive)
            row["hold-time"] = fraction_text(_hold(peer))
        yield row


def _hold(peer: BfdPeer) -> int:
    """Without a packet for this long the neighbor is down (RFC 5880, 6.8.4)."""
    return max(peer.remote_transmit, peer.receive) * peer.remote_multiplier


def _flag(value: bool) -> str:
    return "true" if value else "false"
