# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mesh and peerings to the BGP sessions of one node and address family."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from calico_lab.calico_node.peering import Peering, Peerings
from calico_lab.calico_node.release import Release
from calico_lab.calico_node.resources import Cluster, Json, Node
from calico_lab.calico_node.values import Family, parse_duration_seconds

MAX_SYMBOL = 64  # characters in a BIRD symbol
HASH_LENGTH = 16
_LONGEST_FRAME = len("bgp__importFilterV4")
_HIGHEST_ROUTER_ID_OCTET = 223


@dataclass(frozen=True)
class FilterCall:
    """One BGPFilter function called in a session; `argument` only for filters with peerType."""

    function: str
    argument: bool | None = None


@dataclass(frozen=True)
class Session:
    """One BGP session as it stands in BIRD's configuration. None or "" means: not written."""

    name: str
    neighbor: str
    port: int
    remote_as: int
    local_as: int
    source_address: str
    passive: bool
    cluster_id: str
    next_hop: str
    multihop: bool
    ttl_security: int
    password: str = field(repr=False)
    restart_time: int | None
    keepalive_time: int | None
    allow_local_as: int
    imports: tuple[FilterCall, ...]
    exports: tuple[FilterCall, ...]
    internal: bool
    plain_import: bool = False
    bgppeers: tuple[str, ...] = ()
    reverse: bool = False


@dataclass(frozen=True)
class Speaker:
    """BIRD's own settings on one node and family; `sessions` sorted by name."""

    node: Node
    family: Family
    router_id: str
    as_number: int
    listen_address: str
    listen_port: int
    sessions: tuple[Session, ...]
    gateways: tuple[tuple[str, str], ...]

    @property
    def enabled(self) -> bool:
        """Whether the node has an address of this family."""
        return bool(self.node.address(self.family))


def find_speaker(
    cluster: Cluster,
    release: Release,
    peerings: Peerings,
    node: Node,
    family: Family,
    router_id: str = "",
) -> Speaker:
    """Settings and sessions of one node and family.

    :param router_id: what calico-node has in CALICO_ROUTER_ID: "", "hash" or a router ID.
    """
    context = _Context(cluster, release, node, family)
    everywhere = peerings.of_all(family)
    own = peerings.of_node(node.name, family)
    sessions = [
        *context.mesh(),
        *context.peered("Global", everywhere),
        *context.peered("Node", own),
    ]
    bind_to_node = cluster.default_config.get("bindMode") == "NodeIP"
    return Speaker(
        node=node,
        family=family,
        router_id=hashed_router_id(node.name) if router_id == "hash" else router_id or node.ipv4,
        as_number=context.as_number,
        listen_address=node.address(family) if bind_to_node else "",
        listen_port=cluster.neighbor_port(node.name),
        sessions=tuple(sorted(sessions, key=lambda session: session.name)),
        gateways=tuple(
            (peering.address, peering.reachable_by)
            for peering in (*everywhere, *own)
            if peering.reachable_by
        ),
    )


def hashed_router_id(node_name: str) -> str:
    """Router ID made from the node's name (CALICO_ROUTER_ID=hash): first octet at most 223."""
    octets = list(hashlib.sha256(node_name.encode()).digest()[:4])
    if octets[0] > _HIGHEST_ROUTER_ID_OCTET:
        octets[0] -= 32
    return ".".join(map(str, octets))


def filter_function(name: str, direction: str, family: Family) -> str:
    """Name of the BIRD function of a BGPFilter: at most 64 characters, long names with a hash."""
    room = MAX_SYMBOL - _LONGEST_FRAME
    if len(name) > room:
        digest = hashlib.sha256(name.encode()).hexdigest().upper()[:HASH_LENGTH]
        name = f"{name[: room - HASH_LENGTH - 1]}_{digest}"
    return f"bgp_{name}_{direction}FilterV{family}"


def filter_rules(spec: Json, direction: str, family: Family) -> list[Json]:
    """Rules of a BGPFilter for one direction ("import", "export") and family."""
    return list(spec.get(f"{direction}V{family}") or [])


class _Context:
    def __init__(self, cluster: Cluster, release: Release, node: Node, family: Family) -> None:
        self._cluster = cluster
        self._release = release
        self._node = node
        self._family = family
        self._address = node.address(family)
        self.as_number = cluster.global_as if node.as_number is None else node.as_number

    def mesh(self) -> list[Session]:
        """Sessions with every node, as long as neither end has a cluster ID."""
        if not self._cluster.mesh_enabled or self._node.cluster_id:
            return []
        return [
            self._mesh_session(other)
            for other in self._cluster.nodes
            if not other.cluster_id and other.address(self._family) not in ("", self._address)
        ]

    def peered(self, kind: str, peerings: list[Peering]) -> list[Session]:
        """Sessions of peerings; a node does not peer with itself."""
        return [
            self._peered_session(kind, peering)
            for peering in peerings
            if peering.address != self._address
        ]

    def _mesh_session(self, other: Node) -> Session:
        address = other.address(self._family)
        comparing = self._release.mesh_compares_as
        if other.as_number is not None:
            remote_as = other.as_number
        else:
            remote_as = self.as_number if comparing else self._cluster.global_as
        config = self._cluster.default_config
        return Session(
            name=f"Mesh_{_symbol(address)}",
            neighbor=address,
            port=self._cluster.neighbor_port(other.name),
            remote_as=remote_as,
            local_as=0,
            source_address=self._address,
            # One end opens the connection, so that graceful restart is not cut short.
            passive=address > self._address,
            cluster_id="",
            next_hop="",
            multihop=self._release.mesh_is_multihop,
            ttl_security=0,
            password=self._cluster.password(config.get("nodeMeshPassword")),
            restart_time=_mesh_restart_time(config),
            keepalive_time=None,
            allow_local_as=0,
            imports=(),
            exports=(),
            internal=remote_as == self.as_number if comparing else True,
            plain_import=not comparing,
        )

    def _peered_session(self, kind: str, peering: Peering) -> Session:
        own_as = peering.local_as or self.as_number
        internal = peering.as_number == own_as
        own_id = self._node.cluster_id
        is_client = internal and bool(own_id) and peering.cluster_id != own_id
        port = f"_port_{peering.port}" if peering.port else ""
        return Session(
            name=f"{kind}_{_symbol(peering.address)}{port}",
            neighbor=peering.address,
            port=peering.port,
            remote_as=peering.as_number,
            local_as=peering.local_as,
            source_address=self._address if peering.source_address == "UseNodeIP" else "",
            passive=kind == "Global" and peering.to_node and peering.address > self._address,
            cluster_id=own_id if is_client else "",
            next_hop=_next_hop(peering, internal),
            multihop=True,
            ttl_security=peering.ttl_security,
            password=peering.password,
            restart_time=peering.restart_time,
            keepalive_time=peering.keepalive_time,
            allow_local_as=peering.allow_local_as,
            imports=self._calls(peering.filters, "import", internal),
            exports=self._calls(peering.filters, "export", internal),
            internal=internal,
            bgppeers=peering.bgppeers,
            reverse=peering.reverse,
        )

    def _calls(
        self, names: tuple[str, ...], direction: str, internal: bool
    ) -> tuple[FilterCall, ...]:
        """Filters that exist and have rules for this direction and family, in their order."""
        calls = []
        for name in names:
            rules = filter_rules(self._cluster.filters.get(name, {}), direction, self._family)
            if rules:
                typed = self._release.has_rich_filters and has_peer_type(rules)
                function = filter_function(name, direction, self._family)
                calls.append(FilterCall(function, internal if typed else None))
        return tuple(calls)


def has_peer_type(rules: list[Json]) -> bool:
    """Whether any rule asks for eBGP or iBGP; the function then takes an argument."""
    return any(rule.get("peerType") for rule in rules)


def _next_hop(peering: Peering, internal: bool) -> str:
    if peering.next_hop_mode in ("Self", "Keep"):
        return peering.next_hop_mode.lower()
    return "keep" if peering.keep_next_hop and not internal else ""


def _mesh_restart_time(config: Json) -> int | None:
    value = config.get("nodeMeshMaxRestartTime")
    return None if value is None else parse_duration_seconds(str(value))


def _symbol(address: str) -> str:
    return address.replace(".", "_").replace(":", "_")
