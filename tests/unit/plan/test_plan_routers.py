# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Routers that change: with a key, at another address, gone, with other reflectors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.description import (
    Router,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.plan import (
    make_plan,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.plan_data import (
    plan_data,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.plan_model import (
    RESTART,
    STOP,
)

from tests.unit.description.example import read
from tests.unit.plan.fabrics import (
    Observed,
    address,
    after,
    cluster,
    describe,
    everything,
    router,
    secret,
    sound,
    titles,
)

ONE = {"n3": "244.0.0.1"}
PEER = ("BGPPeer", "rr1-to-ros-peer")
ROW = {"name": "calico-rr1", "remote_as": 64512, "local_as": 64512}


def answer(*actions: str, reflectors: tuple[str, ...] = ("n3",), **more: Any) -> dict[str, Any]:
    """What the router said while it peers with some reflectors."""
    sessions = [
        {**ROW, "remote_address": address(n), "local_address": "192.168.0.253"} for n in reflectors
    ]
    return {"actions": list(actions), "restarts": [], "sessions": sessions, **more}


def peered(
    routers: tuple[Router, ...] = (router(),), reflectors: Mapping[str, str] | None = None
) -> Observed:
    """A cluster whose reflectors peer with routers already."""
    observed = cluster(3)
    return after(observed, sound(describe(3, reflectors or ONE, routers=routers), observed).steps)


def test_a_key_is_in_both_halves() -> None:
    keyed = replace(router(), md5_secret=secret("ros"))
    told = answer("/routing/bgp/connection/set tcp-md5-key=(hidden)", restarts=["calico-rr1"])
    plan = sound(describe(3, ONE, routers=[keyed]), peered(), ros=told)
    (step,) = plan.steps
    assert [(change.kind, change.verb) for change in step.changes] == [
        ("BGPPeer", "patch"),
        ("Router", "configure"),
    ]
    assert step.changes[0].write.spec["password"] == secret("ros")  # type: ignore[union-attr]
    assert {(e.place, e.effect) for e in step.sessions} == {("n3", RESTART), ("ros", RESTART)}
    assert step.consents == (), "the router is managed here"


def test_a_key_goes_again() -> None:
    keyed = replace(router(), md5_secret=secret("ros"))
    observed = peered((keyed,))
    told = answer("unset key", restarts=["calico-rr1"])
    (step,) = sound(describe(3, ONE, routers=[router()]), observed, ros=told).steps
    assert everything(after(observed, [step])) == everything(peered())


def test_the_key_s_secret_needs_the_key_and_the_key_its_secret() -> None:
    reference = {"name": "ros", "key": "password"}
    both: dict[str, Any] = {
        "routeros_peer_tcp_md5_secret": reference,
        "routeros_peer_tcp_md5_key": "s3cret",
    }
    description, faults = read(host_change={"ros": both})
    assert faults == []
    assert description is not None
    assert description.routers[0].md5_secret == {"secretKeyRef": reference}
    assert "s3cret" not in repr(description)
    for missing in both:
        half = {name: value for name, value in both.items() if name != missing}
        _description, (fault,) = read(host_change={"ros": half})
        assert (fault.hosts, fault.variable) == (("ros",), missing)
        assert "s3cret" not in str(fault)


def test_a_router_moves_in_one_step() -> None:
    moved = replace(router(), local_address="192.168.0.252", router_id="192.168.0.252")
    observed = peered()
    told = answer("/ip/address/set", "/routing/bgp/connection/set", restarts=["calico-rr1"])
    plan = sound(describe(3, ONE, routers=[moved]), observed, ros=told)
    (step,) = plan.steps
    assert everything(after(observed, [step]))[PEER]["spec"]["peerIP"] == "192.168.0.252"
    assert {e.effect for e in step.sessions if e.neighbor == "192.168.0.253"} == {STOP}
    assert step.wait_for["n3"] == {4: ("Node_192_168_0_252",)}
    assert step.wait_for["ros"] == {4: (address("n3"),)}


@pytest.mark.parametrize("told", [answer("remove connection"), answer()])
def test_an_absent_router_leaves_nothing(told: dict[str, Any]) -> None:
    observed = peered()
    plan = sound(describe(3, ONE, absent_routers=(router(),)), observed, ros=told)
    end = everything(after(observed, plan.steps))
    assert end == everything(after(cluster(3), sound(describe(3, ONE), cluster(3)).steps))
    states = [step["apply"]["routers"] for step in plan_data(plan)["steps"]]
    assert states[0] == ({"ros": "absent"} if told["actions"] else {})
    assert not any(states[1:])
    assert {view.peer for view in plan.then["n3"]} == {"n1", "n2"}
    assert plan.then["ros"] == ()


def test_an_absent_router_that_is_gone_already_is_no_step() -> None:
    observed = after(cluster(3), sound(describe(3, ONE), cluster(3)).steps)
    assert sound(describe(3, ONE, absent_routers=(router(),)), observed, ros=answer()).steps == ()


def test_one_of_two_routers_goes() -> None:
    other = replace(router("ros2"), local_address="192.168.0.254")
    observed = peered((router(), other))
    description = describe(3, ONE, routers=[router()], absent_routers=(other,))
    plan = sound(description, observed, ros=answer(), ros2=answer("remove"))
    assert titles(plan) == ["Configure router ros2", "Delete BGPPeer rr1-to-ros2-peer"]
    assert everything(after(observed, plan.steps)) == everything(peered())


def test_a_router_of_the_absent_state_is_read_from_the_inventory() -> None:
    description, faults = read(host_change={"ros": {"routeros_peer_state": "absent"}})
    assert faults == []
    assert description is not None
    assert description.routers == ()
    assert [r.host for r in description.absent_routers] == ["ros"]


def test_a_router_that_leaves_needs_no_reflector() -> None:
    groups = {"k8s-worker5": {"kube_node"}}
    _description, faults = read(groups=groups)
    assert any("at least one route reflector" in fault.expected for fault in faults)
    _description, faults = read(
        groups=groups,
        host_change={
            "ros": {"routeros_peer_state": "absent"},
            "client": {"static_routes_routes": []},
        },
    )
    assert faults == []


def test_a_router_has_the_new_reflector_before_it_loses_the_old_one() -> None:
    """Nothing pins routes on a router."""
    observed = peered()
    two = {"n2": "244.0.0.1"}
    told = answer("add n2", "remove n3", leftovers=["remove n3"])
    plan = sound(describe(3, two, routers=[router()]), observed, ros=told)
    assert titles(plan) == [
        "Promote n2 to route reflector",
        "Peer the reflectors with ros",
        "Demote n3 to an ordinary node",
        "Configure router ros",
    ]
    data = plan_data(plan)["steps"]
    assert [step["apply"]["routers"] for step in data[1::2]] == [
        {"ros": "extended"},
        {"ros": "present"},
    ]
    assert [change["actions"] for change in data[1]["changes"] if change["kind"] == "Router"] == [
        ["add n2"]
    ]
    assert plan.steps[1].wait_for["ros"] == {4: (address("n2"),)}
    # What is away at most is the block of the node that is promoted, or demoted.
    away = [step.away.get("ros") for step in plan.steps]
    assert away == [("10.20.1.0/26",), None, ("10.20.2.0/26",), None]
    assert everything(after(observed, plan.steps)) == everything(peered(reflectors=two))


def test_a_router_that_can_have_but_one_of_both_is_away_for_a_while() -> None:
    """Its one connection changes the address that it leads to."""
    plan = sound(describe(3, {"n2": "244.0.0.1"}, routers=[router()]), peered(), ros=answer("set"))
    assert "ros" in plan.steps[1].away
    assert any("nothing is pinned on routers" in note for note in plan.steps[1].notes)


def test_a_second_reflector_gets_its_peer_without_a_gap() -> None:
    two = {**ONE, "n2": "244.0.0.1"}
    plan = sound(describe(3, two, routers=[router()]), peered(), ros=answer("add"))
    step = plan.steps[-1]
    assert step.title == "Peer the reflectors with ros"
    assert {e.effect for e in step.sessions} == {"start"}
    assert step.away == {}


def test_a_router_without_an_answer_to_the_end_of_its_peering_is_refused() -> None:
    plan = make_plan(
        describe(3, ONE, absent_routers=(router(),)), peered(), {"ros": {"error": "no route"}}
    )
    assert [fault.hosts for fault in plan.refusals] == [("ros",)]
