# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The places of one address family and the sessions that come up between them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from .addresses import family_of
from .bgp_prefix import Prefix, address_number, parse_prefix
from .calico_objects import DEFAULT_CONFIGURATION, BgpConfiguration, CalicoCluster, Node
from .propagation_ends import End, Half, Mismatch, mismatch, node_half, quote, router_half
from .propagation_export import advertises_ranges
from .propagation_model import BgpRouter
from .sessions import KEPT_MESH_MEMBERS, SessionPlan, plan_sessions


class FailedSession(NamedTuple):
    """A session that one end at least has, and that stays down. Texts have quoted names."""

    place: str
    other: str
    reason: str
    way_out: str


class Place:
    """A node or router at one address family."""

    def __init__(
        self, name: str, is_node: bool, address: str, network: Prefix | None, cluster_id: str
    ) -> None:
        self.name = name
        self.is_node = is_node
        self.address = address
        self.network = network
        self.cluster_id = cluster_id
        self.advertises_ranges = False
        self.refusal = ""  # why BIRD does not take its file
        self.gateways: frozenset[str] = frozenset()  # neighbors behind reachableBy
        self.neighbors: set[str] = set()  # addresses of established sessions of BGPPeers, routers
        self.interface = ""  # on its own network; "" = not known


class Mesh(NamedTuple):
    """The node-to-node mesh as far as all members are alike: each with each, except ``down``."""

    members: frozenset[str]
    down: frozenset[frozenset[str]]

    def has(self, one: str, other: str) -> bool:
        return (
            one != other
            and one in self.members
            and other in self.members
            and (not self.down or frozenset((one, other)) not in self.down)
        )


_NO_MESH = Mesh(frozenset(), frozenset())


class Links:
    """The sessions of one address family.

    ``explicit``: both ends of every session of BGPPeers and routers, and of a mesh whose members
    differ. ``mesh``: a mesh of equals, which has too many sessions to write them out.
    ``failed``: what stays down.
    """

    def __init__(
        self,
        cluster: CalicoCluster,
        routers: Sequence[BgpRouter],
        sessions: SessionPlan | None,
        down: Collection[tuple[str, str]],
        family: int,
        interfaces: Mapping[str, str],
    ) -> None:
        self.family = family
        self.mesh_enabled = cluster.mesh_enabled
        self.places: dict[str, Place] = {}
        self.owner: dict[str, str] = {}  # address -> place
        self._down = frozenset(down)
        # In order of name, so that the order of the objects does not show in any answer.
        nodes = sorted(cluster.nodes, key=lambda node: node.name)
        routers = sorted(routers, key=lambda router: router.name)
        self._add_nodes(nodes, interfaces)
        self._add_routers(routers)
        members = [
            node
            for node in nodes
            if cluster.mesh_enabled and node.address(family) and not node.cluster_id
        ]
        if len(members) > KEPT_MESH_MEMBERS:
            # A plan with the mesh would make all its sessions, only to be passed over here.
            sessions = plan_sessions(_without_mesh(cluster))
        elif sessions is None:
            sessions = plan_sessions(cluster)
        self._daemons = {node.name: sessions[node.name].daemon(family) for node in nodes}
        for name, daemon in self._daemons.items():
            place = self.places[name]
            if daemon.enabled and daemon.refusals:
                place.refusal = str(daemon.refusals[0])
            place.gateways = frozenset(
                route.destination.partition("/")[0] for route in daemon.static_routes
            )
        self._router_ids = {
            name: _number(daemon.router_id) for name, daemon in self._daemons.items()
        }
        self._router_ids.update((router.name, _number(router.router_id)) for router in routers)
        self.mesh = self._mesh_of_equals(members)
        self.explicit: list[tuple[End, End]] = []
        self.failed: list[FailedSession] = []
        self._pair_up(routers)

    def mesh_end(self, name: str) -> End:
        """An end of any session of the mesh of equals."""
        return End(
            place=name,
            address=self.places[name].address,
            router_id=self._router_ids[name],
            bird=True,
            local_as=self._daemons[name].local_as or 0,
            internal=True,
            rr_client=False,
            cluster_id="",
            loop_id="",
            next_hop="",
            direct=False,
            import_filters=(),
            export_filters=(),
            export_internal=True,
            allow_local_as=0,
        )

    def router_id(self, name: str) -> int:
        """A place's router ID as a number."""
        return self._router_ids[name]

    def metric(self, place: Place, next_hop: str) -> int | None:
        """0 if a next hop is on the place's own network, 1 if a gateway leads there, None if
        nothing does.

        Nodes and their networks count as reachable from everywhere, since their sessions need that
        too; an address of a router elsewhere only for whom it has a session with.
        """
        if next_hop == place.address:
            return None
        number, family = address_number(next_hop)
        if family != self.family:
            return None
        hop = Prefix(family, number, 32 if family == 4 else 128)
        if place.network is not None and hop.inside(place.network):
            return 0
        if next_hop in place.gateways or next_hop in place.neighbors:
            return 1
        return 1 if any(hop.inside(network) for network in self.networks) else None

    def _add_nodes(self, nodes: Sequence[Node], interfaces: Mapping[str, str]) -> None:
        networks: dict[str, Prefix] = {}
        for node in nodes:
            found = node.ipv4 if self.family == 4 else node.ipv6
            network = None
            if found is not None:
                network = networks.get(found.network)
                if network is None:
                    network = networks[found.network] = parse_prefix(found.network)
                self.owner[found.address] = node.name
            place = Place(
                node.name, True, found.address if found else "", network, node.cluster_id or ""
            )
            place.advertises_ranges = advertises_ranges(node)
            place.interface = interfaces.get(node.name, "")
            self.places[node.name] = place
        self.networks = tuple(networks.values())

    def _add_routers(self, routers: Sequence[BgpRouter]) -> None:
        for router in routers:
            own = [
                connection.local_address
                for connection in router.connections
                if family_of(connection.local_address) == self.family
            ]
            address = own[0] if own else ""
            network = None
            if address:
                hop = parse_prefix(address)
                around = [network for network in self.networks if hop.inside(network)]
                network = max(around, key=lambda found: found.length) if around else None
            for known in own:
                self.owner[known] = router.name
            cluster_id = router.cluster_id or router.router_id
            self.places[router.name] = Place(router.name, False, address, network, cluster_id)

    def _mesh_of_equals(self, members: Sequence[Node]) -> Mesh:
        daemons = [self._daemons[node.name] for node in members]
        ids = {self._router_ids[node.name] for node in members}
        addresses = {node.address(self.family) for node in members}
        one_as = len({daemon.local_as for daemon in daemons}) == 1
        if not one_as or len(ids) < len(members) or len(addresses) < len(members):
            return _NO_MESH
        names = frozenset(node.name for node in members if not self.places[node.name].refusal)
        pairs = set()
        if self._down:
            by_name = {_protocol_name("Mesh", address): address for address in addresses}
            for place, neighbor in self._down:
                other = self.owner.get(by_name.get(neighbor, neighbor), "")
                if place in names and other in names:
                    pairs.add(frozenset((place, other)))
        return Mesh(names, frozenset(pairs))

    def _halves(self, routers: Sequence[BgpRouter]) -> Iterator[Half]:
        for name, daemon in self._daemons.items():
            own = self.places[name].address
            router_id = self._router_ids[name]
            for session in daemon.sessions:
                if session.kind != "Mesh" or not self.mesh.members:
                    yield node_half(name, own, router_id, daemon, session)
        for router in routers:
            for connection in router.connections:
                if family_of(connection.local_address) == self.family:
                    yield router_half(
                        router.name,
                        router.as_number,
                        _number(router.router_id),
                        router.cluster_id or router.router_id,
                        connection,
                    )

    def _pair_up(self, routers: Sequence[BgpRouter]) -> None:
        pairs: dict[tuple[str, str], tuple[list[Half], list[Half]]] = {}
        for half in self._halves(routers):
            place, other = half.end.place, self.owner.get(half.neighbor)
            if other is None:
                self._unknown_neighbor(half)
            elif place < other:
                pairs.setdefault((place, other), ([], []))[0].append(half)
            elif other < place:
                pairs.setdefault((other, place), ([], []))[1].append(half)
        for (one, other), halves in pairs.items():
            self._join(one, other, *halves)

    def _join(self, one: str, other: str, here: Sequence[Half], there: Sequence[Half]) -> None:
        """Record the sessions that come up between two places, or why none does.

        Of several between two addresses BIRD keeps one, whichever; the first counts here.
        """
        found: Mismatch | None = None
        joined: set[tuple[str, str]] = set()
        for half in here:
            for back in there:
                addresses = half.end.address, back.end.address
                if (back.neighbor, half.neighbor) == addresses and addresses not in joined:
                    trouble = self._trouble(half, back)
                    if trouble is None:
                        joined.add(addresses)
                        self.explicit.append((half.end, back.end))
                        self.places[one].neighbors.add(back.end.address)
                        self.places[other].neighbors.add(half.end.address)
                    found = found or trouble
        if joined:
            return
        if found is None:
            found = self._one_sided(here[0], other) if here else self._one_sided(there[0], one)
        place, beyond = (one, other) if here else (other, one)
        self.failed.append(FailedSession(place, beyond, found.reason, found.way_out))

    def _trouble(self, one: Half, two: Half) -> Mismatch | None:
        for half in (one, two):
            place = half.end.place
            refusal = self.places[place].refusal
            if refusal:
                return Mismatch(
                    f"BIRD on {quote(place)} refuses its configuration ({refusal})",
                    "mend that object first",
                )
        found = mismatch(one, two)
        if found is not None:
            return found
        for half in (one, two):
            place = half.end.place
            if (place, half.neighbor) in self._down or (place, half.name) in self._down:
                return Mismatch(
                    f"the session of {quote(one.end.place)} with {quote(two.end.place)} is not "
                    "Established",
                    "find out with birdc, or on the router, why it stays down",
                )
        if one.end.direct and two.end.direct and one.end.bird and two.end.bird:
            ends = (self.places[one.end.place], self.places[two.end.place])
            if self.metric(ends[0], ends[1].address) != 0:
                return Mismatch(
                    f"{quote(ends[0].name)} and {quote(ends[1].name)} are in different AS and not "
                    "on one network, and the mesh of this Calico release has no multihop",
                    "peer them with a BGPPeer",
                )
        return None

    def _one_sided(self, half: Half, other: str) -> Mismatch:
        place = half.end.place
        reason = (
            f"{quote(place)} has a session with {quote(other)} ({half.origin}), "
            f"{quote(other)} has none with {quote(place)}"
        )
        if self.places[other].refusal:
            return Mismatch(
                f"BIRD on {quote(other)} refuses its configuration ({self.places[other].refusal})",
                "mend that object first",
            )
        way_out = (
            f"add a connection with {quote(place)}, AS {half.end.local_as}, on router "
            f"{quote(other)}, from its address {half.neighbor}"
        )
        if self.places[other].is_node:
            way_out = (
                f"add a BGPPeer for {quote(other)} with peerIP {half.end.address} and asNumber "
                f"{half.end.local_as}"
            )
            if self.places[place].is_node:
                way_out = (
                    f"leave reversePeering of {half.origin} at Auto, or add a BGPPeer on "
                    f"{quote(other)} that points to {quote(place)}"
                )
        return Mismatch(reason, way_out)

    def _unknown_neighbor(self, half: Half) -> None:
        place = half.end.place
        self.failed.append(
            FailedSession(
                place,
                "",
                f"{quote(place)} has a session with {half.neighbor} ({half.origin}), which is "
                "neither a node nor a router known here",
                f"correct the address in {half.origin}, or describe the router that has it",
            )
        )

    def spell_out_mesh(self, names: Collection[str]) -> None:
        """Write out the mesh sessions of some members, which pass on what they learn elsewhere."""
        done: set[str] = set()
        for name in sorted(names):
            if name not in self.mesh.members:
                continue
            for other in sorted(self.mesh.members - done):
                if self.mesh.has(name, other):
                    self.explicit.append((self.mesh_end(name), self.mesh_end(other)))
            done.add(name)


def _without_mesh(cluster: CalicoCluster) -> CalicoCluster:
    default = cluster.configuration()
    others = tuple(
        found for found in cluster.bgp_configurations if found.name != DEFAULT_CONFIGURATION
    )
    off: BgpConfiguration = replace(default, node_to_node_mesh_enabled=False)
    return replace(cluster, bgp_configurations=(off, *others))


def _protocol_name(kind: str, address: str) -> str:
    return f"{kind}_{address.replace('.', '_').replace(':', '_')}"


def _number(router_id: str) -> int:
    """A router ID as a number: an address, or digits as CALICO_ROUTER_ID may have them."""
    if router_id.isdigit():
        return int(router_id)
    try:
        return address_number(router_id)[0]
    except ValueError:
        return 0
