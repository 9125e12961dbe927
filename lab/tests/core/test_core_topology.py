# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts, addresses, blocks and pods."""

from __future__ import annotations

import hashlib
from ipaddress import IPv4Network

import pytest
from calico_lab.errors import LabError
from calico_lab.options import LabOptions
from calico_lab.topology import (
    LAN,
    MANAGEMENT,
    SERVICE_CIDR,
    build_topology,
    is_lab_namespace,
)


def test_reference_scenario() -> None:
    topology = build_topology(LabOptions())
    assert {node.name: (str(node.address), node.rack) for node in topology.nodes} == {
        "k8s-control": ("192.168.0.10/24", "rack-1"),
        "k8s-worker1": ("192.168.0.11/24", "rack-1"),
        "k8s-worker2": ("192.168.0.12/24", "rack-1"),
        "k8s-worker3": ("192.168.0.13/24", "rack-2"),
        "k8s-worker4": ("192.168.0.14/24", "rack-2"),
        "k8s-worker5": ("192.168.0.15/24", "rack-2"),
    }
    assert topology.reflector == "k8s-worker5"
    assert topology.lan_hosts["ros"] is None
    assert str(topology.lan_hosts["client"]) == "192.168.0.100/24"
    assert len(topology.pods) == 7


@pytest.mark.parametrize(
    ("workers", "pod_cidr"),
    [(1, "10.20.0.0/16"), (60, "10.20.0.0/16"), (60, "10.44.16.0/20"), (60, "192.168.0.0/16")],
)
def test_blocks_and_addresses_are_unique_and_in_their_place(workers: int, pod_cidr: str) -> None:
    topology = build_topology(LabOptions(workers=workers, pod_cidr=pod_cidr))
    blocks = [node.block for node in topology.nodes]
    assert len(set(blocks)) == workers + 1
    for block in blocks:
        assert block.prefixlen == 26
        assert block.subnet_of(IPv4Network(pod_cidr))
        assert not any(block.overlaps(own) for own in (LAN, MANAGEMENT, SERVICE_CIDR))
    addresses = [str(address.ip) for address in topology.lan_hosts.values() if address]
    assert len(set(addresses)) == len(addresses)
    for pod in topology.pods:
        assert pod.address in topology.node(pod.node).block
    assert len({pod.address for pod in topology.pods}) == workers + 2
    assert len(set(topology.namespaces)) == len(topology.namespaces)
    assert all(
        len(name) <= 15 for name in [*topology.lan_hosts, *(p.interface for p in topology.pods)]
    )


def test_dns_trouble_of_the_scenario_has_its_addresses() -> None:
    topology = build_topology(LabOptions(pod_cidr="192.168.0.0/16"))
    pod = next(pod for pod in topology.pods if pod.namespace == "kube-system")
    assert str(pod.address) == "192.168.36.207"
    assert pod.node == "k8s-worker1"


def test_node_side_interface_is_named_as_calico_names_it() -> None:
    pod = build_topology(LabOptions()).pods[1]
    digest = hashlib.sha1(b"default.pod-k8s-worker1").hexdigest()
    assert pod.interface == "cali" + digest[:11]


def test_pods_lie_outside_the_service_range() -> None:
    with pytest.raises(LabError, match=r"has 0 blocks of /26 outside .*expected 6"):
        build_topology(LabOptions(pod_cidr="10.96.0.0/16"))


@pytest.mark.parametrize(
    ("namespace", "ours"),
    [
        ("lab-k8s-worker12", True),
        ("lab-pod-coredns-0", True),
        ("lab-lan", True),
        ("lab-something", False),
        ("lab2-lan", False),
        ("lab", False),
    ],
)
def test_only_the_labs_own_namespaces_are_taken_for_it(namespace: str, ours: bool) -> None:
    assert is_lab_namespace("lab", namespace) == ours


def test_all_wrong_options_are_named_together() -> None:
    with pytest.raises(LabError) as caught:
        LabOptions(
            name="my-lab",
            workers=0,
            pod_cidr="10.20.0.1/16",
            routeros="seven",
            calico_api="v2",
            calico_version="latest",
        )
    for option in ("name", "workers", "pod-cidr", "routeros", "calico-api", "calico-version"):
        assert f"{option}: " in str(caught.value)
