# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""IP pools: who programs their routes, and the filter statements that follow from it.

Sources: Calico documentation (BGPConfiguration programClusterRoutes, IPPool) and the project's
reference notes on export and kernel programming.
"""

from __future__ import annotations

from dataclasses import dataclass

from calico_lab.calico_node.release import Release
from calico_lab.calico_node.resources import Cluster, Json
from calico_lab.calico_node.values import Family, parse_cidr_or_ip

_ENCAPSULATED = ("Always", "CrossSubnet")


@dataclass(frozen=True)
class Pool:
    """An IP pool of one family. `felix_programs`: its routes reach the kernel without BIRD."""

    cidr: str
    exported: bool
    tunnelled: bool
    felix_programs: bool


def pools_of(cluster: Cluster, release: Release, family: Family) -> list[Pool]:
    """The pools of one family, sorted by CIDR."""
    pools = []
    for spec in cluster.pools:
        parsed = parse_cidr_or_ip(str(spec.get("cidr", "")))
        if parsed is None or parsed[0].version != family:
            continue
        vxlan = spec.get("vxlanMode") in _ENCAPSULATED
        ipip = spec.get("ipipMode") in _ENCAPSULATED
        pools.append(
            Pool(
                cidr=str(parsed[1]),
                exported=not spec.get("disableBGPExport"),
                tunnelled=vxlan or ipip,
                felix_programs=vxlan or not _bird_programs(cluster.default_config, release, ipip),
            )
        )
    return sorted(pools, key=lambda pool: pool.cidr)


def _bird_programs(config: Json, release: Release, ipip: bool) -> bool:
    """Whether BIRD programs the routes of a pool without VXLAN."""
    if not release.has_program_cluster_routes:
        return True
    choice = config.get("programClusterRoutes")
    if choice == "Disabled":
        return False
    if not release.felix_programs_ipip or choice == "Enabled":
        return True
    if choice == "EnabledIPIPOnly":
        return ipip
    return not ipip
