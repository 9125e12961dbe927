# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Small fabrics for the tests of propagation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.propagation import (
    BgpRouter,
    Block,
    LearnedRoute,
    MissingRoutes,
    Propagation,
    RouterConnection,
    propagate,
)

from tests.unit.fabric.clusters import Raw, cluster, node, raw

AS_NUMBER = 63400
ROUTER = "192.168.0.253"
RR = "has(rr)"

__all__ = [
    "AS_NUMBER",
    "ROUTER",
    "RR",
    "block",
    "configuration",
    "groups",
    "learn",
    "member",
    "peers",
    "pods",
    "reasons",
    "reflector",
    "ros",
    "towards_router",
    "via",
]


def member(number: int, labels: str = "", **annotations: str) -> Raw:
    """Node ``n<number>`` at 192.168.0.<number>."""
    words = dict(word.partition("=")[::2] for word in labels.split())
    return node(f"n{number}", f"192.168.0.{number}/24", words, annotations)


def reflector(number: int, cluster_id: str = "244.0.0.1", labels: str = "", **more: str) -> Raw:
    return member(number, f"rr {labels}", RouteReflectorClusterID=cluster_id, **more)


def configuration(mesh: bool = False, **spec: Any) -> Raw:
    values = {"nodeToNodeMeshEnabled": mesh, "asNumber": AS_NUMBER, **spec}
    return raw("BGPConfiguration", "default", **values)


def pods(name: str = "pods", cidr: str = "10.20.0.0/16", **spec: Any) -> Raw:
    return raw("IPPool", name, cidr=cidr, **spec)


def peers(name: str = "reflectors", of: str = "all()", to: str = RR, **spec: Any) -> Raw:
    return raw("BGPPeer", name, nodeSelector=of, peerSelector=to, **spec)


def towards_router(
    of: str = RR, address: str = ROUTER, as_number: int = AS_NUMBER, **s: Any
) -> Raw:
    return raw(
        "BGPPeer", f"router-{address}", nodeSelector=of, peerIP=address, asNumber=as_number, **s
    )


def ros(
    to: Iterable[int], as_number: int = AS_NUMBER, address: str = ROUTER, **options: Any
) -> BgpRouter:
    """A router with a connection to each of the nodes, by number."""
    of_router = {key: options.pop(key) for key in ("originates", "cluster_id") if key in options}
    connections = tuple(
        RouterConnection(f"192.168.0.{number}", AS_NUMBER, address, **options) for number in to
    )
    return BgpRouter("ros", as_number, address, connections, **of_router)


def block(number: int, pool: int = 20) -> str:
    """The block of ``n<number>`` in pool 10.<pool>.0.0/16."""
    return f"10.{pool}.{number}.0/26"


def learn(
    *objects: Raw,
    routers: Sequence[BgpRouter] = (),
    blocks: Sequence[Block] | None = None,
    version: str = "v3.32.1",
    router_id: str = "",
    **options: Any,
) -> Propagation:
    """Propagate; every node has the block of its number unless ``blocks`` are given."""
    found = cluster(*objects, version=version, router_id=router_id)
    if blocks is None:
        blocks = [Block(node.name, block(int(node.name[1:]))) for node in found.nodes]
    return propagate(found, blocks, routers, **options)


def via(found: Propagation, place: str, prefix: str) -> tuple[str, ...] | None:
    """Last parts of the next hops of a route: ("11", "12"); None if there is no route."""
    route: LearnedRoute | None = found.routes[place].get(prefix)
    return None if route is None else tuple(hop.rpartition(".")[2] for hop in route.next_hops)


def reasons(found: Propagation) -> list[str]:
    return [route.reason for route in found.missing]


def groups(found: Propagation) -> list[tuple[str, str]]:
    """Kind and text of every cause."""
    assert isinstance(found.missing, MissingRoutes)
    return [(group.kind, str(group)) for group in found.missing.groups]
