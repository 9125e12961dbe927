# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the operator wishes: the description, read from inventory and role variables.

Every value is normalised here, once. :mod:`.validation` makes a :class:`Description` and refuses
what does not make sense; everything behind it may rely on that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
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

    ``component`` is the role that owns it, if this collection creates it. ``labels`` are changes of
    labels (None removes one). ``record`` is the record of :mod:`.ownership` after the write; None
    lets it follow from the fields that change. ``restore`` names fields that go back to what the
    record says, unless somebody else has changed them since.
    """

    kind: str
    name: str
    spec: Mapping[str, Any]
    component: str | None = None
    labels: Mapping[str, str | None] | None = None
    record: Mapping[str, Any] | None = None
    restore: tuple[str, ...] = ()


@dataclass(frozen=True)
class NodePatch:
    """Labels and annotations that a Kubernetes node must have; those of None it must not have.

    ``record`` and ``restore`` are those of :class:`CalicoObject`; fields of a node are called
    ``label KEY`` and ``annotation KEY``.
    """

    node: str
    labels: Mapping[str, str | None] = field(default_factory=dict)
    annotations: Mapping[str, str | None] = field(default_factory=dict)
    record: Mapping[str, Any] | None = None
    restore: tuple[str, ...] = ()


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

    ``as_number`` None is the cluster's. Times are in RouterOS' notation (``3m``). ``md5_secret``
    refers to the Secret from which Calico takes the TCP MD5 key of its sessions with the router.
    ``session_options`` are further options of each connection, ``networks``, ``filters`` and
    ``ospf`` those of the router, all as the module routeros_bgp takes them.
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
    md5_secret: Mapping[str, Any] | None = None
    session_options: Mapping[str, Any] = field(default_factory=dict)
    multipath: int | None = None
    networks: tuple[str, ...] = ()
    filters: tuple[Mapping[str, Any], ...] = ()
    ospf: Mapping[str, Any] | None = None


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
    #: Node label by whose value reflectors and clients belong together; None is one for all.
    reflector_rack_label: str | None = None
    #: Reference to the Secret with the password of the sessions with reflectors.
    reflector_password: Mapping[str, Any] | None = None
    #: Routers that are to lose all that this collection set up.
    absent_routers: tuple[Router, ...] = ()
    #: Reflectors to be no more, which static routes to be removed go through.
    former_reflectors: tuple[Reflector, ...] = ()
    #: Whether everything goes back to what it was before this collection came.
    teardown: bool = False


def torn_down(description: Description) -> Description:
    """Return the description of the same network without anything of this collection.

    A mesh that is described as enabled is brought back whoever ended it.
    """
    return replace(
        description,
        as_number=None,
        mesh=description.mesh if description.mesh == "enabled" else "auto",
        configuration={},
        pools=(),
        filters=(),
        peers=(),
        purge=True,
        reflectors=(),
        former_reflectors=description.reflectors,
        routers=(),
        absent_routers=(*description.absent_routers, *description.routers),
        static_routes=tuple(replace(route, present=False) for route in description.static_routes),
        teardown=True,
    )
