# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the operator wishes: the description, read from inventory and role variables.

Every value is normalised here, once. :mod:`.validation` makes a :class:`Description` and refuses
what does not make sense; everything behind it may rely on that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

CONTROL_PLANE_GROUP = "kube_control_plane"
NODE_GROUP = "kube_node"
CLUSTER_GROUP = "k8s_cluster"
REFLECTOR_GROUP = "route_reflectors"
ROUTER_GROUP = "routeros"
ROUTE_HOST_GROUP = "static_route_hosts"

#: Highest AS number that Calico's resource definitions can hold (``format: int32``).
MAX_API_AS_NUMBER = 2**31 - 1
#: Highest AS number at all (RFC 6793, four octets; RFC 7607 reserves 0).
MAX_AS_NUMBER = 2**32 - 1


@dataclass(frozen=True)
class InventoryHost:
    """A host of the inventory.

    ``address`` is its ``ansible_host`` if that is an IP address. ``variables`` are the variables of
    this collection's roles: type-checked, with the defaults of the argument specs filled in.
    """

    name: str
    groups: frozenset[str]
    address: str | None
    variables: Mapping[str, Any]

    @property
    def in_cluster(self) -> bool:
        """Whether the host is a node of the Kubernetes cluster."""
        return bool(self.groups & {CONTROL_PLANE_GROUP, NODE_GROUP})


@dataclass(frozen=True)
class ClusterNode:
    """A node as the inventory names it and as the cluster names it."""

    host: str
    node: str


@dataclass(frozen=True)
class CalicoObject:
    """A Calico object as wished: only the fields that the operator named.

    ``component`` is the role that owns it; an object of Calico's own, such as the default
    BGPConfiguration, has none.
    """

    kind: str
    name: str
    spec: Mapping[str, Any]
    component: str | None = None


@dataclass(frozen=True)
class NodePatch:
    """Labels and annotations that a Kubernetes node must have; those of None it must not have."""

    node: str
    labels: Mapping[str, str | None] = field(default_factory=dict)
    annotations: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Reflector:
    """A route reflector.

    ``rr_id`` is its name towards routers: rr1, rr2, … by place in the group.
    """

    host: str
    node: str
    cluster_id: str
    rr_id: str


@dataclass(frozen=True)
class RouterAddress:
    """An address of the router, with prefix length, and the interface that carries it."""

    address: str
    interface: str


@dataclass(frozen=True)
class Router:
    """A RouterOS router that is a BGP peer of every reflector.

    ``as_number`` None is the cluster's. Times are in RouterOS' notation (``3m``).
    """

    host: str
    local_address: str
    router_id: str
    as_number: int | None
    addresses: tuple[RouterAddress, ...]
    instance: str | None
    redistribute: tuple[str, ...]
    hold_time: str | None
    keepalive_time: str | None


@dataclass(frozen=True)
class StaticRoute:
    """A route on a host outside the cluster.

    ``next_hop`` is an address, or ``reflector`` or ``router`` for all of those.
    """

    host: str
    dst: str
    next_hop: str
    metric: int | None
    present: bool


@dataclass(frozen=True)
class Description:
    """The whole description."""

    as_number: int | None
    mesh: str
    configuration: Mapping[str, Any]
    pools: tuple[CalicoObject, ...]
    filters: tuple[CalicoObject, ...]
    peers: tuple[CalicoObject, ...]
    purge: bool
    nodes: tuple[ClusterNode, ...]
    reflectors: tuple[Reflector, ...]
    reflector_label: tuple[str, str]
    reflector_peer_name: str
    reflector_peer_node_selector: str
    routers: tuple[Router, ...]
    router_label: str
    static_routes: tuple[StaticRoute, ...]
