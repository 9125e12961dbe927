# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's stand-in for calico-node, asked about a scenario."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from tests.conformance.differences import (
    Daemon,
    Difference,
    daemon_differences,
    differences,
)
from tests.conformance.scenarios import FAMILIES, Records, Scenario, kind_of

_LAB = Path(__file__).resolve().parent.parent.parent / "lab"


def records_of(scenario: Scenario) -> Records:
    """What the stand-in renders, in the form of the data."""
    if str(_LAB) not in sys.path:
        sys.path.insert(0, str(_LAB))
    from calico_lab.calico_node.conformance import render_scenario

    records: Records = render_scenario(scenario)
    return records


def disagreements(scenario: Scenario) -> Iterator[Difference]:
    """Where the stand-in and a scenario differ; an ambiguous one has to meet what was seen.

    Rejected scenarios are none of its business: the API does not let them reach a node.
    """
    if kind_of(scenario) == "rejected":
        return
    records = records_of(scenario)
    if kind_of(scenario) == "determined":
        yield from differences(scenario["expected"], records)
        return
    for node, seen in scenario["alternatives"].items():
        for family in FAMILIES:
            found = records[node][family]
            results = [result[family] for result in seen]
            if not _was_seen(node, family, results, found):
                yield from daemon_differences(node, family, results[0], found)


def _was_seen(node: str, family: str, results: list[Daemon], found: Daemon) -> bool:
    """Whether a result is one of those seen, or a mix of the sessions seen."""
    if any(not list(daemon_differences(node, family, result, found)) for result in results):
        return True
    variants = [session for result in results for session in result["sessions"]]
    mixed = {**results[0], "sessions": found["sessions"]}
    return (
        len(found["sessions"]) in {len(result["sessions"]) for result in results}
        and all(session in variants for session in found["sessions"])
        and not list(daemon_differences(node, family, mixed, found))
    )
