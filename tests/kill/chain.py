# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One kill after the other: site.yml killed and finished, teardown.yml killed and finished, …"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from calico_lab.lab import Lab

from tests.kill.cases import chosen_boundaries, short_name
from tests.live.by_hand import way_through_router
from tests.live.inventory import write_inventory
from tests.live.losses import describe_losses
from tests.live.playbook import Boundary, Run, run_playbook
from tests.live.probing import Probed, probing
from tests.live.reference import reference_description
from tests.live.state import EndState, read_state, settled_differences

SITE = "playbooks/site.yml"
TEARDOWN = "playbooks/teardown.yml"

# Both ends open a session, and BIRD may drop one of the two connections some seconds after it first
# came up. In this small lab the pins carry that, so there is no need to wait it out.
STABLE_TIME = 1


@dataclass(frozen=True)
class Case:
    """One kill and what came of it.

    :param killed_at: the boundary; None: an undisturbed run.
    :param reached: whether the run came to it.
    :param faults: differences of the end state, failed runs, lost packets.
    """

    playbook: str
    killed_at: Boundary | None
    reached: bool
    sent: int
    lost: int
    seconds: float
    faults: Sequence[str]
    losses: Sequence[str]

    @property
    def where(self) -> str:
        if self.killed_at is None:
            return "(not killed)"
        return f"{self.killed_at.number} {short_name(self.killed_at.name)}"


@dataclass(frozen=True)
class Share:
    """Every `count`-th kill, from that at `index` (from 0); labs beside each other share them."""

    index: int
    count: int


class Chain:
    """The runs on one lab. :param folder: for inventory and logs."""

    def __init__(self, lab: Lab, folder: Path, report: Callable[[Case], None]) -> None:
        self._lab = lab
        self._folder = folder
        self._report = report
        description = reference_description(
            lab,
            calico_bgp_stable_time=STABLE_TIME,
        )
        self._inventory = write_inventory(lab, description, folder / "inventory.yml")

    def carry_out(self, which: str, playbooks: Sequence[str], share: Share) -> list[Case]:
        """All kills of the share. An undisturbed run of each playbook comes first, to record its
        tasks and the end state that every other run is compared with."""
        way_through_router(self._lab)
        before = read_state(self._lab)
        site, recorded_site = self._undisturbed(SITE, None)
        after_site = read_state(self._lab)
        teardown, recorded_teardown = self._undisturbed(TEARDOWN, before)
        after_teardown = read_state(self._lab)
        cases = [site, teardown]
        if recorded_site.status or recorded_teardown.status:
            return cases
        chosen = [
            chosen_boundaries(recorded, which) if playbook in playbooks else []
            for playbook, recorded in ((SITE, recorded_site), (TEARDOWN, recorded_teardown))
        ]
        for at_site, at_teardown in list(zip_longest(*chosen))[share.index :: share.count]:
            cases.append(self._case(SITE, at_site, after_site))
            cases.append(self._case(TEARDOWN, at_teardown, after_teardown))
        return cases

    def _undisturbed(self, playbook: str, expected: EndState | None) -> tuple[Case, Run]:
        with probing(self._lab.options.name, self._folder / "probe.json") as found:
            run = self._run(playbook, f"{Path(playbook).stem}-undisturbed")
        return self._judged(playbook, None, [run], found(), expected), run

    def _case(self, playbook: str, at: Boundary | None, expected: EndState) -> Case:
        name = f"{Path(playbook).stem}-{at.number if at else 'through'}"
        with probing(self._lab.options.name, self._folder / "probe.json") as found:
            runs = [self._run(playbook, name, at.number if at else 0)]
            if runs[0].killed:
                runs.append(self._run(playbook, f"{name}-again"))
        return self._judged(playbook, at, runs, found(), expected)

    def _run(self, playbook: str, name: str, kill_at: int = 0) -> Run:
        log = self._folder / f"{name}.log"
        return run_playbook(playbook, self._inventory, log, kill_at=kill_at)

    def _judged(
        self,
        playbook: str,
        at: Boundary | None,
        runs: Sequence[Run],
        probed: Probed,
        expected: EndState | None,
    ) -> Case:
        lost = probed.lost(client=False) + probed.lost(client=True)
        last = runs[-1]
        faults = [f"{lost} packets lost, expected 0"] if lost else []
        if last.status:
            causes = "; ".join(last.failures) or "no task failed"
            faults.append(f"ended with {last.status}: {causes} (all of it: {last.log})")
        elif expected is not None:
            faults += settled_differences(expected, self._lab)
        case = Case(
            playbook=playbook,
            # The name of the boundary where it was in fact killed.
            killed_at=runs[0].boundaries[-1] if runs[0].killed else at,
            reached=runs[0].killed,
            sent=probed.sent(client=False) + probed.sent(client=True),
            lost=lost,
            seconds=sum(run.seconds for run in runs),
            faults=faults,
            losses=describe_losses(probed, runs),
        )
        self._report(case)
        return case
