# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is missing, why, and what helps."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.propagation import (
    BgpRouter,
    Block,
    MissingRoutes,
    RouterConnection,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.secret import Secret

from tests.unit.fabric.clusters import Raw, node, raw

from .small import (
    AS_NUMBER,
    ROUTER,
    block,
    configuration,
    groups,
    learn,
    member,
    peers,
    pods,
    reflector,
    ros,
    towards_router,
)


def _first(*objects: Raw, **options: Any) -> tuple[str, str, str]:
    """Kind, reason and way out of the first cause."""
    missing = learn(*objects, **options).missing
    assert isinstance(missing, MissingRoutes)
    assert missing
    return missing.groups[0].kind, missing[0].reason, missing[0].way_out


def test_shared_cluster_id_with_disjoint_clients() -> None:
    """calico#2735."""
    found = learn(
        configuration(),
        pods(),
        member(11, "rack=a"),
        member(13, "rack=b"),
        reflector(14, labels="rack=a"),
        reflector(15, labels="rack=b"),
        peers("a", "rack == 'a'", "rack == 'a' && has(rr)"),
        peers("b", "rack == 'b'", "rack == 'b' && has(rr)"),
        peers("between", "has(rr)", "has(rr)"),
    )
    by_place = {(route.place, route.owner): route for route in found.missing}
    assert set(by_place) == {("n11", "n13"), ("n13", "n11")}
    route = by_place["n13", "n11"]
    assert route.prefix == block(11)
    assert route.reason == (
        "n13 does not learn n11's blocks: reflectors n15 and n14 share cluster ID 244.0.0.1 but "
        "n14 does not serve n13"
    )
    assert "different cluster IDs" in route.way_out
    assert isinstance(found.missing, MissingRoutes)
    assert {group.subjects for group in found.missing.groups} == {("n14", "n15")}


def test_reflectors_with_one_id_in_a_row() -> None:
    kind, reason, _ = _first(
        configuration(),
        pods(),
        reflector(14, labels="edge"),
        reflector(15, labels="middle"),
        reflector(16, labels="edge"),
        peers("row", "has(edge)", "has(middle)"),
    )
    assert kind == "cluster"
    assert "reflectors n15 and n16 share cluster ID 244.0.0.1, so neither is a client" in reason


def test_mesh_off_and_an_unserved_node() -> None:
    found = groups(
        learn(
            configuration(),
            pods(),
            member(11),
            member(12, "served"),
            reflector(15),
            peers(of="has(served)"),
        )
    )
    assert found == [
        (
            "no-session",
            "n12 does not learn n11's blocks: no session: mesh is off and no reflector serves n11 "
            "(and 1 more alike)",
        ),
        (
            "no-session",
            "n11 does not learn n12's blocks: no session: mesh is off and no reflector serves n11 "
            "(and 1 more alike)",
        ),
    ]


def test_cluster_id_takes_a_node_out_of_the_mesh() -> None:
    kind, reason, way_out = _first(
        configuration(mesh=True), pods(), member(11), member(12), reflector(15)
    )
    assert kind == "no-session"
    assert "n15 has cluster ID 244.0.0.1, which takes it out of the mesh" in reason
    assert "add a BGPPeer whose nodeSelector matches n15" in way_out


def test_pool_that_is_not_exported() -> None:
    found = learn(
        configuration(),
        pods(disableBGPExport=True),
        member(11),
        reflector(15),
        peers(),
        towards_router(),
        routers=[ros((15,))],
    )
    assert groups(found) == [
        (
            "pool",
            "n15 does not learn n11's blocks: pool pods is not exported (disableBGPExport) "
            "(and 3 more alike)",
        )
    ]
    assert found.missing[0].way_out == "set disableBGPExport of IPPool pods to false"
    assert {route.place for route in found.missing} == {"n11", "n15", "ros"}


def test_hidden_overlay_pool_is_missing_on_the_router_only() -> None:
    found = learn(
        configuration(),
        pods(disableBGPExport=True, vxlanMode="Always"),
        member(11),
        reflector(15),
        peers(),
        towards_router(),
        routers=[ros((15,))],
    )
    assert {route.place for route in found.missing} == {"ros"}


def test_block_outside_any_pool() -> None:
    kind, reason, way_out = _first(
        configuration(),
        pods(),
        member(11),
        member(12),
        reflector(15),
        peers(),
        blocks=[Block("n11", "10.99.0.0/26")],
    )
    assert kind == "whitelist"
    assert "n15 passes on only what is inside IPPools and service ranges" in reason
    assert "create an IPPool around it" in way_out


def _rejecting(direction: str) -> Raw:
    rule = {"action": "Reject", "matchOperator": "In", "cidr": "10.20.11.0/24"}
    return raw("BGPFilter", "strict", **{f"{direction}V4": [rule]})


@pytest.mark.parametrize(
    ("direction", "session"), [("export", "n11 -> n15"), ("import", "n11 -> n15")]
)
def test_filter_that_rejects(direction: str, session: str) -> None:
    kind, reason, way_out = _first(
        configuration(),
        pods(),
        member(11),
        member(12),
        reflector(15),
        peers(filters=["strict"]),
        _rejecting(direction),
    )
    assert kind == "filter"
    assert reason.endswith(f"BGPFilter strict rejects it on the session {session}")
    assert "let BGPFilter strict accept it" in way_out


def test_plain_peers_do_not_pass_on() -> None:
    kind, reason, way_out = _first(
        configuration(), pods(), member(11), member(12), member(14, "hub"), peers(to="has(hub)")
    )
    assert kind == "not-reflected"
    assert "n14 has it over iBGP and does not pass it on" in reason
    assert "make n14 a route reflector" in way_out


def test_reflectors_without_a_session_between_them() -> None:
    kind, reason, way_out = _first(
        configuration(),
        pods(),
        member(11, "rack=a"),
        member(13, "rack=b"),
        reflector(14, "244.0.0.1", "rack=a"),
        reflector(15, "244.0.0.2", "rack=b"),
        peers("a", "rack == 'a'", "rack == 'a' && has(rr)"),
        peers("b", "rack == 'b'", "rack == 'b' && has(rr)"),
    )
    assert kind == "apart"
    assert "no chain of sessions leads from n11" in reason
    assert "let the reflectors that serve the two peer" in way_out


def test_node_without_an_address() -> None:
    kind, reason, way_out = _first(
        configuration(mesh=True), pods(), member(11), node("n12"), blocks=[Block("n11", block(11))]
    )
    assert kind == "no-address"
    assert reason == "n12 does not learn n11's blocks: n12 has no IPv4 address for BGP"
    assert "projectcalico.org/IPv4Address of n12" in way_out


def test_next_hop_that_nobody_knows() -> None:
    """The router's own networks keep the address of a router behind it."""
    hidden = BgpRouter(
        "hidden",
        65001,
        "10.9.9.9",
        (RouterConnection("10.9.9.8", AS_NUMBER, "10.9.9.9"),),
        originates=("172.16.0.0/24",),
    )
    there = BgpRouter(
        "ros",
        AS_NUMBER,
        ROUTER,
        (
            RouterConnection("10.9.9.9", 65001, "10.9.9.8"),
            RouterConnection("192.168.0.11", AS_NUMBER, ROUTER),
        ),
    )
    found = learn(
        configuration(), pods(), member(11), towards_router("all()"), routers=[there, hidden]
    )
    assert "172.16.0.0/24" in found.routes["ros"]
    assert "172.16.0.0/24" not in found.routes["n11"]
    (route,) = found.missing
    assert route.reason == (
        "n11 does not learn hidden's blocks: the next hop 10.9.9.9 is not reachable from n11"
    )
    assert "force-self on the router" in route.way_out


SESSIONS = [
    (
        {"as_number": 65000},
        {},
        "the ends disagree about the AS: n15 expects AS 65000 of ros, which is in AS 63400",
        "set the AS number in BGPPeer router-192.168.0.253 to 63400",
    ),
    (
        {"address": "192.168.0.252"},
        {},
        "ros has a session with n15 (the connection of router ros), n15 has none with ros",
        "add a BGPPeer for n15 with peerIP 192.168.0.253 and asNumber 63400",
    ),
    (
        {"password": {"secretKeyRef": {"name": "bgp", "key": "md5"}}},
        {"password_known": True},
        "only one end has a password: ros has none",
        "put one password into BGPPeer router-192.168.0.253 and the connection of router ros",
    ),
    (
        {"password": {"secretKeyRef": {"name": "bgp", "key": "md5"}}},
        {"password_known": True, "password": Secret("redstart")},
        "n15 and ros have different passwords for each other",
        "put one password",
    ),
    (
        {},
        {"local_port": 1179, "remote_port": 1179},
        "n15 connects to port 179, ros listens on port 1179",
        "set the port in BGPPeer router-192.168.0.253 to 1179",
    ),
]


@pytest.mark.parametrize(("node_side", "router_side", "reason", "way_out"), SESSIONS)
def test_sessions_whose_ends_disagree(
    node_side: dict[str, Any], router_side: dict[str, Any], reason: str, way_out: str
) -> None:
    secret = {
        "kind": "Secret",
        "metadata": {"name": "bgp", "namespace": "kube-system"},
        "stringData": {"md5": "bluebird"},
    }
    found = learn(
        configuration(),
        pods(),
        member(11),
        reflector(15),
        peers(),
        towards_router(**node_side),
        secret,
        routers=[ros((15,), **router_side)],
    )
    assert {route.place for route in found.missing} == {"ros"}
    assert found.missing[0].reason.endswith(f"no session: {reason}")
    assert found.missing[0].way_out.startswith(way_out)
    assert not any("bluebird" in str(route) for route in found.missing)


def test_known_passwords_agree() -> None:
    secret = {
        "kind": "Secret",
        "metadata": {"name": "bgp", "namespace": "kube-system"},
        "stringData": {"md5": "bluebird"},
    }
    reference = {"secretKeyRef": {"name": "bgp", "key": "md5"}}
    fabric = [
        configuration(),
        pods(),
        reflector(15),
        towards_router(password=reference),
        secret,
    ]
    same = ros((15,), password=Secret("bluebird"), password_known=True)
    assert not learn(*fabric, routers=[same]).missing
    assert not learn(*fabric, routers=[ros((15,))]).missing


def test_one_end_only() -> None:
    kind, reason, way_out = _first(
        configuration(),
        pods(),
        member(11),
        reflector(15),
        peers(of="!has(rr)", reversePeering="Manual"),
    )
    assert kind == "session-down"
    assert "n11 has a session with n15 (BGPPeer reflectors), n15 has none with n11" in reason
    assert "reversePeering of BGPPeer reflectors at Auto" in way_out


def test_ttl_security_at_one_end() -> None:
    _, reason, way_out = _first(
        configuration(),
        pods(),
        member(11),
        reflector(15),
        peers("forth", "!has(rr)", reversePeering="Manual", ttlSecurity=1),
        peers("back", "has(rr)", "!has(rr)", reversePeering="Manual"),
    )
    assert "n11 has TTL security on and takes nothing below TTL 255, n15 sends TTL 64" in reason
    assert "BGPPeer forth" in way_out
    assert "BGPPeer back" in way_out


def test_equal_router_ids() -> None:
    _, reason, way_out = _first(
        configuration(mesh=True), pods(), member(11), member(12), router_id="10.0.0.1"
    )
    assert "n11 and n12 have the same router ID" in reason
    assert "CALICO_ROUTER_ID" in way_out


def test_bird_refuses_a_file() -> None:
    kind, reason, _ = _first(
        configuration(mesh=True), pods(), member(11), reflector(15, "244.0.0.0/24"), peers()
    )
    assert kind == "refused"
    assert "BIRD on n15 refuses its configuration (Node n15: cluster ID" in reason


def test_mesh_of_half_annotated_nodes_from_3_32_on() -> None:
    """A node without AS annotation is expected in the AS of whoever looks."""
    fabric = [configuration(mesh=True), pods(), member(11), member(12, ASNumber="64999")]
    _, reason, _ = _first(*fabric)
    assert "expects AS 64999 of n11" in reason


def test_down_by_observation() -> None:
    kind, reason, _ = _first(
        configuration(),
        pods(),
        member(11),
        reflector(15),
        peers(),
        down=[("n11", "192.168.0.15")],
    )
    assert kind == "session-down"
    assert "the session of n11 with n15 is not Established" in reason


def test_service_range_that_does_not_reach_the_router() -> None:
    found = learn(
        configuration(serviceClusterIPs=[{"cidr": "10.96.0.0/12"}]),
        pods(),
        reflector(15),
        towards_router(filters=["strict"]),
        raw(
            "BGPFilter",
            "strict",
            exportV4=[{"action": "Reject", "matchOperator": "In", "cidr": "10.96.0.0/12"}],
        ),
        routers=[ros((15,))],
    )
    (route,) = found.missing
    assert (route.place, route.prefix, route.owner) == ("ros", "10.96.0.0/12", "")
    assert route.reason == (
        "ros does not learn the service range 10.96.0.0/12: BGPFilter strict rejects it on the "
        "session n15 -> ros"
    )


def test_router_that_peers_with_nobody() -> None:
    lonely = BgpRouter("ros", AS_NUMBER, ROUTER, ())
    _, reason, way_out = _first(configuration(mesh=True), pods(), member(11), routers=[lonely])
    assert "router ros has no IPv4 session" in reason
    assert "add a connection" in way_out


def test_missing_routes_are_a_sequence() -> None:
    missing = learn(configuration(), pods(), *(member(n) for n in (11, 12, 13))).missing
    assert len(missing) == 6
    assert list(missing) == [missing[number] for number in range(6)]
    assert missing[-1] == missing[5]
    assert missing[1:3] == (missing[1], missing[2])
    assert missing == tuple(missing)
    assert missing != ()
    with pytest.raises(IndexError):
        missing[6]
    assert all(route.place != route.owner for route in missing)
