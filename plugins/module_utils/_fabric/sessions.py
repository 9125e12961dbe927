# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The session planner: from Calico's objects to the BGP sessions that confd renders on every node.

Agrees with rendered output of Calico v3.29.7, v3.31.7, v3.32.1 and v3.34.0-0.dev
(tests/data/confd_sessions); what differs between releases is in ``calico_version``.
Not covered: sessions with pods (localWorkloadSelector), which only the node knows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence

from .addresses import family_of, is_link_local, is_unspecified
from .bird_file import (
    Refusal,
    advertisement_faults,
    filter_faults,
    gateway_fault,
    is_dotted_quad,
    is_router_id,
    password_fault,
    template_faults,
)
from .calico_objects import (
    DEFAULT_CONFIGURATION,
    NODE_CONFIGURATION_PREFIX,
    CalicoCluster,
    Node,
)
from .filter_calls import FilterTable
from .node_index import NodeIndex
from .peerings import BGP_PORT, Peering, PeeringKey, PeeringTable
from .secret import Secret
from .selector import SelectorError
from .session_model import Ambiguity, BgpDaemon, BgpSession, NodeBgp, StaticRoute

__all__ = [
    "Ambiguity",
    "BgpDaemon",
    "BgpSession",
    "NodeBgp",
    "Refusal",
    "SessionPlan",
    "StaticRoute",
    "plan_sessions",
]

_EVERY_NODE = ""
_Offer = tuple[PeeringKey, list[Peering]]

# A mesh has a session per pair of nodes; larger plans are rendered node by node and not kept.
KEPT_MESH_MEMBERS = 500


def plan_sessions(cluster: CalicoCluster) -> SessionPlan:
    """Plan the sessions of every node. Time and memory grow with the number of sessions."""
    return SessionPlan(cluster)


class SessionPlan(Mapping[str, NodeBgp]):
    """Node name -> NodeBgp, each worked out when first asked for.

    Where several BGPPeers offer a session with different options (see ``ambiguities``) the first by
    name is planned.
    """

    def __init__(self, cluster: CalicoCluster) -> None:
        self.cluster = cluster
        self._binds_to_node = cluster.configuration().bind_mode == "NodeIP"
        self._global_as = cluster.as_number
        self._index = NodeIndex(cluster.nodes)
        self._table = PeeringTable(cluster, self._index)
        self._filters = FilterTable(cluster.bgp_filters)
        self._mesh = {family: _Mesh(cluster, self._index, self._table, family) for family in (4, 6)}
        self._everywhere = {
            family: [
                (key, found)
                for key, found in sorted(self._table.everywhere.items())
                if family_of(key[0]) == family
            ]
            for family in (4, 6)
        }
        self._shared_faults = {family: _shared_faults(cluster, family) for family in (4, 6)}
        self._unrendered = {
            family: tuple(
                fault
                for bgp_filter in cluster.bgp_filters
                for fault in template_faults(bgp_filter, family)
            )
            for family in (4, 6)
        }
        self._advertisement_faults = {
            family: _advertisement_faults(cluster, family) for family in (4, 6)
        }
        self._keeps = max(len(mesh.members) for mesh in self._mesh.values()) <= KEPT_MESH_MEMBERS
        self._known: dict[str, NodeBgp] = {}
        self._ambiguities: tuple[Ambiguity, ...] | None = None

    def __getitem__(self, name: str) -> NodeBgp:
        known = self._known.get(name)
        if known is None:
            node = self._index.by_name[name]
            known = NodeBgp(self._daemon(node, 4), self._daemon(node, 6))
            if self._keeps:
                self._known[name] = known
        return known

    def __iter__(self) -> Iterator[str]:
        return iter(self._index.by_name)

    def __len__(self) -> int:
        return len(self._index.by_name)

    @property
    def selector_errors(self) -> Mapping[str, SelectorError]:
        """Selectors of BGPPeers that do not parse, and so match no node, by their text."""
        return self._index.selector_errors

    @property
    def ambiguities(self) -> tuple[Ambiguity, ...]:
        """Sessions whose options are up to chance, in order of node, family and neighbor."""
        if self._ambiguities is None:
            self._ambiguities = tuple(self._find_ambiguities())
        return self._ambiguities

    def nodes_with_address(self, address: str) -> tuple[str, ...]:
        """Names of the nodes that a neighbor address belongs to."""
        return tuple(node.name for node in self._index.with_address(address)) if address else ()

    def _daemon(self, node: Node, family: int) -> BgpDaemon:
        address = node.address(family)
        enabled = bool(address)
        local_as = self._global_as if node.as_number is None else node.as_number
        routes = self._static_routes(node, family)
        sessions: list[BgpSession] = []
        if enabled and not self._unrendered[family]:
            gateways = {route.destination.partition("/")[0]: route.via for route in routes}
            sessions.extend(self._peer_sessions(node, family, local_as, "Global", gateways))
            sessions.extend(self._mesh[family].sessions(node, address, local_as, gateways))
            sessions.extend(self._peer_sessions(node, family, local_as, "Node", gateways))
        router_id = self._router_id(node)
        daemon = BgpDaemon(
            rendered=not (enabled and self._unrendered[family]),
            enabled=enabled,
            router_id=router_id,
            local_as=local_as if enabled else None,
            listen_address=address if enabled and self._binds_to_node else None,
            listen_port=self._table.listen_port(node.name) or None,
            static_routes=routes,
            sessions=tuple(sessions),
            refusals=(),
        )
        refusals = tuple(dict.fromkeys(self._refusals(node, family, daemon)))
        return daemon._replace(refusals=refusals) if refusals else daemon

    def _router_id(self, node: Node) -> str:
        if self.cluster.router_id == "hash":
            first, *rest = hashlib.sha256(node.name.encode()).digest()[:4]
            # Multicast and above are no router IDs.
            return ".".join(map(str, (first - 32 if first > 223 else first, *rest)))
        return self.cluster.router_id or node.address(4)

    def _offers(self, node: Node, family: int, kind: str) -> Sequence[_Offer]:
        if kind == "Global":
            return self._everywhere[family]
        return [
            (key, found)
            for key, found in self._table.on_node[node.name].items()
            if family_of(key[0]) == family
        ]

    def _static_routes(self, node: Node, family: int) -> tuple[StaticRoute, ...]:
        length = 32 if family == 4 else 128
        routes = []
        for kind in ("Global", "Node"):
            offers = [
                (f"{address}-{port}" if port else address, offered[0])
                for (address, port), offered in self._offers(node, family, kind)
                if offered[0].reachable_by
            ]
            routes += [
                StaticRoute(f"{peering.address}/{length}", peering.reachable_by)
                for _place, peering in sorted(offers, key=lambda offer: offer[0])
            ]
        return tuple(routes)

    def _peer_sessions(
        self, node: Node, family: int, local_as: int, kind: str, gateways: Mapping[str, str]
    ) -> list[BgpSession]:
        own = node.address(family)
        sessions = [
            self._session(node, own, local_as, kind, offered[0], offered, gateways)
            for (address, _port), offered in self._offers(node, family, kind)
            if address != own
        ]
        sessions.sort(key=lambda session: session.name)
        return sessions

    def _session(
        self,
        node: Node,
        own: str,
        local_as: int,
        kind: str,
        peering: Peering,
        offered: list[Peering],
        gateways: Mapping[str, str],
    ) -> BgpSession:
        options = peering.options
        neighbor = peering.address
        effective_as = peering.local_as or local_as
        internal = peering.remote_as == effective_as
        name = f"{kind}_{_underscored(neighbor)}"
        if peering.port:
            name = f"{name}_port_{peering.port}"
        next_hop = None
        if peering.next_hop_mode in ("Self", "Keep"):
            next_hop = "self" if peering.next_hop_mode == "Self" else "keep"
        elif peering.keep_next_hop and not internal:
            next_hop = "keep"
        reflects = internal and bool(node.cluster_id) and peering.cluster_id != node.cluster_id
        filters = self._filters.calls(options.filters, family_of(neighbor))
        bgppeers: tuple[str, ...] = (options.bgppeer,)
        if len(offered) > 1:
            bgppeers = tuple(sorted({offer.options.bgppeer for offer in offered}))
        return BgpSession(
            name=name,
            kind=kind,
            neighbor=neighbor,
            port=peering.port or None,
            remote_as=peering.remote_as,
            local_as=peering.local_as or None,
            source_address=own if options.use_node_address else None,
            # Of two nodes that list each other globally, one waits; addresses compare as text.
            passive=kind == "Global" and peering.is_node_address and neighbor > own,
            rr_client=reflects,
            rr_cluster_id=node.cluster_id if reflects else None,
            next_hop=next_hop,
            ttl_security="on" if options.ttl_security else "off",
            multihop=True,
            multihop_hops=options.ttl_security or None,
            password=options.password or None,
            graceful_restart_time=options.restart_time,
            keepalive_time=options.keepalive_time,
            allow_local_as=peering.allow_local_as or None,
            import_filters=filters.import_filters,
            export_filters=filters.export_filters,
            export_internal=internal,
            reachable_by=gateways.get(neighbor),
            bgppeers=bgppeers,
            reverse=peering.reverse,
        )

    def _find_ambiguities(self) -> Iterator[Ambiguity]:
        for node in self._index.nodes:
            for family in (4, 6):
                if not node.address(family):
                    continue
                for kind in ("Global", "Node"):
                    for (address, port), offered in sorted(
                        entry for entry in self._offers(node, family, kind) if len(entry[1]) > 1
                    ):
                        yield from self._ambiguity(node, family, kind, address, port, offered)

    def _ambiguity(
        self, node: Node, family: int, kind: str, address: str, port: int, offered: list[Peering]
    ) -> Iterator[Ambiguity]:
        local_as = self._global_as if node.as_number is None else node.as_number
        alternatives = list(
            dict.fromkeys(
                self._session(
                    node,
                    node.address(family),
                    local_as,
                    kind,
                    peering,
                    offered,
                    {address: peering.reachable_by} if peering.reachable_by else {},
                )
                for peering in offered
            )
        )
        if address == node.address(family):
            # No session with oneself, but the static route is there all the same.
            gateways = {session.reachable_by for session in alternatives}
            if len(gateways) == 1:
                return
        if len(alternatives) > 1:
            yield Ambiguity(
                node=node.name,
                family=family,
                kind=kind,
                neighbor=address,
                port=port or BGP_PORT,
                bgppeers=alternatives[0].bgppeers,
                fields=tuple(
                    field
                    for position, field in enumerate(BgpSession._fields)
                    if len({session[position] for session in alternatives}) > 1
                ),
                alternatives=tuple(alternatives),
            )

    def _refusals(self, node: Node, family: int, daemon: BgpDaemon) -> Iterator[Refusal]:
        if not daemon.router_id:
            yield Refusal(
                f"Node {node.name}",
                "the router id is empty: the node has no IPv4 address; give it one, or set "
                "CALICO_ROUTER_ID=hash on calico-node",
            )
        elif not is_router_id(daemon.router_id):
            yield Refusal(
                "calico-node environment",
                f"CALICO_ROUTER_ID {daemon.router_id!r} is neither hash nor an IPv4 address",
            )
        for kind in ("Global", "Node"):
            for _key, offered in self._offers(node, family, kind):
                gateway = offered[0].reachable_by
                reason = gateway_fault(gateway, family) if gateway else None
                if reason:
                    yield Refusal(f"BGPPeer {offered[0].options.bgppeer}", reason)
        faults = self._advertisement_faults[family]
        yield from faults.get(node.name, faults[_EVERY_NODE])
        if daemon.enabled:
            yield from self._unrendered[family]
            yield from self._shared_faults[family]
            yield from self._session_faults(node, daemon)

    def _session_faults(self, node: Node, daemon: BgpDaemon) -> Iterator[Refusal]:
        seen: set[str] = set()
        for session in daemon.sessions:
            at_fault = self._origin(session)
            if session.name in seen:
                nodes = ", ".join(self.nodes_with_address(session.neighbor))
                yield Refusal(
                    f"Nodes {nodes}",
                    f"they share the address {session.neighbor}, so {session.name} is there twice",
                )
            seen.add(session.name)
            if not session.remote_as:
                yield Refusal(at_fault, f"no asNumber: {session.name} is rendered with 'as 0'")
            if not daemon.local_as and session.local_as is None:
                yield Refusal(f"Node {node.name}", f"its AS number is 0 ({session.name})")
            if session.rr_cluster_id and not is_dotted_quad(session.rr_cluster_id):
                yield Refusal(
                    f"Node {node.name}",
                    f"cluster ID {session.rr_cluster_id!r} is not an address such as 244.0.0.1",
                )
            if session.password is not None:
                yield from _password_refusal(at_fault, session.password)
            if session.kind != "Mesh":
                yield from _neighbor_refusals(at_fault, session)

    def _origin(self, session: BgpSession) -> str:
        if session.bgppeers:
            return f"BGPPeer {session.bgppeers[0]}"
        return "Node " + ", ".join(self.nodes_with_address(session.neighbor))


class _Mesh:
    """The node-to-node mesh of one family: every node without cluster ID with every other one."""

    def __init__(
        self, cluster: CalicoCluster, index: NodeIndex, table: PeeringTable, family: int
    ) -> None:
        configuration = cluster.configuration()
        version = cluster.version
        self._global_as = cluster.as_number
        self._compares_as = version.mesh_compares_as
        multihop = version.mesh_is_multihop
        self._transport = ("off", True, None) if multihop else (None, False, None)
        self._password = cluster.password(configuration.node_mesh_password) or None
        self._restart_time = configuration.node_mesh_max_restart_time
        # name of the protocol, address, AS annotation, port
        self.members: list[tuple[str, str, int | None, int | None]] = []
        if cluster.mesh_enabled:
            self.members = [
                (
                    f"Mesh_{_underscored(node.address(family))}",
                    node.address(family),
                    node.as_number,
                    table.listen_port(node.name) or None,
                )
                for node in index.nodes
                if node.address(family) and not node.cluster_id
            ]
            self.members.sort(key=lambda member: member[0])

    def sessions(
        self, node: Node, own: str, local_as: int, gateways: Mapping[str, str]
    ) -> list[BgpSession]:
        if node.cluster_id:
            return []
        default_as = local_as if self._compares_as else self._global_as
        always_internal = not self._compares_as
        ttl_security, multihop, hops = self._transport
        make = BgpSession._make
        sessions = []
        for name, address, annotated_as, port in self.members:
            if address == own:
                continue
            remote_as = default_as if annotated_as is None else annotated_as
            # By position: this is the inner loop of a quadratic number of sessions.
            sessions.append(
                make(
                    (
                        name,
                        "Mesh",
                        address,
                        port,
                        remote_as,
                        None,
                        own,
                        address > own,  # passive: of each pair one waits; compared as text
                        False,
                        None,
                        None,
                        ttl_security,
                        multihop,
                        hops,
                        self._password,
                        self._restart_time,
                        None,
                        None,
                        (),
                        (),
                        always_internal or remote_as == local_as,
                        gateways.get(address),
                        (),
                        False,
                    )
                )
            )
        return sessions


def _underscored(address: str) -> str:
    return address.replace(".", "_").replace(":", "_")


def _advertisement_faults(cluster: CalicoCluster, family: int) -> dict[str, tuple[Refusal, ...]]:
    """Faults in the prefix advertisements of nodes that have their own, and of every other node."""
    faults: dict[str, tuple[Refusal, ...]] = {_EVERY_NODE: ()}
    for configuration in cluster.bgp_configurations:
        found = tuple(advertisement_faults(configuration, family))
        if configuration.name == DEFAULT_CONFIGURATION:
            faults[_EVERY_NODE] = found
        elif (
            configuration.name.startswith(NODE_CONFIGURATION_PREFIX)
            and configuration.prefix_advertisements
        ):
            faults[configuration.name[len(NODE_CONFIGURATION_PREFIX) :]] = found
    return faults


def _shared_faults(cluster: CalicoCluster, family: int) -> tuple[Refusal, ...]:
    """Faults in what every node with this family renders."""
    return tuple(
        fault for bgp_filter in cluster.bgp_filters for fault in filter_faults(bgp_filter, family)
    )


def _password_refusal(at_fault: str, password: Secret) -> Iterator[Refusal]:
    reason = password_fault(password.reveal())
    if reason:
        yield Refusal(at_fault, reason)


def _neighbor_refusals(at_fault: str, session: BgpSession) -> Iterator[Refusal]:
    if is_unspecified(session.neighbor):
        yield Refusal(at_fault, f"{session.neighbor} is no address of a neighbor")
    elif family_of(session.neighbor) == 6 and is_link_local(session.neighbor):
        yield Refusal(
            at_fault,
            f"the neighbor {session.neighbor} is link-local, which needs an interface; Calico "
            "cannot write one",
        )
    for field in ("graceful_restart_time", "keepalive_time"):
        seconds = getattr(session, field)
        if seconds is not None and seconds < 0:
            yield Refusal(at_fault, f"{field} is negative: {seconds} s")
