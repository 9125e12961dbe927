# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible connection to a host that cannot be logged in to."""

from __future__ import annotations

DOCUMENTATION = r"""
name: nobody_logs_in
short_description: A host that cannot be logged in to
author: the netfabric.calico_routeros authors
description: Every connection fails, as by ssh to a host that does not answer.
options: {}
"""

from typing import Any

from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.connection import ConnectionBase


class Connection(ConnectionBase):  # type: ignore[misc]
    transport = "nobody_logs_in"

    def _connect(self) -> Any:
        raise AnsibleConnectionFailure("connect to port 22: Connection refused")

    def exec_command(self, cmd: str, in_data: Any = None, sudoable: bool = True) -> Any:
        return self._connect()

    def put_file(self, in_path: str, out_path: str) -> None:
        self._connect()

    def fetch_file(self, in_path: str, out_path: str) -> None:
        self._connect()

    def close(self) -> None:
        """Nothing is open."""
