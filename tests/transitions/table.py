# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The results as text."""

from __future__ import annotations

from collections.abc import Sequence

from tests.live.columns import aligned
from tests.transitions.results import Count, Result

PREDICTION_NOTE = """\
Pins off: beside what was seen stands what the plan lets be lost: routes away x usual gap x rate,
so a measure, not a count. A row fails if a pair of pods lost packets whose routes the plan does
not let go in either direction, more than in a tenth of a second for each step that may replace
routes; and if the plan lets pods lose packets and not one was lost, as a session's restart takes
BIRD a second at least, a hundred times the time between two packets. It is not asserted that each
single route is seen to go, since one may be back by another session within a packet's time; nor
anything of the client, whose floating route bridges what lasts long enough for it; nor of rows that
the plan does not describe (teardown)."""


def table(results: Sequence[Result]) -> str:
    """A line for each row, the passes beside each other, then losses and faults."""
    passes = list(dict.fromkeys(result.pass_name for result in results))
    found = {(result.row, result.pass_name): result for result in results}
    rows = sorted({(result.row, result.name) for result in results})
    head = ["", "TRANSITION"]
    above = ["", ""]
    for name in passes:
        columns = _columns(next(result for result in results if result.pass_name == name))
        head += columns
        above += [name.upper(), *[""] * (len(columns) - 1)]
    lines = [above, head]
    for number, name in rows:
        line = [str(number), name]
        for pass_name in passes:
            result = found.get((number, pass_name))
            example = next(entry for entry in results if entry.pass_name == pass_name)
            line += _cells(result) if result else [""] * len(_columns(example))
        lines.append(line)
    text = aligned(lines, left=2)
    details = [line for result in results for line in _details(result)]
    if any(result.predicted for result in results):
        details += ["", PREDICTION_NOTE]
    return "\n".join([*text, "", *details, _verdict(results)])


def _columns(result: Result) -> list[str]:
    columns = ["SENT PODS+CLIENT", "LOST PODS+CLIENT"]
    columns += ["PLAN LETS BE LOST"] if result.pins == "never" else []
    return [*columns, "SECONDS", "CHANGED", "AGAIN"]


def _cells(result: Result) -> list[str]:
    cells = [_count(result.sent), _count(result.lost)]
    if result.pins == "never":
        cells.append(f"about {_count(result.predicted)}" if result.predicted else "not asked")
    again = "-" if result.again is None else str(result.again)
    return [*cells, f"{result.seconds:.0f}", str(result.changed), again]


def _count(count: Count) -> str:
    return f"{count.pods}+{count.client}"


def _details(result: Result) -> list[str]:
    lines = [f"  FAULT {fault}" for fault in result.faults]
    lines += [f"  {loss}" for loss in result.losses]
    return [f"{result.row} {result.name} ({result.pass_name})", *lines] if lines else []


def _verdict(results: Sequence[Result]) -> str:
    failed = sum(1 for result in results if result.faults)
    sent = sum(result.sent.pods + result.sent.client for result in results)
    lost = {
        pins: sum(
            result.lost.pods + result.lost.client for result in results if result.pins == pins
        )
        for pins in dict.fromkeys(result.pins for result in results)
    }
    told = ", ".join(f"{count} lost with pins {pins}" for pins, count in lost.items())
    return f"{len(results)} transitions, {failed} failed; {sent} packets sent, {told}"
