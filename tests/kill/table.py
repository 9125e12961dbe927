# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kills as text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.kill.chain import Case
from tests.live.columns import aligned

_HEAD = ["PLAYBOOK", "KILLED BEFORE TASK", "", "SENT", "LOST", "SECONDS", "END STATE"]


def line(case: Case) -> str:
    return "  ".join(cell for cell in _cells(case) if cell)


def table(cases: Sequence[Case]) -> str:
    """A line for each kill, then what was wrong."""
    text = aligned([_HEAD, *(_cells(case) for case in cases)], left=3)
    details = [
        f"{line(case)}\n" + "\n".join(f"    {entry}" for entry in [*case.faults, *case.losses])
        for case in cases
        if case.faults or case.losses
    ]
    killed = [case for case in cases if case.killed_at]
    verdict = (
        f"{sum(case.reached for case in killed)} kills,"
        f" {sum(not case.reached for case in killed)} boundaries not reached,"
        f" {sum(bool(case.faults) for case in cases)} of {len(cases)} runs failed;"
        f" {sum(case.sent for case in cases)} packets sent, {sum(case.lost for case in cases)} lost"
    )
    return "\n".join([*text, "", *details, verdict])


def _cells(case: Case) -> list[str]:
    note = "not reached" if case.killed_at and not case.reached else ""
    return [
        Path(case.playbook).name,
        case.where,
        note,
        str(case.sent),
        str(case.lost),
        f"{case.seconds:.0f}",
        "ok" if not case.faults else "FAULTS",
    ]
