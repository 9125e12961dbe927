# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The work that follows from the example, and what to expect after it."""

from __future__ import annotations

from typing import Any

from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.work import work

from tests.unit.description.example import ADDRESSES, NODES, read


def observed(version: str = "v3.32.1") -> dict[str, Any]:
    """Return the example cluster as it is before the job."""
    racks = {"k8s-control", "k8s-worker1", "k8s-worker2"}
    return {
        "api_group": "crd.projectcalico.org/v1",
        "calico_version": version,
        "backend": "bird",
        "nodes": [
            {
                "name": name,
                "labels": {"rack": "rack-1" if name in racks else "rack-2"},
                "annotations": {"projectcalico.org/IPv4Address": f"{ADDRESSES[name]}/24"},
            }
            for name in NODES
        ],
        "objects": [
            {
                "kind": "IPPool",
                "name": "default-ipv4-ippool",
                "labels": {},
                "spec": {"cidr": "10.20.0.0/16", "ipipMode": "Never"},
            }
        ],
        "blocks": [
            {"node": name, "cidr": f"10.20.{place}.0/26"} for place, name in enumerate(NODES)
        ],
    }


def example_work(**change: Any) -> dict[str, Any]:
    description, faults = read(change)
    assert description is not None, faults
    result, more = work(description, observed())
    assert more == []
    return result


def test_the_mesh_ends_in_a_write_of_its_own() -> None:
    result = example_work()
    configuration = [o for o in result["calico_bgp"]["objects"] if o["kind"] == "BGPConfiguration"]
    assert [o["spec"] for o in configuration] == [{"asNumber": 63400}]
    assert [o["spec"]["nodeToNodeMeshEnabled"] for o in result["route_reflector"]["mesh_off"]] == [
        False
    ]


def test_label_and_cluster_id_are_one_patch() -> None:
    (stage,) = example_work()["route_reflector"]["stages"]
    assert stage["patch"] == {
        "node": "k8s-worker5",
        "labels": {"route-reflector": "true"},
        "annotations": {"projectcalico.org/RouteReflectorClusterID": "244.0.0.1"},
    }


def test_before_the_mesh_ends_every_node_has_its_session_with_the_reflector() -> None:
    (stage,) = example_work()["route_reflector"]["stages"]
    sessions = {node: names["ipv4"] for node, names in stage["sessions"].items()}
    assert sessions.pop("k8s-worker5") == [f"Node_192_168_0_{n}" for n in (10, 11, 12, 13, 14)]
    assert set(map(tuple, sessions.values())) == {("Global_192_168_0_15",)}


def test_expected_in_the_end() -> None:
    expected = example_work()["expected"]
    assert [s["neighbor"] for s in expected["k8s-worker1"]["sessions"]] == ["192.168.0.15"]
    assert len(expected["k8s-worker5"]["sessions"]) == 6
    assert len(expected["k8s-worker1"]["routes"]) == 5
    assert [s["neighbor"] for s in expected["ros"]["sessions"]] == ["192.168.0.15"]
    assert {"dst": "10.20.1.0/26", "gateways": ["192.168.0.11"]} in expected["ros"]["routes"]
    assert len(expected["ros"]["routes"]) == 6


def test_router_peer() -> None:
    result = example_work()["routeros_peer"]
    assert [(o["name"], o["spec"]) for o in result["objects"]] == [
        (
            "rr1-to-ros-peer",
            {"nodeSelector": "rr-id == 'rr1'", "peerIP": "192.168.0.253", "asNumber": 63400},
        )
    ]
    assert result["nodes"] == [
        {"node": "k8s-worker5", "labels": {"rr-id": "rr1"}, "annotations": {}}
    ]


def test_a_router_of_another_as_keeps_the_next_hop() -> None:
    (peer,) = example_work(routeros_peer_as_number=65000)["routeros_peer"]["objects"]
    assert peer["spec"]["nextHopMode"] == "Keep"


def test_mesh_enabled_stays() -> None:
    result = example_work(calico_bgp_node_mesh="enabled")
    assert result["route_reflector"]["mesh_off"] == []
    neighbors = {s["neighbor"] for s in result["expected"]["k8s-worker1"]["sessions"]}
    assert neighbors == {f"192.168.0.{n}" for n in (10, 12, 13, 14, 15)}


def test_a_node_without_address_is_refused() -> None:
    description, _faults = read()
    assert description is not None
    cluster = observed()
    cluster["nodes"][2]["annotations"] = {"projectcalico.org/IPv4Address": "here"}
    _result, faults = work(description, cluster)
    assert [f.hosts for f in faults] == [("k8s-worker2",)]


def test_static_routes_lead_to_the_reflector() -> None:
    assert example_work()["static_routes"] == {
        "client": [
            {"dst": "10.96.0.0/12", "gateways": ["192.168.0.15"], "state": "present"},
            {"dst": "10.20.0.0/16", "gateways": ["192.168.0.15"], "state": "present"},
        ]
    }
