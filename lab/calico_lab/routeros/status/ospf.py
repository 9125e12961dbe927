# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""OSPF: the neighbors of RouterOS 6 and 7."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from calico_lab.routeros.frr.state import OspfNeighbor
from calico_lab.routeros.values import time_text

Attributes = dict[str, str]


def neighbor_rows(
    neighbors: Iterable[OspfNeighbor], instance: str, areas: Mapping[str, str], major: int
) -> Iterable[Attributes]:
    """Rows of /routing/ospf/neighbor; ``areas`` are the names of areas by their number."""
    for item in neighbors:
        row = {"instance": instance}
        if major == 7:
            row["area"] = areas.get(item.area, item.area)
        row |= {"address": item.address, "router-id": item.router_id, "interface": item.interface}
        row["priority"] = str(item.priority)
        names = ("dr", "bdr") if major == 7 else ("dr-address", "backup-dr-address")
        row |= dict(zip(names, (item.designated, item.backup), strict=True))
        row["state"] = item.state
        row["state-changes"] = str(item.changes)
        row["ls-retransmits"] = str(item.retransmissions)
        row["ls-requests"] = str(item.requests)
        row["db-summaries"] = str(item.summaries)
        if item.state == "Full":
            row["adjacency"] = time_text(item.since // 1000 * 1000)
        if major == 7:
            row["timeout"] = time_text(item.dead_in // 1000 * 1000)
            row["dynamic"] = "true"
        yield row
