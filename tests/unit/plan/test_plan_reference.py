# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan of the reference scenario, from the mesh, half-way and done."""

from __future__ import annotations

from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.description import (
    Description,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.plan import (
    make_plan,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.plan_model import (
    RESTART,
    START,
    STOP,
    WAIT,
    Plan,
)

from tests.unit.description.example import read
from tests.unit.description.test_work import observed
from tests.unit.plan.fabrics import Observed, after, sound, titles

REFLECTOR = "k8s-worker5"


def example() -> Description:
    description, faults = read()
    assert description is not None, faults
    return description


def reference() -> Plan:
    return sound(example(), observed())


def half_way(steps: int) -> Observed:
    return after(observed(), reference().steps[:steps])


def test_steps_are_in_the_order_that_loses_nothing() -> None:
    assert titles(reference()) == [
        "Change IPPool default-ipv4-ippool",
        "Set AS number 63400",
        "Create BGPPeers my-global-peer, rack1-tor",
        "Create BGPPeer peer-with-route-reflectors",
        "Promote k8s-worker5 to route reflector",
        "End the node-to-node mesh",
        "Peer the reflectors with ros",
    ]


def test_another_as_number_restarts_every_session() -> None:
    step = reference().steps[1]
    assert {(e.place, e.effect) for e in step.sessions} == {
        (node, RESTART) for node in ("k8s-control", *(f"k8s-worker{n}" for n in range(1, 6)))
    }
    assert len(step.sessions) == 30
    assert all("own AS number" in e.because for e in step.sessions)
    assert {len(prefixes) for prefixes in step.away.values()} == {5}


def test_a_peer_beside_the_mesh_waits_and_disturbs_nothing() -> None:
    step = reference().steps[2]
    assert {e.effect for e in step.sessions} == {WAIT}
    assert {e.place for e in step.sessions if e.peer == REFLECTOR} == {
        "k8s-control",
        *(f"k8s-worker{n}" for n in range(1, 5)),
    }
    assert step.away == {}
    assert step.wait_for == {}
    assert step.notes[0].startswith("5 of the new sessions stand beside another one")


def test_a_promotion_replaces_the_sessions_of_that_node_only() -> None:
    step = reference().steps[4]
    assert {REFLECTOR in (e.place, e.peer) for e in step.sessions} == {True}
    worker1 = {(e.effect, e.name) for e in step.sessions if e.place == "k8s-worker1"}
    assert worker1 == {(STOP, "Mesh_192_168_0_15"), (START, "Global_192_168_0_15")}
    assert {place: len(prefixes) for place, prefixes in step.away.items()} == {
        "k8s-control": 1,
        **{f"k8s-worker{n}": 1 for n in range(1, 5)},
        REFLECTOR: 5,
    }
    assert step.wait_for["k8s-worker1"] == {4: ("Global_192_168_0_15",)}
    assert len(step.wait_for[REFLECTOR][4]) == 5


def test_the_end_of_the_mesh_costs_no_route() -> None:
    step = reference().steps[5]
    assert {e.effect for e in step.sessions} == {STOP}
    assert len(step.sessions) == 20
    assert step.away == {}


def test_the_router_s_session_starts_at_both_ends() -> None:
    step = reference().steps[6]
    assert {(e.place, e.peer, e.effect) for e in step.sessions} == {
        (REFLECTOR, "ros", START),
        ("ros", REFLECTOR, START),
    }
    assert [change.kind for change in step.changes] == ["BGPPeer", "Node", "Router"]


def test_sessions_now_and_then() -> None:
    plan = reference()
    assert {view.kind for view in plan.now["k8s-worker1"]} == {"Mesh"}
    assert plan.now["ros"] == ()
    assert [(v.kind, v.peer, v.waits) for v in plan.then["k8s-worker1"]] == [
        ("Global", REFLECTOR, "")
    ]
    assert [v.rr_client for v in plan.then[REFLECTOR]] == [True] * 6


def test_half_way_the_rest_is_planned() -> None:
    assert titles(sound(example(), half_way(5))) == [
        "End the node-to-node mesh",
        "Peer the reflectors with ros",
    ]


def test_done_is_done() -> None:
    plan = sound(example(), half_way(7), ros={"actions": [], "sessions": []})
    assert plan.steps == ()
    assert plan.now == plan.then


def test_what_the_router_said_is_in_its_step() -> None:
    told = {"actions": ["/ip/address/add address=192.168.0.253/24"], "restarts": [], "sessions": []}
    (step,) = sound(example(), half_way(7), ros=told).steps
    (change,) = step.changes
    assert change.write.actions == ("/ip/address/add address=192.168.0.253/24",)


def test_a_router_that_restarts_its_session_is_told() -> None:
    told = {
        "actions": ["/routing/bgp/connection/set hold-time=90s"],
        "restarts": ["calico-k8s-worker5"],
        "sessions": [{"remote_address": "192.168.0.15", "remote_as": 63400, "local_as": 63400}],
    }
    (step,) = sound(example(), half_way(7), ros=told).steps
    assert {(e.place, e.effect) for e in step.sessions} == {
        ("ros", RESTART),
        (REFLECTOR, RESTART),
    }
    assert len(step.away["ros"]) == 6


def test_a_router_that_does_not_answer_is_refused_but_planned_for() -> None:
    plan = make_plan(example(), observed(), {"ros": {"error": "login refused"}})
    assert len(plan.steps) == 7
    (fault,) = plan.refusals
    assert fault.hosts == ("ros",)
    assert "login refused" in fault.found
