# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the plan says would be lost without pins, in the probe's terms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Any

from calico_lab.topology import CLIENT, ROUTER, Topology

from tests.live.probing import RATE, Probed

Pair = tuple[str, str]  # source, target


#: Seconds that a route may be away while BIRD replaces it: many times what was seen.
MOMENT = 0.1


@dataclass(frozen=True)
class Prediction:
    """Pairs of hosts that a plan lets lose packets, each with about how many.

    :param moments: how many steps may replace any route, so that any pair may lose some packets.
    """

    packets: Mapping[Pair, int]
    moments: int = 0

    def lost(self, *, client: bool) -> int:
        return sum(
            packets for pair, packets in self.packets.items() if (pair[0] == CLIENT) == client
        )

    def unexpected(self, probed: Probed) -> list[Pair]:
        """Pairs of pods that lost packets, and should not have."""
        return [
            (flow.source, flow.target)
            for flow in probed.flows
            if flow.lost > self.moments * MOMENT * RATE
            and not flow.from_client
            and (flow.source, flow.target) not in self.packets
        ]


def predict(steps: Sequence[Mapping[str, Any]], topology: Topology, carrier: str) -> Prediction:
    """From the steps of plan.json.

    A packet between pods is lost if its sender's node lacks the route to the receiver's block, or
    the other way round, as a ping must come back. One of the client is lost if the router lacks the
    route, and `carrier`, to which its floating route leads, lacks it at the same time; the way
    back to the client is on the link.

    :param carrier: node that the router's floating route leads to.
    """
    blocks = {node.name: node.block for node in topology.nodes}
    packets: dict[Pair, int] = {}
    for step in steps:
        away = {
            place: {IPv4Network(prefix) for prefix in prefixes if ":" not in prefix}
            for place, prefixes in step["routes_away"].items()
        }
        if not away:
            continue
        count = round((step["gap"] or {"usual": 0})["usual"] * RATE)
        for target in topology.pods:
            block = blocks[target.node]
            for source in topology.pods:
                if source.node == target.node:
                    continue
                there = block in away.get(source.node, ())
                back = blocks[source.node] in away.get(target.node, ())
                if there or back:
                    _add(packets, (source.host, target.host), count)
            if block in away.get(ROUTER, ()) and block in away.get(carrier, ()):
                _add(packets, (CLIENT, target.host), count)
    return Prediction(packets, sum(step["routes_replaced"] for step in steps))


def _add(packets: dict[Pair, int], pair: Pair, count: int) -> None:
    packets[pair] = packets.get(pair, 0) + count
