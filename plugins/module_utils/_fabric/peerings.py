# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From BGPPeers to peerings: who is told to talk to which address, and which BGPPeer says so.

confd does this in three passes over all BGPPeers (confd/pkg/backends/calico, updatePeersV1):

1. global ones, valid on every node;
2. those of a node or nodeSelector, dropped on an address and port that pass 1 has;
3. reverse ones: the nodes that a BGPPeer points to get a peering back, unless reversePeering is
   Manual or pass 1 or 2 has that address and port.

Within a pass the first BGPPeer wins, and confd goes through them in random order. So all that offer
a peering in the pass that decides are kept here; ``sessions`` tells whether they differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from .addresses import family_of, parse_address, split_host_port
from .calico_objects import (
    NODE_CONFIGURATION_PREFIX,
    BgpPeer,
    CalicoCluster,
    Node,
)
from .node_index import NodeIndex
from .secret import Secret

BGP_PORT = 179

# Address and port; 0 stands for "no port" as well as for 179, which confd does not tell apart.
PeeringKey = tuple[str, int]


class PeerOptions(NamedTuple):
    """What a BGPPeer asks for all its sessions."""

    bgppeer: str
    password: Secret | None
    use_node_address: bool  # as the source of the TCP connection
    restart_time: int | None
    keepalive_time: int | None
    ttl_security: int  # hops; 0 = off
    filters: tuple[str, ...]


class Peering(NamedTuple):
    """One end of a session to be, the same for every node that has it."""

    address: str
    port: int  # 0 = none given
    remote_as: int
    local_as: int  # 0 = the node's own
    cluster_id: str  # of the remote node; "" if it has none or is not known
    is_node_address: bool  # the peerIP as written is a node's address
    allow_local_as: int
    keep_next_hop: bool  # keepOriginalNextHop: counts for eBGP only
    next_hop_mode: str | None
    reachable_by: str
    reverse: bool
    options: PeerOptions

    @property
    def key(self) -> PeeringKey:
        return self.address, 0 if self.port == BGP_PORT else self.port


Peerings = Mapping[PeeringKey, list[Peering]]


class PeeringTable:
    """All peerings of a cluster: ``everywhere`` (pass 1) and ``on_node`` (passes 2 and 3).

    Each key has the peerings that are offered with equal right, ordered by BGPPeer name.
    """

    def __init__(self, cluster: CalicoCluster, index: NodeIndex) -> None:
        self._cluster = cluster
        self._index = index
        self._keeps_with_selector = cluster.version.keeps_next_hop_with_peer_selector
        self._global_as = cluster.as_number
        self._global_port = cluster.configuration().listen_port or 0
        prefix = NODE_CONFIGURATION_PREFIX
        self._node_ports = {
            configuration.name[len(prefix) :]: configuration.listen_port
            for configuration in cluster.bgp_configurations
            if configuration.name.startswith(prefix) and configuration.listen_port
        }
        self.everywhere: dict[PeeringKey, list[Peering]] = {}
        self.on_node: dict[str, dict[PeeringKey, list[Peering]]] = {
            node.name: {} for node in index.nodes
        }
        peers = [
            (peer, self._options(peer))
            for peer in sorted(cluster.bgp_peers, key=lambda peer: peer.name)
        ]
        for peer, options in peers:
            if peer.is_global:
                for peering in self._offered(peer, options):
                    self.everywhere.setdefault(peering.key, []).append(peering)
        for peer, options in peers:
            if not peer.is_global:
                self._add(self._selected(peer), self._offered(peer, options))
        for peer, options in peers:
            self._add(self._targets(peer), self._returned(peer, options))

    def listen_port(self, node: str) -> int:
        """The port that a node's BIRD is told to listen on; 0 = none, so 179."""
        return self._node_ports.get(node) or self._global_port

    def _options(self, peer: BgpPeer) -> PeerOptions:
        return PeerOptions(
            bgppeer=peer.name,
            password=self._cluster.password(peer.password),
            use_node_address=peer.source_address == "UseNodeIP",
            restart_time=peer.max_restart_time,
            keepalive_time=peer.keepalive_time,
            ttl_security=peer.ttl_security,
            filters=peer.filters,
        )

    def _add(self, nodes: Iterable[Node], peerings: Iterable[Peering]) -> None:
        offered = [
            (peering.key, peering) for peering in peerings if peering.key not in self.everywhere
        ]
        if not offered:
            return
        for node in nodes:
            peerings_of_node = self.on_node[node.name]
            for key, peering in offered:
                there = peerings_of_node.get(key)
                if there is None:
                    peerings_of_node[key] = [peering]
                elif there[0].reverse or not peering.reverse:
                    there.append(peering)

    def _selected(self, peer: BgpPeer) -> Iterable[Node]:
        """The nodes that a BGPPeer is for (nodeSelector beats node)."""
        if peer.node_selector:
            return self._index.matching(peer.node_selector)
        if peer.node:
            node = self._index.by_name.get(peer.node)
            return () if node is None else (node,)
        return self._index.nodes

    def _targets(self, peer: BgpPeer) -> Iterable[Node]:
        """The nodes that a BGPPeer points to and that get a reverse peering."""
        if peer.reverse_peering == "Manual" or peer.local_workload_selector:
            return ()
        if peer.peer_selector:
            return self._index.matching(peer.peer_selector)
        host, port = split_host_port(peer.peer_ip)
        return self._nodes_at(host, peer.as_number, port)

    def _nodes_at(self, address: str, as_number: int, port: int) -> list[Node]:
        """Nodes with this address (compared as text), AS and, if one is given, listen port."""
        wanted_as = as_number or self._global_as
        return [
            node
            for node in self._index.with_address(address)
            if self._as_of(node) == wanted_as and self._listens_on(node, port)
        ]

    def _listens_on(self, node: Node, port: int) -> bool:
        if not port:
            return True
        # Both count: a port equal to the node's own still has to equal the default one.
        return port == self._node_ports.get(node.name, port) and port == (self._global_port or port)

    def _as_of(self, node: Node) -> int:
        return self._global_as if node.as_number is None else node.as_number

    def _offered(self, peer: BgpPeer, options: PeerOptions) -> list[Peering]:
        """Passes 1 and 2: the remote ends that a BGPPeer names."""
        if peer.local_workload_selector:
            return []  # sessions with pods: known to the node alone
        if peer.peer_selector:
            nodes = self._index.matching(peer.peer_selector)
            return self._towards(nodes, (4, 6), peer, options, reverse=False)
        host, port = split_host_port(peer.peer_ip)
        address = parse_address(host)
        if address is None:
            return []
        if peer.reachable_by:
            gateway = parse_address(peer.reachable_by)
            if gateway is None or family_of(gateway) != family_of(address):
                return []
        if not port:
            here = self._nodes_at(host, peer.as_number, 0)
            port = self.listen_port(here[0].name) if here else 0
        return [
            Peering(
                address=address,
                port=port,
                remote_as=peer.as_number,
                local_as=peer.local_as_number,
                cluster_id="",
                is_node_address=bool(host and self._index.with_address(host)),
                allow_local_as=max(0, peer.num_allowed_local_as_numbers),
                keep_next_hop=peer.keep_original_next_hop and peer.next_hop_mode is None,
                next_hop_mode=peer.next_hop_mode,
                reachable_by=peer.reachable_by,
                reverse=False,
                options=options,
            )
        ]

    def _returned(self, peer: BgpPeer, options: PeerOptions) -> list[Peering]:
        """Pass 3: the way back to the nodes that a BGPPeer is for."""
        families: tuple[int, ...] = (4, 6)
        if not peer.peer_selector:
            families = (family_of(split_host_port(peer.peer_ip)[0]),)
        return self._towards(self._selected(peer), families, peer, options, reverse=True)

    def _towards(
        self,
        nodes: Iterable[Node],
        families: tuple[int, ...],
        peer: BgpPeer,
        options: PeerOptions,
        reverse: bool,
    ) -> list[Peering]:
        # localASNumber and numAllowedLocalASNumbers only count together with peerIP.
        keep = (
            self._keeps_with_selector and peer.keep_original_next_hop and peer.next_hop_mode is None
        )
        return [
            Peering(
                address=node.address(family),
                port=self.listen_port(node.name),
                remote_as=self._as_of(node),
                local_as=0,
                cluster_id=node.cluster_id or "",
                is_node_address=False,
                allow_local_as=0,
                keep_next_hop=keep,
                next_hop_mode=peer.next_hop_mode,
                reachable_by=peer.reachable_by,
                reverse=reverse,
                options=options,
            )
            for node in nodes
            for family in families
            if node.address(family)
        ]
