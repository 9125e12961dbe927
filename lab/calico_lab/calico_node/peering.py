# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""BGPPeers to peerings: which node talks to which address, with which options.

Three passes, the first writer of a (node, address, port) wins (Calico documentation, BGPPeer, and
measured renderings): global peers, then peers of single nodes or node selectors, then the reverse
of each on the nodes that it points to. A global peering hides a node's own to the same address and
port. Within a pass Calico's order is random; here it is that of the names.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from calico_lab.calico_node.release import Release
from calico_lab.calico_node.resources import Cluster, Node, Peer
from calico_lab.calico_node.selector import matches
from calico_lab.calico_node.values import (
    Family,
    as_number_of,
    family_of,
    parse_ip,
    split_ip_port,
)

BGP_PORT = 179

Key = tuple[str, int]
"""Address and port; port 179 and no port are one key."""


@dataclass(frozen=True)
class Peering:
    """One neighbor of one node (or of all), before the node's own settings are applied.

    Numbers: 0 means unset, except `restart_time` and `keepalive_time` (seconds, None if unset).
    """

    address: str
    family: Family
    port: int = 0
    as_number: int = 0
    local_as: int = 0
    cluster_id: str = ""
    to_node: bool = False
    keep_next_hop: bool = False
    next_hop_mode: str = ""
    ttl_security: int = 0
    reachable_by: str = ""
    filters: tuple[str, ...] = ()
    allow_local_as: int = 0
    password: str = field(default="", repr=False)
    source_address: str = "UseNodeIP"
    restart_time: int | None = None
    keepalive_time: int | None = None
    reverse: bool = False
    bgppeers: tuple[str, ...] = ()

    @property
    def key(self) -> Key:
        """What makes two peerings one."""
        return self.address, 0 if self.port == BGP_PORT else self.port


@dataclass
class Peerings:
    """All peerings of a cluster: those of every node, and those of single nodes by node name."""

    everywhere: dict[Key, Peering] = field(default_factory=dict)
    by_node: dict[str, dict[Key, Peering]] = field(default_factory=dict)

    def of_node(self, name: str, family: Family) -> list[Peering]:
        """A node's own peerings of one family, in order of address."""
        return _sorted(self.by_node.get(name, {}), family)

    def of_all(self, family: Family) -> list[Peering]:
        """The global peerings of one family, in order of address."""
        return _sorted(self.everywhere, family)


def find_peerings(cluster: Cluster, release: Release) -> Peerings:
    """All peerings that the BGPPeers of a cluster ask for."""
    found = Peerings()
    readers = [_PeerReader(cluster, release, peer) for peer in cluster.peers]
    for reader in readers:
        if reader.is_global:
            for peering in reader.forward():
                _offer(found.everywhere, peering)
    for reader in readers:
        if not reader.is_global:
            for name in reader.holders():
                for peering in reader.forward():
                    _offer_to_node(found, name, peering)
    for reader in readers:
        for name, peering in reader.backward():
            _offer_to_node(found, name, peering)
    return found


class _PeerReader:
    """One BGPPeer, applied to a cluster."""

    def __init__(self, cluster: Cluster, release: Release, peer: Peer) -> None:
        self._cluster = cluster
        self._release = release
        self._peer = peer
        self._node_selector = peer.text("nodeSelector")
        self._node = peer.text("node")
        self._peer_selector = peer.text("peerSelector")
        self._to_workloads = release.has_local_workload_peers and bool(
            peer.text("localWorkloadSelector")
        )

    @property
    def is_global(self) -> bool:
        """Neither node nor nodeSelector: the peer of all nodes."""
        return not self._node_selector and not self._node

    def holders(self) -> list[str]:
        """Names of the nodes that hold this end of a peer that is not global."""
        if self._node_selector:
            return [node.name for node in self._selected(self._node_selector)]
        return [self._node]

    def forward(self) -> Iterator[Peering]:
        """Peerings as the BGPPeer states them. Workloads with a BGP speaker are none here."""
        if self._to_workloads:
            return
        if self._peer_selector:
            for node in self._selected(self._peer_selector):
                yield from self._to_node(node, (4, 6), reverse=False)
            return
        stated = self._to_address()
        if stated is not None:
            yield stated

    def backward(self) -> Iterator[tuple[str, Peering]]:
        """Peerings of the nodes at the other end, back to the nodes that hold this one."""
        manual = self._release.has_next_hop_mode and self._peer.text("reversePeering") == "Manual"
        if manual or self._to_workloads:
            return
        families: tuple[Family, ...] = (4, 6)
        if self._peer_selector:
            others = self._selected(self._peer_selector)
        else:
            host, port = split_ip_port(self._peer.text("peerIP"))
            others = self._nodes_at(host, port)
            families = (6,) if ":" in host else (4,)
        names = self.holders() if not self.is_global else [n.name for n in self._cluster.nodes]
        holders = [node for node in map(self._cluster.node, names) if node is not None]
        for holder in holders:
            for peering in self._to_node(holder, families, reverse=True):
                for other in others:
                    yield other.name, peering

    def _to_address(self) -> Peering | None:
        """The peering to peerIP; None if that or reachableBy is no address of one family."""
        spec = self._peer.spec
        host, port = split_ip_port(self._peer.text("peerIP"))
        address = parse_ip(host)
        if address is None:
            return None
        if port == 0:
            at = self._nodes_at(host, 0)
            port = self._cluster.neighbor_port(at[0].name) if at else 0
        reachable_by = self._peer.text("reachableBy")
        if reachable_by:
            gateway = parse_ip(reachable_by)
            if gateway is None or gateway.version != address.version:
                return None
        local_as = spec.get("localASNumber") if self._release.has_next_hop_mode else None
        return self._with_options(
            Peering(
                address=str(address),
                family=family_of(address),
                port=port,
                as_number=as_number_of(spec.get("asNumber")),
                local_as=as_number_of(local_as),
                to_node=any(host in (node.ipv4, node.ipv6) for node in self._cluster.nodes),
                keep_next_hop=self._keeps_next_hop(),
                reachable_by=reachable_by,
                allow_local_as=int(spec.get("numAllowedLocalASNumbers") or 0),
            )
        )

    def _to_node(
        self, node: Node, families: tuple[Family, ...], reverse: bool
    ) -> Iterator[Peering]:
        """Peerings to a node's addresses. Local AS options do not apply to them."""
        own_as = node.as_number
        for family in families:
            if not node.address(family):
                continue
            yield self._with_options(
                Peering(
                    address=node.address(family),
                    family=family,
                    port=self._cluster.neighbor_port(node.name),
                    as_number=self._cluster.global_as if own_as is None else own_as,
                    cluster_id=node.cluster_id,
                    keep_next_hop=self._release.has_next_hop_mode and self._keeps_next_hop(),
                    reachable_by=self._peer.text("reachableBy"),
                    reverse=reverse,
                )
            )

    def _with_options(self, peering: Peering) -> Peering:
        """The options that apply to every peering of this BGPPeer."""
        peer = self._peer
        return replace(
            peering,
            next_hop_mode=peer.text("nextHopMode") if self._release.has_next_hop_mode else "",
            ttl_security=int(peer.spec.get("ttlSecurity") or 0),
            filters=tuple(str(name) for name in peer.spec.get("filters") or ()),
            password=self._cluster.password(peer.spec.get("password")),
            source_address=peer.text("sourceAddress") or "UseNodeIP",
            restart_time=peer.seconds("maxRestartTime"),
            keepalive_time=(
                peer.seconds("keepaliveTime") if self._release.has_keepalive_time else None
            ),
            bgppeers=(peer.name,),
        )

    def _keeps_next_hop(self) -> bool:
        """keepOriginalNextHop, unless nextHopMode is set."""
        if self._release.has_next_hop_mode and self._peer.spec.get("nextHopMode") is not None:
            return False
        return bool(self._peer.spec.get("keepOriginalNextHop"))

    def _selected(self, selector: str) -> list[Node]:
        return [node for node in self._cluster.nodes if matches(selector, node.labels)]

    def _nodes_at(self, host: str, port: int) -> list[Node]:
        """Nodes with this address (as text), this BGPPeer's AS, and this port if one is given."""
        cluster = self._cluster
        wanted_as = as_number_of(self._peer.spec.get("asNumber")) or cluster.global_as
        return [
            node
            for node in cluster.nodes
            if host in (node.ipv4, node.ipv6)
            and (cluster.global_as if node.as_number is None else node.as_number) == wanted_as
            and (port == 0 or self._port_fits(node, port))
        ]

    def _port_fits(self, node: Node, port: int) -> bool:
        """Calico compares with the node's port and, where that is equal, with the default too."""
        own = self._cluster.node_listen_port(node.name)
        if own and own != port:
            return False
        return not self._cluster.listen_port or self._cluster.listen_port == port


def _offer(peerings: dict[Key, Peering], peering: Peering) -> None:
    """Take a peering, or note its BGPPeer at the one that was there first in the same pass."""
    first = peerings.get(peering.key)
    if first is None:
        peerings[peering.key] = peering
    elif first.reverse == peering.reverse:
        names = sorted({*first.bgppeers, *peering.bgppeers})
        peerings[peering.key] = replace(first, bgppeers=tuple(names))


def _offer_to_node(found: Peerings, name: str, peering: Peering) -> None:
    if peering.key not in found.everywhere:
        _offer(found.by_node.setdefault(name, {}), peering)


def _sorted(peerings: dict[Key, Peering], family: Family) -> list[Peering]:
    chosen = [peering for peering in peerings.values() if peering.family == family]
    return sorted(chosen, key=lambda peering: peering.key)
