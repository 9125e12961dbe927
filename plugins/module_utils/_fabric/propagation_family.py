# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Propagation within one address family, by kinds of places and kinds of prefixes.

Two places that no rule tells apart (same sessions with the same reflectors, same network) learn the
same routes, and what one of them announces goes the same ways as what the other does. So one of
each kind stands for all, and a route that names the one is rewritten to the other's address.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import NamedTuple

from .bgp_prefix import Prefix
from .propagation_causes import Cause, Explainer, Missed
from .propagation_export import ExportRules, PrefixClass
from .propagation_links import Links
from .propagation_model import SERVICES, Block, LearnedRoute, MissingGroup
from .propagation_rules import Speakers, Subject
from .propagation_topology import Topology
from .propagation_wave import ORIGIN_HOP, Choice, Source, Wave

Owned = tuple[Prefix, Block]


class Bundle(NamedTuple):
    """Prefixes that go the same ways, from the same kind of place.

    ``example`` is followed for all their owners; "" where several places announce one prefix.
    ``owned``: the prefixes, each with its owner.
    """

    subject: Subject
    example: str
    owned: tuple[Owned, ...]
    source: Source


class _Group(NamedTuple):
    """Bundles whose prefixes no rule tells apart, and what every kind of place makes of them."""

    bundles: tuple[Bundle, ...]
    choices: dict[int, list[tuple[int, Choice]]]


class Family:
    """All routes of one address family."""

    def __init__(self, links: Links, rules: ExportRules, owned: Sequence[Owned]) -> None:
        self._links = links
        self._rules = rules
        self._topology = Topology(links)
        self._speakers = Speakers(links, rules)
        self._explainer = Explainer(self._topology)
        self._kinds = self._kinds_of_places()
        self._members: dict[int, list[str]] = {}
        for name, kind in self._kinds.items():
            self._members.setdefault(kind, []).append(name)
        self._bundles = self._bundle(owned)
        self._known: list[_Group] | None = None
        self._missing: list[MissingGroup] = []

    def routes(self, place: str) -> Iterator[LearnedRoute]:
        """What the kernel of a place gets from BGP."""
        kind = self._kinds[place]
        for group in self._groups():
            for routes, choice in group.choices.get(kind, ()):
                if choice.next_hops:
                    for number, bundle in enumerate(group.bundles):
                        if routes >> number & 1:
                            yield from self._rewritten(place, bundle, choice)

    def missing(self) -> Sequence[MissingGroup]:
        """What should be learned and is not, by cause."""
        self._groups()
        return self._missing

    def _rewritten(self, place: str, bundle: Bundle, choice: Choice) -> Iterator[LearnedRoute]:
        where = self._links.places[place]
        if not bundle.example and place in bundle.subject.origins:
            return
        # A node's own network is no business of BGP: the kernel has it from the interface.
        network = where.network if where.is_node else None
        named = ORIGIN_HOP in choice.next_hops or ORIGIN_HOP in choice.neighbors
        for prefix, block in bundle.owned:
            if block.node == place or prefix == network:
                continue
            hops, neighbors = choice.next_hops, choice.neighbors
            if named:
                address = self._links.places[block.node].address
                hops = self._filled_in(hops, address)
                neighbors = self._filled_in(neighbors, address)
            yield LearnedRoute(block.cidr, hops, neighbors)

    def _filled_in(self, found: tuple[str, ...], origin: str) -> tuple[str, ...]:
        if found[0] != ORIGIN_HOP:
            return found
        if len(found) == 1:
            return (origin,)
        return tuple(sorted({origin, *found[1:]}, key=self._topology.number))

    def _kinds_of_places(self) -> dict[str, int]:
        """Place -> number of its kind. Whoever passes routes on is a kind of its own, and so is
        whoever has a session with a place that does not."""
        links, topology = self._links, self._topology
        numbers: dict[Hashable, int] = {}
        profiles: dict[Hashable, int] = {}
        in_down = {name for pair in links.mesh.down for name in pair}
        kinds = {}
        for name, place in links.places.items():
            alone = name in topology.transit or name in in_down or not place.is_node
            sessions = []
            for channel in topology.incoming[name]:
                if channel.sender.place not in topology.transit:
                    alone = True
                if alone:
                    break
                own, there = channel.receiver, channel.sender
                sessions.append(
                    (
                        there.place,
                        there.address,
                        profiles.setdefault(there.profile, len(profiles)),
                        profiles.setdefault(own.profile, len(profiles)),
                    )
                )
            key: Hashable = name
            if not alone:
                key = (
                    frozenset(sessions),
                    name in links.mesh.members,
                    place.network,
                    place.gateways,
                    place.interface,
                    place.refusal,
                    bool(place.address),
                    place.cluster_id,
                    self._explainer.failed_at(name),
                )
            kinds[name] = numbers.setdefault(key, len(numbers))
        return kinds

    def _bundle(self, owned: Sequence[Owned]) -> list[Bundle]:
        owners: dict[Prefix, dict[str, Owned]] = {}
        for prefix, block in sorted(owned, key=lambda one: (one[0], one[1].node)):
            if block.node in self._links.places:
                owners.setdefault(prefix, {})[block.node] = (prefix, block)
        holders = _Holders(owners)
        bundles = []
        alike: dict[tuple[int, PrefixClass, frozenset[str]], list[Owned]] = {}
        for prefix, found in owners.items():
            kind = self._rules.classify(prefix)
            around = holders.around(prefix)
            if len(found) == 1:
                ((owner, one),) = found.items()
                alike.setdefault((self._kinds[owner], kind, around), []).append(one)
            else:
                subject = Subject(prefix, kind, frozenset(found), around)
                source = Source(subject.origins, False)
                bundles.append(Bundle(subject, "", (next(iter(found.values())),), source))
        for (number, kind, around), members in alike.items():
            subject = Subject(members[0][0], kind, frozenset(), around)
            example = self._members[number][0]
            source = Source(frozenset((example,)), self._links.places[example].is_node)
            bundles.append(Bundle(subject, example, tuple(members), source))
        everybody = frozenset(
            name
            for name, place in self._links.places.items()
            if place.advertises_ranges and place.address and not place.refusal
        )
        for prefix, text in self._rules.service_ranges.items():
            kind = self._rules.classify(prefix)
            subject = Subject(prefix, kind, everybody, for_all=True)
            owned_by_all = ((prefix, Block(SERVICES, text)),)
            bundles.append(Bundle(subject, "", owned_by_all, Source(everybody, False)))
        return [bundle for bundle in bundles if bundle.source.places]

    def _groups(self) -> list[_Group]:
        """For every bundle what every kind of place makes of it."""
        if self._known is None:
            alike: dict[Hashable, list[Bundle]] = {}
            for bundle in self._bundles:
                subject = bundle.subject
                key: Hashable = subject
                if bundle.example:
                    key = subject.kind, subject.holders
                alike.setdefault(key, []).append(bundle)
            sheet = _Sheet()
            self._known = [self._follow(bundles, sheet) for bundles in alike.values()]
            self._missing = sheet.groups()
        return self._known

    def _follow(self, bundles: Sequence[Bundle], sheet: _Sheet) -> _Group:
        subject = bundles[0].subject
        wave = Wave(self._topology, self._speakers, subject, [bundle.source for bundle in bundles])
        choices: dict[int, list[tuple[int, Choice]]] = {}
        lacking: dict[int, list[tuple[str, Sequence[str], str]]] = {}
        for kind, members in self._members.items():
            name = members[-1]
            place = self._links.places[name]
            if place.is_node and (subject.for_all or not subject.kind.programmed):
                continue
            found = choices[kind] = wave.choices(name)
            missed = wave.all & ~wave.own.get(name, 0)
            unreachable: list[tuple[int, str]] = []
            for routes, choice in found:
                if choice.next_hops:
                    missed &= ~routes
                else:
                    unreachable.append((routes, choice.unreachable))
            number = 0
            while missed >> number:
                if missed >> number & 1:
                    hop = "".join(hop for routes, hop in unreachable if routes >> number & 1)
                    if hop or self._expected(bundles[number], name):
                        lacking.setdefault(number, []).append((name, members, hop))
                number += 1
        for number, places in sorted(lacking.items()):
            self._explain(wave, number, bundles[number], places, sheet)
        return _Group(tuple(bundles), choices)

    def _explain(
        self,
        wave: Wave,
        number: int,
        bundle: Bundle,
        places: Sequence[tuple[str, Sequence[str], str]],
        sheet: _Sheet,
    ) -> None:
        route = Missed(wave, 1 << number, bundle.example)
        names = [name for name, _number, _owned in places]
        # Neighbors that pass nothing on may be the very cause.
        beside = [c.sender.place for name in names for c in self._topology.incoming[name]]
        relevant = {*self._topology.transit, *names, *beside}
        if bundle.example:
            relevant.add(bundle.example)
        labels = self._explainer.labels(route, relevant)
        for name, members, unreachable in places:
            cause = self._explainer.explain(route, labels, name, bundle.example, unreachable)
            sheet.add(cause, members, bundle.owned)

    def _expected(self, bundle: Bundle, name: str) -> bool:
        place = self._links.places[name]
        if bundle.example and not self._links.places[bundle.example].is_node:
            # A router's own networks: expected only where it has a session.
            return any(
                channel.sender.place == bundle.example for channel in self._topology.incoming[name]
            )
        if place.is_node and bundle.subject.prefix == place.network:
            return False
        return bool(place.address) or self._links.family == 4


class _Holders:
    """Who holds a larger block around a prefix."""

    def __init__(self, owners: Mapping[Prefix, Mapping[str, Owned]]) -> None:
        self._owners = owners
        self._lengths = sorted({prefix.length for prefix in owners})

    def around(self, prefix: Prefix) -> frozenset[str]:
        found: set[str] = set()
        for length in self._lengths:
            if length >= prefix.length:
                break
            shift = prefix.bits - length
            wider = Prefix(prefix.family, prefix.value >> shift << shift, length)
            found.update(self._owners.get(wider, ()))
        return frozenset(found)


class _Sheet:
    """Collects missing routes and puts together what has the same cause."""

    def __init__(self) -> None:
        self._found: dict[Cause, dict[tuple[str, ...], list[Block]]] = {}

    def add(self, cause: Cause, places: Sequence[str], owned: tuple[Owned, ...]) -> None:
        blocks = self._found.setdefault(cause, {}).setdefault(tuple(places), [])
        blocks += [block for _name, block in owned]

    def groups(self) -> list[MissingGroup]:
        groups = []
        for cause, found in self._found.items():
            for places, blocks in _merged(found):
                group = MissingGroup(
                    cause.kind, places, blocks, cause.text, cause.way_out, cause.subjects
                )
                if len(group):
                    groups.append(group)
        return groups


def _merged(
    found: Mapping[tuple[str, ...], list[Block]],
) -> Iterator[tuple[tuple[str, ...], tuple[Block, ...]]]:
    """Places that lack the same blocks, or all but their own, become one."""
    everything = dict.fromkeys(block for blocks in found.values() for block in blocks)
    alike: dict[tuple[Block, ...], list[str]] = {}
    for places, blocks in found.items():
        known = set(blocks)
        others = set(places)
        rest = [block for block in everything if block not in known]
        own = all(block.node in others for block in rest) and (len(places) == 1 or not rest)
        alike.setdefault(tuple(everything) if own else tuple(blocks), []).extend(places)
    for shared, names in alike.items():
        yield tuple(names), shared
