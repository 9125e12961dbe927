# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults of a description: what was found where, what was expected, and how to mend it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One fault of the description.

    ``hosts`` are the inventory names that carry the variable, ``variable`` its name with the path
    inside it (``calico_bgp_peers[1].peer_ip``). ``found`` never holds a secret's value.
    """

    hosts: tuple[str, ...]
    variable: str
    found: str
    expected: str
    way_out: str = ""

    def __str__(self) -> str:
        text = (
            f"{_names(self.hosts)}: {self.variable}: found {self.found}, expected {self.expected}"
        )
        return f"{text}. {self.way_out}" if self.way_out else text


def _names(hosts: tuple[str, ...]) -> str:
    if len(hosts) <= 3:
        return ", ".join(hosts)
    return f"{hosts[0]}, {hosts[1]} and {len(hosts) - 2} more"


def combine(faults: Iterable[Fault]) -> list[Fault]:
    """Make one fault of those that differ in the host only, in order of first appearance."""
    hosts: dict[tuple[str, str, str, str], list[str]] = {}
    for fault in faults:
        key = (fault.variable, fault.found, fault.expected, fault.way_out)
        known = hosts.setdefault(key, [])
        known.extend(host for host in fault.hosts if host not in known)
    return [Fault(tuple(names), *key) for key, names in hosts.items()]


def report(faults: Iterable[Fault]) -> str:
    """Return every fault on a line of its own, below a line that counts them."""
    lines = [str(fault) for fault in combine(faults)]
    head = "1 fault" if len(lines) == 1 else f"{len(lines)} faults"
    return "\n".join(
        [f"{head} in the description, nothing was written:", *(f"* {x}" for x in lines)]
    )
