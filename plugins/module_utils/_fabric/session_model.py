# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The BGP sessions of a node, in the terms of the BIRD configuration that Calico renders."""

from __future__ import annotations

from typing import NamedTuple

from .bird_file import Refusal
from .secret import Secret


class BgpSession(NamedTuple):
    """One ``protocol bgp`` of BIRD. None means that the statement is absent.

    A tuple, since a full mesh of n nodes has n * (n - 1) of them.
    """

    name: str  # of the BIRD protocol
    kind: str  # Mesh, Global, Node
    neighbor: str
    port: int | None
    remote_as: int
    local_as: int | None  # only where it overrides the node's own
    source_address: str | None
    passive: bool
    rr_client: bool
    rr_cluster_id: str | None
    next_hop: str | None  # keep, self
    ttl_security: str | None  # on, off
    multihop: bool
    multihop_hops: int | None
    password: Secret | None
    graceful_restart_time: int | None  # seconds
    keepalive_time: int | None  # seconds
    allow_local_as: int | None
    import_filters: tuple[str, ...]  # BGPFilter functions called, in order
    export_filters: tuple[str, ...]
    export_internal: bool  # what calico_export_to_bgp_peers is told: is this iBGP?
    reachable_by: str | None  # gateway of the static route to the neighbor
    bgppeers: tuple[str, ...]  # every BGPPeer that offers it with equal right; none for Mesh
    reverse: bool  # implied only by a BGPPeer of the other side


class StaticRoute(NamedTuple):
    """A route to a neighbor, from reachableBy."""

    destination: str
    via: str


class BgpDaemon(NamedTuple):
    """What BIRD of one address family (bird or bird6) is told on one node.

    ``rendered``: confd can write the file at all. ``enabled``: the node has an address of the
    family; else there is no BGP. ``listen_address``, ``listen_port``: None = not written.
    ``refusals``: why BIRD would refuse the whole file, or confd not write it; the node then keeps
    its old configuration. ``sessions``: by name.
    """

    rendered: bool
    enabled: bool
    router_id: str
    local_as: int | None
    listen_address: str | None
    listen_port: int | None
    static_routes: tuple[StaticRoute, ...]
    sessions: tuple[BgpSession, ...]
    refusals: tuple[Refusal, ...]

    @property
    def bird_accepts(self) -> bool:
        return not self.refusals


class NodeBgp(NamedTuple):
    ipv4: BgpDaemon
    ipv6: BgpDaemon

    def daemon(self, family: int) -> BgpDaemon:
        """The daemon of family 4 or 6."""
        return self.ipv4 if family == 4 else self.ipv6


class Ambiguity(NamedTuple):
    """BGPPeers that offer one session of a node with equal right but different options.

    confd takes either one, anew at each change. ``fields`` are those of BgpSession in which the
    ``alternatives`` differ; the first of them, of the BGPPeer first by name, is what is planned.
    """

    node: str
    family: int
    kind: str  # Global, Node
    neighbor: str
    port: int  # 179 if none is given: the two are one session to confd
    bgppeers: tuple[str, ...]
    fields: tuple[str, ...]
    alternatives: tuple[BgpSession, ...]

    def __str__(self) -> str:
        peers = ", ".join(self.bgppeers)
        return (
            f"node {self.node}: {self.kind} session with {self.neighbor} port {self.port} is asked "
            f"for by the BGPPeers {peers} with different {', '.join(self.fields)}; Calico takes "
            "either one at random. Make them equal, or let their selectors not overlap."
        )
