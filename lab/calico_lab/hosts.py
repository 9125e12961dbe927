# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How to run something on a host of the lab."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from calico_lab.options import State
from calico_lab.topology import ROUTER, ROUTER_LAN_ADDRESS, Topology

ENTER = Path(__file__).with_name("enter.sh")

# Set by enter.sh for all that runs on a host, and inherited by what that starts.
LAB_MARKER = "CALICO_ROUTEROS_LAB"


def host_command(lab: str, state: State, host: str, command: Sequence[str]) -> list[str]:
    """The command line that runs `command` on `host`: in its network namespace, with its host name
    and its own /run. Needs root."""
    return [str(ENTER), lab, str(state.root), host, *command]


def make_host_folders(topology: Topology, state: State) -> None:
    """The folders behind every host's /run, and links from the addresses to them."""
    for host in topology.hosts:
        run = state.host(host) / "run"
        (run / "lock").mkdir(parents=True, exist_ok=True)
        if state.root.is_relative_to("/run"):
            # The lab's own folder stays visible below the host's /run, see enter.sh.
            (run / state.root.relative_to("/run")).mkdir(parents=True, exist_ok=True)
    wished = {ROUTER_LAN_ADDRESS.ip: ROUTER}
    given = {
        address.ip: host for host, address in topology.lan_hosts.items() if address is not None
    }
    for address, host in {**wished, **given}.items():
        link = state.host(str(address))
        if not link.is_symlink():
            link.symlink_to(host)
