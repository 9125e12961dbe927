# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible connection to a host of the lab; see DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
name: lab_netns
short_description: Run tasks on a host of the lab
author: the netfabric.calico_routeros authors
description:
  - Runs commands on this machine in the network namespace of a host of the lab, with that host's
    name and its own C(/run). All other files are those of this machine.
  - Needs root, and a lab that is up (C(lab/lab up)).
extends_documentation_fragment:
  - connection_pipelining
options:
  lab_host:
    description: The lab's host, by its name or its address on the LAN.
    type: str
    default: inventory_hostname
    vars:
      - name: inventory_hostname
      # The one that is right for a delegated task.
      - name: ansible_host
      - name: ansible_lab_host
  lab_name:
    description: Name of the lab.
    type: str
    default: lab
    env:
      - name: LAB_NAME
    vars:
      - name: ansible_lab_name
  lab_state_dir:
    description:
      - The lab's folder.
      - By default C(/run/calico-routeros-lab/) and the lab's name.
    type: path
    env:
      - name: LAB_STATE_DIR
    vars:
      - name: ansible_lab_state_dir
  become_success_timeout:
    description: Seconds to wait for privilege escalation to succeed, as in the plugin C(local).
    type: int
    default: 10
    vars:
      - name: ansible_local_become_success_timeout
  become_strip_preamble:
    description:
      - Whether to strip what privilege escalation prints before the command, as in the plugin
        C(local).
    type: bool
    default: true
    vars:
      - name: ansible_local_become_strip_preamble
"""

import shlex
from pathlib import Path, PurePosixPath
from typing import Any

from ansible.plugins.connection.local import Connection as LocalConnection

ENTER = Path(__file__).resolve().parents[1] / "calico_lab" / "enter.sh"
STATE_ROOT = "/run/calico-routeros-lab"


class Connection(LocalConnection):  # type: ignore[misc]
    """The local connection, inside a host of the lab."""

    transport = "lab_netns"

    def exec_command(
        self, cmd: str, in_data: bytes | None = None, sudoable: bool = True
    ) -> tuple[int, bytes, bytes]:
        """Run a shell command on the host."""
        command = [
            str(ENTER),
            self.get_option("lab_name"),
            self._state(),
            self.get_option("lab_host"),
            "/bin/sh",
            "-c",
            cmd,
        ]
        result: tuple[int, bytes, bytes] = super().exec_command(
            shlex.join(command), in_data=in_data, sudoable=sudoable
        )
        return result

    def put_file(self, in_path: str, out_path: str) -> Any:
        """Copy a file to the host."""
        return super().put_file(in_path, self._outside(out_path))

    def fetch_file(self, in_path: str, out_path: str) -> Any:
        """Copy a file from the host."""
        return super().fetch_file(self._outside(in_path), out_path)

    def _state(self) -> str:
        state = self.get_option("lab_state_dir")
        return str(state or f"{STATE_ROOT}/{self.get_option('lab_name')}")

    def _outside(self, path: str) -> str:
        """Where a path of the host is on this machine: only the host's /run is elsewhere."""
        inside = PurePosixPath(path)
        if inside.is_relative_to("/var/run"):
            inside = PurePosixPath("/run") / inside.relative_to("/var/run")
        if not inside.is_relative_to("/run") or inside.is_relative_to(self._state()):
            return path
        # A host's folder has its addresses as other names.
        run = PurePosixPath(self._state(), "hosts", self.get_option("lab_host"), "run")
        return str(run / inside.relative_to("/run"))
