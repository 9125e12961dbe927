# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What route propagation is asked and what it answers; frozen, without I/O."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Union, overload

from .secret import Secret


@dataclass(frozen=True)
class Block:
    """A confirmed block of addresses that a node holds, of either family: ``10.20.0.0/26``."""

    node: str
    cidr: str


@dataclass(frozen=True)
class RouterConnection:
    """One session of a router, as the router is told. ``next_hop`` is RouterOS's nexthop-choice:
    ``default``, ``force-self`` or ``propagate``. Passwords are compared only where
    ``password_known``. Ports are those of the node (``remote_port``) and of the router itself.
    """

    remote_address: str
    remote_as: int
    local_address: str
    route_reflector_client: bool = False
    next_hop: str = "default"
    password: Secret | None = None
    password_known: bool = False
    passive: bool = False
    remote_port: int = 179
    local_port: int = 179


@dataclass(frozen=True)
class BgpRouter:
    """A router outside the cluster. It chooses one best path, and neither sends nor takes more
    (RouterOS without add-path). ``originates``: prefixes that it announces to all its peers."""

    name: str
    as_number: int
    router_id: str
    connections: tuple[RouterConnection, ...]
    cluster_id: str | None = None
    originates: tuple[str, ...] = ()


@dataclass(frozen=True)
class LearnedRoute:
    """A route as the place's kernel gets it.

    ``next_hops``: BGP next hops; several share the traffic. The kernel names the gateway towards
    one instead where it is not on the place's own network. ``neighbors``: addresses of the sessions
    that the best path to each next hop came through; detours over further reflectors are left out.
    Both in order of address.
    """

    prefix: str
    next_hops: tuple[str, ...]
    neighbors: tuple[str, ...]


@dataclass(frozen=True)
class MissingRoute:
    """A block that a place should learn and does not. ``reason`` is a whole sentence.

    ``owner``: the node, or router, that announces the prefix; "" for a service range, which every
    node announces.
    """

    place: str
    prefix: str
    owner: str
    reason: str
    way_out: str


@dataclass(frozen=True)
class MissingGroup:
    """Missing routes with one cause: every place lacks every block, except an owner its own.

    ``kind`` names the cause (see ``propagation_causes``). In ``cause`` and ``way_out`` the marks
    PLACE and OWNER stand for the two names.
    """

    kind: str
    places: tuple[str, ...]
    blocks: tuple[Block, ...]
    cause: str
    way_out: str
    subjects: tuple[str, ...] = ()  # reflectors, filters, pools: what the cause is about

    def __len__(self) -> int:
        own = set(self.places)
        return len(self.places) * len(self.blocks) - sum(block.node in own for block in self.blocks)

    def __iter__(self) -> Iterator[MissingRoute]:
        for place in self.places:
            for block in self.blocks:
                if block.node != place:
                    yield self.route(place, block)

    def __str__(self) -> str:
        first = next(iter(self), None)
        if first is None:
            return "nothing is missing"
        more = len(self) - 1
        return f"{first.reason} (and {more} more alike)" if more else first.reason

    def route(self, place: str, block: Block) -> MissingRoute:
        """The missing route of one place and block."""
        cause = fill(self.cause, place, block.node)
        what = f"{block.node}'s blocks" if block.node else f"the service range {block.cidr}"
        return MissingRoute(
            place=place,
            prefix=block.cidr,
            owner=block.node,
            reason=f"{place} does not learn {what}: {cause}",
            way_out=fill(self.way_out, place, block.node),
        )


# Stand in causes for the two names.
PLACE = "\x01"
OWNER = "\x02"
SERVICES = ""  # the owner of service ranges


def fill(text: str, place: str, owner: str) -> str:
    """Put names into a cause or a way out."""
    return text.replace(PLACE, place).replace(OWNER, owner)


class MissingRoutes(Sequence[MissingRoute]):
    """Missing routes in order of group, place and block; made one by one, since a cluster of 5,000
    nodes without any session lacks 25 million."""

    def __init__(self, find: Callable[[], Sequence[MissingGroup]] = tuple) -> None:
        self._find = find

    @cached_property
    def groups(self) -> tuple[MissingGroup, ...]:
        """Missing routes by their cause."""
        return tuple(self._find())

    @cached_property
    def _length(self) -> int:
        return sum(len(group) for group in self.groups)

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[MissingRoute]:
        for group in self.groups:
            yield from group

    @overload
    def __getitem__(self, index: int) -> MissingRoute: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[MissingRoute, ...]: ...

    def __getitem__(self, index: int | slice) -> MissingRoute | tuple[MissingRoute, ...]:
        if isinstance(index, slice):
            return tuple(self[i] for i in range(*index.indices(len(self))))
        position = index + len(self) if index < 0 else index
        if 0 <= position < len(self):
            for group in self.groups:
                if position < len(group):
                    return _nth(group, position)
                position -= len(group)
        raise IndexError(f"{index} of {len(self)} missing routes")

    def __eq__(self, other: object) -> bool:
        if isinstance(other, (tuple, MissingRoutes)):
            return len(self) == len(other) and all(a == b for a, b in zip(self, other))
        return NotImplemented

    def __hash__(self) -> int:
        return hash(self.groups)

    def __repr__(self) -> str:
        return f"<{len(self)} missing routes in {len(self.groups)} groups>"


def _nth(group: MissingGroup, position: int) -> MissingRoute:
    for number, route in enumerate(group):
        if number == position:
            return route
    raise IndexError(position)


Missing = Union[MissingRoutes, "tuple[MissingRoute, ...]"]


@dataclass(frozen=True)
class Propagation:
    """Who learns what. ``routes``: node or router -> prefix -> route, own prefixes not included;
    worked out when first asked for. ``missing``: every place and block that should be learned and
    is not, with the reason."""

    routes: Mapping[str, Mapping[str, LearnedRoute]]
    missing: Missing
