# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The work that follows from the example, and what to expect after it."""

from __future__ import annotations

from typing import Any

from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.description import (
    NodePatch,
    torn_down,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.plan import (
    make_plan,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.plan_model import (
    Plan,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.work import work

from tests.unit.description.example import ADDRESSES, NODES, read


def observed(version: str = "v3.32.1") -> dict[str, Any]:
    """Return the example cluster as it is before the job."""
    racks = {"k8s-control", "k8s-worker1", "k8s-worker2"}
    return {
        "server": "https://192.168.0.10:6443",
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


def example_plan(**change: Any) -> Plan:
    description, faults = read(change)
    assert description is not None, faults
    return make_plan(description, observed())


def writes(plan: Plan, kind: str) -> list[Any]:
    """Return what the plan writes to objects of a kind, in order."""
    return [change.write for step in plan.steps for change in step.changes if change.kind == kind]


def test_the_mesh_ends_in_a_write_of_its_own() -> None:
    number, mesh_off = writes(example_plan(), "BGPConfiguration")
    assert number.spec == {"asNumber": 63400}
    assert mesh_off.spec["nodeToNodeMeshEnabled"] is False
    assert "asNumber" not in mesh_off.spec


def test_label_and_cluster_id_are_one_patch() -> None:
    promotion, _label = writes(example_plan(), "Node")
    assert promotion == NodePatch(
        "k8s-worker5",
        {"route-reflector": "true"},
        {"projectcalico.org/RouteReflectorClusterID": "244.0.0.1"},
    )


def test_before_the_mesh_ends_every_node_has_its_session_with_the_reflector() -> None:
    (promotion,) = [s for s in example_plan().steps if s.title.startswith("Promote")]
    sessions = {node: names[4] for node, names in promotion.wait_for.items()}
    assert sessions.pop("k8s-worker5") == tuple(f"Node_192_168_0_{n}" for n in (10, 11, 12, 13, 14))
    assert set(sessions.values()) == {("Global_192_168_0_15",)}
    assert len(sessions) == 5


def test_expected_in_the_end() -> None:
    expected = example_work()["expected"]
    assert [s["neighbor"] for s in expected["k8s-worker1"]["sessions"]] == ["192.168.0.15"]
    assert len(expected["k8s-worker5"]["sessions"]) == 6
    assert len(expected["k8s-worker1"]["routes"]) == 5
    assert [s["neighbor"] for s in expected["ros"]["sessions"]] == ["192.168.0.15"]
    assert {"dst": "10.20.1.0/26", "gateways": ["192.168.0.11"]} in expected["ros"]["routes"]
    assert len(expected["ros"]["routes"]) == 6


def test_router_peer() -> None:
    (peer,) = [o for o in writes(example_plan(), "BGPPeer") if o.component == "routeros_peer"]
    assert peer.name == "rr1-to-ros-peer"
    assert peer.spec == {
        "nodeSelector": "rr-id == 'rr1'",
        "peerIP": "192.168.0.253",
        "asNumber": 63400,
    }
    _promotion, label = writes(example_plan(), "Node")
    assert label == NodePatch("k8s-worker5", {"rr-id": "rr1"})
    result = example_work()["routeros_peer"]
    assert [c["name"] for c in result["routers"]["ros"]["connections"]] == ["calico-k8s-worker5"]
    assert result["absent"] == []


def test_a_router_of_another_as_keeps_the_next_hop() -> None:
    plan = example_plan(routeros_peer_as_number=65000)
    (peer,) = [o for o in writes(plan, "BGPPeer") if o.component == "routeros_peer"]
    assert peer.spec["nextHopMode"] == "Keep"


def test_mesh_enabled_stays() -> None:
    (configuration,) = writes(example_plan(calico_bgp_node_mesh="enabled"), "BGPConfiguration")
    assert configuration.spec == {"asNumber": 63400, "nodeToNodeMeshEnabled": True}
    result = example_work(calico_bgp_node_mesh="enabled")
    neighbors = {s["neighbor"] for s in result["expected"]["k8s-worker1"]["sessions"]}
    assert neighbors == {f"192.168.0.{n}" for n in (10, 12, 13, 14, 15)}


def test_after_a_teardown_only_the_mesh_is_expected() -> None:
    description, _faults = read()
    assert description is not None
    result, faults = work(torn_down(description), observed())
    assert faults == []
    assert result["routeros_peer"] == {"routers": {}, "absent": ["ros"], "wait_for": {}}
    assert {r["state"] for r in result["static_routes"]["client"]} == {"absent"}
    # The routes to be removed lead where they led: to what is the reflector no more.
    assert {tuple(r["gateways"]) for r in result["static_routes"]["client"]} == {("192.168.0.15",)}
    assert {len(place["sessions"]) for place in result["expected"].values()} == {5}
    assert set(result["expected"]) == set(NODES)


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
