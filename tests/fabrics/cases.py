# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fabrics for one rule each; most of the broken ones are mistakes that people made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.propagation import (
    BgpRouter,
    Block,
    RouterConnection,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.secret import Secret
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.sessions import (
    plan_sessions,
)

from tests.fabrics.drawn import drawn
from tests.fabrics.model import (
    AS_NUMBER,
    ROUTER_AS,
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

_CASES: list[Callable[[], Fabric]] = []
ROUTER = "192.168.0.253"


def _case(make: Callable[[], Fabric]) -> Callable[[], Fabric]:
    _CASES.append(make)
    return make


def _fabric(
    make: Callable[[], Fabric] | str,
    nodes: Sequence[Json],
    *objects: Json,
    routers: Sequence[Router] = (),
    own_blocks: Sequence[Block] | None = None,
    **rest: Any,
) -> Fabric:
    name = make if isinstance(make, str) else make.__name__
    found = blocks(nodes) if own_blocks is None else tuple(own_blocks)
    return Fabric(name, tuple(nodes), objects, found, tuple(routers), **rest)


@_case
def full_mesh() -> Fabric:
    nodes = [node(number) for number in range(11, 16)]
    return _fabric(full_mesh, nodes, mesh(True), pool())


@_case
def full_mesh_of_an_old_release() -> Fabric:
    nodes = [node(number) for number in range(11, 15)]
    return _fabric(full_mesh_of_an_old_release, nodes, mesh(True), pool(), version="v3.29.7")


@_case
def one_reflector_and_a_router() -> Fabric:
    """The reference scenario."""
    nodes = [*(node(number) for number in range(11, 15)), reflector(15)]
    return _fabric(
        one_reflector_and_a_router,
        nodes,
        mesh(False, serviceClusterIPs=[{"cidr": "10.96.0.0/12"}]),
        pool(),
        peer("reflectors"),
        router_peer("ros", "has(rr)", ROUTER, AS_NUMBER),
        routers=[router(253, nodes[-1:], program="frr")],
    )


@_case
def two_reflectors_with_one_id_and_the_same_clients() -> Fabric:
    nodes = [*(node(number) for number in range(11, 14)), reflector(14), reflector(15)]
    return _fabric(
        two_reflectors_with_one_id_and_the_same_clients,
        nodes,
        mesh(False, serviceClusterIPs=[{"cidr": "10.96.0.0/12"}]),
        pool(),
        peer("reflectors"),
        router_peer("ros", "has(rr)", ROUTER, AS_NUMBER),
        routers=[router(253, nodes[-2:], program="frr")],
    )


@_case
def two_reflectors_with_different_ids() -> Fabric:
    nodes = [
        *(node(number) for number in range(11, 14)),
        reflector(14, "244.0.0.1"),
        reflector(15, "244.0.0.2"),
    ]
    return _fabric(
        two_reflectors_with_different_ids,
        nodes,
        mesh(False),
        pool(),
        peer("reflectors"),
        router_peer("ros", "has(rr)", ROUTER, AS_NUMBER),
        routers=[router(253, nodes[-2:])],
    )


@_case
def one_id_but_disjoint_clients() -> Fabric:
    """Broken: each reflector drops what the other one reflected (calico#2735)."""
    nodes = [
        node(11, "rack=a"),
        node(12, "rack=a"),
        node(13, "rack=b"),
        reflector(14, labels="rack=a"),
        reflector(15, labels="rack=b"),
    ]
    return _fabric(
        one_id_but_disjoint_clients,
        nodes,
        mesh(False),
        pool(),
        peer("a", "rack == 'a'", "rack == 'a' && has(rr)"),
        peer("b", "rack == 'b'", "rack == 'b' && has(rr)"),
        peer("between", "has(rr)", "has(rr)"),
    )


@_case
def racks_with_ids_of_their_own() -> Fabric:
    nodes = [
        node(11, "rack=a"),
        node(12, "rack=a"),
        node(13, "rack=b"),
        reflector(14, "244.0.0.1", "rack=a"),
        reflector(15, "244.0.0.2", "rack=b"),
    ]
    return _fabric(
        racks_with_ids_of_their_own,
        nodes,
        mesh(False),
        pool(),
        peer("a", "rack == 'a'", "rack == 'a' && has(rr)"),
        peer("b", "rack == 'b'", "rack == 'b' && has(rr)"),
        peer("between", "has(rr)", "has(rr)"),
    )


@_case
def racks_on_networks_of_their_own() -> Fabric:
    nodes = [
        node(11, "rack=a", network=1),
        reflector(12, "244.0.0.1", "rack=a", network=1),
        node(13, "rack=b", network=2),
        reflector(14, "244.0.0.2", "rack=b", network=2),
    ]
    return _fabric(
        racks_on_networks_of_their_own,
        nodes,
        mesh(False),
        pool(),
        peer("a", "rack == 'a'", "rack == 'a' && has(rr)"),
        peer("b", "rack == 'b'", "rack == 'b' && has(rr)"),
        peer("between", "has(rr)", "has(rr)"),
    )


@_case
def hierarchy_with_a_spine() -> Fabric:
    nodes = [
        node(11, "rack=a"),
        reflector(12, "244.0.0.1", "rack=a"),
        node(13, "rack=b"),
        reflector(14, "244.0.0.2", "rack=b"),
        reflector(15, "245.0.0.1", "spine"),
        reflector(16, "245.0.0.1", "spine"),
    ]
    return _fabric(
        hierarchy_with_a_spine,
        nodes,
        mesh(False),
        pool(),
        peer("a", "rack == 'a'", "rack == 'a' && has(rr)"),
        peer("b", "rack == 'b'", "rack == 'b' && has(rr)"),
        peer("spines", "has(rack) && has(rr)", "has(spine)"),
        router_peer("ros", "has(spine)", ROUTER, AS_NUMBER),
        routers=[router(253, nodes[-2:], program="frr")],
    )


@_case
def half_way_from_mesh_to_reflector() -> Fabric:
    """The mesh is on, the reflector is out of it and serves everybody."""
    nodes = [*(node(number) for number in range(11, 15)), reflector(15)]
    return _fabric(half_way_from_mesh_to_reflector, nodes, mesh(True), pool(), peer("reflectors"))


@_case
def mesh_off_and_one_node_unserved() -> Fabric:
    """Broken: nobody reflects for n11."""
    nodes = [node(11), node(12, "served"), node(13, "served"), reflector(15)]
    return _fabric(
        mesh_off_and_one_node_unserved, nodes, mesh(False), pool(), peer("some", "has(served)")
    )


@_case
def cluster_id_without_peers() -> Fabric:
    """Broken: the cluster ID alone takes n15 out of the mesh."""
    nodes = [node(11), node(12), node(13), reflector(15)]
    return _fabric(cluster_id_without_peers, nodes, mesh(True), pool())


@_case
def plain_peers_do_not_reflect() -> Fabric:
    """Broken: a BGPPeer to a node that is no reflector."""
    nodes = [node(11), node(12), node(13), node(14, "hub")]
    return _fabric(
        plain_peers_do_not_reflect, nodes, mesh(False), pool(), peer("hub", "all()", "has(hub)")
    )


@_case
def reflector_peered_by_address() -> Fabric:
    nodes = [node(11), node(12), node(13), reflector(15)]
    return _fabric(
        reflector_peered_by_address,
        nodes,
        mesh(False),
        pool(),
        item("BGPPeer", "my-global-peer", peerIP="192.168.0.15", asNumber=AS_NUMBER),
    )


@_case
def router_over_ebgp() -> Fabric:
    nodes = [node(11), node(12), node(13), reflector(15)]
    return _fabric(
        router_over_ebgp,
        nodes,
        mesh(False, serviceClusterIPs=[{"cidr": "10.96.0.0/12"}]),
        pool(),
        peer("reflectors"),
        router_peer("ros", "has(rr)", ROUTER, ROUTER_AS),
        routers=[router(253, nodes[-1:], ROUTER_AS, "frr", ("172.16.5.0/24",))],
    )


@_case
def router_over_ebgp_keeps_next_hops() -> Fabric:
    nodes = [node(11), node(12), node(13), reflector(15)]
    return _fabric(
        router_over_ebgp_keeps_next_hops,
        nodes,
        mesh(False),
        pool(),
        peer("reflectors"),
        router_peer("ros", "has(rr)", ROUTER, ROUTER_AS, nextHopMode="Keep"),
        routers=[router(253, nodes[-1:], ROUTER_AS)],
    )


@_case
def every_node_peers_with_the_router_over_ebgp() -> Fabric:
    """Each node sends the router all blocks of the mesh (calico#3810)."""
    nodes = [node(11), node(12), node(13)]
    return _fabric(
        every_node_peers_with_the_router_over_ebgp,
        nodes,
        mesh(True),
        pool(),
        router_peer("ros", "all()", ROUTER, ROUTER_AS),
        routers=[router(253, nodes, ROUTER_AS, "frr", ("172.16.5.0/24", "10.20.99.0/24"))],
    )


@_case
def router_as_reflector() -> Fabric:
    nodes = [node(11), node(12), node(13)]
    return _fabric(
        router_as_reflector,
        nodes,
        mesh(False),
        pool(),
        router_peer("ros", "all()", ROUTER, AS_NUMBER),
        routers=[router(253, nodes, program="frr", route_reflector_client=True)],
    )


@_case
def router_as_plain_peer_of_all_does_not_reflect() -> Fabric:
    """Broken for the nodes: iBGP routes are not passed on."""
    nodes = [node(11), node(12), node(13)]
    return _fabric(
        router_as_plain_peer_of_all_does_not_reflect,
        nodes,
        mesh(False),
        pool(),
        router_peer("ros", "all()", ROUTER, AS_NUMBER),
        routers=[router(253, nodes, program="frr")],
    )


@_case
def nodes_in_as_of_their_own_behind_a_router() -> Fabric:
    nodes = [node(number, ASNumber=str(64600 + number)) for number in (11, 12, 13)]
    connected = [
        router(253, nodes[position : position + 1], ROUTER_AS, remote_as=64600 + number)
        for position, number in enumerate((11, 12, 13))
    ]
    sessions = tuple(c for found in connected for c in found.speaker.connections)
    speaker = connected[0].speaker
    return _fabric(
        nodes_in_as_of_their_own_behind_a_router,
        nodes,
        mesh(False),
        pool(),
        router_peer("ros", "all()", ROUTER, ROUTER_AS),
        routers=[
            Router(replace(speaker, connections=sessions), "frr"),
        ],
    )


@_case
def mesh_of_different_as() -> Fabric:
    nodes = [node(number, ASNumber=str(64600 + number)) for number in (11, 12, 13, 14)]
    return _fabric(mesh_of_different_as, nodes, mesh(True), pool())


@_case
def next_hop_self_on_the_reflector() -> Fabric:
    nodes = [node(11), node(12), reflector(14), reflector(15, "244.0.0.2")]
    return _fabric(
        next_hop_self_on_the_reflector,
        nodes,
        mesh(False),
        pool(),
        peer("reflectors", nextHopMode="Self"),
    )


@_case
def pool_without_export() -> Fabric:
    nodes = [node(11), node(12), reflector(15)]
    return _fabric(
        pool_without_export,
        nodes,
        mesh(False),
        pool(),
        pool("hidden", "10.21.0.0/16", disableBGPExport=True),
        peer("reflectors"),
        router_peer("ros", "has(rr)", ROUTER, AS_NUMBER),
        routers=[router(253, nodes[-1:])],
        own_blocks=blocks(nodes, 2),
    )


@_case
def block_outside_any_pool() -> Fabric:
    """Broken: nodes announce it, reflectors do not pass it on."""
    nodes = [node(11), node(12), node(13), reflector(15)]
    return _fabric(
        block_outside_any_pool,
        nodes,
        mesh(False),
        pool(),
        peer("reflectors"),
        own_blocks=[*blocks(nodes), Block("n11", "10.99.11.0/26")],
    )


@_case
def vxlan_pool_beside_a_plain_one() -> Fabric:
    nodes = [node(11), node(12), reflector(15)]
    return _fabric(
        vxlan_pool_beside_a_plain_one,
        nodes,
        mesh(False),
        pool(),
        pool("overlay", "10.21.0.0/16", vxlanMode="Always"),
        peer("reflectors"),
        router_peer("ros", "has(rr)", ROUTER, AS_NUMBER),
        routers=[router(253, nodes[-1:], program="frr")],
        own_blocks=blocks(nodes, 2),
    )


@_case
def filters() -> Fabric:
    """Import and export rules by prefix, length, source, interface and peer type."""
    nodes = [node(11), node(12), node(13), reflector(15)]
    return _fabric(
        filters,
        nodes,
        mesh(False),
        pool(),
        item(
            "BGPFilter",
            "towards-clients",
            exportV4=[
                {
                    "action": "Reject",
                    "matchOperator": "Equal",
                    "cidr": "10.20.11.0/26",
                    "source": "RemotePeers",
                },
                {
                    "action": "Reject",
                    "matchOperator": "In",
                    "cidr": "10.20.12.0/24",
                    "prefixLength": {"min": 27},
                },
            ],
            importV4=[
                {"action": "Reject", "matchOperator": "In", "cidr": "10.20.13.0/24"},
            ],
        ),
        item(
            "BGPFilter",
            "towards-router",
            exportV4=[
                {"action": "Reject", "peerType": "eBGP"},
                {
                    "action": "Reject",
                    "interface": "eth*",
                    "matchOperator": "In",
                    "cidr": "10.20.12.0/24",
                },
                {"action": "Accept", "matchOperator": "NotIn", "cidr": "10.20.11.0/24"},
            ],
            importV4=[
                {"action": "Reject", "matchOperator": "NotEqual", "cidr": "172.16.5.0/24"},
            ],
        ),
        peer("reflectors", filters=["towards-clients"]),
        router_peer("ros", "has(rr)", ROUTER, AS_NUMBER, filters=["towards-router"]),
        routers=[router(253, nodes[-1:], originates=("172.16.5.0/24", "172.16.6.0/24"))],
    )


@_case
def filter_lets_router_networks_through() -> Fabric:
    """A reflector passes the router's networks on only with an export filter (calico#4539)."""
    nodes = [node(11), node(12), reflector(15)]
    accept = {"action": "Accept", "matchOperator": "In", "cidr": "172.16.0.0/12"}
    return _fabric(
        filter_lets_router_networks_through,
        nodes,
        mesh(False),
        pool(),
        item("BGPFilter", "routers", exportV4=[accept]),
        peer("reflectors", filters=["routers"]),
        router_peer("ros", "has(rr)", ROUTER, AS_NUMBER),
        routers=[router(253, nodes[-1:], program="frr", originates=("172.16.5.0/24",))],
    )


@_case
def priorities_decide() -> Fabric:
    """A raised priority on one of two ways beats ECMP."""
    nodes = [node(11), node(12), reflector(14), reflector(15, "244.0.0.2")]
    better = {"action": "Accept", "operations": [{"setPriority": {"value": 512}}]}
    return _fabric(
        priorities_decide,
        nodes,
        mesh(False),
        pool(),
        item("BGPFilter", "better", importV4=[better]),
        peer("one", "!has(rr)", "has(rr)", nextHopMode="Self"),
        item(
            "BGPPeer",
            "preferred",
            node="n11",
            peerIP="192.168.0.15",
            asNumber=AS_NUMBER,
            filters=["better"],
            nextHopMode="Self",
        ),
    )


@_case
def as_numbers_disagree() -> Fabric:
    """Broken: the router is told another AS."""
    nodes = [node(11), node(12), reflector(15)]
    return _fabric(
        as_numbers_disagree,
        nodes,
        mesh(False),
        pool(),
        peer("reflectors"),
        router_peer("ros", "has(rr)", ROUTER, ROUTER_AS),
        routers=[router(253, nodes[-1:])],
    )


@_case
def one_end_only() -> Fabric:
    """Broken: n12 has a session with the reflector, which has none back."""
    nodes = [node(11), node(12), node(13), reflector(15)]
    return _fabric(
        one_end_only,
        nodes,
        mesh(False),
        pool(),
        peer("reflectors", "!has(rr) && kubernetes.io/hostname != 'n12'"),
        peer("back", "has(rr)", "all()", reversePeering="Manual"),
        peer("forth", "all()", "has(rr)", reversePeering="Manual"),
        version="v3.31.7",
    )


@_case
def manual_peering_without_way_back() -> Fabric:
    """Broken: reversePeering Manual, and no BGPPeer on the reflector."""
    nodes = [node(11), node(12), reflector(15)]
    return _fabric(
        manual_peering_without_way_back,
        nodes,
        mesh(False),
        pool(),
        peer("forth", "!has(rr)", "has(rr)", reversePeering="Manual"),
    )


@_case
def passwords() -> Fabric:
    """One router knows the password, the other does not."""
    nodes = [node(11), node(12), reflector(15)]
    reference = {"secretKeyRef": {"name": "bgp", "key": "md5"}}
    good = router(253, nodes[-1:], password=Secret("bluebird"), password_known=True)
    bad = router(252, nodes[-1:], password=Secret("redstart"), password_known=True)
    return _fabric(
        passwords,
        nodes,
        mesh(False),
        pool(),
        {
            "kind": "Secret",
            "name": "bgp",
            "namespace": "kube-system",
            "stringData": {"md5": "bluebird"},
        },
        peer("reflectors"),
        router_peer("good", "has(rr)", "192.168.0.253", AS_NUMBER, password=reference),
        router_peer("bad", "has(rr)", "192.168.0.252", AS_NUMBER, password=reference),
        routers=[good, bad],
    )


@_case
def ttl_security() -> Fabric:
    """On for one peer at both ends, for another at one end only."""
    nodes = [node(11), node(12, "lax"), node(13), reflector(15)]
    return _fabric(
        ttl_security,
        nodes,
        mesh(False),
        pool(),
        peer("secured", "!has(lax)", "has(rr)", ttlSecurity=1),
        peer("lax-forth", "has(lax)", "has(rr)", reversePeering="Manual"),
        peer("lax-back", "has(rr)", "has(lax)", reversePeering="Manual", ttlSecurity=1),
    )


@_case
def ports() -> Fabric:
    nodes = [node(11), node(12), reflector(15)]
    return _fabric(
        ports,
        nodes,
        mesh(False, listenPort=1790),
        pool(),
        peer("reflectors"),
        item("BGPConfiguration", "node.n12", listenPort=1791),
    )


@_case
def equal_router_ids() -> Fabric:
    """Broken: CALICO_ROUTER_ID is the same literal everywhere."""
    nodes = [node(11), node(12), node(13)]
    return _fabric(
        equal_router_ids, nodes, mesh(True), pool(), env={"CALICO_ROUTER_ID": "10.0.0.1"}
    )


@_case
def both_address_families() -> Fabric:
    nodes = [node(11, ipv6=True), node(12, ipv6=True), node(13), reflector(15, ipv6=True)]
    both = [found for found in nodes if "IPv6" in str(found["annotations"])]
    return _fabric(
        both_address_families,
        nodes,
        mesh(False),
        pool(),
        pool("pods6", "fd20::/48"),
        peer("reflectors"),
        router_peer("ros", "has(rr)", ROUTER, AS_NUMBER),
        router_peer("ros6", "has(rr)", "fd00::253", AS_NUMBER),
        routers=[router(253, nodes[-1:], program="frr", ipv6=True)],
        own_blocks=[*blocks(nodes), *blocks(both, 0, ipv6=True)],
    )


@_case
def felix_programs_plain_pools_too() -> Fabric:
    nodes = [node(11), node(12), reflector(15)]
    return _fabric(
        felix_programs_plain_pools_too,
        nodes,
        mesh(False, programClusterRoutes="Disabled"),
        pool(),
        peer("reflectors"),
        router_peer("ros", "has(rr)", ROUTER, AS_NUMBER),
        routers=[router(253, nodes[-1:])],
    )


@_case
def bird_refuses_a_file() -> Fabric:
    """Broken: the cluster ID of n15 is a network, and BIRD there does not start."""
    nodes = [node(11), node(12), reflector(15, "244.0.0.0/24")]
    return _fabric(bird_refuses_a_file, nodes, mesh(True), pool(), peer("reflectors"))


@_case
def mesh_and_peers_between_the_same_nodes() -> Fabric:
    """Two protocols to one neighbor: BIRD keeps one of them, the routes are the same."""
    nodes = [node(11), node(12), node(13, "hub")]
    return _fabric(
        mesh_and_peers_between_the_same_nodes,
        nodes,
        mesh(True),
        pool(),
        peer("hub", "all()", "has(hub)"),
    )


@_case
def local_as_towards_the_router() -> Fabric:
    nodes = [node(11), node(12), reflector(15)]
    return _fabric(
        local_as_towards_the_router,
        nodes,
        mesh(False),
        pool(),
        peer("reflectors"),
        router_peer("ros", "has(rr)", ROUTER, ROUTER_AS, localASNumber=64999),
        routers=[router(253, nodes[-1:], ROUTER_AS, "frr", remote_as=64999)],
    )


@_case
def allowed_local_as_behind_a_router() -> Fabric:
    nodes = [node(11), node(12), node(13)]
    return _fabric(
        allowed_local_as_behind_a_router,
        nodes,
        mesh(False),
        pool(),
        router_peer("ros", "all()", ROUTER, ROUTER_AS, numAllowedLocalASNumbers=1),
        routers=[router(253, nodes, ROUTER_AS, "frr")],
    )


@_case
def two_routers_of_one_prefix() -> Fabric:
    nodes = [node(11), node(12), reflector(15)]
    own = ("172.16.1.0/24", "10.20.200.0/24")
    return _fabric(
        two_routers_of_one_prefix,
        nodes,
        mesh(False),
        pool(),
        peer("reflectors"),
        router_peer("one", "all()", "192.168.0.253", AS_NUMBER),
        router_peer("two", "all()", "192.168.0.252", AS_NUMBER),
        routers=[
            router(253, nodes, program="frr", originates=own),
            router(252, nodes, originates=own),
        ],
    )


@_case
def next_hop_off_the_network() -> Fabric:
    """Broken: the router passes on a next hop behind it, to which the nodes have no route."""
    nodes = [node(11), node(12), reflector(15)]
    own = ("172.16.1.0/24", "10.20.240.0/24")
    front = router(253, nodes, ROUTER_AS, next_hop="propagate").speaker
    inner = RouterConnection("10.9.9.252", ROUTER_AS, "10.9.9.253", next_hop="force-self")
    outer = RouterConnection("10.9.9.253", ROUTER_AS, "10.9.9.252")
    behind = BgpRouter("r252", ROUTER_AS, "10.9.9.252", (outer,), originates=own)
    return _fabric(
        next_hop_off_the_network,
        nodes,
        mesh(False),
        pool(),
        peer("reflectors"),
        router_peer("ros", "all()", ROUTER, ROUTER_AS),
        routers=[
            Router(replace(front, connections=(*front.connections, inner))),
            Router(behind),
        ],
    )


@_case
def two_routers_and_services() -> Fabric:
    nodes = [node(11), node(12), reflector(14), reflector(15)]
    excluded = node(13, "node.kubernetes.io/exclude-from-external-load-balancers=true")
    return _fabric(
        two_routers_and_services,
        [*nodes, excluded],
        mesh(
            False,
            serviceClusterIPs=[{"cidr": "10.96.0.0/12"}],
            serviceLoadBalancerIPs=[{"cidr": "172.30.0.0/24"}],
        ),
        pool(),
        peer("reflectors"),
        router_peer("one", "has(rr)", "192.168.0.253", AS_NUMBER),
        router_peer("two", "has(rr)", "192.168.0.252", ROUTER_AS),
        routers=[
            router(253, nodes[-2:], program="frr"),
            router(252, nodes[-2:], ROUTER_AS, "frr"),
        ],
    )


DRAWN = 20


def fabrics() -> list[Fabric]:
    """Every fabric, the designed ones first; of the drawn ones those whose sessions Calico does
    not leave to chance."""
    found = [make() for make in _CASES]
    seed = 0
    while len(found) < len(_CASES) + DRAWN:
        seed += 1
        fabric = drawn(seed)
        if not plan_sessions(fabric.cluster()).ambiguities:
            found.append(fabric)
    return found
