# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The way back: from whatever is written of a plan to exactly what was kept before it."""

from __future__ import annotations

import json
from collections.abc import Iterator
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
    plan_back,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.plan_back import (
    joined,
)

from tests.unit.plan.fabrics import (
    Observed,
    address,
    after,
    apply,
    cluster,
    describe,
    everything,
    item,
    mesh,
    peer,
    requests,
    router,
    secret,
    snapshot,
    sound,
    titles,
)

ONE = {"n4": "244.0.0.1"}
SECRET = {"reflector_password": secret("s")}
FILTER = CalicoObject("BGPFilter", "f", {"exportV4": [{"action": "Accept"}]}, "calico_bgp")
TOR = {"peerIP": "192.168.0.250", "asNumber": 65000}


def states(observed: Observed, description: Description) -> Iterator[tuple[str, Observed]]:
    """Every state on the way of a plan: after each request of each step."""
    yield "nothing written", observed
    for step in sound(description, observed).steps:
        for number, change in enumerate(requests(step), start=1):
            observed = after(observed, [replace(step, changes=(change,))])
            yield f"{step.title}, write {number}", observed


def done(description: Description, observed: Observed | None = None) -> Observed:
    observed = cluster(4) if observed is None else observed
    return after(observed, sound(description, observed).steps)


BARE = describe(4, ONE)
WHOLE = describe(
    4,
    ONE,
    as_number=63400,
    routers=[router()],
    peers=[peer("tor", **TOR, filters=["f"])],
    filters=(FILTER,),
    **SECRET,
)
NUMBERED = mesh(asNumber=64512, logSeverityScreen="Debug")

TRANSITIONS = [
    pytest.param(cluster(4), BARE, id="first"),
    pytest.param(cluster(4, mesh(listenPort=179)), BARE, id="first with a configuration"),
    pytest.param(cluster(4), WHOLE, id="everything"),
    pytest.param(cluster(4, NUMBERED), WHOLE, id="everything with a configuration"),
    pytest.param(
        cluster(4, mesh(nodeMeshPassword=secret("m"))), BARE, id="the mesh had a password"
    ),
    pytest.param(done(BARE), describe(4, {"n3": "244.0.0.1"}), id="move a reflector"),
    pytest.param(done(BARE), describe(4, {**ONE, "n3": "244.0.0.1"}), id="second reflector"),
    pytest.param(done(BARE), describe(4, {"n4": "244.0.0.9"}), id="cluster ID"),
    pytest.param(done(BARE), describe(4), id="back to the mesh"),
    pytest.param(done(WHOLE), torn_down(WHOLE), id="teardown"),
    pytest.param(
        done(BARE, cluster(4, racks=2)),
        describe(4, {"n1": "244.0.0.1", "n2": "244.0.0.2"}, reflector_rack_label="rack"),
        id="racks",
    ),
    pytest.param(
        done(BARE),
        replace(BARE, reflector_password=secret("s")),
        id="password",
    ),
    pytest.param(
        done(describe(4, ONE, routers=[router()])),
        describe(4, ONE, routers=[replace(router(), md5_secret=secret("ros"))]),
        id="key of a router",
    ),
    pytest.param(
        cluster(4, item("BGPPeer", "tor", "calico_bgp", **TOR, keepaliveTime="9s")),
        describe(4, peers=[peer("tor", **TOR)]),
        id="a peer of ours changes",
    ),
    pytest.param(
        cluster(4, item("BGPPeer", "tor", **TOR, keepaliveTime="9s")),
        describe(4, peers=[peer("tor", **TOR, keepaliveTime="20s")]),
        id="a peer of others changes",
    ),
    pytest.param(
        cluster(4),
        describe(4, pools=(CalicoObject("IPPool", "pods", {"ipipMode": "Always"}, "calico_bgp"),)),
        id="encapsulation",
    ),
    pytest.param(
        cluster(4),
        describe(4, pools=(CalicoObject("IPPool", "p", {"cidr": "10.30.0.0/16"}, "calico_bgp"),)),
        id="a new pool",
    ),
]


@pytest.mark.parametrize(("before", "description"), TRANSITIONS)
def test_the_way_back_ends_where_the_plan_began(before: Observed, description: Description) -> None:
    kept = snapshot(before, sound(description, before))
    wanted = everything(before)
    for where, there in states(before, description):
        # The snapshot goes through a file.
        back = plan_back(description, there, json.loads(json.dumps(kept)))
        assert everything(after(there, back.steps)) == wanted, where


def test_nothing_written_nothing_to_take_back() -> None:
    plan = sound(BARE, cluster(4))
    assert plan_back(BARE, cluster(4), snapshot(cluster(4), plan)).steps == ()


def test_the_way_back_is_as_safe_as_the_way_there() -> None:
    before = cluster(4)
    plan = sound(WHOLE, before)
    back = plan_back(WHOLE, after(before, plan.steps), snapshot(before, plan))
    assert back.refusals == ()
    order = titles(back)
    assert order[0] == "Bring the node-to-node mesh back"
    assert back.steps[0].away == {}
    assert order.index("Demote n4 to an ordinary node") > 0
    states_ = [c.write.state for s in back.steps for c in s.changes if c.kind == "Router"]  # type: ignore[union-attr]
    assert states_ == ["restored"]
    assert back.steps[1].pins or back.steps[2].pins


def test_the_way_back_from_an_as_number_is_no_single_step() -> None:
    before = cluster(5, mesh(asNumber=64512))
    description = describe(
        5, {"n2": "244.0.0.1"}, as_number=63400, routers=[router(as_number=65010)]
    )
    plan = sound(description, before)
    back = plan_back(description, after(before, plan.steps), snapshot(before, plan))
    assert len(back.steps) > 2, titles(back)


def test_what_others_changed_meanwhile_elsewhere_stays() -> None:
    before = cluster(4, mesh(listenPort=179))
    plan = sound(BARE, before)
    there = after(before, plan.steps)
    there["nodes"][0]["labels"]["theirs"] = "new"
    there["objects"].append(item("BGPPeer", "theirs", **TOR))
    end = everything(after(there, plan_back(BARE, there, snapshot(before, plan)).steps))
    assert end.pop(("BGPPeer", "theirs"))["spec"] == TOR
    assert end["Node", "n1"]["labels"]["theirs"] == "new"
    end["Node", "n1"]["labels"].pop("theirs")
    assert end == everything(before)


def test_a_node_that_left_the_cluster_is_no_hindrance() -> None:
    before = cluster(4)
    plan = sound(BARE, before)
    there = after(before, plan.steps)
    there = {
        **there,
        "nodes": [node for node in there["nodes"] if node["name"] != "n4"],
        "blocks": [block for block in there["blocks"] if block["node"] != "n4"],
    }
    end = everything(after(there, plan_back(BARE, there, snapshot(before, plan)).steps))
    assert end == {key: v for key, v in everything(before).items() if key != ("Node", "n4")}


def test_an_object_that_somebody_deleted_meanwhile_comes_back() -> None:
    before = done(BARE)
    description = replace(BARE, reflector_password=secret("s"))
    plan = sound(description, before)
    there = after(before, plan.steps)
    there["objects"] = [o for o in there["objects"] if o["kind"] != "BGPPeer"]
    end = after(there, plan_back(description, there, snapshot(before, plan)).steps)
    assert everything(end) == everything(before)


def test_where_no_order_is_safe_all_goes_back_at_once() -> None:
    """Somebody broke the mesh meanwhile: still the end is what was kept."""
    before = cluster(4)
    plan = sound(BARE, before)
    there = after(before, plan.steps)
    (n1, *_more) = there["nodes"]
    n1["annotations"]["projectcalico.org/ASNumber"] = "65999"
    back = plan_back(BARE, there, snapshot(before, plan))
    assert back.refusals == ()
    end = everything(after(there, back.steps))
    assert end["Node", "n4"] == everything(before)["Node", "n4"]
    assert ("BGPConfiguration", "default") not in end
    assert ("BGPPeer", "peer-with-route-reflectors") not in end


def test_only_what_is_written_is_kept() -> None:
    kept = snapshot(cluster(4, NUMBERED), sound(BARE, cluster(4, NUMBERED)))
    assert [tuple(name) for name in kept["touched"]] == [
        ("BGPConfiguration", "default"),
        ("BGPPeer", "peer-with-route-reflectors"),
        ("Node", "n4"),
    ]
    assert [node["name"] for node in kept["nodes"]] == ["n4"]
    assert [found["name"] for found in kept["objects"]] == ["default"]


# Joined


def test_two_runs_joined_lead_behind_both() -> None:
    before = cluster(4, mesh(listenPort=179))
    first = sound(BARE, before)
    older = snapshot(before, first)
    there = after(before, first.steps[:2])
    wish = describe(4, {"n3": "244.0.0.1"}, peers=[peer("tor", **TOR)])
    second = make_plan(wish, there)
    both = joined(older, snapshot(there, second))
    assert {tuple(name) for name in both["touched"]} >= {("Node", "n3"), ("Node", "n4")}
    assert len(both["touched"]) == len({tuple(name) for name in both["touched"]})
    there = after(there, second.steps)
    end = after(there, plan_back(wish, there, json.loads(json.dumps(both))).steps)
    assert everything(end) == everything(before)


def test_of_the_same_object_the_older_state_counts() -> None:
    part: dict[str, Any] = {"routers": {}, "nodes": []}
    name = ["BGPPeer", "p"]
    old = {**part, "touched": [name], "objects": [item("BGPPeer", "p", asNumber=1)]}
    new = {**part, "touched": [name], "objects": [item("BGPPeer", "p", asNumber=2)]}
    assert joined(old, new) == old
    created = {**old, "objects": []}
    assert joined(created, new) == created, "it was not there before the first run"


def test_sessions_of_a_router_are_those_before_the_first_run() -> None:
    part: dict[str, Any] = {"objects": [], "nodes": [], "touched": []}
    old = {**part, "routers": {"ros": {"sessions": []}}}
    new = {**part, "routers": {"ros": {"sessions": [{"name": "rr1"}]}, "ros2": {"sessions": []}}}
    assert joined(old, new)["routers"] == {"ros": {"sessions": []}, "ros2": {"sessions": []}}


def test_a_router_goes_back_to_its_sessions_before() -> None:
    wish = describe(4, ONE, routers=[router()])
    before = done(BARE)
    plan = sound(wish, before)
    there = apply(before, plan.steps[-1].changes)
    back = plan_back(wish, there, snapshot(before, plan))
    assert {view.peer for view in back.now["ros"]} == {"n4"}
    assert back.then["ros"] == ()
    kept = snapshot(before, plan)
    kept["routers"]["ros"]["sessions"] = [
        {"remote_address": address("n4"), "remote_as": 64512, "local_as": 64512, "name": "old"}
    ]
    assert {view.peer for view in plan_back(wish, there, kept).then["ros"]} == {"n4"}
