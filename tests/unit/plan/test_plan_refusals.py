# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every refusal, with the object at fault and the way out."""

from __future__ import annotations

from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.faults import Fault
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.plan import (
    make_plan,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.work import work

from tests.unit.plan.fabrics import (
    ADDRESS,
    SELECTOR_PEER,
    Observed,
    address,
    cluster,
    describe,
    item,
    mesh,
    peer,
    router,
)

OFF = mesh(nodeToNodeMeshEnabled=False)


def refusals(description: object, observed: Observed) -> list[Fault]:
    return list(make_plan(description, observed).refusals)  # type: ignore[arg-type]


def one(description: object, observed: Observed) -> Fault:
    found = refusals(description, observed)
    assert len(found) == 1, [str(fault) for fault in found]
    assert found[0].way_out
    return found[0]


def test_the_end_of_the_mesh_with_a_node_that_nobody_serves() -> None:
    """The reflector serves rack r1 alone; n2 and n4 are in rack r2."""
    description = describe(4, {"n1": "244.0.0.1"}, reflector_peer_node_selector="rack == 'r1'")
    two, four = refusals(description, cluster(4, racks=2))
    assert two.hosts[0] == "host-2"
    assert "mesh is off and no reflector serves n2" in two.found
    assert four.hosts[0] == "host-4"
    assert "leave the mesh on" in four.way_out
    plan = make_plan(description, cluster(4, racks=2))
    assert plan.steps, "a refused plan is shown all the same"


def test_a_shared_cluster_id_without_shared_clients() -> None:
    """projectcalico/calico#2735: routes that pass two reflectors of one cluster are dropped."""
    peers = [
        peer(f"rack-{n}", nodeSelector=f"rack == 'r{n}'", peerSelector=f"reflects == 'r{n}'")
        for n in (1, 2)
    ] + [peer("spine", nodeSelector="has(reflects)", peerSelector="has(reflects)")]
    idle = {"reflector_peer_node_selector": "rack == 'none'"}

    def observed() -> Observed:
        found = cluster(6, racks=2)
        for number, rack in ((0, "r1"), (1, "r2")):
            found["nodes"][number]["labels"]["reflects"] = rack
        return found

    shared = describe(6, {"n1": "244.0.0.1", "n2": "244.0.0.1"}, peers=peers, **idle)
    found = refusals(shared, observed())
    assert found
    text = "\n".join(map(str, found))
    assert "244.0.0.1" in text
    assert "cluster ID" in text
    own = describe(6, {"n1": "244.0.0.1", "n2": "244.0.0.2"}, peers=peers, **idle)
    assert refusals(own, observed()) == []


def test_overlapping_peers_with_different_options() -> None:
    peers = [
        peer("a", peerIP=address("n3"), asNumber=64512, maxRestartTime="30s"),
        peer("b", peerIP=address("n3"), asNumber=64512),
    ]
    fault = one(describe(3, peers=peers), cluster(3))
    assert fault.variable == "BGPPeers a, b"
    assert fault.hosts == ("host-1", "host-2", "host-3")
    assert "graceful restart time" in fault.found
    assert "4 sessions" in fault.found


def test_a_pool_that_is_not_exported_to_the_router() -> None:
    description = describe(3, {"n3": "244.0.0.1"}, routers=[router()])
    found = refusals(description, cluster(3, disableBGPExport=True))
    text = "\n".join(map(str, found))
    assert "ros" in text
    assert "disableBGPExport" in text


def test_reflectors_where_bgp_is_off() -> None:
    observed = {**cluster(2), "backend": "vxlan"}
    fault = one(describe(2, {"n2": "244.0.0.1"}), observed)
    assert fault.hosts == ("host-2",)
    assert "backend vxlan" in fault.found
    assert refusals(describe(2), observed) == []


def test_reflectors_where_vxlan_carries_all() -> None:
    fault = one(describe(2, {"n2": "244.0.0.1"}), cluster(2, vxlanMode="Always"))
    assert fault.hosts == ("host-2",)
    assert "VXLAN alone" in fault.found
    assert refusals(describe(2, {"n2": "244.0.0.1"}), cluster(2, ipipMode="Always")) == []


def test_a_node_without_address() -> None:
    observed = cluster(3)
    del observed["nodes"][1]["annotations"][ADDRESS]
    _work, faults = work(describe(3), observed)
    assert [fault.hosts for fault in faults] == [("host-2",)]


def test_what_bird_refuses_names_the_object() -> None:
    filters = item(
        "BGPFilter",
        "narrow",
        importV4=[
            {
                "action": "Accept",
                "cidr": "10.0.0.0/24",
                "matchOperator": "In",
                "prefixLength": {"min": 30, "max": 26},
            }
        ],
    )
    wish = [peer("p", peerIP="192.168.0.250", asNumber=65000, filters=["narrow"])]
    fault = one(describe(2, peers=wish), cluster(2, filters))
    assert fault.variable == "BGPFilter narrow"
    assert fault.hosts == ("host-1", "host-2")
    assert "BIRD refuses its whole file" in fault.way_out


def test_what_the_api_refuses_names_the_object() -> None:
    wish = [peer("p", peerIP="192.168.0.250", peerSelector="all()", asNumber=65000)]
    fault = one(describe(2, peers=wish), cluster(2))
    assert fault.variable == "BGPPeer p"
    assert "peerIP and peerSelector exclude each other" in fault.found


def test_a_selector_that_does_not_parse_is_noted() -> None:
    broken = item("BGPPeer", "broken", nodeSelector="rack = 'r1'", peerIP="192.168.0.9", asNumber=1)
    (note,) = make_plan(describe(2), cluster(2, broken)).notes
    assert "rack = 'r1'" in note


def test_the_mesh_s_password_goes_with_the_mesh() -> None:
    """Calico 3.32 refuses one beside a mesh that is off."""
    secret = {"secretKeyRef": {"name": "s", "key": "k"}}
    observed = cluster(3, mesh(nodeMeshPassword=secret))
    assert refusals(describe(3, {"n3": "244.0.0.1"}), observed) == []


def test_faults_of_the_cluster_that_the_plan_mends_are_none() -> None:
    wrong = item("BGPPeer", "p", "calico_bgp", peerIP="192.168.0.250")
    wish = [peer("p", peerIP="192.168.0.250", asNumber=65000)]
    assert refusals(describe(2, peers=wish), cluster(2, wrong)) == []


def test_a_served_cluster_is_not_refused() -> None:
    observed = cluster(4, OFF, SELECTOR_PEER, reflectors={"n1": "244.0.0.1"}, racks=2)
    assert refusals(describe(4, {"n1": "244.0.0.1"}), observed) == []
