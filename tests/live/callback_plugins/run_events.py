# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible callback: writes down the tasks of a run, and may kill the run; see DOCUMENTATION."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = r"""
name: run_events
type: notification
short_description: Record the tasks of a run, act at one of them
author: the netfabric.calico_routeros authors
description:
  - Writes one JSON line for each start of a task, changed or failed result, and the end.
  - A boundary is a start of a task, or the end of the run. They are numbered from 1.
options:
  run_events_file:
    description: File that the lines are added to.
    type: path
    required: true
    env:
      - name: RUN_EVENTS_FILE
  run_events_kill_at:
    description: Number of the boundary at which ansible-playbook is killed with SIGKILL.
    type: int
    default: 0
    env:
      - name: RUN_EVENTS_KILL_AT
  run_events_hook_task:
    description: Part of the name of the task before whose start the hook runs, once.
    type: str
    default: ""
    env:
      - name: RUN_EVENTS_HOOK_TASK
  run_events_hook_after:
    description: Part of the name of a task that must have started before the hook's.
    type: str
    default: ""
    env:
      - name: RUN_EVENTS_HOOK_AFTER
  run_events_hook:
    description: Command of a shell. The run waits for it, and goes on whatever comes of it.
    type: str
    default: ""
    env:
      - name: RUN_EVENTS_HOOK
"""


class CallbackModule(CallbackBase):  # type: ignore[misc]
    """One line for each event; "time" is CLOCK_MONOTONIC in seconds, as in the lab's probe."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "run_events"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self._number = 0
        self._names: list[str] = []
        self._hooked = False

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        self._boundary(task.get_name(), task.get_path())

    def v2_playbook_on_handler_task_start(self, task: Any) -> None:
        self._boundary(task.get_name(), task.get_path())

    def v2_runner_on_ok(self, result: Any) -> None:
        if _outcome(result).get("changed"):
            self._write(event="changed", number=self._number, host=_host(result))

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        message = str(_outcome(result).get("msg", ""))
        event = "ignored" if ignore_errors else "failed"
        self._write(event=event, number=self._number, host=_host(result), message=message)

    def v2_runner_on_unreachable(self, result: Any) -> None:
        message = str(_outcome(result).get("msg", ""))
        self._write(event="unreachable", number=self._number, host=_host(result), message=message)

    def v2_playbook_on_stats(self, stats: Any) -> None:
        self._boundary("(end)", "")
        hosts = {host: stats.summarize(host) for host in sorted(stats.processed)}
        self._write(event="end", number=self._number, hosts=hosts)

    def _boundary(self, name: str, path: str) -> None:
        self._number += 1
        kill = self._number == self.get_option("run_events_kill_at")
        event = "killed" if kill else "boundary"
        self._write(event=event, number=self._number, name=name, path=path)
        if kill:
            # Callbacks run in the process of ansible-playbook itself.
            os.kill(os.getpid(), signal.SIGKILL)
        self._names.append(name)
        task = self.get_option("run_events_hook_task")
        after = self.get_option("run_events_hook_after")
        if task and task in name and not self._hooked and any(after in n for n in self._names):
            self._hooked = True
            self._hook(self.get_option("run_events_hook"))

    def _hook(self, command: str) -> None:
        done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
        said = (done.stdout + done.stderr).strip()
        self._write(event="hook", number=self._number, status=done.returncode, said=said)

    def _write(self, **event: Any) -> None:
        with open(self.get_option("run_events_file"), "a", encoding="utf-8") as file:
            file.write(json.dumps({"time": time.monotonic(), **event}) + "\n")


def _outcome(result: Any) -> dict[str, Any]:
    # ansible-core 2.19 renamed it.
    found: dict[str, Any] = result.result if hasattr(result, "result") else result._result
    return found


def _host(result: Any) -> str:
    return str((result.host if hasattr(result, "host") else result._host).get_name())
