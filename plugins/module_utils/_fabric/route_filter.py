# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a router's input filter lets pass, as far as networks decide."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from typing import Any


def lets_pass(filters: Sequence[Mapping[str, Any]], name: str, prefix: str) -> bool:
    """Return whether a filter lets a pod block pass; it carries no communities.

    ``filters`` are those of the module routeros_bgp: the first rule that holds decides, then the
    default. Of a chain that is not described nothing is known, so that nothing is promised.
    """
    found = next((entry for entry in filters if entry["name"] == name), None)
    if not name:
        return True
    if found is None:
        return False
    for rule in found.get("rules") or ():
        match = rule.get("match") or {}
        if not match.get("communities") and _within(match.get("prefixes"), prefix):
            return bool(rule["action"] == "accept")
    return bool(found.get("default") == "accept")


def _within(ranges: Sequence[Mapping[str, Any]] | None, prefix: str) -> bool:
    """Return whether a network is in one of the ranges; without any it is."""
    block = ipaddress.ip_network(prefix)
    return not ranges or any(_covers(entry, block) for entry in ranges)


def _covers(entry: Mapping[str, Any], block: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
    network = ipaddress.ip_network(entry["prefix"])
    if network.version != block.version or not network.supernet_of(block):  # type: ignore[arg-type]
        return False
    low, high = entry.get("min_length"), entry.get("max_length")
    least = network.prefixlen if low is None else int(low)
    most = block.max_prefixlen if low is not None else network.prefixlen
    return least <= block.prefixlen <= (most if high is None else int(high))
