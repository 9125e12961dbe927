# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Teardown: what was there before, and nothing of ours."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.description import (
    CalicoObject,
    Description,
    torn_down,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.plan import (
    make_plan,
)

from tests.unit.description.example import read
from tests.unit.description.test_work import observed as example_cluster
from tests.unit.plan.fabrics import (
    Observed,
    address,
    after,
    cluster,
    describe,
    everything,
    item,
    mesh,
    peer,
    requests,
    router,
    secret,
    sound,
    titles,
)

DEFAULT = ("BGPConfiguration", "default")
ROUTER = {
    "actions": ["remove"],
    "sessions": [{"remote_address": address("n4"), "remote_as": 63400, "local_as": 63400}],
}

#: Everything that a description can ask for.
WHOLE = describe(
    4,
    {"n4": "244.0.0.1"},
    as_number=63400,
    peers=[peer("tor", peerIP="192.168.0.250", asNumber=65000, filters=["f"])],
    routers=[router()],
    reflector_password=secret("s"),
    filters=(CalicoObject("BGPFilter", "f", {"exportV4": [{"action": "Accept"}]}, "calico_bgp"),),
    pools=(
        CalicoObject("IPPool", "pods", {"ipipMode": "CrossSubnet"}, "calico_bgp"),
        CalicoObject("IPPool", "more", {"cidr": "10.30.0.0/16"}, "calico_bgp"),
    ),
)

#: What others have: labels, annotations, fields and objects that are none of ours.
OTHERS = [
    mesh(logSeverityScreen="Debug", asNumber=64512, nodeMeshMaxRestartTime="30s"),
    item("BGPPeer", "theirs", peerIP="192.168.0.240", asNumber=65001, localASNumber=64512),
    item("BGPFilter", "their-filter", importV4=[{"action": "Reject"}]),
]


def with_others() -> Observed:
    observed = cluster(4, *OTHERS, natOutgoing=True)
    for name, found in enumerate([*observed["nodes"], *observed["objects"]]):
        found["labels"]["theirs"] = f"label-{name}"
    observed["nodes"][3]["labels"]["rr-id"] = "somebody-else-s"
    return observed


def set_up(description: Description, observed: Observed) -> Observed:
    there = after(observed, sound(description, observed).steps)
    # What is there is not just what was observed.
    assert everything(there) != everything(observed)
    return there


def taken_down(description: Description, there: Observed, **routers: Any) -> Observed:
    """The end of a teardown that is sound and that a second one has nothing to add to."""
    wish = torn_down(description)
    plan = sound(wish, there, **routers)
    end = after(there, plan.steps)
    silent = {host: {**answer, "actions": []} for host, answer in routers.items()}
    assert titles(sound(wish, end, **silent)) == []
    assert dict(plan.then) == dict(sound(wish, end, **silent).now)
    return end


def test_the_example() -> None:
    description, faults = read()
    assert description is not None, faults
    before = example_cluster()
    there = set_up(description, before)
    assert everything(taken_down(description, there)) == everything(before)


@pytest.mark.parametrize("before", [cluster(4), with_others()], ids=["bare", "with others"])
def test_everything_is_as_it_was(before: Observed) -> None:
    kept = copy.deepcopy(before)
    there = set_up(WHOLE, before)
    end = taken_down(WHOLE, there, ros=ROUTER)
    assert everything(end) == everything(before) == everything(kept)


def test_from_every_half_way_state() -> None:
    before = with_others()
    there = before
    for step in sound(WHOLE, before).steps:
        for change in requests(step):
            there = after(there, [replace(step, changes=(change,))])
            assert everything(taken_down(WHOLE, there)) == everything(before), change
        assert everything(taken_down(WHOLE, there, ros=ROUTER)) == everything(before)


def test_a_teardown_that_was_interrupted_goes_on() -> None:
    before = with_others()
    there = set_up(WHOLE, before)
    steps = sound(torn_down(WHOLE), there, ros=ROUTER).steps
    for step in steps:
        for change in requests(step):
            there = after(there, [replace(step, changes=(change,))])
            end = taken_down(WHOLE, there)
            assert everything(end) == everything(before), change


def test_nothing_to_take_down() -> None:
    before = with_others()
    assert sound(torn_down(WHOLE), before).steps == ()


def test_the_mesh_carries_before_reflectors_and_as_number_go() -> None:
    plan = sound(torn_down(WHOLE), set_up(WHOLE, cluster(4)), ros=ROUTER)
    order = titles(plan)
    assert order[0] == "Bring the node-to-node mesh back"
    assert plan.steps[0].away == {}
    assert order.index("Demote n4 to an ordinary node") > order.index("Configure router ros")
    assert plan.steps[-1].changes[-1].kind in ("BGPConfiguration", "IPPool")
    actions = [c.write.state for s in plan.steps for c in s.changes if c.kind == "Router"]  # type: ignore[union-attr]
    assert actions == ["absent"]


def test_a_configuration_that_others_added_to_stays_with_what_they_added() -> None:
    there = set_up(WHOLE, cluster(4))
    (configuration,) = [o for o in there["objects"] if o["kind"] == "BGPConfiguration"]
    configuration["spec"]["logSeverityScreen"] = "Debug"
    end = everything(taken_down(WHOLE, there))
    assert end[DEFAULT]["spec"] == {"logSeverityScreen": "Debug"}
    assert end[DEFAULT]["labels"] == end[DEFAULT]["record"] == {}


def test_a_field_that_others_changed_since_stays() -> None:
    there = set_up(WHOLE, with_others())
    (configuration,) = [o for o in there["objects"] if o["kind"] == "BGPConfiguration"]
    configuration["spec"]["asNumber"] = 65432
    (n4,) = [node for node in there["nodes"] if node["name"] == "n4"]
    n4["labels"]["rr-id"] = "changed"
    plan = make_plan(torn_down(WHOLE), there)
    end = everything(after(there, plan.steps))
    assert end[DEFAULT]["spec"]["asNumber"] == 65432
    assert end["Node", "n4"]["labels"]["rr-id"] == "changed"
    assert end[DEFAULT]["record"] == end["Node", "n4"]["record"] == {}


def test_a_pool_of_ours_with_blocks_stays_and_is_not_ours_any_more() -> None:
    there = set_up(WHOLE, cluster(4))
    there["blocks"] = [*there["blocks"], {"node": "n1", "cidr": "10.30.0.0/26"}]
    end = everything(taken_down(WHOLE, there))
    assert end["IPPool", "more"] == {
        "spec": {"cidr": "10.30.0.0/16"},
        "labels": {},
        "annotations": {},
        "record": {},
    }


def test_a_pool_of_others_gets_its_fields_back() -> None:
    there = set_up(WHOLE, with_others())
    assert everything(there)["IPPool", "pods"]["spec"]["ipipMode"] == "CrossSubnet"
    end = everything(taken_down(WHOLE, there))
    assert end["IPPool", "pods"]["spec"] == {"cidr": "10.20.0.0/16", "natOutgoing": True}


def test_a_peer_of_others_that_we_changed_gets_its_fields_back() -> None:
    """It bears the name of one that is described."""
    theirs = item("BGPPeer", "tor", peerIP="192.168.0.250", asNumber=65000, keepaliveTime="9s")
    before = cluster(4, theirs)
    wish = [peer("tor", peerIP="192.168.0.250", asNumber=65000, keepaliveTime="20s")]
    description = describe(4, peers=wish)
    assert everything(taken_down(description, set_up(description, before))) == everything(before)


def test_what_the_mesh_had_comes_back_with_it() -> None:
    before = cluster(4, mesh(nodeMeshPassword=secret("mesh"), nodeMeshMaxRestartTime="30s"))
    description = describe(4, {"n4": "244.0.0.1"})
    there = set_up(description, before)
    assert everything(there)[DEFAULT]["spec"] == {"nodeToNodeMeshEnabled": False}
    assert everything(taken_down(description, there)) == everything(before)


@pytest.mark.parametrize(
    "before",
    [
        [],
        [mesh()],
        [mesh(nodeToNodeMeshEnabled=True)],
        [mesh(nodeToNodeMeshEnabled=False)],
    ],
)
def test_a_mesh_that_is_described_as_enabled_stays_on(before: list[Any]) -> None:
    description = describe(4, {"n4": "244.0.0.1"}, mesh_wish="enabled")
    observed = cluster(4, *before)
    there = after(observed, make_plan(description, observed).steps)
    end = taken_down(description, there)
    configuration = everything(end).get(DEFAULT, {"spec": {}, "record": {}})
    assert configuration["spec"].get("nodeToNodeMeshEnabled", True) is True
    assert configuration["record"] == {}
