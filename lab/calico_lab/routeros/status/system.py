# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""System values: those of the machine, under the name of the emulated release."""

from __future__ import annotations

import os
import time
from pathlib import Path

from calico_lab.routeros.network import Link
from calico_lab.routeros.release import Release
from calico_lab.routeros.store import Row
from calico_lab.routeros.values import time_text

Attributes = dict[str, str]


def resource(release: Release, started: float) -> Attributes:
    """/system/resource. ``started`` is the monotonic time at which the emulator began."""
    memory = _memory()
    six = release.major == 6
    return {
        "uptime": time_text(int(time.monotonic() - started) * 1000),
        "version": f"{release} (stable)",
        "free-memory": str(memory.get("MemAvailable", 0)),
        "total-memory": str(memory.get("MemTotal", 0)),
        "cpu": "x86" if six else "Common",
        "cpu-count": str(os.cpu_count() or 1),
        "cpu-load": "0",
        "architecture-name": "x86" if six else "x86_64",
        "board-name": "emulated by the lab",
        "platform": "MikroTik",
    }


def interface(row: Row, link: Link | None) -> Attributes:
    """What the running router adds to an interface."""
    if link is None:
        return {"running": "false", "inactive": "true"}
    return {
        "type": "loopback" if link.loopback else "ether",
        "mtu": row.values.get("mtu", str(link.mtu)),
        "actual-mtu": str(link.mtu),
        "mac-address": link.mac.upper(),
        "running": "true" if link.running and link.up else "false",
    }


def _memory() -> dict[str, int]:
    found = {}
    for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
        name, _, rest = line.partition(":")
        words = rest.split()
        if len(words) == 2 and words[1] == "kB":
            found[name] = int(words[0]) * 1024
    return found
