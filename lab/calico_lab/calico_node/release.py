# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What differs between Calico releases, as far as BIRD's configuration shows it.

Source: configurations that Calico's confd v3.29.7, v3.31.7, v3.32.1 and v3.34.0-0.dev rendered.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

DEFAULT_VERSION = "v3.32.1"

_VERSION = re.compile(r"v?(\d+)\.(\d+)(?:\.(\d+))?")


class UnknownVersion(Exception):
    """A Calico version is not of the form v3.MINOR[.PATCH]."""


@dataclass(frozen=True)
class Release:
    """One Calico release, by its minor version."""

    text: str

    def __post_init__(self) -> None:
        if _VERSION.match(self.text) is None:
            raise UnknownVersion(
                f"Calico version: expected vMAJOR.MINOR.PATCH such as {DEFAULT_VERSION}, "
                f"found {self.text!r}"
            )

    @cached_property
    def minor(self) -> tuple[int, int]:
        """(major, minor)."""
        match = _VERSION.match(self.text)
        assert match is not None
        return int(match[1]), int(match[2])

    def _since(self, minor: int) -> bool:
        return self.minor >= (3, minor)

    @property
    def has_next_hop_mode(self) -> bool:
        """nextHopMode, reversePeering, localASNumber; keepOriginalNextHop with peerSelector."""
        return self._since(31)

    @property
    def has_local_workload_peers(self) -> bool:
        """localWorkloadSelector."""
        return self._since(30)

    @property
    def aggregates_load_balancers_optionally(self) -> bool:
        """serviceLoadBalancerAggregation, and single external addresses per service."""
        return self._since(31)

    @property
    def has_keepalive_time(self) -> bool:
        """keepaliveTime."""
        return self._since(32)

    @property
    def has_rich_filters(self) -> bool:
        """BGPFilter peerType, communities, asPathPrefix, priority, operations."""
        return self._since(32)

    @property
    def has_route_priority(self) -> bool:
        """Route priorities travel as local preference; kernel routes get a metric."""
        return self._since(32)

    @property
    def mesh_compares_as(self) -> bool:
        """Mesh: neighbor without AS annotation has this node's AS; iBGP by comparison."""
        return self._since(32)

    @property
    def has_program_cluster_routes(self) -> bool:
        """BGPConfiguration programClusterRoutes."""
        return self._since(32)

    @property
    def felix_programs_ipip(self) -> bool:
        """Felix programs the routes of IPIP pools unless told otherwise."""
        return self._since(33)

    @property
    def mesh_is_multihop(self) -> bool:
        """Mesh sessions carry `ttl security off; multihop;`."""
        return self._since(33)

    @property
    def reflector_exports_external_ips(self) -> bool:
        """A reflector also accepts anything inside serviceExternalIPs."""
        return self._since(33)
