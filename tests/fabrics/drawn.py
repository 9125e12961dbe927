# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fabrics drawn at random from a seed; most are broken in some way."""

from __future__ import annotations

import random
from typing import Any

from tests.fabrics.model import (
    AS_NUMBER,
    ROUTER_AS,
    VERSION,
    Fabric,
    Json,
    Router,
    blocks,
    item,
    mesh,
    node,
    peer,
    pool,
    reflector,
    router,
    router_peer,
)

_SELECTORS = ("!has(rr)", "has(rr)", "rack == 'a'", "rack == 'b'", "all()")
_IDS = ("244.0.0.1", "244.0.0.2", "244.0.0.3")
_VERSIONS = (VERSION, VERSION, "v3.31.7", "v3.34.0")
_ROUTERS = (253, 252)


def drawn(seed: int) -> Fabric:
    """The fabric of a seed."""
    return _Draw(seed).fabric()


class _Draw:
    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._chance = random.Random(seed)
        self._version = self._chance.choice(_VERSIONS)
        self._rich = self._version in (VERSION, "v3.34.0")

    def fabric(self) -> Fabric:
        chance = self._chance
        as_of_their_own = chance.random() < 0.12
        nodes = [self._node(number, as_of_their_own) for number in range(11, 11 + self._count())]
        reflectors = [found for found in nodes if "rr" in found["labels"]]
        objects = [
            mesh(
                chance.random() < 0.35,
                serviceClusterIPs=[{"cidr": "10.96.0.0/12"}] if self._maybe(0.5) else [],
                serviceLoadBalancerIPs=[{"cidr": "172.30.0.0/24"}] if self._maybe(0.2) else [],
            ),
            pool(),
            pool(
                "second",
                "10.21.0.0/16",
                disableBGPExport=self._maybe(0.25),
                vxlanMode="Always" if self._maybe(0.2) else "Never",
            ),
            *(self._filter(number) for number in range(2)),
            *self._peers(),
        ]
        routers = []
        for number in _ROUTERS[: chance.choice((0, 1, 1, 2))]:
            peers, found = self._router(number, nodes, reflectors)
            objects.append(peers)
            routers.append(found)
        return Fabric(
            f"drawn_{self._seed}",
            tuple(nodes),
            tuple(objects),
            blocks(nodes, 2),
            tuple(routers),
            self._version,
        )

    def _maybe(self, probability: float) -> bool:
        return self._chance.random() < probability

    def _count(self) -> int:
        return self._chance.randint(4, 6)

    def _node(self, number: int, own_as: bool) -> Json:
        rack = f"rack={self._chance.choice('ab')}"
        notes = {"ASNumber": str(64600 + self._chance.randint(0, 1))} if own_as else {}
        if self._maybe(0.5):
            return reflector(number, self._chance.choice(_IDS), rack, **notes)
        return node(number, rack, **notes)

    def _peers(self) -> list[Json]:
        """Peers between nodes and reflectors. Between ordinary nodes the mesh and a BGPPeer would
        compete for one neighbor, and BIRD keeps either."""
        chance = self._chance
        found = []
        for number in range(chance.choice((1, 1, 2, 3))):
            spec: dict[str, Any] = {}
            if self._version != "v3.31.7" or self._maybe(0.5):
                spec["nextHopMode"] = chance.choice(("Auto", "Auto", "Self", "Keep"))
            if self._maybe(0.4):
                spec["filters"] = chance.sample(["filter-0", "filter-1"], chance.choice((1, 2)))
            if self._maybe(0.15):
                spec["ttlSecurity"] = 1
            # Each pair of nodes gets its options from one BGPPeer: else Calico takes either.
            to = ("has(rr)", "has(rr) && rack == 'a'", "has(rr) && rack == 'b'")
            of = chance.choice(_SELECTORS)
            found.append(peer(f"peer-{number}", of, chance.choice(to), **spec))
        return found

    def _filter(self, number: int) -> Json:
        directions = {}
        for direction in ("importV4", "exportV4"):
            if self._maybe(0.6):
                directions[direction] = [self._rule() for _n in range(self._chance.randint(1, 2))]
        return item("BGPFilter", f"filter-{number}", **directions)

    def _rule(self) -> Json:
        chance = self._chance
        rule: Json = {"action": chance.choice(("Accept", "Reject", "Reject"))}
        if self._maybe(0.9):
            rule["matchOperator"] = chance.choice(("In", "In", "NotIn", "Equal", "NotEqual"))
            rule["cidr"] = chance.choice(
                (
                    f"10.20.{chance.randint(11, 16)}.0/26",
                    f"10.21.{chance.randint(11, 16)}.0/24",
                    "10.20.8.0/21",
                    "172.16.0.0/12",
                    "10.96.0.0/12",
                )
            )
            if rule["matchOperator"] in ("In", "NotIn") and self._maybe(0.2):
                rule["prefixLength"] = {"min": 26, "max": 32}
        if self._maybe(0.2):
            rule["source"] = "RemotePeers"
        if self._maybe(0.1):
            rule["interface"] = chance.choice(("eth*", "*.calico", "eth0"))
        if self._rich:
            self._enrich(rule)
        return rule

    def _enrich(self, rule: Json) -> None:
        chance = self._chance
        if self._maybe(0.2):
            rule["peerType"] = chance.choice(("iBGP", "eBGP"))
        if self._maybe(0.1):
            rule["asPathPrefix"] = [chance.choice((AS_NUMBER, ROUTER_AS))]
        if self._maybe(0.1):
            rule["communities"] = {"values": ["65000:1"]}
        if rule["action"] == "Accept" and self._maybe(0.4):
            rule["operations"] = [
                chance.choice(
                    (
                        {"setPriority": {"value": chance.choice((512, 2048))}},
                        {"addCommunity": {"value": "65000:1"}},
                        {"prependASPath": {"prefix": [64700, 64701]}},
                    )
                )
            ]

    def _router(
        self, number: int, nodes: list[Json], reflectors: list[Json]
    ) -> tuple[Json, Router]:
        chance = self._chance
        as_number = chance.choice((AS_NUMBER, ROUTER_AS))
        spec: dict[str, Any] = {}
        if self._version != "v3.31.7":
            spec["nextHopMode"] = chance.choice(("Auto", "Self", "Keep"))
        if self._maybe(0.3):
            spec["filters"] = ["filter-1"]
        if self._maybe(0.1):
            spec["numAllowedLocalASNumbers"] = 1
        if self._maybe(0.1):
            spec["localASNumber"] = 64800
        everybody = self._maybe(0.3)
        connected = nodes if everybody else reflectors
        if connected and self._maybe(0.2):
            connected = connected[:1]
        of = "all()" if everybody else "has(rr)"
        local_as = spec.get("localASNumber", AS_NUMBER)
        speaker = router(
            number,
            connected,
            as_number,
            chance.choice(("bird", "frr")),
            (f"172.16.{number - 248}.0/24", "172.16.1.0/24") if self._maybe(0.5) else (),
            remote_as=local_as,
            route_reflector_client=self._maybe(0.3),
            next_hop=chance.choice(("default", "default", "force-self", "propagate")),
        )
        address = f"192.168.0.{number}"
        return router_peer(f"router-{number}", of, address, as_number, **spec), speaker
