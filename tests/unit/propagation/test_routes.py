# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who learns what, rule by rule. That BIRD agrees is shown in tests/fabrics."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.propagation import (
    BgpRouter,
    Block,
    RouterConnection,
)

from tests.unit.fabric.clusters import Raw, node, raw

from .small import (
    AS_NUMBER,
    ROUTER,
    block,
    configuration,
    learn,
    member,
    peers,
    pods,
    reasons,
    reflector,
    ros,
    towards_router,
    via,
)

SERVICES = "10.96.0.0/12"


def test_mesh_brings_every_block_to_every_node() -> None:
    found = learn(configuration(mesh=True), pods(), *(member(n) for n in (11, 12, 13)))
    assert {place: set(routes) for place, routes in found.routes.items()} == {
        "n11": {block(12), block(13)},
        "n12": {block(11), block(13)},
        "n13": {block(11), block(12)},
    }
    route = found.routes["n11"][block(12)]
    assert (route.next_hops, route.neighbors) == (("192.168.0.12",), ("192.168.0.12",))
    assert found.missing == ()


def test_reflector_keeps_the_next_hop() -> None:
    found = learn(configuration(), pods(), member(11), member(12), reflector(15), peers())
    route = found.routes["n11"][block(12)]
    assert (route.next_hops, route.neighbors) == (("192.168.0.12",), ("192.168.0.15",))
    assert found.routes["n15"][block(12)].neighbors == ("192.168.0.12",)
    assert not found.missing


def test_two_reflectors_are_two_sessions_of_one_route() -> None:
    found = learn(
        configuration(), pods(), member(11), member(12), reflector(14), reflector(15), peers()
    )
    route = found.routes["n11"][block(12)]
    assert (route.next_hops, route.neighbors) == (
        ("192.168.0.12",),
        ("192.168.0.14", "192.168.0.15"),
    )


def test_next_hop_self_on_two_reflectors_is_ecmp() -> None:
    found = learn(
        configuration(),
        pods(),
        member(11),
        member(12),
        reflector(14),
        reflector(15),
        peers(nextHopMode="Self"),
    )
    assert via(found, "n11", block(12)) == ("14", "15")


def test_router_takes_one_path() -> None:
    nodes = [member(11), reflector(14), reflector(15)]
    found = learn(
        configuration(serviceClusterIPs=[{"cidr": SERVICES}]),
        pods(),
        *nodes,
        peers(),
        towards_router(),
        routers=[ros((14, 15))],
    )
    route = found.routes["ros"][block(11)]
    assert (route.next_hops, route.neighbors) == (("192.168.0.11",), ("192.168.0.14",))
    # Each reflector announces the range itself; the lower router ID wins.
    assert via(found, "ros", SERVICES) == ("14",)
    assert SERVICES not in found.routes["n11"]
    assert found.missing == ()


def test_router_as_reflector() -> None:
    found = learn(
        configuration(),
        pods(),
        member(11),
        member(12),
        towards_router("all()"),
        routers=[ros((11, 12), route_reflector_client=True)],
    )
    assert via(found, "n11", block(12)) == ("12",)
    assert not found.missing


def test_ebgp_router_and_nodes_of_one_as() -> None:
    """The router's copies of the nodes' routes are dropped for the AS in their path."""
    found = learn(
        configuration(),
        pods(),
        member(11),
        member(12),
        towards_router("all()", as_number=65000),
        routers=[ros((11, 12), 65000)],
    )
    assert via(found, "ros", block(11)) == ("11",)
    assert found.routes["n11"] == {}
    assert "its own AS 63400 is in the AS path" in reasons(found)[0]


def test_allowed_local_as() -> None:
    found = learn(
        configuration(),
        pods(),
        member(11),
        member(12),
        towards_router("all()", as_number=65000, numAllowedLocalASNumbers=1),
        routers=[ros((11, 12), 65000)],
    )
    assert via(found, "n11", block(12)) == ("12",)


@pytest.mark.parametrize(("mode", "hop"), [("Auto", "15"), ("Self", "15"), ("Keep", "11")])
def test_next_hop_towards_an_ebgp_router(mode: str, hop: str) -> None:
    found = learn(
        configuration(),
        pods(),
        member(11),
        reflector(15),
        peers(),
        towards_router(as_number=65000, nextHopMode=mode),
        routers=[ros((15,), 65000)],
    )
    assert via(found, "ros", block(11)) == (hop,)


@pytest.mark.parametrize(
    ("choice", "hop"), [("default", "12"), ("force-self", "253"), ("propagate", "12")]
)
def test_next_hop_choice_of_the_router(choice: str, hop: str) -> None:
    found = learn(
        configuration(),
        pods(),
        member(11),
        member(12),
        towards_router("all()"),
        routers=[ros((11, 12), route_reflector_client=True, next_hop=choice)],
    )
    assert via(found, "n11", block(12)) == (hop,)


def test_hierarchy_over_spines() -> None:
    found = learn(
        configuration(),
        pods(),
        member(11, "rack=a"),
        reflector(12, "244.0.0.1", "rack=a"),
        member(13, "rack=b"),
        reflector(14, "244.0.0.2", "rack=b"),
        reflector(15, "245.0.0.1", "spine"),
        reflector(16, "245.0.0.1", "spine"),
        peers("a", "rack == 'a'", "rack == 'a' && has(rr)"),
        peers("b", "rack == 'b'", "rack == 'b' && has(rr)"),
        peers("spines", "has(rack) && has(rr)", "has(spine)"),
    )
    assert via(found, "n11", block(13)) == ("13",)
    assert found.routes["n12"][block(13)].neighbors == ("192.168.0.15", "192.168.0.16")
    assert not found.missing


def test_routers_networks_stop_at_reflectors_without_a_filter() -> None:
    """calico#4539: outside pools and service ranges nothing is passed on."""
    own = "172.16.5.0/24"
    fabric = [configuration(), pods(), member(11), reflector(15), towards_router()]
    found = learn(*fabric, peers(), routers=[ros((15,), originates=(own,))])
    assert via(found, "n15", own) == ("253",)
    assert via(found, "n11", own) is None
    assert not found.missing
    accept = raw(
        "BGPFilter",
        "routers",
        exportV4=[{"action": "Accept", "matchOperator": "In", "cidr": "172.16.0.0/12"}],
    )
    found = learn(
        *fabric, peers(filters=["routers"]), accept, routers=[ros((15,), originates=(own,))]
    )
    assert via(found, "n11", own) == ("253",)


def test_the_node_network_is_not_learned() -> None:
    found = learn(
        configuration(),
        pods(),
        member(11),
        towards_router("all()"),
        routers=[ros((11,), originates=("192.168.0.0/24",))],
    )
    assert found.routes["n11"] == {}
    assert not found.missing


def _with_pool(version: str, configured: dict[str, Any], **pool: Any) -> Any:
    return learn(
        configuration(**configured),
        pods(**pool),
        member(11),
        reflector(15),
        peers(),
        towards_router(),
        routers=[ros((15,))],
        version=version,
    )


@pytest.mark.parametrize(
    ("version", "configured", "pool", "by_bird"),
    [
        ("v3.31.7", {}, {"ipipMode": "Always"}, True),
        ("v3.32.1", {}, {"ipipMode": "Always"}, True),
        ("v3.34.0", {}, {"ipipMode": "Always"}, False),
        ("v3.34.0", {"programClusterRoutes": "Enabled"}, {"ipipMode": "CrossSubnet"}, True),
        ("v3.34.0", {}, {}, True),
        ("v3.32.1", {"programClusterRoutes": "Disabled"}, {}, False),
        ("v3.34.0", {"programClusterRoutes": "EnabledIPIPOnly"}, {}, False),
        ("v3.31.7", {}, {"vxlanMode": "CrossSubnet"}, False),
    ],
)
def test_who_programs_the_routes(
    version: str, configured: dict[str, Any], pool: dict[str, Any], by_bird: bool
) -> None:
    """What Felix programs is neither a route of BGP on nodes nor missing; routers learn it."""
    found = _with_pool(version, configured, **pool)
    assert (block(15) in found.routes["n11"]) == by_bird
    assert via(found, "ros", block(11)) == ("11",)
    assert not found.missing


def test_without_bird_there_is_no_bgp() -> None:
    found = learn(configuration(mesh=True), pods(), member(11), member(12), backend="vxlan")
    assert {place: dict(routes) for place, routes in found.routes.items()} == {
        "n11": {},
        "n12": {},
    }
    assert not found.missing


def _dual(number: int, ipv6: bool = True) -> Raw:
    more = {"IPv6Address": f"fd00::{number}/64"} if ipv6 else {}
    return member(number, **more)


def test_families_are_apart() -> None:
    blocks = [Block("n11", block(11)), Block("n11", "fd20::/122"), Block("n12", "fd20::40/122")]
    found = learn(
        configuration(mesh=True),
        pods(),
        pods("six", "fd20::/48"),
        _dual(11),
        _dual(12),
        _dual(13, ipv6=False),
        blocks=blocks,
    )
    assert set(found.routes["n12"]) == {block(11), "fd20::/122"}
    assert found.routes["n12"]["fd20::/122"].next_hops == ("fd00::11",)
    # Without an IPv6 address a node has no part in IPv6.
    assert set(found.routes["n13"]) == {block(11)}
    assert not found.missing


def test_racks_on_their_own_networks() -> None:
    nodes = [
        node("n1", "10.0.1.1/24", {"rack": "a"}),
        node("n2", "10.0.1.2/24", {"rr": "", "rack": "a"}, {"RouteReflectorClusterID": "1.1.1.1"}),
        node("n3", "10.0.2.3/24", {"rack": "b"}),
        node("n4", "10.0.2.4/24", {"rr": "", "rack": "b"}, {"RouteReflectorClusterID": "2.2.2.2"}),
    ]
    found = learn(
        configuration(),
        pods(),
        *nodes,
        peers("a", "rack == 'a'", "rack == 'a' && has(rr)"),
        peers("b", "rack == 'b'", "rack == 'b' && has(rr)"),
        peers("between", "has(rr)", "has(rr)"),
    )
    assert found.routes["n1"][block(3)].next_hops == ("10.0.2.3",)
    assert not found.missing


def test_excluded_nodes_do_not_announce_service_ranges() -> None:
    excluded = {"node.kubernetes.io/exclude-from-external-load-balancers": "true"}
    nodes = [node("n11", "192.168.0.11/24", excluded), member(12)]
    found = learn(
        configuration(mesh=True, serviceClusterIPs=[{"cidr": SERVICES}]),
        pods(),
        *nodes,
        towards_router("all()"),
        routers=[ros((11, 12))],
    )
    assert via(found, "ros", SERVICES) == ("12",)


def test_single_service_addresses_come_with_their_services() -> None:
    found = learn(
        configuration(
            mesh=True,
            serviceLoadBalancerIPs=[{"cidr": "172.30.0.1/32"}, {"cidr": "172.31.0.0/24"}],
        ),
        pods(),
        member(11),
        towards_router("all()"),
        routers=[ros((11,))],
    )
    assert set(found.routes["ros"]) == {block(11), "172.31.0.0/24"}


def test_one_prefix_of_two_routers_is_ecmp_on_nodes() -> None:
    own = "172.16.0.0/24"

    def router(name: str, address: str) -> BgpRouter:
        connection = RouterConnection("192.168.0.11", AS_NUMBER, address)
        return BgpRouter(name, AS_NUMBER, address, (connection,), originates=(own,))

    found = learn(
        configuration(),
        pods(),
        member(11),
        towards_router("all()"),
        towards_router("all()", "192.168.0.252"),
        routers=[router("one", ROUTER), router("two", "192.168.0.252")],
    )
    assert via(found, "n11", own) == ("252", "253")
    assert own not in found.routes["one"]


def test_sessions_that_are_down() -> None:
    fabric = [
        configuration(),
        pods(),
        member(11),
        member(12),
        reflector(14),
        reflector(15),
        peers(),
    ]
    found = learn(*fabric, down=[("n11", "192.168.0.14")])
    assert found.routes["n12"][block(11)].neighbors == ("192.168.0.15",)
    assert not found.missing
    by_name = learn(*fabric, down=[("n11", "Node_192_168_0_14")])
    assert dict(by_name.routes["n12"]) == dict(found.routes["n12"])
    other_end = learn(*fabric, down=[("n14", "192.168.0.11")])
    assert dict(other_end.routes["n12"]) == dict(found.routes["n12"])


@pytest.mark.parametrize("end", ["192.168.0.12", "Mesh_192_168_0_12"])
def test_mesh_session_that_is_down(end: str) -> None:
    found = learn(
        configuration(mesh=True), pods(), member(11), member(12), member(13), down=[("n11", end)]
    )
    assert set(found.routes["n11"]) == {block(13)}
    assert set(found.routes["n13"]) == {block(11), block(12)}
    assert len(found.missing) == 2


def test_a_bad_block_is_refused() -> None:
    with pytest.raises(ValueError, match=r"expected a prefix.*10\.20\.0\.0/abc"):
        learn(configuration(), member(11), blocks=[Block("n11", "10.20.0.0/abc")])
