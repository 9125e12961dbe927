# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reflectors come, go and move; racks have their own; their sessions get a password."""

from __future__ import annotations

import copy
from collections.abc import Mapping

import pytest
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.plan import (
    make_plan,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.plan_model import (
    RESTART,
    STOP,
    Plan,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.plan_pins import (
    PinAnswers,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.work import work

from tests.unit.plan.fabrics import (
    CLUSTER_ID,
    SELECTOR_PEER,
    Observed,
    after,
    cluster,
    describe,
    everything,
    item,
    mesh,
    secret,
    sound,
    titles,
)
from tests.unit.plan.test_plan_refusals import refusals

ONE = {"n3": "244.0.0.1"}
PEER = "Node_192_168_0_{}".format


def done(nodes: int, reflectors: Mapping[str, str], *objects: object, **wish: object) -> Observed:
    """A cluster as it is once a description has been carried out."""
    observed = cluster(nodes, *objects)  # type: ignore[arg-type]
    return after(observed, sound(describe(nodes, reflectors, **wish), observed).steps)  # type: ignore[arg-type]


def effects(plan: Plan, step: int, effect: str) -> set[tuple[str, str]]:
    return {(e.place, e.peer) for e in plan.steps[step].sessions if e.effect == effect}


def test_one_of_two_reflectors_is_taken_back() -> None:
    observed = done(4, {"n3": "244.0.0.1", "n4": "244.0.0.1"})
    plan = sound(describe(4, {"n4": "244.0.0.1"}), observed)
    assert titles(plan) == ["Demote n3 to an ordinary node"]
    (step,) = plan.steps
    assert effects(plan, 0, STOP) == {("n1", "n3"), ("n2", "n3"), ("n3", "n1"), ("n3", "n2")}
    # The other reflector must carry everything before the first one goes.
    assert step.relies_on["n1"] == {4: (PEER(14),)}
    assert step.relies_on["n4"] == {4: (PEER(11), PEER(12))}
    assert step.anew == {"n3": {4: (PEER(14),)}, "n4": {4: (PEER(13),)}}
    n3 = everything(after(observed, plan.steps))["Node", "n3"]
    assert n3 == everything(cluster(4))["Node", "n3"]


def test_a_reflector_moves() -> None:
    observed = done(3, ONE)
    plan = sound(describe(3, {"n2": "244.0.0.1"}), observed)
    assert titles(plan) == ["Promote n2 to route reflector", "Demote n3 to an ordinary node"]
    assert plan.steps[1].relies_on == {"n1": {4: (PEER(12),)}, "n2": {4: (PEER(11),)}}
    there = everything(done(3, {"n2": "244.0.0.1"}))
    assert everything(after(observed, plan.steps)) == there


def test_without_reflectors_the_mesh_comes_back_before_they_go() -> None:
    observed = cluster(3, mesh(asNumber=64512, listenPort=179))
    meshed = after(observed, sound(describe(3, ONE), observed).steps)
    assert everything(meshed)["BGPConfiguration", "default"]["spec"] == {
        "asNumber": 64512,
        "listenPort": 179,
        "nodeToNodeMeshEnabled": False,
    }
    plan = sound(describe(3), meshed)
    assert titles(plan) == [
        "Bring the node-to-node mesh back",
        "Demote n3 to an ordinary node",
        "Delete BGPPeer peer-with-route-reflectors",
    ]
    assert plan.steps[0].away == {}
    assert plan.steps[1].wait_for["n3"] == {4: ("Mesh_192_168_0_11", "Mesh_192_168_0_12")}
    assert everything(after(meshed, plan.steps)) == everything(observed)


def test_a_mesh_that_others_ended_is_not_brought_back() -> None:
    """Their own reflectors carry the cluster; ours were beside them."""
    theirs = [
        mesh(nodeToNodeMeshEnabled=False),
        item("BGPPeer", "theirs", nodeSelector="all()", peerSelector="has(theirs)"),
    ]
    observed = cluster(4, *theirs)
    node = observed["nodes"][0]
    node["labels"]["theirs"] = ""
    node["annotations"][CLUSTER_ID] = "10.0.0.1"
    there = after(observed, sound(describe(4, ONE), observed).steps)
    plan = sound(describe(4), there)
    assert "mesh" not in " ".join(titles(plan))
    assert everything(after(there, plan.steps)) == everything(observed)


def test_a_reflector_of_others_is_left_one() -> None:
    observed = cluster(
        4, mesh(nodeToNodeMeshEnabled=False), SELECTOR_PEER, reflectors={"n4": "244.0.0.1"}
    )
    plan = sound(describe(4, {"n3": "244.0.0.1"}), observed)
    assert titles(plan) == ["Promote n3 to route reflector"]


def test_two_reflectors_become_other_two() -> None:
    before = {"n1": "244.0.0.1", "n2": "244.0.0.1"}
    after_ = {"n3": "244.0.0.1", "n4": "244.0.0.1"}
    plan = sound(describe(4, after_), done(4, before))
    assert titles(plan) == [
        "Promote n3 to route reflector",
        "Promote n4 to route reflector",
        "Demote n1 to an ordinary node",
        "Demote n2 to an ordinary node",
    ]


# Racks

RACKS = {"n1": "244.0.0.1", "n2": "244.0.0.2"}
BY_RACK = {"reflector_rack_label": "rack"}


def racked(plan: Plan) -> dict[str, tuple[str, str]]:
    """Selectors of the peers that a plan creates."""
    return {
        change.name: (change.write.spec["nodeSelector"], change.write.spec["peerSelector"])  # type: ignore[union-attr]
        for step in plan.steps
        for change in step.changes
        if (change.verb, change.kind) == ("create", "BGPPeer")
    }


def test_every_rack_has_its_peer_and_the_reflectors_have_one() -> None:
    plan = sound(describe(6, RACKS, **BY_RACK), cluster(6, racks=2))
    reflector = "route-reflector == 'true'"
    assert racked(plan) == {
        "peer-with-route-reflectors-r1": ("rack == 'r1'", f"{reflector} && rack == 'r1'"),
        "peer-with-route-reflectors-r2": ("rack == 'r2'", f"{reflector} && rack == 'r2'"),
        "peer-with-route-reflectors-reflectors": (reflector, reflector),
    }
    peers = {node: {view.peer for view in views} for node, views in plan.then.items()}
    assert peers["n3"] == peers["n5"] == {"n1"}
    assert peers["n4"] == peers["n6"] == {"n2"}
    assert peers["n1"] == {"n2", "n3", "n5"}


def test_a_selector_of_nodes_is_kept_within_racks() -> None:
    description = describe(
        4, RACKS, **BY_RACK, reflector_peer_node_selector="has(rack) || has(other)"
    )
    (first, *_more) = racked(sound(description, cluster(4, racks=2))).values()
    assert first[0] == "(has(rack) || has(other)) && rack == 'r1'"


def test_a_rack_with_two_reflectors_has_one_peer() -> None:
    both = {"n1": "244.0.0.1", "n3": "244.0.0.1", "n2": "244.0.0.2"}
    plan = sound(describe(6, both, **BY_RACK), cluster(6, racks=2))
    assert len(racked(plan)) == 3
    assert {view.peer for view in plan.then["n5"]} == {"n1", "n3"}


def test_one_reflector_for_all_becomes_one_for_each_rack() -> None:
    first = cluster(6, racks=2)
    observed = after(first, sound(describe(6, {"n1": "244.0.0.1"}), first).steps)
    plan = sound(describe(6, RACKS, **BY_RACK), observed)
    assert titles(plan)[1:] == [
        "Promote n2 to route reflector",
        "Delete BGPPeer peer-with-route-reflectors",
    ]
    last = plan.steps[-1]
    assert last.away == {}
    assert last.relies_on["n4"] == {4: (PEER(12),)}
    back = sound(describe(6, {"n1": "244.0.0.1"}), after(observed, plan.steps))
    end = after(after(observed, plan.steps), back.steps)
    assert everything(end) == everything(observed)


def test_a_rack_without_reflector_is_refused_by_the_plan() -> None:
    found = refusals(describe(4, {"n1": "244.0.0.1"}, **BY_RACK), cluster(4, racks=2))
    assert "no reflector serves n2" in "\n".join(map(str, found))


def test_a_reflector_without_the_label_is_refused() -> None:
    observed = cluster(4, racks=2)
    del observed["nodes"][1]["labels"]["rack"]
    _work, (fault,) = work(describe(4, RACKS, **BY_RACK), observed)
    assert fault.hosts == ("host-2",)
    assert fault.variable == "route_reflector_rack_label"
    assert fault.found == "no label rack on node n2"
    assert "kubectl label node n2 rack=" in fault.way_out


def test_a_client_without_the_label_is_no_fault_of_the_description() -> None:
    observed = cluster(4, racks=2)
    del observed["nodes"][3]["labels"]["rack"]
    _work, faults = work(describe(4, RACKS, **BY_RACK), observed)
    assert faults == []


@pytest.mark.parametrize(
    "names",
    [
        ("Rack_1", "rack-1"),
        ("r1", "reflectors"),
    ],
)
def test_racks_with_equal_names_are_refused(names: tuple[str, str]) -> None:
    observed = cluster(4, racks=2)
    for node in observed["nodes"]:
        node["labels"]["rack"] = names[node["labels"]["rack"] == "r2"]
    _work, (fault,) = work(describe(4, RACKS, **BY_RACK), observed)
    assert fault.hosts == ("host-2",)
    assert names[1] in fault.found


# Password

NEW, OLD = {"reflector_password": secret("new")}, {"reflector_password": secret("old")}


@pytest.mark.parametrize(("before", "wish"), [({}, NEW), (OLD, NEW), (OLD, {})])
def test_a_password_is_one_step_in_which_all_sessions_restart(
    before: dict[str, object], wish: dict[str, object]
) -> None:
    plan = sound(describe(3, ONE, **wish), done(3, ONE, **before))
    (step,) = plan.steps
    assert effects(plan, 0, RESTART) == {("n1", "n3"), ("n2", "n3"), ("n3", "n1"), ("n3", "n2")}
    assert {e.because for e in step.sessions} == {"password"}
    assert {node: len(prefixes) for node, prefixes in step.away.items()} == dict.fromkeys(
        ("n1", "n2", "n3"), 2
    )
    assert step.anew == step.wait_for
    assert step.pins
    assert step.consents == ()


def test_a_password_with_racks_is_one_step() -> None:
    observed = cluster(6, racks=2)
    observed = after(observed, sound(describe(6, RACKS, **BY_RACK), observed).steps)
    plan = sound(describe(6, RACKS, **BY_RACK, **NEW), observed)
    (step,) = plan.steps
    assert len(step.changes) == 3
    assert {e.effect for e in step.sessions} == {RESTART}


def test_a_password_from_the_start() -> None:
    plan = sound(describe(3, ONE, **NEW), cluster(3))
    (create,) = plan.steps[0].changes
    assert create.write.spec["password"] == secret("new")  # type: ignore[union-attr]
    assert {e.because for e in plan.steps[1].sessions} <= {"new", "no longer configured"}


def test_pins_never_auto_or_always() -> None:
    observed = done(3, ONE)
    asked = frozenset({"n1", "n2", "n3"})
    for mode, pinned in (("never", False), ("auto", True), ("always", True)):
        (step,) = make_plan(
            describe(3, ONE, **NEW), copy.deepcopy(observed), pins=PinAnswers(mode, asked)
        ).steps
        assert step.pins is pinned
