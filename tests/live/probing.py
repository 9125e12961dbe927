# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's packet probe, running beside something else."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from calico_lab.topology import CLIENT

from tests.live import ROOT

RATE = 100  # packets a second for every pair
PATIENCE = 20.0  # seconds for the probe to begin, and to end


@dataclass(frozen=True)
class Gap:
    """Packets of one pair that were lost in a row; times are CLOCK_MONOTONIC in seconds."""

    begin: float
    end: float
    lost: int


@dataclass(frozen=True)
class Flow:
    """Packets from one host to another."""

    source: str
    target: str
    sent: int
    lost: int
    gaps: Sequence[Gap]

    @property
    def from_client(self) -> bool:
        return self.source == CLIENT


@dataclass(frozen=True)
class Probed:
    """What a probe sent and lost."""

    flows: Sequence[Flow]

    def sent(self, *, client: bool) -> int:
        return sum(flow.sent for flow in self.flows if flow.from_client == client)

    def lost(self, *, client: bool) -> int:
        return sum(flow.lost for flow in self.flows if flow.from_client == client)


@contextmanager
def probing(lab: str, file: Path) -> Iterator[Callable[[], Probed]]:
    """A probe between all pods and from the client, from before the block to its end.

    Yields a function that, after the block, gives what was found.

    :raises RuntimeError: the probe did not begin or did not end well; with what it printed.
    """
    file.unlink(missing_ok=True)
    command = [str(ROOT / "lab" / "lab"), "probe", "--name", lab, "--rate", str(RATE)]
    command += ["--from-client", "--allow-loss", "--output", str(file)]
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        try:
            # It says so when its first packets are out.
            first = process.stderr.readline()
            if not first.startswith("probing"):
                raise RuntimeError(f"{' '.join(command)}: {first}{process.stderr.read()}")
            yield lambda: parse_probe(json.loads(file.read_text(encoding="utf-8")))
        finally:
            process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=PATIENCE)
    if process.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: exit code {process.returncode}: {said}")


def parse_probe(data: dict[str, Any]) -> Probed:
    """The probe's JSON."""
    return Probed(
        [
            Flow(
                pair["from"],
                pair["to"],
                pair["sent"],
                pair["lost"],
                [Gap(gap["begin"], gap["end"], gap["lost"]) for gap in pair.get("gaps", [])],
            )
            for pair in data["pairs"]
        ]
    )
