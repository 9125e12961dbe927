# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kills ansible-playbook with SIGKILL at the boundaries of its tasks, and runs it again.

Needs root. Brings labs of its own up and ends them. The boundaries are those of an undisturbed run.
Prints a table, and ends with 1 if a packet was lost, a second run failed, or the end state is not
that of an undisturbed run.
"""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click

from tests.kill.chain import SITE, TEARDOWN, Case, Chain, Share
from tests.kill.table import line, table
from tests.live import ROOT
from tests.live.fresh import fresh_lab

_PLAYBOOKS = {"site": [SITE], "teardown": [TEARDOWN], "both": [SITE, TEARDOWN]}


@click.command(help=__doc__)
@click.option("--lab", "lab_name", envvar="LAB_NAME", default="kill", show_default=True)
@click.option("--workers", default=1, show_default=True, help="Worker nodes of the lab.")
@click.option(
    "--boundaries",
    type=click.Choice(["writes", "around", "all"]),
    default="writes",
    show_default=True,
    help="One in every gap between tasks that write, both ends of each gap, or every task.",
)
@click.option("--playbook", type=click.Choice(list(_PLAYBOOKS)), default="both", show_default=True)
@click.option(
    "--jobs",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="Labs beside each other that share the kills; their names get a number.",
)
@click.option("--keep", is_flag=True, help="Leave the lab running.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="For inventories and logs; each lab has one in it. By default .build/kill.",
)
def main(
    lab_name: str,
    workers: int,
    boundaries: str,
    playbook: str,
    jobs: int,
    keep: bool,
    folder: Path | None,
) -> None:
    def report(case: Case) -> None:
        click.echo("\n    ".join([line(case), *case.faults]), err=True)

    def share(index: int) -> list[Case]:
        name = f"{lab_name}{index + 1}" if jobs > 1 else lab_name
        with fresh_lab(name, workers, keep=keep) as lab:
            chain = Chain(lab, (folder or ROOT / ".build" / "kill") / name, report)
            return chain.carry_out(boundaries, _PLAYBOOKS[playbook], Share(index, jobs))

    with ThreadPoolExecutor(max_workers=jobs) as threads:
        shares = list(threads.map(share, range(jobs)))
    cases = [case for cases in shares for case in cases]
    cases.sort(key=lambda case: (case.playbook, case.killed_at.number if case.killed_at else 0))
    click.echo(table(cases))
    sys.exit(any(case.faults for case in cases) or not any(case.reached for case in cases))


if __name__ == "__main__":
    main()
