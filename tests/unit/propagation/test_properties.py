# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Properties of propagation on fabrics of any shape."""

from __future__ import annotations

import random
from typing import Any, NamedTuple

import pytest
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.propagation import (
    BgpRouter,
    Block,
    Propagation,
    RouterConnection,
    propagate,
)
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.unit.fabric.clusters import Raw, cluster, node, raw

from . import reference
from .small import AS_NUMBER, configuration, peers, pods, towards_router

RACKS = ("a", "b", "c")
IDS = ("1.1.1.1", "2.2.2.2", "3.3.3.3")
SELECTORS = st.sampled_from(["!has(rr)", "all()", "rack == 'a'", "rack == 'b'", "rack != 'a'"])
TARGETS = st.sampled_from(["has(rr)", "has(rr) && rack == 'a'", "has(rr) && rack != 'a'"])


class Fabric(NamedTuple):
    objects: tuple[Raw, ...]
    blocks: tuple[Block, ...]
    routers: tuple[BgpRouter, ...]
    down: tuple[tuple[str, str], ...]
    version: str

    def propagate(self) -> Propagation:
        found = cluster(*self.objects, version=self.version)
        return propagate(found, self.blocks, self.routers, down=self.down)


@st.composite
def members(draw: st.DrawFn) -> list[Raw]:
    """Up to nine nodes in up to three racks, some of them alike, some reflectors."""
    own_network = draw(st.booleans())
    own_as = draw(st.integers(0, 9)) == 0
    found = []
    for number in range(1, draw(st.integers(2, 9)) + 1):
        rack = draw(st.sampled_from(RACKS))
        network = 1 + RACKS.index(rack) if own_network else 0
        labels = {"rack": rack}
        notes = {"ASNumber": str(64600 + draw(st.integers(0, 1)))} if own_as else {}
        if draw(st.integers(0, 2)) == 0:
            labels["rr"] = ""
            notes["RouteReflectorClusterID"] = draw(st.sampled_from(IDS))
        found.append(node(f"n{number}", f"10.0.{network}.{number}/24", labels, notes))
    return found


@st.composite
def filters(draw: st.DrawFn, name: str) -> Raw:
    def rule() -> Raw:
        found: dict[str, Any] = {
            "action": draw(st.sampled_from(["Accept", "Reject"])),
            "matchOperator": draw(st.sampled_from(["In", "NotIn", "Equal"])),
            "cidr": f"10.20.{draw(st.integers(1, 9))}.0/26",
        }
        if draw(st.booleans()):
            found["source"] = "RemotePeers"
        if found["action"] == "Accept" and draw(st.integers(0, 2)) == 0:
            found["operations"] = [
                draw(
                    st.sampled_from(
                        [
                            {"setPriority": {"value": 512}},
                            {"setPriority": {"value": 2048}},
                            {"prependASPath": {"prefix": [64700]}},
                        ]
                    )
                )
            ]
        return found

    directions = draw(st.sets(st.sampled_from(["importV4", "exportV4"])))
    return raw("BGPFilter", name, **{direction: [rule()] for direction in sorted(directions)})


@st.composite
def fabrics(draw: st.DrawFn) -> Fabric:
    nodes = draw(members())
    objects = [
        configuration(
            mesh=draw(st.booleans()),
            serviceClusterIPs=[{"cidr": "10.96.0.0/12"}] if draw(st.booleans()) else [],
        ),
        pods(),
        pods("hidden", "10.21.0.0/16", disableBGPExport=draw(st.booleans())),
        draw(filters("strict")),
        *nodes,
    ]
    for number in range(draw(st.integers(0, 3))):
        spec: dict[str, Any] = {"nextHopMode": draw(st.sampled_from(["Auto", "Auto", "Self"]))}
        if draw(st.integers(0, 2)) == 0:
            spec["filters"] = ["strict"]
        objects.append(peers(f"peers-{number}", draw(SELECTORS), draw(TARGETS), **spec))
    routers = []
    if draw(st.booleans()):
        as_number = draw(st.sampled_from([AS_NUMBER, 65000]))
        of = draw(st.sampled_from(["has(rr)", "all()", "rack == 'a'"]))
        mode = draw(st.sampled_from(["Auto", "Self", "Keep"]))
        objects.append(towards_router(of, "10.0.0.253", as_number, nextHopMode=mode))
        routers.append(_router(draw, nodes, as_number))
    ends = [
        (one["metadata"]["name"], _address(other))
        for one in nodes
        for other in nodes
        if one != other
    ]
    down = draw(st.lists(st.sampled_from(ends), max_size=2)) if ends else []
    blocks = [
        Block(found["metadata"]["name"], f"10.{pool}.{number}.0/26")
        for pool in (20, 21)
        for number, found in enumerate(nodes, 1)
        if pool == 20 or draw(st.integers(0, 3)) == 0
    ]
    version = draw(st.sampled_from(["v3.31.7", "v3.32.1", "v3.34.0"]))
    return Fabric(tuple(objects), tuple(blocks), tuple(routers), tuple(down), version)


def _address(found: Raw) -> str:
    address: str = found["metadata"]["annotations"]["projectcalico.org/IPv4Address"]
    return address.partition("/")[0]


def _router(draw: st.DrawFn, nodes: list[Raw], as_number: int) -> BgpRouter:
    """A router that is ready for a session with every node."""
    address = "10.0.0.253"
    reflects = draw(st.booleans())
    choice = draw(st.sampled_from(["default", "force-self", "propagate"]))
    connections = tuple(
        RouterConnection(
            _address(there), AS_NUMBER, address, route_reflector_client=reflects, next_hop=choice
        )
        for there in nodes
    )
    own = draw(st.sampled_from([(), ("172.16.0.0/24",), ("10.20.99.0/24",)]))
    return BgpRouter("ros", as_number, address, connections, originates=own)


def _hops(found: Propagation) -> dict[str, dict[str, tuple[str, ...]]]:
    return {
        place: {prefix: route.next_hops for prefix, route in routes.items()}
        for place, routes in found.routes.items()
    }


@settings(max_examples=50, deadline=None)
@given(fabrics())
def test_short_cuts_change_nothing(fabric: Fabric) -> None:
    """Following kinds of routes together gives what following each alone gives."""
    found = cluster(*fabric.objects, version=fabric.version)
    try:
        expected = reference.routes(found, fabric.blocks, fabric.routers, fabric.down)
    except reference.NotComparable:
        assume(False)
    assert _hops(fabric.propagate()) == expected


@settings(max_examples=40, deadline=None)
@given(fabrics())
def test_every_block_is_learned_or_missing(fabric: Fabric) -> None:
    """No block is both, and on routers and (as far as BIRD programs it) nodes it is one of them."""
    found = fabric.propagate()
    missing = {(route.place, route.prefix) for route in found.missing}
    assert len(missing) == len(found.missing)
    for place, routes in found.routes.items():
        own = {block.cidr for block in fabric.blocks if block.node == place}
        learned = set(routes)
        assert not learned & own
        lacking = {prefix for where, prefix in missing if where == place}
        assert not learned & lacking
        assert {block.cidr for block in fabric.blocks} <= learned | lacking | own


@settings(max_examples=40, deadline=None)
@given(fabrics())
def test_every_reason_names_a_way_out(fabric: Fabric) -> None:
    for route in fabric.propagate().missing:
        assert route.reason.startswith(f"{route.place} does not learn ")
        assert route.way_out
        assert not set("\x01\x02\x03") & set(route.reason + route.way_out)


@settings(max_examples=40, deadline=None)
@given(fabrics(), st.randoms(use_true_random=False))
def test_order_of_objects_does_not_matter(fabric: Fabric, chance: random.Random) -> None:
    objects, blocks = list(fabric.objects), list(fabric.blocks)
    chance.shuffle(objects)
    chance.shuffle(blocks)
    shuffled = fabric._replace(objects=tuple(objects), blocks=tuple(blocks))
    one, other = fabric.propagate(), shuffled.propagate()
    assert _hops(one) == _hops(other)
    assert {str(route) for route in one.missing} == {str(route) for route in other.missing}


@settings(max_examples=20, deadline=None)
@given(members())
def test_a_mesh_of_plain_nodes_lacks_nothing(nodes: list[Raw]) -> None:
    plain = [
        node(n["metadata"]["name"], _address(n) + "/24", n["metadata"]["labels"]) for n in nodes
    ]
    found = Fabric(
        (configuration(mesh=True), pods(), *plain),
        tuple(Block(n["metadata"]["name"], f"10.20.{i}.0/26") for i, n in enumerate(plain)),
        (),
        (),
        "v3.32.1",
    ).propagate()
    assert not found.missing
    assert all(len(routes) == len(plain) - 1 for routes in found.routes.values())


@pytest.mark.parametrize("ids", [("1.1.1.1", "1.1.1.1"), ("1.1.1.1", "2.2.2.2")])
@settings(max_examples=20, deadline=None)
@given(clients=st.integers(1, 8))
def test_reflectors_that_serve_all_lack_nothing(ids: tuple[str, str], clients: int) -> None:
    nodes = [node(f"n{i}", f"10.0.0.{i}/24") for i in range(1, clients + 1)]
    for i, cluster_id in enumerate(ids):
        notes = {"RouteReflectorClusterID": cluster_id}
        nodes.append(node(f"r{i}", f"10.0.0.{100 + i}/24", {"rr": ""}, notes))
    found = Fabric(
        (configuration(), pods(), peers(), *nodes),
        tuple(Block(n["metadata"]["name"], f"10.20.{i}.0/26") for i, n in enumerate(nodes)),
        (),
        (),
        "v3.32.1",
    ).propagate()
    assert not found.missing
