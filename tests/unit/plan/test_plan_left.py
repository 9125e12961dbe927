# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sessions with neighbors that nobody here manages: nobody waits for what only others can do."""

from __future__ import annotations

from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.plan import (
    make_plan,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.plan_data import (
    plan_data,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.plan_pins import (
    PinAnswers,
)

from tests.unit.plan.fabrics import cluster, describe, item, peer, secret, sound

TOR = "192.168.0.250"
NAME = "Global_192_168_0_250"
EXTERNAL = item("BGPPeer", "tor", peerIP=TOR, asNumber=65000)
ANSWERS = {f"n{n}": {} for n in (1, 2)}


def test_a_neighbor_that_expects_the_old_as_number_is_not_waited_for() -> None:
    plan = sound(describe(2, as_number=63400), cluster(2, EXTERNAL))
    (step,) = plan.steps
    assert step.wait_for["n1"] == step.anew["n1"] == {4: ("Mesh_192_168_0_12",)}
    data = plan_data(plan)
    assert data["left_to_others"] == {"n1": [TOR], "n2": [TOR]}
    assert data["steps"][0]["neighbors"]["n1"] == ["192.168.0.12"]


def test_nor_one_that_has_the_old_password() -> None:
    old = item("BGPPeer", "tor", "calico_bgp", peerIP=TOR, asNumber=65000)
    wish = [peer("tor", peerIP=TOR, asNumber=65000, password=secret("tor"))]
    plan = sound(describe(2, peers=wish), cluster(2, old))
    assert plan.steps[0].wait_for == {}
    assert plan.left == {"n1": (TOR,), "n2": (TOR,)}


def test_one_that_restarts_for_another_reason_is_waited_for_if_it_was_up() -> None:
    old = item("BGPPeer", "tor", "calico_bgp", peerIP=TOR, asNumber=65000)
    wish = [peer("tor", peerIP=TOR, asNumber=65000, keepaliveTime="9s")]
    answers = {**ANSWERS, "n2": {"down": [NAME]}}
    pins = PinAnswers.from_data("auto", answers)
    plan = make_plan(describe(2, peers=wish), cluster(2, old), pins=pins)
    (step,) = plan.steps
    assert step.wait_for == {"n1": {4: (NAME,)}}
    assert plan.left == {"n2": (TOR,)}
    (note,) = plan.notes
    assert "host-2: the session with 192.168.0.250, which is not managed here, is not" in note


def test_one_that_is_down_already_is_told_even_if_nothing_concerns_it() -> None:
    pins = PinAnswers.from_data("auto", {**ANSWERS, "n1": {"down": [NAME, "Mesh_192_168_0_12"]}})
    plan = make_plan(describe(2), cluster(2, EXTERNAL), pins=pins)
    assert plan.steps == ()
    # What is ours has no excuse.
    assert plan.left == {"n1": (TOR,)}
