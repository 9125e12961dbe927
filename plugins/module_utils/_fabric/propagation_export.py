# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Calico lets BGP carry: pools and service ranges as a whitelist, and who fills the kernel.

Sources: Calico's bird_ipam.cfg.template and bgp_processor.go (processIPPool,
clusterRoutePolicyFromBGPConfig), confd's routes.go, as rendered for v3.29.7 to v3.34.0-0.dev.
Not covered: single service addresses, which depend on Services and their endpoints.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from .bgp_filter import FilterBook
from .bgp_prefix import Prefix, parse_prefix
from .calico_objects import (
    NODE_CONFIGURATION_PREFIX,
    BgpConfiguration,
    CalicoCluster,
    IpPool,
    Node,
)

EXCLUDE_LABEL = "node.kubernetes.io/exclude-from-external-load-balancers"

_ENCAPSULATED = ("Always", "CrossSubnet")


def uses_vxlan(pool: IpPool) -> bool:
    return pool.vxlan_mode in _ENCAPSULATED


def bird_programs(cluster: CalicoCluster, pool: IpPool) -> bool:
    """Whether BIRD, not Felix, programs the routes to a pool's blocks: VXLAN is always Felix's,
    IPIP is by default from Calico v3.33 on (BGPConfiguration programClusterRoutes)."""
    if uses_vxlan(pool):
        return False
    if not cluster.version.at_least(3, 32):
        return True
    choice = cluster.configuration().program_cluster_routes
    with_ipip, plain = {
        "Disabled": (False, False),
        "Enabled": (True, True),
        "EnabledIPIPOnly": (True, False),
        "EnabledNoEncapOnly": (False, True),
    }.get(choice or "", (not cluster.version.at_least(3, 33), True))
    return with_ipip if pool.ipip_mode in _ENCAPSULATED else plain


class PrefixClass(NamedTuple):
    """What Calico's rules can tell about a prefix; prefixes of one class go the same ways."""

    refused_pool: str  # a pool with disableBGPExport that holds it, "" if none
    exported: bool  # inside another pool
    service: bool  # inside a range that every node advertises
    reflected_service: bool  # inside a range that reflectors pass on
    programmed: bool  # BIRD gives it to the kernel
    advertisements: tuple[bool, ...]  # which communities apply
    conditions: tuple[bool, ...]  # of BGPFilters


class ExportRules:
    """The rules of one address family, and the BGPFilters that come before them."""

    def __init__(self, cluster: CalicoCluster, family: int) -> None:
        self.family = family
        version = cluster.version
        rich = version.at_least(3, 32)
        self.filters = FilterBook(cluster.bgp_filters, family, rich)
        #: From v3.32 on a route's priority travels as local preference.
        self.uses_priority = rich
        configuration = cluster.configuration()
        pools = [(parse_prefix(pool.cidr), pool) for pool in cluster.ip_pools]
        self._pools = [(prefix, pool) for prefix, pool in pools if prefix.family == family]
        self._left_to_felix = [
            prefix for prefix, pool in self._pools if not bird_programs(cluster, pool)
        ]
        #: Ranges that every node advertises, as numbers and as written.
        self.service_ranges = {
            parse_prefix(text): text
            for text in _advertised_ranges(cluster, configuration)
            if (":" in text) == (family == 6)
        }
        reflected = list(configuration.service_load_balancer_ips)
        if version.at_least(3, 33):
            reflected += configuration.service_external_ips
        self._reflected_ranges = [
            prefix for prefix in map(parse_prefix, reflected) if prefix.family == family
        ]
        self._communities = _Communities(cluster, family, self.filters.uses_communities)
        self._conditions = self.filters.conditions
        self._known: dict[Prefix, PrefixClass] = {}

    def classify(self, prefix: Prefix) -> PrefixClass:
        known = self._known.get(prefix)
        if known is None:
            known = self._known[prefix] = self._classify(prefix)
        return known

    def _classify(self, prefix: Prefix) -> PrefixClass:
        refused, exported = "", False
        for network, pool in self._pools:
            if prefix.inside(network):
                if pool.disable_bgp_export:
                    refused = refused or pool.name
                else:
                    exported = True
        service = any(prefix.inside(network) for network in self.service_ranges)
        return PrefixClass(
            refused_pool=refused,
            exported=exported,
            service=service,
            reflected_service=any(prefix.inside(network) for network in self._reflected_ranges),
            programmed=not service
            and not any(prefix.inside(network) for network in self._left_to_felix),
            advertisements=self._communities.matching(prefix),
            conditions=tuple([condition.holds(prefix) for condition in self._conditions]),
        )

    def communities(self, node: str, prefix: Prefix) -> frozenset[str]:
        """Communities that a node adds when it exports a prefix, as far as filters look at any."""
        return self._communities.of(node, prefix)


def advertises_ranges(node: Node) -> bool:
    """Whether a node takes part in advertising services; the label's value must be ``true``."""
    return node.labels.get(EXCLUDE_LABEL) != "true"


def _advertised_ranges(cluster: CalicoCluster, configuration: BgpConfiguration) -> list[str]:
    """Ranges that every node advertises: single addresses come with their Services instead."""
    external = list(configuration.service_external_ips)
    if cluster.version.at_least(3, 31):
        external = [cidr for cidr in external if not _is_single(cidr)]
    balancers = [cidr for cidr in configuration.service_load_balancer_ips if not _is_single(cidr)]
    return [*configuration.service_cluster_ips, *external, *balancers]


def _is_single(cidr: str) -> bool:
    return cidr.endswith("/128" if ":" in cidr else "/32")


class _Communities:
    """prefixAdvertisements of the default configuration and of nodes with their own."""

    def __init__(self, cluster: CalicoCluster, family: int, wanted: bool) -> None:
        self._by_node: dict[str, list[tuple[Prefix, frozenset[str]]]] = {}
        if not wanted:
            return
        for configuration in cluster.bgp_configurations:
            name = configuration.name
            if name == cluster.configuration().name:
                node = ""
            elif name.startswith(NODE_CONFIGURATION_PREFIX) and configuration.prefix_advertisements:
                node = name[len(NODE_CONFIGURATION_PREFIX) :]
            else:
                continue
            self._by_node[node] = [
                (parse_prefix(cidr), _values(configuration, names))
                for cidr, names in configuration.prefix_advertisements
                if (":" in cidr) == (family == 6)
            ]
        self._networks = [network for found in self._by_node.values() for network, _node in found]

    def matching(self, prefix: Prefix) -> tuple[bool, ...]:
        if not self._by_node:
            return ()
        return tuple(prefix.inside(network) for network in self._networks)

    def of(self, node: str, prefix: Prefix) -> frozenset[str]:
        found = self._by_node.get(node) or self._by_node.get("") or ()
        return frozenset(
            value for network, values in found if prefix.inside(network) for value in values
        )


def _values(configuration: BgpConfiguration, names: Iterable[str]) -> frozenset[str]:
    return frozenset(configuration.communities.get(name, name) for name in names)
