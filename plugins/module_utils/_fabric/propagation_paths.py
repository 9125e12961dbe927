# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sets of paths: which routes have the same ones, and which paths another one makes superfluous.

A set of routes is a number with one bit for each route.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from .bgp_path import Attributes
from .propagation_topology import Channel

_MANY = 24  # paths above which bits are looked at one by one
# Ways that differ in one reflector only and of which one is enough; each reflector behind closes
# one of them at most, so this is also the depth of a hierarchy up to which none is overlooked.
_DETOURS = 16


class Path(NamedTuple):
    """What a place holds of a set of routes: over which channel, and how good."""

    channel: Channel
    attributes: Attributes
    preference: int
    routes: int


def bits(routes: int) -> Iterator[int]:
    while routes:
        bit = routes & -routes
        yield bit
        routes ^= bit


def partition(paths: Sequence[Path], near: int) -> list[tuple[int, tuple[int, ...]]]:
    """Sets of routes that have the same paths (by position) and the same nearness."""
    if len(paths) > _MANY:
        return _partition_by_bit(paths, near)
    everything = 0
    for path in paths:
        everything |= path.routes
    parts: list[tuple[int, tuple[int, ...]]] = [
        (part, ()) for part in (everything & near, everything & ~near) if part
    ]
    for position, path in enumerate(paths):
        split: list[tuple[int, tuple[int, ...]]] = []
        for routes, positions in parts:
            with_it = routes & path.routes
            if with_it:
                split.append((with_it, (*positions, position)))
            if routes != with_it:
                split.append((routes & ~path.routes, positions))
        parts = split
    return [(routes, positions) for routes, positions in parts if positions]


def _partition_by_bit(paths: Sequence[Path], near: int) -> list[tuple[int, tuple[int, ...]]]:
    having: dict[int, list[int]] = {}
    for position, path in enumerate(paths):
        for bit in bits(path.routes):
            having.setdefault(bit, []).append(position)
    parts: dict[tuple[bool, tuple[int, ...]], int] = {}
    for bit, positions in having.items():
        key = bool(bit & near), tuple(positions)
        parts[key] = parts.get(key, 0) | bit
    return [(routes, positions) for (_key, positions), routes in parts.items()]


def undominated(paths: list[Path]) -> list[Path]:
    """Without paths that another one makes superfluous: as good, and passed on at least as far.

    With ADD-PATH a reflector sends on every detour; detours change no route.
    """
    alike: dict[tuple[object, ...], list[Path]] = {}
    for path in paths:
        found = path.attributes
        own = path.channel.receiver
        originator = found.originator
        if originator is None:
            originator = path.channel.sender.router_id
        key = (
            found.next_hop,
            found.as_path,
            found.local_pref,
            found.communities,
            originator,
            path.preference,
            own.internal,
            own.local_as,
        )
        alike.setdefault(key, []).append(path)
    kept = []
    for group in alike.values():
        if len({(path.attributes.clusters, path.channel.receiver.rr_client) for path in group}) < 2:
            kept += group
            continue
        kept += _shortest(group)
    return kept


def _shortest(group: list[Path]) -> Iterator[Path]:
    """Of paths that differ in their cluster lists, those that no other makes superfluous."""
    better: dict[tuple[tuple[str, ...], bool], tuple[frozenset[str], int]] = {}
    detours: dict[tuple[tuple[str, ...], bool], _Detours] = {}
    for path in sorted(group, key=lambda path: len(path.attributes.clusters)):
        clusters, client = path.attributes.clusters, path.channel.receiver.rr_client
        routes = path.routes
        for (fewer, reflected), (members, theirs) in better.items():
            if (
                routes & theirs
                and len(fewer) < len(clusters)
                and reflected >= client
                and members.issubset(clusters)
            ):
                routes &= ~theirs
        if routes and clusters:
            routes = detours.setdefault((clusters[1:], client), _Detours()).add(clusters[0], routes)
        if routes:
            yield path._replace(routes=routes)
            members, theirs = better.get((clusters, client), (frozenset(clusters), 0))
            better[clusters, client] = members, theirs | routes


class _Detours:
    """Counts, for every route, over how many clusters it came that are alike otherwise."""

    def __init__(self) -> None:
        self._taken: dict[str, int] = {}  # cluster ID -> routes
        self._at_least = [0] * _DETOURS  # routes that came over at least 1, 2, ... of them

    def add(self, cluster_id: str, routes: int) -> int:
        """The routes for which this cluster is still of use."""
        before = self._taken.get(cluster_id, 0)
        new = routes & ~before & ~self._at_least[-1]
        self._taken[cluster_id] = before | new
        carried = new
        for number, counted in enumerate(self._at_least):
            self._at_least[number] = counted | carried
            carried &= counted
        return (routes & before) | new
