# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How routes spread from who announces them to everybody else.

Many routes are followed at once: all whose prefixes Calico's rules do not tell apart. A set of them
is a number with one bit for each. What differs between them is kept as a symbol (the announcing
place's address and router ID, the cluster ID of its own reflectors), so that one path stands for a
set, and time does not grow with announcing places times receiving places.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from .bgp_path import (
    NEXT_HOP_LIMIT,
    Attributes,
    Candidate,
    order,
    rank,
)
from .bgp_prefix import Prefix
from .propagation_ends import End
from .propagation_links import Place
from .propagation_paths import Path, bits, partition, undominated
from .propagation_rules import CLUSTER, Speakers, Stop, Subject
from .propagation_topology import OWN, Channel, Topology

ORIGIN_HOP = ""  # next hop, or neighbor: who announces the route
ORIGIN_ID = -1  # ORIGINATOR_ID: that of who announces the route
HOME = "home"  # cluster ID: that of the reflectors of who announces the route


class Source(NamedTuple):
    """One route, or several that go the same ways, announced by ``places``.

    With one place, a node, ``symbolic``: its address stands for those of its kind.
    """

    places: frozenset[str]
    symbolic: bool


class Choice(NamedTuple):
    """What a place uses of its paths: next hops and neighbors in order of address, ORIGIN_HOP
    first. ``unreachable``: the best path's next hop if nothing leads there; no next hops then."""

    next_hops: tuple[str, ...]
    neighbors: tuple[str, ...]
    unreachable: str = ""


class _Cargo:
    """Routes that go out with the same attributes, by the channel over which they came."""

    __slots__ = ("by_channel", "once", "routes")

    def __init__(self) -> None:
        self.by_channel: dict[int, int] = {}
        self.routes = 0
        self.once = 0  # those that came over one channel only

    def add(self, channel: int, routes: int) -> None:
        before = self.by_channel.get(channel, 0)
        self.by_channel[channel] = before | routes
        new = routes & ~before
        self.once = (self.once & ~new) | (new & ~self.routes)
        self.routes |= new

    def without(self, channel: int) -> int:
        """Routes that also came over others than this channel."""
        return self.routes & ~(self.once & self.by_channel.get(channel, 0))


#: Attributes and preference -> routes.
_Crate = dict["tuple[Attributes, int]", int]
_Load = dict[Attributes, _Cargo]


class Wave:
    """Routes of one kind, followed as far as they go."""

    def __init__(
        self, topology: Topology, speakers: Speakers, subject: Subject, sources: Sequence[Source]
    ) -> None:
        self.topology = topology
        self.subject = subject
        self._speakers = speakers
        self.all = (1 << len(sources)) - 1
        self.own: dict[str, int] = {}  # place -> what it announces
        self._symbolic = 0
        self._home: dict[str, int] = {}  # cluster ID -> routes whose home it is
        self._by_network: dict[Prefix | None, list[tuple[int, str]]] = {}
        self._origin = [next(iter(source.places)) for source in sources]
        for number, source in enumerate(sources):
            self._add_source(1 << number, source)
        self._near: dict[Prefix, int] = {}
        self._boxes: dict[str, dict[int, _Crate]] = {}
        self._paths: dict[str, list[Path]] = {}
        self._loads: dict[str, dict[int, _Load]] = {}
        self._run()

    def paths(self, name: str) -> list[Path]:
        """Every path that a place holds, its own routes not included."""
        known = self._paths.get(name)
        if known is None:
            known = self._paths[name] = list(self._find_paths(name))
        return known

    def choices(self, name: str) -> list[tuple[int, Choice]]:
        """What a place uses of its paths, by sets of routes; those without a path are left out.

        BIRD gives all equally good paths to the kernel, a router one.
        """
        place = self.topology.links.places[name]
        return [
            (routes, self._choice(place, level))
            for routes, level in self._levels(place, self.paths(name))
        ]

    def _choice(self, place: Place, level: list[Candidate]) -> Choice:
        best = min(level, key=order)
        if best.metric is None:
            return Choice((), (), best.attributes.next_hop)
        by_hop: dict[str, list[Candidate]] = {}
        for candidate in level if place.is_node else [best]:
            by_hop.setdefault(candidate.attributes.next_hop, []).append(candidate)
        hops = sorted(by_hop, key=self._by_address)[:NEXT_HOP_LIMIT]
        neighbors = set()
        for hop in hops:
            # Detours over further reflectors bring the same next hop; they are not named.
            top = min(order(candidate)[:-1] for candidate in by_hop[hop])
            neighbors |= {
                candidate.neighbor for candidate in by_hop[hop] if order(candidate)[:-1] == top
            }
        return Choice(tuple(hops), tuple(sorted(neighbors, key=self._by_address)))

    def reaches(self, name: str, bit: int) -> bool:
        """Whether a place announces a route or holds a path of it."""
        if self.own.get(name, 0) & bit:
            return True
        return any(path.routes & bit for path in self.paths(name))

    def senders(self, name: str, bit: int) -> list[str]:
        """Neighbors from which a place has a path of a route."""
        return [path.channel.sender.place for path in self.paths(name) if path.routes & bit]

    def stops(self, channel: Channel, bit: int) -> Iterator[Stop]:
        """Why paths that the sender has do not come over a channel."""
        sender, own = channel.sender, channel.receiver
        if self.own.get(sender.place, 0) & bit:
            yield from self._stop(channel, None, None)
        for path in self.paths(sender.place):
            if not path.routes & bit or path.channel.number == channel.reverse:
                continue
            if HOME in path.attributes.clusters:
                loop = next(
                    (end.loop_id for end in (sender, own) if self._is_home(end.loop_id, bit)), ""
                )
                if loop:
                    yield Stop(CLUSTER, loop)
                    continue
            yield from self._stop(channel, path.channel, path.attributes)

    def channels_to(self, name: str, bit: int) -> Iterator[Channel]:
        """All channels that lead to a place, those of the mesh only from who announces a route."""
        yield from self.topology.incoming[name]
        origin = self._origin[bit.bit_length() - 1]
        if self._in_mesh(origin, name):
            yield self.topology.mesh_channel(origin, name)

    def _in_mesh(self, origin: str, name: str) -> bool:
        topology = self.topology
        return (
            topology.links.mesh.has(origin, name)
            and origin not in topology.transit
            and name not in topology.transit
        )

    def _is_home(self, cluster_id: str, bit: int) -> bool:
        return bool(cluster_id and self._home.get(cluster_id, 0) & bit)

    def _stop(
        self, channel: Channel, came: Channel | None, found: Attributes | None
    ) -> Iterator[Stop]:
        sent = self._speakers.send(self.subject, _ends(came), found, channel.sender, near=True)
        if isinstance(sent, Stop):
            yield sent
            return
        received = self._speakers.receive(self.subject, sent, channel.receiver)
        if isinstance(received, Stop):
            yield received

    def _add_source(self, bit: int, source: Source) -> None:
        for name in source.places:
            self.own[name] = self.own.get(name, 0) | bit
        if not source.symbolic:
            return
        self._symbolic |= bit
        (name,) = source.places
        place = self.topology.links.places[name]
        self._by_network.setdefault(place.network, []).append((bit, place.address))
        homes = {
            channel.receiver.cluster_id
            for channel in self.topology.outgoing[name]
            if channel.receiver.rr_client
        }
        if place.cluster_id:
            homes = {place.cluster_id}
        if len(homes) == 1:
            home = homes.pop()
            self._home[home] = self._home.get(home, 0) | bit

    def _near_by(self, place: Place) -> int:
        """The routes whose announcing place is on a place's own network."""
        network = place.network
        if network is None:
            return 0
        known = self._near.get(network)
        if known is None:
            known = 0
            for theirs, found in self._by_network.items():
                for bit, address in found:
                    if theirs == network or self.topology.inside(address, network):
                        known |= bit
            self._near[network] = known
        return known

    def _run(self) -> None:
        topology = self.topology
        dirty = {name for name in self.own if name in topology.transit}
        for name in sorted(self.own):
            if name not in topology.transit:
                for channel in topology.outgoing[name]:
                    if channel.receiver.place in topology.transit and self._deliver(channel):
                        dirty.add(channel.receiver.place)
        # Oscillations exist in theory (RFC 3345); the bound ends them.
        for _round in range(4 * len(topology.transit) + 8):
            if not dirty:
                break
            self._forget(dirty)
            changed = {
                channel.receiver.place
                for name in sorted(dirty)
                for channel in topology.between_transit[name]
                if self._deliver(channel)
            }
            self._forget(changed)
            dirty = changed

    def _forget(self, names: Iterable[str]) -> None:
        for name in names:
            self._loads.pop(name, None)
            self._paths.pop(name, None)

    def _deliver(self, channel: Channel) -> bool:
        """Put what comes over a channel into the receiver's box; whether that changed it."""
        found = self._over(channel)
        box = self._boxes.setdefault(channel.receiver.place, {})
        if box.get(channel.number, {}) == found:
            return False
        box[channel.number] = found
        return True

    def _find_paths(self, name: str) -> Iterator[Path]:
        topology = self.topology
        if name in topology.transit:
            for number, crate in self._boxes.get(name, {}).items():
                channel = topology.channels[number]
                for (attributes, preference), routes in crate.items():
                    yield Path(channel, attributes, preference, routes)
            return
        for channel in topology.incoming[name]:
            sender = channel.sender.place
            if sender in self._boxes or sender in self.own:
                for (attributes, preference), routes in self._over(channel).items():
                    yield Path(channel, attributes, preference, routes)
        yield from self._mesh_paths(name)

    def _mesh_paths(self, name: str) -> Iterator[Path]:
        """What comes directly from the other members of the mesh of equals."""
        if name not in self.topology.links.mesh.members:
            return
        found: dict[tuple[Attributes, int], tuple[Channel, int]] = {}
        for origin, routes in self.own.items():
            if self._in_mesh(origin, name):
                channel = self.topology.mesh_channel(origin, name)
                for crate, come in self._over(channel).items():
                    if routes & self._symbolic:
                        first, before = found.get(crate, (channel, 0))
                        found[crate] = first, before | come
                    else:
                        yield Path(channel, *crate, come)
        for (attributes, preference), (channel, routes) in found.items():
            yield Path(channel, attributes, preference, routes)

    def _over(self, channel: Channel) -> _Crate:
        """What comes over a channel at present."""
        own = channel.receiver
        announced = self.own.get(own.place, 0)
        crate: _Crate = {}
        for attributes, cargo in self._load(channel).items():
            routes = cargo.without(channel.reverse)
            if own.loop_id and HOME in attributes.clusters:
                routes &= ~self._home.get(own.loop_id, 0)
            if announced and (self.subject.for_all or attributes.originator == ORIGIN_ID):
                routes &= ~announced
            if not routes:
                continue
            received = self._speakers.receive(self.subject, attributes, own)
            if not isinstance(received, Stop):
                crate[received] = crate.get(received, 0) | routes
        return crate

    def _load(self, channel: Channel) -> _Load:
        """What the sender puts on all channels of the group."""
        loads = self._loads.setdefault(channel.sender.place, {})
        load = loads.get(channel.group)
        if load is None:
            load = loads[channel.group] = self._loaded(channel)
        return load

    def _loaded(self, channel: Channel) -> _Load:
        out = channel.sender
        load: _Load = {}
        own = self.own.get(out.place, 0)
        paths: list[Path] = []
        if out.place in self.topology.transit:
            paths = self.paths(out.place)
            if not (out.bird and channel.receiver.bird):
                # Without ADD-PATH the best path goes out, and an own route is the best.
                paths = self._best_paths(out, paths, own)
            elif not self._speakers.rewrites:
                paths = undominated(paths)
        if own:
            sent = self._speakers.send(self.subject, None, None, out)
            if not isinstance(sent, Stop):
                self._load_own(load, sent, own, out)
        for path in paths:
            routes = path.routes
            if out.loop_id and HOME in path.attributes.clusters:
                routes &= ~self._home.get(out.loop_id, 0)
            if not routes:
                continue
            near = routes
            if out.direct and path.attributes.next_hop == ORIGIN_HOP:
                near = routes & self._near_by(self.topology.links.places[out.place])
            for part, is_near in ((near, True), (routes & ~near, False)):
                if part:
                    self._pass_on(load, path, part, out, is_near)
        return load

    def _load_own(self, load: _Load, sent: Attributes, own: int, out: End) -> None:
        plain = own & ~self._symbolic
        if plain:
            load.setdefault(sent, _Cargo()).add(OWN, plain)
        if own & self._symbolic:
            sent = sent._replace(
                next_hop=ORIGIN_HOP, originator=ORIGIN_ID if out.internal else None
            )
            load.setdefault(sent, _Cargo()).add(OWN, own & self._symbolic)

    def _pass_on(self, load: _Load, path: Path, routes: int, out: End, near: bool) -> None:
        found = path.attributes
        sent = self._speakers.send(self.subject, _ends(path.channel), found, out, near=near)
        if isinstance(sent, Stop):
            return
        if len(sent.clusters) > len(found.clusters):
            home = routes & self._home.get(sent.clusters[0], 0)
            if home:
                at_home = sent._replace(clusters=(HOME, *sent.clusters[1:]))
                load.setdefault(at_home, _Cargo()).add(path.channel.number, home)
                routes &= ~home
        if routes:
            load.setdefault(sent, _Cargo()).add(path.channel.number, routes)

    def _best_paths(self, out: End, paths: list[Path], own: int) -> list[Path]:
        place = self.topology.links.places[out.place]
        best: dict[int, int] = {}
        for routes, level in self._levels(place, paths, keep_unreachable=place.is_node):
            position = min(level, key=order).position
            best[position] = best.get(position, 0) | (routes & ~own)
        return [paths[position]._replace(routes=routes) for position, routes in best.items()]

    def _levels(
        self, place: Place, paths: list[Path], keep_unreachable: bool = True
    ) -> Iterator[tuple[int, list[Candidate]]]:
        """For sets of routes the candidates that are equally good up to router IDs."""
        near = self._near_by(place)
        for routes, positions in partition(paths, near):
            candidates = [
                self._candidate(place, paths[position], position, bool(routes & near))
                for position in positions
            ]
            if not keep_unreachable:
                candidates = [found for found in candidates if found.metric is not None]
            if not candidates:
                continue
            top = min(rank(found) for found in candidates)
            level = [found for found in candidates if rank(found) == top]
            originators = {found.originator for found in level}
            if len(originators) > 1 and ORIGIN_ID in originators:
                for bit in bits(routes):
                    yield bit, [self._with_originator(found, bit) for found in level]
            else:
                yield routes, level

    def _with_originator(self, candidate: Candidate, bit: int) -> Candidate:
        if candidate.originator != ORIGIN_ID:
            return candidate
        origin = self._origin[bit.bit_length() - 1]
        return candidate._replace(originator=self.topology.links.router_id(origin))

    def _candidate(self, place: Place, path: Path, position: int, near: bool) -> Candidate:
        channel, attributes = path.channel, path.attributes
        sender = channel.sender
        originator = attributes.originator
        if attributes.next_hop == ORIGIN_HOP:
            metric: int | None = 0 if near else 1
        else:
            metric = self.topology.links.metric(place, attributes.next_hop)
        from_origin = sender.place not in self.topology.transit and (path.routes & self._symbolic)
        return Candidate(
            attributes=attributes,
            preference=path.preference,
            internal=channel.receiver.internal,
            metric=metric,
            originator=sender.router_id if originator is None else originator,
            peer_number=self.topology.number(sender.address),
            neighbor=ORIGIN_HOP if from_origin else sender.address,
            position=position,
        )

    def _by_address(self, address: str) -> int:
        return -1 if address == ORIGIN_HOP else self.topology.number(address)


def _ends(channel: Channel | None) -> tuple[End, End] | None:
    return None if channel is None else (channel.sender, channel.receiver)
