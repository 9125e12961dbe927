# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan of an inventory: there, back, down, and what nobody agreed to."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from ansible.errors import AnsibleActionFail
from ansible_collections.netfabric.calico_routeros.plugins.action import bgp_plan, fabric

from tests.unit.action.plugins import run
from tests.unit.description.example import ADDRESSES, NODES, VARIABLES, groups_of
from tests.unit.description.test_work import observed
from tests.unit.plan.fabrics import Observed, after, describe, everything, item, snapshot, sound
from tests.unit.plan.test_plan_reference import half_way


def inventory(**change: Any) -> dict[str, Any]:
    """The variables of a task with the example inventory."""
    groups: dict[str, list[str]] = {}
    for host in ADDRESSES:
        for group in groups_of(host):
            groups.setdefault(group, []).append(host)
    hostvars = {
        host: {**copy.deepcopy(dict(VARIABLES)), "ansible_host": address, **change}
        for host, address in ADDRESSES.items()
    }
    return {"groups": groups, "hostvars": hostvars}


def plan(change: dict[str, Any] | None = None, **options: Any) -> dict[str, Any]:
    options.setdefault("cluster", observed())
    return run(bgp_plan.ActionModule, task_vars=inventory(**(change or {})), **options)


def titles(result: dict[str, Any]) -> list[str]:
    return [step["title"] for step in result["plan"]["steps"]]


def test_the_example() -> None:
    result = plan()
    assert len(titles(result)) == 7
    assert (result["changed"], result["refusals"], result["unmet"]) == (False, [], [])


def test_only_the_roles_that_run() -> None:
    assert len(titles(plan(roles=["calico_bgp"]))) == 3


def test_unmet_consents_are_told_until_they_are_given() -> None:
    nodes = {name: {} for name in NODES} | {"k8s-worker1": {"no_login": "refused"}}
    (text,) = plan(nodes=nodes)["unmet"]
    assert "calico_bgp_consent: found nothing, expected no_login" in text
    given = {"calico_bgp_consent": ["no_login"]}
    assert plan(given, nodes=nodes)["unmet"] == []
    assert plan({"calico_bgp_pins": "never"}, nodes=nodes)["unmet"] == []


def test_pins_need_room() -> None:
    nodes = {name: {} for name in NODES} | {"k8s-worker1": {"faults": ["no room"]}}
    (text,) = plan(nodes=nodes)["refusals"]
    assert text.startswith("k8s-worker1: calico_bgp_pins: found no room")
    assert plan({"calico_bgp_pins": "never"}, nodes=nodes)["refusals"] == []


def test_the_way_back_needs_only_the_snapshot() -> None:
    begin = observed()
    tor = item("BGPPeer", "old", "calico_bgp", peerIP="10.9.9.9", asNumber=65000)
    begin["objects"].append(tor)
    there = sound(describe(6, purge=True), begin)
    result = plan(cluster=after(begin, there.steps), snapshot=snapshot(begin, there))
    assert titles(result) == ["Create BGPPeer old"]


def test_a_teardown_of_what_is_not_there() -> None:
    assert titles(plan(teardown=True)) == []


def test_a_teardown_s_apply_is_in_the_data() -> None:
    first = plan()
    assert first["plan"]["summary"]["steps"] == 7
    result = plan(teardown=True, cluster=_carried_out())
    assert titles(result)[0] == "Bring the node-to-node mesh back"
    deleted = [d["name"] for step in result["plan"]["steps"] for d in step["apply"]["deletions"]]
    assert sorted(deleted) == [
        "default",
        "my-global-peer",
        "peer-with-route-reflectors",
        "rack1-tor",
        "rr1-to-ros-peer",
    ]


def _carried_out() -> Observed:
    there = half_way(7)
    assert ("BGPPeer", "rack1-tor") in everything(there)
    return there


def test_a_bad_description_is_no_plan() -> None:
    with pytest.raises(AnsibleActionFail, match="calico_bgp_listen_port"):
        plan({"calico_bgp_listen_port": 70000})


def test_what_follows_for_a_teardown() -> None:
    result = run(fabric.ActionModule, task_vars=inventory(), cluster=observed(), teardown=True)[
        "fabric"
    ]
    assert result["routeros_peer"]["absent"] == ["ros"]
    assert {entry["state"] for entry in result["static_routes"]["client"]} == {"absent"}


def test_racks_are_refused_with_every_other_fault() -> None:
    with pytest.raises(AnsibleActionFail, match="no label zone on node k8s-worker5"):
        run(
            fabric.ActionModule,
            task_vars=inventory(route_reflector_rack_label="zone"),
            cluster=observed(),
        )
