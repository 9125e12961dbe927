# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a step waits for and relies on, whose it is, how it pins, and who has to agree."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.description import (
    CalicoObject,
    NodePatch,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.overlay import (
    overlay,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.plan import (
    make_plan,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.plan_consent import (  # noqa: E501
    missing_consents,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.plan_data import (
    plan_data,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.plan_model import (
    EBPF_PINS,
    FOREIGN_AS,
    HIDDEN_PINS,
    NO_LOGIN,
    Plan,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.plan_pins import (
    PinAnswers,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.plan_wish import (
    ROLES,
)

from tests.unit.plan.fabrics import (
    Observed,
    after,
    apply,
    cluster,
    describe,
    item,
    mesh,
    peer,
    requests,
    router,
    secret,
    sound,
    titles,
)

NAMES = ("n1", "n2", "n3", "n4")
#: Beside every session of the mesh.
DOUBLE = item("BGPPeer", "double", "route_reflector", nodeSelector="all()", peerSelector="all()")


def mesh_to_reflector(pins: PinAnswers | None = None, **felix: Any) -> Plan:
    observed = {**cluster(4), "felix": felix}
    return make_plan(describe(4, {"n4": "244.0.0.1"}), observed, pins=pins)


def everybody(mode: str = "auto", **answers: dict[str, Any]) -> PinAnswers:
    return PinAnswers.from_data(mode, {name: answers.get(name, {}) for name in NAMES})


# Sessions


def test_the_end_of_the_mesh_relies_on_the_sessions_with_the_reflector() -> None:
    end = mesh_to_reflector().steps[-1]
    assert end.title == "End the node-to-node mesh"
    assert end.relies_on == {
        **{node: {4: ("Node_192_168_0_14",)} for node in NAMES[:3]},
        "n4": {4: ("Node_192_168_0_11", "Node_192_168_0_12", "Node_192_168_0_13")},
    }
    assert (end.wait_for, end.anew) == ({}, {})


def test_what_takes_nothing_down_relies_on_nothing() -> None:
    for step in mesh_to_reflector().steps[:1]:
        assert step.relies_on == {}


def test_both_families_are_relied_on() -> None:
    observed = cluster(3)
    for number, node in enumerate(observed["nodes"], start=1):
        node["annotations"]["projectcalico.org/IPv6Address"] = f"fd00::{number}/64"
        observed["blocks"].append({"node": node["name"], "cidr": f"fd20:{number}::/122"})
    observed["objects"].append(item("IPPool", "pods6", cidr="fd20::/16"))
    end = sound(describe(3, {"n3": "244.0.0.1"}), observed).steps[-1]
    assert end.relies_on["n1"] == {4: ("Node_192_168_0_13",), 6: ("Node_fd00__3",)}
    data = plan_data(make_plan(describe(3, {"n3": "244.0.0.1"}), observed))
    assert data["steps"][-1]["relies_on"]["n1"] == {
        "ipv4": ["Node_192_168_0_13"],
        "ipv6": ["Node_fd00__3"],
    }


def test_a_contest_is_avoided_by_deleting_in_the_same_step() -> None:
    """The AS number restarts every session; of two with one neighbor either might come up."""
    plan = sound(describe(3, as_number=63400), cluster(3, DOUBLE))
    assert titles(plan) == ["Set AS number 63400; Delete BGPPeer double"]
    assert plan.steps[0].wait_for["n1"] == {4: ("Mesh_192_168_0_12", "Mesh_192_168_0_13")}


def test_a_contest_that_cannot_be_avoided_waits_for_either() -> None:
    plan = sound(describe(3, as_number=63400), cluster(3, {**DOUBLE, "labels": {}}))
    assert titles(plan) == ["Set AS number 63400"]
    assert plan.steps[0].wait_for["n1"] == {
        4: ("Mesh_192_168_0_12|Node_192_168_0_12", "Mesh_192_168_0_13|Node_192_168_0_13")
    }
    assert plan.steps[0].anew["n1"] == {4: ("Mesh_192_168_0_12", "Mesh_192_168_0_13")}


def test_without_a_restart_there_is_no_contest() -> None:
    plan = sound(describe(3), cluster(3, DOUBLE))
    assert titles(plan) == ["Delete BGPPeer double"]
    assert plan.steps[0].sessions == ()


# Roles


def test_the_roles_are_in_the_order_in_which_they_run() -> None:
    observed = cluster(4, mesh(asNumber=64512))
    left = item("BGPPeer", "left", "calico_bgp", peerIP="192.168.0.250", asNumber=65000)
    observed["objects"].append(left)
    description = describe(4, {"n4": "244.0.0.1"}, as_number=63400, routers=[router()], purge=True)
    plan = sound(description, observed)
    assert [step.role for step in plan.steps] == [
        "calico_bgp",
        *["route_reflector"] * 3,
        *["routeros_peer"] * 2,
    ]
    assert plan.steps[-1].roles == ("calico_bgp",), (
        "it deletes what is left, in the last role's run"
    )


@pytest.mark.parametrize("count", [1, 2, 3])
def test_only_the_roles_that_run_write(count: int) -> None:
    description = describe(4, {"n4": "244.0.0.1"}, as_number=63400, routers=[router()])
    plan = make_plan(description, cluster(4), roles=ROLES[:count])
    assert {role for step in plan.steps for role in step.roles} == set(ROLES[:count])
    assert plan.refusals == ()


# Pins


def test_nobody_was_asked_no_consent() -> None:
    plan = mesh_to_reflector(None, bpf_enabled=True)
    assert [step.pins for step in plan.steps] == [False, True, True]
    assert not any(step.consents for step in plan.steps)


def test_everybody_can_pin() -> None:
    plan = mesh_to_reflector(everybody())
    assert [step.pins for step in plan.steps] == [False, True, True]
    assert not any(step.consents for step in plan.steps)


def test_pins_always_and_never() -> None:
    assert [s.pins for s in mesh_to_reflector(everybody("always")).steps] == [True] * 3
    never = mesh_to_reflector(PinAnswers.from_data("never", {"n1": {"no_login": "x"}}))
    assert [s.pins for s in never.steps] == [False] * 3
    assert not any(step.consents for step in never.steps)
    assert never.refusals == ()


def consents(plan: Plan) -> list[tuple[str, str, str]]:
    assert not plan.steps[0].consents
    assert not plan.steps[2].consents, "only where routes are away"
    return [(c.kind, c.subject, c.reason) for c in plan.steps[1].consents]


def test_a_node_that_cannot_be_logged_in_to_costs() -> None:
    ((kind, subject, reason),) = consents(mesh_to_reflector(everybody(n2={"no_login": "refused"})))
    assert (kind, subject) == (NO_LOGIN, "host-2")
    assert reason == (
        "its routes are not pinned, since nobody can log in (refused): 1 route away there for 2 s, "
        "at most 18 s"
    )


def test_a_node_that_is_not_in_the_inventory_costs() -> None:
    pins = PinAnswers.from_data("auto", {name: {} for name in NAMES[:3]})
    ((kind, subject, reason),) = consents(mesh_to_reflector(pins))
    assert (kind, subject) == (NO_LOGIN, "host-4")
    assert "(it is not in the inventory): 3 routes away" in reason


def test_pins_that_cannot_carry_cost() -> None:
    pins = everybody(n1={"hidden": ["rule 500 answers first"]})
    ((kind, subject, reason),) = consents(mesh_to_reflector(pins))
    assert (kind, subject) == (HIDDEN_PINS, "host-1")
    assert "1 pin cannot carry (rule 500 answers first): 1 route away" in reason


def test_felix_in_ebpf_mode_costs_once() -> None:
    ((kind, subject, reason),) = consents(mesh_to_reflector(everybody(), bpf_enabled=True))
    assert (kind, subject) == (EBPF_PINS, "Felix's eBPF mode")
    assert "on 4 nodes" in reason


def test_what_is_in_the_way_of_pins_is_refused_where_pins_are_needed() -> None:
    pins = everybody(n3={"faults": ["table 900 holds routes of others"]})
    (fault,) = mesh_to_reflector(pins).refusals
    assert (fault.hosts, fault.variable) == (("host-3",), "calico_bgp_pins")
    assert fault.found == "table 900 holds routes of others"
    assert "calico_bgp_pin_table" in fault.way_out
    unneeded = describe(2, peers=[peer("p", peerIP="192.168.0.250", asNumber=65000)])
    plan = make_plan(unneeded, cluster(2), pins=pins)
    assert [step.pins for step in plan.steps] == [False]
    assert plan.refusals == ()


def test_a_bird_that_does_not_answer_is_refused_where_anything_changes() -> None:
    pins = everybody(n3={"error": "/run/bird.ctl is no socket"})
    (fault,) = mesh_to_reflector(pins).refusals
    assert (fault.hosts, fault.variable) == (("host-3",), "calico_bgp_bird_socket")
    assert make_plan(describe(2), cluster(2), pins=pins).refusals == ()


# Consent


def asking() -> dict[str, Any]:
    """A plan that asks for two kinds of consent, one of them for two hosts."""
    external = item("BGPPeer", "tor", peerIP="192.168.0.250", asNumber=65000)
    answers = {"n1": {"no_login": "refused"}, "n2": {"no_login": "timed out"}}
    pins = PinAnswers.from_data("auto", answers)
    return plan_data(make_plan(describe(2, as_number=63400), cluster(2, external), pins=pins))


def test_each_kind_of_missing_consent_is_one_fault() -> None:
    assert {c["kind"] for c in asking()["consents"]} == {FOREIGN_AS, NO_LOGIN}
    foreign, login = missing_consents(asking(), [])
    assert foreign.variable == login.variable == "calico_bgp_consent"
    assert foreign.found == "nothing"
    assert "neighbor 192.168.0.250: it is not managed here" in foreign.expected
    assert "host-1: its routes are not pinned" in login.expected
    assert "host-2: its routes are not pinned" in login.expected
    assert login.way_out == "Add no_login to calico_bgp_consent if that is all right."


def test_given_consent_is_enough() -> None:
    (left,) = missing_consents(asking(), [FOREIGN_AS, HIDDEN_PINS])
    assert left.expected.startswith("no_login")
    assert left.found == "foreign_as_number, hidden_pins"
    assert list(missing_consents(asking(), [FOREIGN_AS, NO_LOGIN])) == []


def test_no_reason_is_told_twice() -> None:
    plan = {"consents": [{"kind": "no_login", "subject": "h", "reason": "r"}] * 2}
    (fault,) = missing_consents(plan, [])
    assert fault.expected.count("h: r") == 1


# Data


def test_what_is_to_be_written_is_in_the_data_as_the_module_takes_it() -> None:
    """The plan goes through JSON to the module that writes; what that makes is what was planned."""
    first = describe(4, {"n4": "244.0.0.1"}, as_number=63400, reflector_password=secret("s"))
    observed: Observed = after(cluster(4), sound(first, cluster(4)).steps)
    plan = sound(describe(4, {"n3": "244.0.0.1"}), observed)
    for step, data in zip(plan.steps, plan_data(plan)["steps"]):
        written = data["apply"]
        raw = [*observed["objects"], *({**n, "kind": "Node"} for n in observed["nodes"])]
        there = overlay(
            raw,
            [CalicoObject(**{**o, "restore": tuple(o["restore"])}) for o in written["objects"]],
            [NodePatch(**{**n, "restore": tuple(n["restore"])}) for n in written["nodes"]],
            [(d["kind"], d["name"]) for d in written["deletions"]],
        )
        observed = apply(observed, requests(step))
        assert there == [*observed["objects"], *observed["nodes"]]
