# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A lab in full mesh for every test, and what the tests ask of it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from calico_lab.lab import Lab

from tests.live import ROOT
from tests.live.by_hand import way_through_router
from tests.live.fresh import fresh_lab
from tests.live.inventory import write_inventory
from tests.live.losses import describe_losses
from tests.live.playbook import Hook, Run, run_playbook
from tests.live.probing import Probed, parse_probe, probing
from tests.live.reference import reference_description
from tests.live.shell import run as run_command
from tests.live.state import EndState, differences, read_state, settled_differences

WORKERS = 2

# Seconds; enough for sessions here, and what never comes is not waited for long.
TIMEOUT = 20
STABLE_TIME = 1

# Marks of what is there only while a run is under way.
_PIN_TABLE = re.compile(r"\b(lookup|table) 900\b")
_PIN_FILES = "/run/netfabric"
_SNAPSHOTS = "folder of snapshots"


@dataclass
class Fabric:
    """The lab, its state before all runs, and runs of site.yml on it."""

    lab: Lab
    before: EndState
    folder: Path
    runs: list[Run] = field(default_factory=list)

    @property
    def reflector(self) -> str:
        return self.lab.topology.reflector

    def site(
        self,
        hook: Hook | None = None,
        router: Mapping[str, Any] | None = None,
        nodes: Mapping[str, Mapping[str, Any]] | None = None,
        verbose: int = 0,
        spared: Collection[str] = (),
        **variables: Any,
    ) -> Run:
        """Run site.yml with the reference description and these variables, under the probe.

        No packet may be lost.

        :param nodes: variables of single nodes.
        :param verbose: so many -v, and --diff with them.
        :param spared: pods that may lose packets, such as those of a node that goes down.
        """
        described = reference_description(
            self.lab,
            **{
                "calico_bgp_timeout": TIMEOUT,
                "calico_bgp_stable_time": STABLE_TIME,
                "routeros_peer_timeout": TIMEOUT,
                **variables,
            },
        )
        description = replace(described, router=router or {}, nodes=nodes or {})
        inventory = write_inventory(self.lab, description, self.folder / "inventory.yml")
        log = self.folder / f"site-{len(self.runs) + 1}.log"
        with probing(self.lab.options.name, self.folder / "probe.json") as found:
            run = run_playbook(
                "playbooks/site.yml",
                inventory,
                log,
                diff=bool(verbose),
                verbose=verbose,
                hook=hook,
            )
        self.runs.append(run)
        assert hook is None or run.hooked, f"nothing broke; see {log} and its events"
        assert describe_losses(_without(found(), spared), [run]) == [], f"packets lost; see {log}"
        return run

    def assert_before(self) -> None:
        """The state is that before the run, and nothing of it is left."""
        assert settled_differences(self.before, self.lab) == []

    def assert_after(self) -> None:
        """The state is that after an undisturbed run: one more finds nothing to do."""
        self.assert_nothing_temporary()
        again = self.site()
        assert (again.status, again.changed) == (0, 0), f"{again.failures}; see {again.log}"

    def assert_nothing_temporary(self) -> None:
        """No pin and no snapshot is left."""
        assert [place for place in read_state(self.lab).facts if _temporary(*place)] == []

    def assert_finishes(self) -> None:
        """A run that left the state between said that the next one finishes it: it does."""
        run = self.site()
        assert run.status == 0, f"{run.failures}; see {run.log}"
        self.assert_nothing_temporary()
        self.assert_reachable()

    def assert_reachable(self) -> None:
        """No packet is lost between pods or from the client, for a while."""
        command = [str(ROOT / "lab" / "lab"), "probe", "--name", self.lab.options.name]
        command += ["--rate", "50", "--seconds", "2", "--from-client", "--allow-loss", "--json"]
        probed = parse_probe(json.loads(run_command(command)))
        assert [(flow.source, flow.target, flow.lost) for flow in probed.flows if flow.lost] == []


def _without(probed: Probed, pods: Collection[str]) -> Probed:
    return Probed(
        [flow for flow in probed.flows if flow.source not in pods and flow.target not in pods]
    )


def _temporary(place: str, what: str) -> bool:
    if place == _SNAPSHOTS:
        return True
    return what.startswith(_PIN_FILES) or bool(_PIN_TABLE.search(what))


class Labs:
    """One lab after the other: a test that left another state behind gets a new one."""

    def __init__(self, name: str, stack: ExitStack) -> None:
        self._name = name
        self._stack = stack
        self._found: tuple[Lab, EndState] | None = None

    def in_mesh(self) -> tuple[Lab, EndState]:
        """A lab as it is before all runs, and that state."""
        if self._found is not None:
            lab, before = self._found
            if not differences(before, read_state(lab)):
                return self._found
            self._stack.close()
        lab = self._stack.enter_context(fresh_lab(self._name, WORKERS))
        way_through_router(lab)
        self._found = lab, read_state(lab)
        return self._found


@pytest.fixture(scope="session")
def labs() -> Iterator[Labs]:
    with ExitStack() as stack:
        yield Labs(os.environ.get("LAB_NAME", "faults"), stack)


@pytest.fixture
def fabric(labs: Labs, tmp_path: Path) -> Fabric:
    lab, before = labs.in_mesh()
    return Fabric(lab, before, tmp_path)
