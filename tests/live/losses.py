# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When packets were lost, in terms of the playbook's tasks."""

from __future__ import annotations

from collections.abc import Sequence

from tests.live.playbook import Run
from tests.live.probing import Flow, Gap, Probed


def describe_losses(probed: Probed, runs: Sequence[Run]) -> list[str]:
    """A line for each task in which a loss began: packets, pairs, longest gap, an example."""
    found: dict[str, list[tuple[Flow, Gap]]] = {}
    for flow in probed.flows:
        for gap in flow.gaps:
            found.setdefault(_task(runs, gap.begin), []).append((flow, gap))
    lines = []
    for task, entries in sorted(found.items(), key=lambda entry: entry[1][0][1].begin):
        flow, gap = max(entries, key=lambda entry: entry[1].end - entry[1].begin)
        pairs = {(flow.source, flow.target) for flow, _ in entries}
        lines.append(
            f"{sum(gap.lost for _, gap in entries)} lost of {len(pairs)} pairs since {task!r},"
            f" at most for {gap.end - gap.begin:.2f} s ({flow.source} to {flow.target})"
        )
    return lines


def _task(runs: Sequence[Run], moment: float) -> str:
    """The task of the last run that had begun."""
    begun = [run for run in runs if run.boundaries and run.boundaries[0].time <= moment]
    return begun[-1].task_at(moment) if begun else "(before the first task)"
