# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of the test that need no lab: table, prediction, report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from calico_lab.options import LabOptions
from calico_lab.topology import CLIENT, Topology, build_topology

from tests.live.probing import Flow, Gap, Probed
from tests.transitions.prediction import predict
from tests.transitions.results import Count, Result, read_results, write_results
from tests.transitions.rows import read_transitions
from tests.transitions.table import table

CARRIER = "k8s-worker1"


@pytest.fixture
def topology() -> Topology:
    return build_topology(LabOptions(workers=3))


def step(
    topology: Topology, away: dict[str, list[str]], usual: float = 2, *, replaced: bool = False
) -> dict[str, Any]:
    """A step of plan.json in which places lack the routes to the blocks of nodes."""
    blocks = {
        place: [str(topology.node(name).block) for name in names] for place, names in away.items()
    }
    gap = {"usual": usual, "longest": 12} if away else None
    return {"routes_away": blocks, "gap": gap, "routes_replaced": replaced}


def flow(source: str, target: str, lost: int) -> Flow:
    return Flow(source, target, 1000, lost, [Gap(1.0, 2.0, lost)] if lost else [])


def test_rows_build_on_each_other() -> None:
    rows = read_transitions().rows
    assert [row.number for row in rows] == list(range(1, len(rows) + 1))
    second = rows[1].description
    assert second.variables["calico_bgp_as_number"] == 63400
    assert "routeros_peer_addresses" in second.router
    assert [row.restores for row in rows] == [False] * (len(rows) - 1) + [True]


def test_null_takes_a_variable_away() -> None:
    rows = {row.name: row for row in read_transitions().rows}
    assert "route_reflector_password" in rows["BGP password changed"].description.variables
    assert "route_reflector_password" not in rows["BGP password removed"].description.variables


def test_unknown_keys_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "rows.yml"
    file.write_text("{passwords: [], rows: [{name: a, reflector: {}}]}")
    with pytest.raises(ValueError, match=r"row 1.*reflector"):
        read_transitions(file)


def test_a_missing_route_breaks_both_directions(topology: Topology) -> None:
    found = predict([step(topology, {"k8s-worker2": ["k8s-worker3"]})], topology, CARRIER)
    two, three = "pod-k8s-worker2", "pod-k8s-worker3"
    assert found.packets == {(two, three): 200, (three, two): 200}


def test_the_client_loses_only_without_its_floating_route(topology: Topology) -> None:
    router_only = step(topology, {"ros": ["k8s-worker2"], CARRIER: ["k8s-worker3"]})
    assert predict([router_only], topology, CARRIER).lost(client=True) == 0
    both = step(topology, {"ros": ["k8s-worker2"], CARRIER: ["k8s-worker2"]})
    assert predict([both], topology, CARRIER).packets[CLIENT, "pod-k8s-worker2"] == 200


def test_losses_that_no_step_explains_are_unexpected(topology: Topology) -> None:
    found = predict([step(topology, {"k8s-worker2": ["k8s-worker3"]})], topology, CARRIER)
    explained = flow("pod-k8s-worker3", "pod-k8s-worker2", 7)
    other = flow("pod-k8s-control", "pod-k8s-worker2", 1)
    assert found.unexpected(Probed([explained, other, flow(CLIENT, "pod-k8s-control", 3)])) == [
        ("pod-k8s-control", "pod-k8s-worker2")
    ]


def test_a_step_that_replaces_routes_explains_a_moment_and_no_more(topology: Topology) -> None:
    found = predict([step(topology, {}, replaced=True)], topology, CARRIER)
    moment = flow("pod-k8s-worker3", "pod-k8s-worker2", 10)
    longer = flow("pod-k8s-worker2", "pod-k8s-worker3", 11)
    assert found.unexpected(Probed([moment, longer])) == [("pod-k8s-worker2", "pod-k8s-worker3")]


def test_report_and_table(tmp_path: Path) -> None:
    good = Result(
        "pins auto, 1", "auto", 1, "a", Count(10, 2), Count(0, 0), 1.5, 3, 0, None, [], []
    )
    bad = Result(
        "pins never", "never", 1, "a", Count(10, 2), Count(4, 1), 2, 3, 0, Count(6, 0), ["why"], []
    )
    file = tmp_path / "report.json"
    write_results(file, [good, bad])
    assert read_results(file) == [good, bad]
    text = table([good, bad])
    assert "about 6+0" in text
    assert "FAULT why" in text
    assert "2 transitions, 1 failed; 24 packets sent, 0 lost with pins auto, 5 lost" in text
