# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every transition of a live cluster, with packets on all ways while it happens.

Needs root and a running lab (`lab/lab up`) of six nodes; its name is LAB_NAME. Prints a table, and
ends with 1 if a packet was lost, a playbook failed, or with FULL one run again changed something.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click
from calico_lab.errors import LabError
from calico_lab.lab import open_lab

from tests.live import ROOT
from tests.transitions.results import read_results, write_results
from tests.transitions.rows import Row, read_transitions
from tests.transitions.table import table
from tests.transitions.transition import Bench

NODES = 6


@dataclass(frozen=True)
class Pass:
    """Once through the rows."""

    name: str
    pins: str
    #: Whether each playbook is run with --check before, and once more after: not in repetitions,
    #: which are for the packets.
    check: bool = False
    twice: bool = False


@click.command(help=__doc__)
@click.option("--lab", "lab_name", envvar="LAB_NAME", default="lab", show_default=True)
@click.option(
    "--rows",
    "wanted",
    envvar="ROWS",
    help="Only these, such as 1-3,7; what comes before is not probed. [env: ROWS]",
)
@click.option("--repeat", default=1, show_default=True, help="How often to go through the rows.")
@click.option("--pins", type=click.Choice(["auto", "never"]), default="auto", show_default=True)
@click.option(
    "--full",
    envvar="FULL",
    type=bool,
    default=False,
    help="Three times with pins and once without; every playbook really run twice. [env: FULL]",
)
@click.option(
    "--report",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Keep the results in this JSON file, with those of the runs before.",
)
@click.option("--list", "listing", is_flag=True, help="Only list what there is to do.")
@click.option("--only", metavar="LINE", help="Only this line of --list; no table.")
@click.option("--show", is_flag=True, help="Only print the table of the report.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="For inventories and logs; by default .build/transitions/LAB.",
)
def main(
    lab_name: str,
    wanted: str | None,
    repeat: int,
    pins: str,
    full: bool,
    report: Path | None,
    listing: bool,
    only: str | None,
    show: bool,
    folder: Path | None,
) -> None:
    transitions = read_transitions()
    rows = _chosen(transitions.rows, wanted)
    passes = [Pass(f"pins {pins}, {n}", pins, check=n == 1) for n in range(1, repeat + 1)]
    if full:
        passes = [Pass(f"pins auto, {n}", "auto", check=n == 1, twice=n == 1) for n in range(1, 4)]
        passes.append(Pass("pins never", "never"))
    work = [(each, row) for each in passes for row in rows]
    if only:
        work = [(each, row) for each, row in work if _key(each, row) == only]
    if listing:
        click.echo("\n".join(_key(each, row) for each, row in work))
        return
    results = read_results(report) if report else []
    if show:
        work = []
    elif not work:
        raise click.ClickException(f"no row {only or wanted}; --list shows them")
    try:
        lab = open_lab(lab_name) if work else None
    except LabError as error:
        raise click.ClickException(str(error)) from error
    if lab is not None:
        if len(lab.topology.nodes) != NODES:
            raise click.ClickException(f"the lab {lab_name} must have {NODES} nodes")
        bench = Bench(lab, transitions, folder or ROOT / ".build" / "transitions" / lab_name)
        bench.prepare()
        for each, row in work:
            click.echo(_key(each, row), err=True)
            before = bench.bring_before(row)
            if before is not None:
                click.echo(f"  brought there first: exit code {before.status}", err=True)
            # Without FULL the dry runs of the first row and of the last, the teardown, will do.
            check = each.check and (full or row.number in (1, len(transitions.rows)))
            result = bench.carry_out(row, each.pins, each.name, check=check, twice=each.twice)
            results = [
                entry
                for entry in results
                if (entry.pass_name, entry.row) != (result.pass_name, result.row)
            ] + [result]
            if report:
                write_results(report, results)
            lost = result.lost.pods + result.lost.client
            click.echo(f"  {lost} lost, {result.seconds:.0f} s", err=True)
            for fault in result.faults:
                click.echo(f"  FAULT {fault}", err=True)
    if not only:
        click.echo(table(results))
        sys.exit(any(result.faults for result in results))


def _key(each: Pass, row: Row) -> str:
    return f"{each.name}: {row.number} {row.name}"


def _chosen(rows: Sequence[Row], wanted: str | None) -> list[Row]:
    if not wanted:
        return list(rows)
    numbers: set[int] = set()
    for part in wanted.split(","):
        first, _, last = part.partition("-")
        if not first.isdigit() or (last and not last.isdigit()):
            raise click.BadParameter(
                f"found {part!r}, expected a number or 1-3", param_hint="--rows"
            )
        numbers.update(range(int(first), int(last or first) + 1))
    return [row for row in rows if row.number in numbers]


if __name__ == "__main__":
    main()
