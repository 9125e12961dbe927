# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Interfaces, addresses and routes of the kernel in the router's own network namespace."""

from __future__ import annotations

import ipaddress
import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from calico_lab.routeros.errors import Trap


@dataclass(frozen=True)
class Link:
    """An interface of the namespace."""

    index: int
    name: str
    mac: str
    mtu: int
    up: bool
    running: bool
    loopback: bool


@dataclass(frozen=True)
class Assigned:
    """An address on an interface, in ``address/length`` form."""

    address: str
    interface: str

    @property
    def ip(self) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
        return ipaddress.ip_interface(self.address).ip

    @property
    def network(self) -> str:
        return str(ipaddress.ip_interface(self.address).network)

    @property
    def version(self) -> int:
        return self.ip.version


def links() -> list[Link]:
    found = []
    for row in _ip("-j", "link", "show"):
        flags = row.get("flags", ())
        found.append(
            Link(
                row["ifindex"],
                row["ifname"],
                row.get("address", ""),
                row["mtu"],
                "UP" in flags,
                "LOWER_UP" in flags,
                "LOOPBACK" in flags,
            )
        )
    return found


def addresses() -> list[Assigned]:
    """The addresses of all interfaces but those that mean the host itself."""
    found = [
        Assigned(f"{entry['local']}/{entry['prefixlen']}", row["ifname"])
        for row in _ip("-j", "addr", "show")
        for entry in row.get("addr_info", ())
        if "local" in entry
    ]
    return [entry for entry in found if not entry.ip.is_loopback]


def installed_routes() -> frozenset[str]:
    """The destinations in the kernel's main table, as networks."""
    found = set()
    for version, everything in (("-4", "0.0.0.0/0"), ("-6", "::/0")):
        for row in _ip("-j", version, "route", "show", "table", "main"):
            destination = everything if row["dst"] == "default" else row["dst"]
            found.add(str(ipaddress.ip_network(destination)))
    return frozenset(found)


def set_addresses(before: Sequence[Assigned], after: Sequence[Assigned]) -> None:
    """Bring the kernel from ``before`` to ``after``; Trap when it refuses an address."""
    present = set(addresses())
    for gone in before:
        if gone not in after and gone in present:
            _run("addr", "del", gone.address, "dev", gone.interface)
    for new in after:
        if new not in present:
            # Without detection of duplicates an IPv6 address can be used at once.
            option = ("broadcast", "+") if new.version == 4 else ("nodad",)
            _run("addr", "add", new.address, *option, "dev", new.interface)


def set_link(name: str, up: bool, mtu: int | None) -> None:
    _run("link", "set", "dev", name, "up" if up else "down", *(["mtu", str(mtu)] if mtu else []))


def _ip(*arguments: str) -> list[dict[str, Any]]:
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=True)
    rows: list[dict[str, Any]] = json.loads(done.stdout or "[]")
    return [row for row in rows if row]


def _run(*arguments: str) -> None:
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        reason = done.stderr.strip() or f"ip {' '.join(arguments)} ended with {done.returncode}"
        raise Trap(f"failure: {reason}")
