# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Service addresses that a node advertises, and those that it must not learn into its kernel.

Ranges of serviceClusterIPs, serviceExternalIPs and serviceLoadBalancerIPs come from every node;
single addresses from nodes with a ready endpoint of a `Local` service (Calico documentation,
"Advertise Kubernetes service IP addresses").
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from calico_lab.calico_node.release import Release
from calico_lab.calico_node.resources import Cluster, Json, Node
from calico_lab.calico_node.values import Family, Network, parse_cidr_or_ip, parse_ip

EXCLUDE_LABEL = "node.kubernetes.io/exclude-from-external-load-balancers"

_SERVICE_TYPES = ("ClusterIP", "NodePort", "LoadBalancer")


@dataclass(frozen=True)
class ServiceRoutes:
    """Prefixes of one family: `advertised` as static routes, `rejected` by the kernel filter."""

    advertised: tuple[str, ...] = ()
    rejected: tuple[str, ...] = ()


def ranges(config: Json, key: str) -> list[str]:
    """The CIDRs of a service range field of the default BGPConfiguration."""
    return [str(item["cidr"]) for item in config.get(key) or [] if item.get("cidr")]


def service_routes(cluster: Cluster, release: Release, node: Node, family: Family) -> ServiceRoutes:
    """What a node advertises for services."""
    return _Advertiser(cluster, release, node).routes(family)


class _Advertiser:
    def __init__(self, cluster: Cluster, release: Release, node: Node) -> None:
        config = cluster.default_config
        self._cluster = cluster
        self._release = release
        self._node = node
        self._cluster_ranges = ranges(config, "serviceClusterIPs")
        self._external = ranges(config, "serviceExternalIPs")
        self._load_balancer = ranges(config, "serviceLoadBalancerIPs")
        self._aggregates = not (
            release.aggregates_load_balancers_optionally
            and config.get("serviceLoadBalancerAggregation") == "Disabled"
        )
        self._excluded = node.labels.get(EXCLUDE_LABEL) == "true"

    def routes(self, family: Family) -> ServiceRoutes:
        """Prefixes of one family."""
        if not (self._cluster_ranges or self._external or self._load_balancer):
            return ServiceRoutes()
        everywhere = _of_family(self._ranges_of_all_nodes(), family)
        single = set() if self._excluded else _of_family(self._addresses(), family)
        return ServiceRoutes(
            advertised=tuple(sorted(single if self._excluded else everywhere | single)),
            rejected=tuple(sorted(everywhere)),
        )

    def _ranges_of_all_nodes(self) -> list[str]:
        external = self._external
        if self._release.aggregates_load_balancers_optionally:
            external = [cidr for cidr in external if not _is_single(cidr)]
        load_balancer = [cidr for cidr in self._load_balancer if not _is_single(cidr)]
        return [
            *self._cluster_ranges,
            *external,
            *(load_balancer if self._aggregates else ()),
        ]

    def _addresses(self) -> list[str]:
        """Single addresses of the services that this node advertises by themselves."""
        found = []
        for service in self._cluster.services:
            if self._advertises(service):
                found += [
                    f"{address}/{128 if ':' in address else 32}"
                    for address in self._addresses_of(service)
                ]
        return found

    def _addresses_of(self, service: Json) -> list[str]:
        spec = service.get("spec") or {}
        cluster_ips = spec.get("clusterIPs") or [] if self._cluster_ranges else []
        return [
            *cluster_ips,
            *(ip for ip in spec.get("externalIPs") or [] if _inside(ip, self._external)),
            *(ip for ip in _ingress_ips(service) if _inside(ip, self._load_balancer)),
        ]

    def _advertises(self, service: Json) -> bool:
        spec = service.get("spec") or {}
        if spec.get("type", "ClusterIP") not in _SERVICE_TYPES:
            return False
        if spec.get("clusterIP") in (None, "", "None"):
            return False
        policy = spec.get("externalTrafficPolicy")
        if policy == "Cluster" and self._has_single_address(service):
            return True
        if policy != "Local" and self._aggregates:
            return False
        return self._has_endpoint(service, local_only=policy == "Local")

    def _has_single_address(self, service: Json) -> bool:
        """Whether the configuration names one of its addresses as a range of its own."""
        spec = service.get("spec") or {}
        if spec.get("type") == "LoadBalancer":
            own = [str(spec.get("loadBalancerIP") or ""), *_ingress_ips(service)]
            single = [cidr for cidr in self._load_balancer if _is_single(cidr)]
            if any(_inside(ip, single) for ip in own):
                return True
        if not self._release.aggregates_load_balancers_optionally:
            return False
        single = [cidr for cidr in self._external if _is_single(cidr)]
        return any(_inside(ip, single) for ip in spec.get("externalIPs") or [])

    def _has_endpoint(self, service: Json, local_only: bool) -> bool:
        """Whether a ready endpoint of one of the service's families exists (on this node)."""
        metadata = service.get("metadata") or {}
        families = (service.get("spec") or {}).get("ipFamilies") or ["IPv4"]
        for piece in self._cluster.endpoint_slices:
            about = piece.get("metadata") or {}
            labels = about.get("labels") or {}
            if (
                about.get("namespace") != metadata.get("namespace")
                or labels.get("kubernetes.io/service-name") != metadata.get("name")
                or piece.get("addressType") not in families
            ):
                continue
            for endpoint in piece.get("endpoints") or []:
                ready = (endpoint.get("conditions") or {}).get("ready") is not False
                here = not local_only or endpoint.get("nodeName") == self._node.name
                if ready and here:
                    return True
        return False


def _ingress_ips(service: Json) -> list[str]:
    status = service.get("status") or {}
    ingress = (status.get("loadBalancer") or {}).get("ingress") or []
    return [str(item["ip"]) for item in ingress if item.get("ip")]


def _is_single(cidr: str) -> bool:
    return cidr.endswith("/128" if ":" in cidr else "/32")


def _inside(ip: str, cidrs: Iterable[str]) -> bool:
    address = parse_ip(ip)
    if address is None:
        return False
    networks: list[Network] = [parsed[1] for cidr in cidrs if (parsed := parse_cidr_or_ip(cidr))]
    return any(address.version == net.version and address in net for net in networks)


def _of_family(cidrs: Iterable[str], family: Family) -> set[str]:
    return {cidr for cidr in cidrs if (":" in cidr) == (family == 6)}
