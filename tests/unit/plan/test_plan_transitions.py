# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Other transitions than the first: what they restart, in which order, who has to agree."""

from __future__ import annotations

from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.description import (
    NodePatch,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.overlay import (
    overlay,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.plan import (
    make_plan,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.plan_model import (
    RELOAD,
    RESTART,
    START,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.work import work

from tests.unit.plan.fabrics import (
    ADDRESS,
    CLUSTER_ID,
    SELECTOR_PEER,
    address,
    cluster,
    describe,
    item,
    mesh,
    peer,
    router,
    secret,
    sound,
    titles,
)

OFF = mesh(nodeToNodeMeshEnabled=False)
# The peer of the role, made to match nobody, so that other peers are alone.
IDLE = {"reflector_peer_node_selector": "rack == 'none'"}
IDLE_PEER = {**SELECTOR_PEER, "spec": {**SELECTOR_PEER["spec"], "nodeSelector": "rack == 'none'"}}


def test_a_second_reflector() -> None:
    observed = cluster(4, OFF, SELECTOR_PEER, reflectors={"n4": "244.0.0.1"})
    plan = sound(describe(4, {"n4": "244.0.0.1", "n3": "244.0.0.1"}), observed)
    assert titles(plan) == ["Promote n3 to route reflector"]
    (step,) = plan.steps
    # n3 and n4 are reflectors of one cluster now: neither is the other's client any more.
    assert {(e.place, e.peer) for e in step.sessions if e.effect == RESTART} == {
        ("n3", "n4"),
        ("n4", "n3"),
    }
    assert {e.place for e in step.sessions if e.effect == START} == {"n1", "n2", "n3"}


def test_reflectors_are_promoted_one_after_the_other() -> None:
    plan = sound(describe(4, {"n1": "244.0.0.1", "n2": "244.0.0.1"}), cluster(4))
    assert titles(plan) == [
        "Create BGPPeer peer-with-route-reflectors",
        "Promote n1 to route reflector",
        "Promote n2 to route reflector",
        "End the node-to-node mesh",
    ]


def test_another_cluster_id_restarts_the_reflector_s_sessions() -> None:
    observed = cluster(3, OFF, SELECTOR_PEER, reflectors={"n3": "244.0.0.1"})
    plan = sound(describe(3, {"n3": "244.0.0.9"}), observed)
    assert titles(plan) == ["Change the cluster ID of n3 to 244.0.0.9"]
    (step,) = plan.steps
    reasons = {(e.place, e.because) for e in step.sessions}
    assert ("n3", "cluster ID") in reasons
    assert ("n1", "n3 restarts it") in reasons
    assert {len(prefixes) for prefixes in step.away.values()} == {2}


def test_the_mesh_comes_back_without_a_gap() -> None:
    observed = cluster(3, OFF, SELECTOR_PEER, reflectors={"n3": "244.0.0.1"})
    plan = sound(describe(3, {"n3": "244.0.0.1"}, mesh_wish="enabled"), observed)
    assert titles(plan) == ["Bring the node-to-node mesh back"]
    (step,) = plan.steps
    assert {(e.place, e.effect) for e in step.sessions} == {("n1", START), ("n2", START)}
    assert step.away == {}


def test_password_of_two_peers_that_overlap_is_one_step() -> None:
    """Changed one after the other, a session would be up to chance between."""
    old = [
        item(
            "BGPPeer",
            name,
            "calico_bgp",
            peerIP=address("n3"),
            asNumber=64512,
            password=secret("old"),
        )
        for name in ("a", "b")
    ]
    wish = [
        peer(name, peerIP=address("n3"), asNumber=64512, password=secret("new")) for name in "ab"
    ]
    observed = cluster(3, OFF, IDLE_PEER, *old, reflectors={"n3": "244.0.0.1"})
    plan = sound(describe(3, {"n3": "244.0.0.1"}, peers=wish, **IDLE), observed)
    (step,) = plan.steps
    assert [change.name for change in step.changes] == ["a", "b"]
    assert {e.effect for e in step.sessions} == {RESTART}
    assert {e.because for e in step.sessions} == {"password"}


def test_peers_that_do_not_overlap_are_changed_one_after_the_other() -> None:
    tors = {"tor-1": "192.168.0.251", "tor-2": "192.168.0.252"}
    old = [item("BGPPeer", n, "calico_bgp", peerIP=a, asNumber=65000) for n, a in tors.items()]
    wish = [peer(n, peerIP=a, asNumber=65000, keepaliveTime="9s") for n, a in tors.items()]
    plan = sound(describe(3, peers=wish), cluster(3, *old))
    assert titles(plan) == ["Change BGPPeer tor-1", "Change BGPPeer tor-2"]
    for step, neighbor in zip(plan.steps, tors.values()):
        assert {(e.neighbor, e.effect) for e in step.sessions} == {(neighbor, RESTART)}


def test_two_halves_of_one_session_change_together() -> None:
    """With the new password on one of two reflectors their session would stay down."""
    ids = {"n3": "244.0.0.1", "n4": "244.0.0.1"}
    old = [
        item("BGPPeer", f"to-{node}", "calico_bgp", peerIP=address(node), asNumber=64512)
        for node in ids
    ]
    wish = [
        peer(f"to-{node}", peerIP=address(node), asNumber=64512, password=secret("new"))
        for node in ids
    ]
    observed = cluster(4, OFF, IDLE_PEER, *old, reflectors=ids)
    plan = sound(describe(4, ids, peers=wish, **IDLE), observed)
    assert titles(plan) == ["Change BGPPeers to-n3, to-n4"]


def test_another_filter_restarts_nothing() -> None:
    observed = cluster(
        3,
        item("BGPFilter", "f", exportV4=[{"action": "Accept"}]),
        item("BGPPeer", "p", "calico_bgp", peerIP="192.168.0.250", asNumber=65000),
    )
    wish = [peer("p", peerIP="192.168.0.250", asNumber=65000, filters=["f"])]
    (step,) = sound(describe(3, peers=wish), observed).steps
    assert {(e.effect, e.because) for e in step.sessions} == {(RELOAD, "export filters")}
    assert step.away == {}
    assert step.wait_for == {}


def test_an_as_change_takes_the_router_along() -> None:
    """Cluster and router change their AS in one step: between two the router would know nothing."""
    observed = cluster(
        3,
        mesh(nodeToNodeMeshEnabled=False, asNumber=64512),
        SELECTOR_PEER,
        item(
            "BGPPeer",
            "rr1-to-ros-peer",
            "routeros_peer",
            nodeSelector="rr-id == 'rr1'",
            peerIP="192.168.0.253",
            asNumber=64512,
        ),
        reflectors={"n3": "244.0.0.1"},
    )
    observed["nodes"][2]["labels"]["rr-id"] = "rr1"
    sessions = [
        {"remote_address": address("n3"), "remote_as": 64512, "local_as": 64512, "name": "rr1"}
    ]
    told = {"actions": ["/routing/bgp/connection/set as=63400"], "restarts": ["rr1"]}
    description = describe(3, {"n3": "244.0.0.1"}, as_number=63400, routers=[router()])
    plan = sound(description, observed, ros={**told, "sessions": sessions})
    (step,) = plan.steps
    assert {change.kind for change in step.changes} == {"BGPConfiguration", "BGPPeer", "Router"}
    assert {e.effect for e in step.sessions} == {RESTART}
    assert step.consents == ()


def test_an_as_change_needs_the_consent_of_others() -> None:
    external = item("BGPPeer", "tor", peerIP="192.168.0.250", asNumber=65000)
    plan = sound(describe(2, as_number=63400), cluster(2, external))
    (step,) = plan.steps
    (consent,) = step.consents
    assert consent.subject == "neighbor 192.168.0.250"
    assert "64512" in consent.reason
    assert "63400" in consent.reason


def test_a_local_as_spares_others() -> None:
    external = item("BGPPeer", "tor", peerIP="192.168.0.250", asNumber=65000, localASNumber=64600)
    (step,) = sound(describe(2, as_number=63400), cluster(2, external)).steps
    assert step.consents == ()


def test_a_password_towards_a_foreign_router_needs_consent() -> None:
    old = item("BGPPeer", "tor", "calico_bgp", peerIP="192.168.0.250", asNumber=65000)
    wish = [peer("tor", peerIP="192.168.0.250", asNumber=65000, password=secret("tor"))]
    (step,) = sound(describe(2, peers=wish), cluster(2, old)).steps
    assert [consent.subject for consent in step.consents] == ["neighbor 192.168.0.250"]
    assert "password" in step.consents[0].reason


def test_what_nobody_describes_any_more_goes_last() -> None:
    """Another reflector peer takes over before the old one goes."""
    old = {**SELECTOR_PEER, "name": "old-name"}
    observed = cluster(3, OFF, old, reflectors={"n3": "244.0.0.1"})
    plan = sound(describe(3, {"n3": "244.0.0.1"}), observed)
    assert titles(plan) == [
        "Create BGPPeer peer-with-route-reflectors",
        "Delete BGPPeer old-name",
    ]
    assert all(step.sessions == () for step in plan.steps)


def test_sessions_of_what_is_deleted_are_not_expected() -> None:
    gone = item(
        "BGPPeer", "rr1-to-old-peer", "routeros_peer", peerIP="192.168.0.99", asNumber=64512
    )
    observed = cluster(3, OFF, SELECTOR_PEER, gone, reflectors={"n3": "244.0.0.1"})
    result, faults = work(describe(3, {"n3": "244.0.0.1"}), observed)
    assert faults == []
    assert [s["neighbor"] for s in result["expected"]["n1"]["sessions"]] == [address("n3")]


def test_objects_of_others_are_never_deleted() -> None:
    foreign = item("BGPPeer", "foreign", peerIP=address("n3"), asNumber=64512)
    observed = cluster(3, OFF, SELECTOR_PEER, foreign, reflectors={"n3": "244.0.0.1"})
    assert sound(describe(3, {"n3": "244.0.0.1"}, purge=True), observed).steps == ()


def test_an_object_of_ours_loses_what_is_no_longer_described() -> None:
    old = item(
        "BGPPeer", "p", "calico_bgp", peerIP="192.168.0.250", asNumber=65000, keepaliveTime="9s"
    )
    wish = [peer("p", peerIP="192.168.0.250", asNumber=65000)]
    (step,) = sound(describe(2, peers=wish), cluster(2, old)).steps
    (field,) = step.changes[0].fields
    assert (field.name, field.before, field.after) == ("keepaliveTime", "9s", None)
    assert {e.because for e in step.sessions} == {"keepalive time"}


def test_pods_that_do_not_need_bgp_are_noted() -> None:
    observed = cluster(2, version="v3.34.0", ipipMode="Always")
    (note,) = sound(describe(2), observed).notes
    assert "Felix sets the routes" in note
    assert sound(describe(2), cluster(2, ipipMode="Always")).notes == ()


def test_a_port_restarts_every_session() -> None:
    plan = sound(describe(3, configuration={"listenPort": 1790}), cluster(3))
    (step,) = plan.steps
    assert {e.because for e in step.sessions} == {"port"}
    assert len(step.sessions) == 6


def test_a_patch_takes_labels_away() -> None:
    observed = cluster(2, reflectors={"n2": "244.0.0.1"})
    nodes = [{**node, "kind": "Node"} for node in observed["nodes"]]
    patch = NodePatch("n2", {"route-reflector": None}, {CLUSTER_ID: None})
    (_n1, n2) = overlay(nodes, (), [patch])
    assert n2["labels"] == {"rack": "r1"}
    assert list(n2["annotations"]) == [ADDRESS]


def test_nothing_to_do_reads_as_such() -> None:
    plan = make_plan(describe(2), cluster(2))
    assert plan.steps == ()
    assert plan.refusals == ()


def test_both_address_families_are_planned() -> None:
    observed = cluster(3)
    for number, node in enumerate(observed["nodes"], start=1):
        node["annotations"]["projectcalico.org/IPv6Address"] = f"fd00::{number}/64"
        observed["blocks"].append({"node": node["name"], "cidr": f"fd20:{number}::/122"})
    observed["objects"].append(item("IPPool", "pods6", cidr="fd20::/16"))
    plan = sound(describe(3, {"n3": "244.0.0.1"}), observed)
    promotion = plan.steps[1]
    assert promotion.wait_for["n1"] == {4: ("Node_192_168_0_13",), 6: ("Node_fd00__3",)}
    assert promotion.away["n1"] == ("10.20.2.0/26", "fd20:3::/122")
    assert {view.family for view in plan.then["n1"]} == {4, 6}


def test_routes_that_only_come_another_way_are_pinned_too() -> None:
    """BIRD takes each out of the kernel before it puts it in again."""
    observed = cluster(4, SELECTOR_PEER, reflectors={"n4": "244.0.0.1"})
    (step,) = sound(describe(4, {"n4": "244.0.0.1"}), observed).steps
    assert step.title == "End the node-to-node mesh"
    assert (step.away, step.pins) == ({}, True)
    (note,) = [note for note in step.notes if "another way" in note]
    assert note.startswith("6 routes on nodes come another way from now on")


def test_a_step_that_moves_no_route_is_not_pinned() -> None:
    plan = sound(describe(2, configuration={"logSeverityScreen": "Warning"}), cluster(2))
    assert [step.pins for step in plan.steps] == [False]
