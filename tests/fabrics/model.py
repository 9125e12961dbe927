# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fabric to boot: Calico's objects, blocks and routers, on one bridge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.calico_objects import (  # noqa: E501
    CalicoCluster,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.propagation import (
    BgpRouter,
    Block,
    RouterConnection,
)

Json = dict[str, Any]

AS_NUMBER = 63400
ROUTER_AS = 65000
VERSION = "v3.32.1"
REFLECTORS = "has(rr)"


@dataclass(frozen=True)
class Router:
    """A router and the program that plays it: bird (without ADD-PATH) or frr."""

    speaker: BgpRouter
    program: str = "bird"


@dataclass(frozen=True)
class Fabric:
    """``nodes`` and ``objects`` have the flat form ``{kind, name, spec}`` of recorded scenarios."""

    name: str
    nodes: tuple[Json, ...]
    objects: tuple[Json, ...]
    blocks: tuple[Block, ...]
    routers: tuple[Router, ...] = ()
    version: str = VERSION
    env: dict[str, str] = field(default_factory=dict)

    def scenario(self) -> Json:
        """For the lab's stand-in, which holds every block as an affinity of its node."""
        affinities = [
            {
                "kind": "BlockAffinity",
                "name": f"{block.node}-{block.cidr}",
                "spec": {"cidr": block.cidr, "node": block.node, "state": "confirmed"},
            }
            for block in self.blocks
        ]
        return {
            "nodes": list(self.nodes),
            "objects": [*self.objects, *affinities],
            "calico_version": self.version,
            "env": self.env,
        }

    def cluster(self) -> CalicoCluster:
        """For the product."""
        nodes = [{"kind": "Node", **node} for node in self.nodes]
        return CalicoCluster.from_objects(
            self.version,
            [*nodes, *self.objects],
            router_id=self.env.get("CALICO_ROUTER_ID", ""),
        )

    def addresses(self) -> dict[str, list[str]]:
        """Node or router -> its addresses with masks."""
        found = {
            node["name"]: [
                value
                for key, value in sorted(node["annotations"].items())
                if key.endswith(("IPv4Address", "IPv6Address"))
            ]
            for node in self.nodes
        }
        for router in self.routers:
            own = {connection.local_address for connection in router.speaker.connections}
            found[router.speaker.name] = [
                f"{address}/{64 if ':' in address else 24}" for address in sorted(own)
            ]
        return found


def node(number: int, labels: str = "", network: int = 0, ipv6: bool = False, **notes: str) -> Json:
    """Node ``n<number>`` at 192.168.<network>.<number>; labels are words with or without ``=``."""
    annotations = {"IPv4Address": f"192.168.{network}.{number}/24", **notes}
    if ipv6:
        annotations["IPv6Address"] = f"fd00::{number}/64"
    return {
        "name": f"n{number}",
        "labels": dict(word.partition("=")[::2] for word in labels.split()),
        "annotations": {f"projectcalico.org/{key}": text for key, text in annotations.items()},
    }


def reflector(number: int, cluster_id: str = "244.0.0.1", labels: str = "", **rest: Any) -> Json:
    """A node with a cluster ID and the label ``rr``."""
    return node(number, f"rr {labels}", RouteReflectorClusterID=cluster_id, **rest)


def item(kind: str, name: str, **spec: Any) -> Json:
    return {"kind": kind, "name": name, "spec": spec}


def mesh(enabled: bool, **spec: Any) -> Json:
    values = {"asNumber": AS_NUMBER, "nodeToNodeMeshEnabled": enabled, **spec}
    return item("BGPConfiguration", "default", **values)


def pool(name: str = "pods", cidr: str = "10.20.0.0/16", **spec: Any) -> Json:
    return item("IPPool", name, cidr=cidr, ipipMode="Never", **spec)


def peer(name: str, of: str = "all()", to: str = REFLECTORS, **spec: Any) -> Json:
    """A BGPPeer by selectors."""
    return item("BGPPeer", name, nodeSelector=of, peerSelector=to, **spec)


def router_peer(name: str, of: str, address: str, as_number: int, **spec: Any) -> Json:
    """A BGPPeer that points to a router."""
    return item("BGPPeer", name, nodeSelector=of, peerIP=address, asNumber=as_number, **spec)


def blocks(nodes: Sequence[Json], pools: int = 1, ipv6: bool = False) -> tuple[Block, ...]:
    """A block for every node in each of the pools 10.20.0.0/16, 10.21.0.0/16, ..."""
    found = [
        Block(found["name"], f"10.{20 + number}.{found['name'][1:]}.0/26")
        for number in range(pools)
        for found in nodes
    ]
    if ipv6:
        found += [Block(n["name"], f"fd20::{int(n['name'][1:]):x}00/122") for n in nodes]
    return tuple(found)


def router(
    number: int,
    to: Sequence[Json],
    as_number: int = AS_NUMBER,
    program: str = "bird",
    originates: tuple[str, ...] = (),
    remote_as: int = AS_NUMBER,
    ipv6: bool = False,
    **options: Any,
) -> Router:
    """Router ``r<number>`` at 192.168.0.<number>, with a session to each of the nodes."""
    connections = []
    for there in to:
        annotations = there["annotations"]
        where = annotations["projectcalico.org/IPv4Address"].partition("/")[0]
        connections.append(RouterConnection(where, remote_as, f"192.168.0.{number}", **options))
        if ipv6:
            where = annotations["projectcalico.org/IPv6Address"].partition("/")[0]
            connections.append(RouterConnection(where, remote_as, f"fd00::{number}", **options))
    speaker = BgpRouter(
        f"r{number}",
        as_number,
        f"192.168.0.{number}",
        tuple(connections),
        originates=originates,
    )
    return Router(speaker, program)
