# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bad descriptions are refused: each fault with host, variable, found, expected; all at once."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.faults import (
    combine,
    report,
)

from tests.unit.description.example import read

_PEER = {"name": "p", "peer_ip": "10.0.0.1", "as_number": 64512}


def test_the_example_is_sound() -> None:
    description, faults = read()
    assert faults == []
    assert description is not None
    assert [r.node for r in description.reflectors] == ["k8s-worker5"]
    assert description.reflectors[0].cluster_id == "244.0.0.1"
    assert description.reflectors[0].rr_id == "rr1"
    assert description.routers[0].local_address == "192.168.0.253"
    assert [r.dst for r in description.static_routes] == ["10.96.0.0/12", "10.20.0.0/16"]


@pytest.mark.parametrize(
    ("change", "variable", "said"),
    [
        ({"calico_bgp_as_number": "many"}, "calico_bgp_as_number", "a whole number"),
        ({"calico_bgp_as_number": True}, "calico_bgp_as_number", "a whole number"),
        ({"calico_bgp_as_number": 0}, "calico_bgp_as_number", "an AS number from 1 to"),
        ({"calico_bgp_as_number": 4294967296}, "calico_bgp_as_number", "an AS number from 1 to"),
        ({"calico_bgp_as_number": 4200000000}, "calico_bgp_as_number", "signed 32-bit"),
        ({"calico_bgp_node_mesh": "off"}, "calico_bgp_node_mesh", "one of auto, enabled, disabled"),
        ({"calico_bgp_listen_port": 70000}, "calico_bgp_listen_port", "a port from 1 to 65535"),
        ({"calico_bgp_peers": "peer"}, "calico_bgp_peers[0]", "a dictionary"),
        ({"calico_bgp_peers": [{"peer_ip": "10.0.0.1"}]}, "calico_bgp_peers[0].name", "a string"),
        (
            {"calico_bgp_peers": [{**_PEER, "peer_ipp": "10.0.0.1"}]},
            "calico_bgp_peers[0].peer_ipp",
            "Did you mean peer_ip?",
        ),
        (
            {"calico_bgp_peers": [{**_PEER, "peer_ip": "10.0.0.256"}]},
            "calico_bgp_peers[0].peer_ip",
            "IPv4, IPv4:port, IPv6 or [IPv6]:port",
        ),
        (
            {"calico_bgp_peers": [{**_PEER, "peer_ip": "10.0.0.1:99999"}]},
            "calico_bgp_peers[0].peer_ip",
            "IPv4:port",
        ),
        (
            {"calico_bgp_peers": [{"name": "p", "peer_ip": "10.0.0.1"}]},
            "calico_bgp_peers[0].as_number",
            "the AS number of the peer",
        ),
        (
            {"calico_bgp_peers": [{"name": "p", "as_number": 1}]},
            "calico_bgp_peers[0]",
            "exactly one",
        ),
        (
            {"calico_bgp_peers": [{**_PEER, "node": "a", "node_selector": "all()"}]},
            "calico_bgp_peers[0]",
            "at most one",
        ),
        (
            {"calico_bgp_peers": [{**_PEER, "node_selector": "rack = 'a'"}]},
            "calico_bgp_peers[0].node_selector",
            "a Calico selector",
        ),
        ({"calico_bgp_peers": [_PEER, _PEER]}, "calico_bgp_peers[1].name", "a name of its own"),
        (
            {"calico_bgp_peers": [{**_PEER, "name": "My_Peer"}]},
            "calico_bgp_peers[0].name",
            "a Kubernetes object name",
        ),
        (
            {"calico_bgp_peers": [{**_PEER, "filters": ["none"]}]},
            "calico_bgp_peers[0].filters[0]",
            "a BGPFilter",
        ),
        (
            {"calico_bgp_ip_pools": [{"name": "new"}]},
            "calico_bgp_ip_pools[0].cidr",
            "the range of the pool",
        ),
        (
            {"calico_bgp_ip_pools": [{"name": "a", "cidr": "10.20.0.1/16"}]},
            "calico_bgp_ip_pools[0].cidr",
            "Clear the bits behind the prefix",
        ),
        (
            {
                "calico_bgp_ip_pools": [
                    {
                        "name": "default-ipv4-ippool",
                        "ipip_mode": "Always",
                        "vxlan_mode": "CrossSubnet",
                    }
                ]
            },
            "calico_bgp_ip_pools[0].vxlan_mode",
            "Never beside an ipip_mode",
        ),
        (
            {"route_reflector_cluster_id": "10.0.0.0/8"},
            "route_reflector_cluster_id",
            "a plain IPv4",
        ),
        ({"route_reflector_cluster_id": "fd00::1"}, "route_reflector_cluster_id", "a plain IPv4"),
        ({"route_reflector_cluster_id": 1}, "route_reflector_cluster_id", "a plain IPv4"),
        ({"route_reflector_label": "a b"}, "route_reflector_label", "key of a Kubernetes label"),
        ({"route_reflector_clusterid": "1.2.3.4"}, "route_reflector_clusterid", "Did you mean"),
        (
            {"routeros_peer_addresses": [{"address": "192.168.0.253", "interface": "ether1"}]},
            "routeros_peer_addresses[0].address",
            "with prefix length",
        ),
        ({"routeros_peer_router_id": "fd00::1"}, "routeros_peer_router_id", "an IPv4 address"),
        ({"routeros_peer_hold_time": "soon"}, "routeros_peer_hold_time", "a time such as"),
        ({"routeros_peer_redistribute": ["all"]}, "routeros_peer_redistribute[0]", "one of"),
        (
            {"static_routes_routes": [{"dst": "10.96.0.0/12", "next_hop": "nobody"}]},
            "static_routes_routes[0].next_hop",
            "reflector, router or an IP address",
        ),
        (
            {"static_routes_routes": [{"dst": "10.96.0.0/12", "next_hop": "fd00::1"}]},
            "static_routes_routes[0].next_hop",
            "of the family",
        ),
        ({"static_routes_rout": []}, "static_routes_rout", "Did you mean static_routes_routes?"),
    ],
)
def test_fault(change: dict[str, Any], variable: str, said: str) -> None:
    description, faults = read(change)
    assert description is None or faults
    assert any(fault.variable == variable and said in str(fault) for fault in faults), report(
        faults
    )


def test_all_faults_come_at_once_and_name_their_hosts() -> None:
    _description, faults = read(
        {"calico_bgp_as_number": 0, "calico_bgp_asnumber": 1},
        {"k8s-worker5": {"route_reflector_cluster_id": "x"}, "ros": {"routeros_peer_tls": "maybe"}},
    )
    text = report(faults)
    assert text.startswith("4 faults in the description, nothing was written:")
    assert "* k8s-worker5: route_reflector_cluster_id: found 'x', expected a plain IPv4" in text
    assert "* ros: routeros_peer_tls: found 'maybe', expected true or false" in text
    assert "Did you mean calico_bgp_as_number?" in text


def test_a_reflector_outside_the_cluster_is_refused() -> None:
    _description, faults = read(groups={"client": {"route_reflectors"}})
    assert any(f.hosts == ("client",) and "no node of the cluster" in f.found for f in faults)


def test_a_node_of_neither_group_is_refused() -> None:
    _description, faults = read(groups={"k8s-worker3": {"k8s_cluster"}})
    assert any(f.hosts == ("k8s-worker3",) and f.variable == "group k8s_cluster" for f in faults)


def test_a_node_that_the_api_does_not_know_is_refused() -> None:
    _description, faults = read(cluster_nodes=["k8s-control"])
    assert any(f.hosts == ("k8s-worker5",) and "'k8s-worker5'" in f.found for f in faults)


def test_cluster_wide_variables_have_one_value() -> None:
    _description, faults = read(host_change={"k8s-worker2": {"calico_bgp_as_number": 64999}})
    assert [(f.hosts, f.variable) for f in faults] == [(("k8s-worker2",), "calico_bgp_as_number")]


def test_no_secret_is_shown() -> None:
    _description, faults = read({"routeros_peer_password": ["s3cret"]})
    assert faults
    assert "s3cret" not in report(faults)


def test_faults_of_the_same_kind_are_one() -> None:
    _description, faults = read({"calico_bgp_typo": 1})
    mine = [f for f in combine(faults) if f.variable == "calico_bgp_typo"]
    assert len(mine) == 1
    assert len(mine[0].hosts) == 8
