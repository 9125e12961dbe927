# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a transition did, in the form in which the report keeps it."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Count:
    """Packets between pods, and from the client through the router."""

    pods: int
    client: int


@dataclass(frozen=True)
class Result:
    """One row in one pass.

    :param again: changed results of the same playbook run once more; None: it was not.
    :param predicted: packets that the plan, without pins, would lose; None: it was not asked.
    :param faults: why the row failed; empty: it did not.
    :param losses: where and when packets were lost, a line for each task.
    """

    pass_name: str
    pins: str
    row: int
    name: str
    sent: Count
    lost: Count
    seconds: float
    changed: int
    again: int | None
    predicted: Count | None
    faults: Sequence[str]
    losses: Sequence[str]


def read_results(file: Path) -> list[Result]:
    """The results of a report, in order; none if there is no report yet."""
    if not file.exists():
        return []
    return [
        Result(
            **{
                **entry,
                "sent": Count(**entry["sent"]),
                "lost": Count(**entry["lost"]),
                "predicted": Count(**entry["predicted"]) if entry["predicted"] else None,
            }
        )
        for entry in json.loads(file.read_text(encoding="utf-8"))
    ]


def write_results(file: Path, results: Sequence[Result]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    entries = [dataclasses.asdict(result) for result in results]
    file.write_text(json.dumps(entries, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
