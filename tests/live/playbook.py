# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs ansible-playbook as a user would, and says what happened in it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.live import ROOT

CALLBACKS = Path(__file__).resolve().parent / "callback_plugins"
CONNECTIONS = (
    ROOT / "lab" / "connection_plugins",
    Path(__file__).resolve().parent / "connection_plugins",
)

# A run that is asked about by others (molecule is Ansible itself) must not be changed by them.
_FOREIGN = ("ANSIBLE_", "MOLECULE_", "RUN_EVENTS_")

PATIENCE = 600.0  # seconds; a run that takes longer hangs


@dataclass(frozen=True)
class Boundary:
    """The start of a task, or the end of the run; `time` is CLOCK_MONOTONIC in seconds."""

    number: int
    name: str
    path: str
    time: float


@dataclass(frozen=True)
class Hook:
    """Something to do in the middle of a run, before the first task with `task` in its name.

    :param command: a shell's; the run waits for it.
    :param after: in the name of a task that must have started before, or in that of the same.
    """

    task: str
    command: str
    after: str = ""


@dataclass(frozen=True)
class Run:
    """One run of ansible-playbook.

    :param status: exit code; negative: the signal that ended it.
    :param events: the lines of the callback run_events, in order.
    """

    playbook: str
    status: int
    seconds: float
    events: Sequence[Mapping[str, Any]]
    log: Path

    @property
    def killed(self) -> bool:
        return self.status == -signal.SIGKILL

    @property
    def boundaries(self) -> list[Boundary]:
        return [
            Boundary(event["number"], event["name"], event["path"], event["time"])
            for event in self.events
            if event["event"] in ("boundary", "killed")
        ]

    @property
    def writing(self) -> set[int]:
        """Numbers of the boundaries whose task changed something."""
        return {event["number"] for event in self.events if event["event"] == "changed"}

    @property
    def changed(self) -> int:
        """Changed results, as in the recap."""
        ends = [event for event in self.events if event["event"] == "end"]
        return sum(host["changed"] for end in ends for host in end["hosts"].values())

    @property
    def hooked(self) -> bool:
        """Whether the hook ran, and well."""
        return any(event["event"] == "hook" and event["status"] == 0 for event in self.events)

    @property
    def failures(self) -> list[str]:
        """Messages of failed tasks, each with its host; a rescued one too, no ignored one."""
        return [
            f"{event['host']}: {event['message']}"
            for event in self.events
            if event["event"] in ("failed", "unreachable")
        ]

    def task_at(self, moment: float) -> str:
        """Name of the task that ran at that time."""
        names = ["(before the first task)"]
        names += [boundary.name for boundary in self.boundaries if boundary.time <= moment]
        return names[-1]


def run_playbook(
    playbook: str,
    inventory: Path,
    log: Path,
    *,
    check: bool = False,
    diff: bool = False,
    verbose: int = 0,
    kill_at: int = 0,
    variables: Mapping[str, Any] | None = None,
    hook: Hook | None = None,
) -> Run:
    """Run a playbook of this checkout.

    :param playbook: its path from the top of the checkout.
    :param log: file for all output; the events are kept beside it.
    :param verbose: so many -v.
    :param kill_at: number of the boundary at which ansible-playbook kills itself; 0: none.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    events = log.with_suffix(".events")
    events.unlink(missing_ok=True)
    command = [str(Path(sys.executable).with_name("ansible-playbook")), "-i", str(inventory)]
    command += ["--check"] if check else []
    command += ["--diff"] if diff else []
    command += ["-" + "v" * verbose] if verbose else []
    command += ["-e", json.dumps(variables)] if variables else []
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith(_FOREIGN)
    } | {
        "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / "collections"),
        "ANSIBLE_CALLBACK_PLUGINS": str(CALLBACKS),
        "ANSIBLE_CALLBACKS_ENABLED": "run_events",
        "ANSIBLE_CONNECTION_PLUGINS": ":".join(map(str, CONNECTIONS)),
        "ANSIBLE_NOCOLOR": "1",
        "RUN_EVENTS_FILE": str(events),
        "RUN_EVENTS_KILL_AT": str(kill_at),
        **(_hook_environment(hook) if hook else {}),
    }
    begin = time.monotonic()
    with log.open("w", encoding="utf-8") as output:
        done = subprocess.run(
            [*command, playbook],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            timeout=PATIENCE,
            check=False,
        )
    seconds = time.monotonic() - begin
    lines = events.read_text(encoding="utf-8").splitlines() if events.exists() else []
    return Run(playbook, done.returncode, seconds, [json.loads(line) for line in lines], log)


def _hook_environment(hook: Hook) -> dict[str, str]:
    return {
        "RUN_EVENTS_HOOK_TASK": hook.task,
        "RUN_EVENTS_HOOK_AFTER": hook.after,
        "RUN_EVENTS_HOOK": hook.command,
    }
