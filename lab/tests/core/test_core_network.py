# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of links, addresses and settings."""

from __future__ import annotations

from calico_lab.network import plan_network
from calico_lab.options import LabOptions
from calico_lab.topology import build_topology

TOPOLOGY = build_topology(LabOptions())
PLAN = plan_network(TOPOLOGY)


def test_every_host_has_one_link_to_the_lan_and_every_pod_one_to_its_node() -> None:
    lan = {veth.host for veth in PLAN.veths if veth.peer_host == "lan"}
    assert lan == set(TOPOLOGY.lan_hosts)
    pods = {veth.host: veth.peer_host for veth in PLAN.veths if veth.host.startswith("pod-")}
    assert pods == {pod.host: pod.node for pod in TOPOLOGY.pods}


def test_router_starts_without_an_address_on_the_lan() -> None:
    commands = PLAN.commands["ros"]
    assert not [line for line in commands if line.startswith("addr") and "ether1" in line]
    assert "addr replace 192.168.88.1/24 dev ether2" in commands
    assert not [line for line in commands if line.startswith("route")]


def test_pods_reach_the_world_as_calicos_do() -> None:
    pod = TOPOLOGY.pods[0]
    assert PLAN.commands[pod.host][-2:] == [
        "route replace 169.254.1.1 dev eth0 scope link",
        "route replace default via 169.254.1.1 dev eth0",
    ]
    assert PLAN.sysctls[pod.node][f"net/ipv4/conf/{pod.interface}/proxy_arp"] == "1"


def test_the_route_to_a_pod_is_left_to_calico_node() -> None:
    for node in TOPOLOGY.nodes:
        routes = [line for line in PLAN.commands[node.name] if line.startswith("route")]
        assert routes == ["route replace default via 192.168.0.1"]


def test_only_nodes_and_the_router_forward() -> None:
    forwarding = {
        host for host, settings in PLAN.sysctls.items() if settings.get("net/ipv4/ip_forward")
    }
    assert forwarding == {*(node.name for node in TOPOLOGY.nodes), "ros"}
