# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carries out one transition on the lab and judges it."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from calico_lab.lab import Lab

from tests.live import ROOT
from tests.live.by_hand import bgp_passwords, carrier, way_through_router
from tests.live.inventory import write_inventory
from tests.live.losses import describe_losses
from tests.live.playbook import Run, run_playbook
from tests.live.probing import Probed, probing
from tests.live.shell import run
from tests.live.state import EndState, read_state, settled_differences
from tests.transitions.prediction import Prediction, predict
from tests.transitions.results import Count, Result
from tests.transitions.rows import Row, Transitions

PLAN = "playbooks/plan.yml"


class Bench:
    """A lab on which rows are carried out one after the other.

    :param folder: for inventories, logs and reports.
    """

    def __init__(self, lab: Lab, transitions: Transitions, folder: Path) -> None:
        self._lab = lab
        self._transitions = transitions
        self._folder = folder
        # Which row's state the lab is in; a new lab has none.
        self._marker = lab.state.root / "transitions-row"
        self._before = lab.state.root / "transitions-before.json"

    def prepare(self) -> None:
        """What is the operator's own: the way through the router, Secrets with passwords."""
        way_through_router(self._lab)
        bgp_passwords(self._lab, self._transitions.passwords, self._passwords)

    def bring_before(self, row: Row) -> Run | None:
        """Bring the lab into the state from which the row starts; None: it is in it."""
        rows = self._transitions.rows
        last = rows[-1]
        before = rows[row.number - 2] if row.number > 1 else last
        now = self._marker.read_text().strip() if self._marker.exists() else last.name
        if now == before.name:
            return None
        done = run_playbook(
            before.playbook, self._inventory(before, "auto"), self._log(row, "before")
        )
        self._marker.write_text(before.name)
        return done

    def carry_out(self, row: Row, pins: str, pass_name: str, *, check: bool, twice: bool) -> Result:
        """Run the row's playbook with packets on all ways.

        :param check: run it with --check --diff before that, which must show all and write nothing.
        :param twice: run it once more after that, which must change nothing.
        """
        inventory = self._inventory(row, pins)
        if row.number == 1:
            read_state(self._lab).write(self._before)
        prediction: Prediction | None = None
        plan_faults: list[str] = []
        if pins == "never":
            prediction, plan_faults = self._predict(row, inventory)
        dry = self._dry_run(row, inventory) if check else []
        with probing(self._lab.options.name, self._folder / "probe.json") as found:
            done = run_playbook(row.playbook, inventory, self._log(row, "run"))
        self._marker.write_text(row.name)
        probed = found()
        again = run_playbook(row.playbook, inventory, self._log(row, "again")) if twice else None
        return Result(
            pass_name=pass_name,
            pins=pins,
            row=row.number,
            name=row.name,
            sent=Count(probed.sent(client=False), probed.sent(client=True)),
            lost=Count(probed.lost(client=False), probed.lost(client=True)),
            seconds=round(done.seconds, 1),
            changed=done.changed,
            again=again.changed if again else None,
            predicted=_counted(prediction),
            faults=[
                *plan_faults,
                *dry,
                *_failed(done, "the playbook"),
                *(_once_more(again) if again else []),
                *_loss_faults(probed, pins, prediction),
                *(self._left_over() if row.restores and not done.status else []),
            ],
            losses=describe_losses(probed, [done]),
        )

    def _dry_run(self, row: Row, inventory: Path) -> list[str]:
        """Run with --check --diff: each step shows what it changes, and nothing is written."""
        before = self._writes()
        dry = run_playbook(row.playbook, inventory, self._log(row, "check"), check=True, diff=True)
        faults = _failed(dry, "--check --diff")
        written = self._writes() - before
        if written:
            faults.append(f"--check --diff: {written} writes, expected none")
        text = dry.log.read_text(encoding="utf-8")
        steps = {(int(n), int(m)) for n, m in re.findall(r"TASK .*step (\d+) of (\d+): ", text)}
        total = max((m for _n, m in steps), default=0)
        if {n for n, _m in steps} != set(range(1, total + 1)) or not total:
            faults.append(f"--check --diff shows the steps {sorted(steps)}, expected all of them")
        if "+++ after" not in text:
            faults.append("--check --diff shows no difference")
        return faults

    def _writes(self) -> int:
        """How many writes the API server and the router have seen."""
        program = str(ROOT / "lab" / "lab")
        return int(run([program, "writes", "--name", self._lab.options.name, "--count"]))

    def _left_over(self) -> list[str]:
        """How the lab differs from what it was before the first row."""
        if not self._before.exists():
            return []
        return settled_differences(EndState.read(self._before), self._lab)

    @property
    def _passwords(self) -> Path:
        return self._lab.state.root / "transitions-passwords"

    def _log(self, row: Row, what: str) -> Path:
        return self._folder / f"{row.number:02}-{what}.log"

    def _inventory(self, row: Row, pins: str) -> Path:
        described = row.description
        variables: dict[str, Any] = {
            **described.variables,
            "transitions_passwords": str(self._passwords),
            # What is not said is left to its default.
            **({"calico_bgp_pins": pins} if pins != "auto" else {}),
            **({"calico_bgp_consent": list(row.consent)} if row.consent else {}),
        }
        description = replace(described, variables=variables)
        return write_inventory(
            self._lab, description, self._folder / f"{row.number:02}-inventory.yml"
        )

    def _predict(self, row: Row, inventory: Path) -> tuple[Prediction | None, list[str]]:
        folder = self._folder / f"{row.number:02}-plan"
        done = run_playbook(
            PLAN,
            inventory,
            self._log(row, "plan"),
            variables={
                "calico_bgp_report_dir": str(folder),
                "calico_bgp_plan_for": "site" if row.is_site else "teardown",
            },
        )
        if done.status:
            return None, _failed(done, PLAN)
        steps = json.loads((folder / "plan.json").read_text(encoding="utf-8"))["steps"]
        return predict(steps, self._lab.topology, carrier(self._lab)), []


def _counted(prediction: Prediction | None) -> Count | None:
    if prediction is None:
        return None
    return Count(prediction.lost(client=False), prediction.lost(client=True))


def _failed(run: Run, what: str) -> list[str]:
    if run.status == 0:
        return []
    causes = "; ".join(run.failures) or "no task failed"
    return [f"{what} ended with {run.status}: {causes} (all of it: {run.log})"]


def _once_more(run: Run) -> list[str]:
    changed = [f"once more: {run.changed} changed, expected 0"] if run.changed else []
    return [*_failed(run, "the same playbook once more"), *changed]


def _loss_faults(probed: Probed, pins: str, prediction: Prediction | None) -> Sequence[str]:
    pods, client = probed.lost(client=False), probed.lost(client=True)
    if pins != "never":
        return [f"{pods + client} packets lost, expected 0"] if pods + client else []
    if prediction is None:
        return []
    faults = []
    unexpected = prediction.unexpected(probed)
    if unexpected:
        example = " to ".join(unexpected[0])
        faults.append(
            f"{len(unexpected)} pairs of pods lost packets without the plan saying so, such as"
            f" {example}"
        )
    if prediction.lost(client=False) and not pods:
        faults.append("the plan lets pods lose packets, and they lost none")
    return faults
