# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a router should be, in words that RouterOS 6 and 7 share.

``None`` means "not named": such a field goes back to the release's default on rows of ours, and
stays as it is on rows of others. :mod:`.render` says it in the terms of one release.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from .values import Secret

#: The marker in the comment of every row that is ours.
DEFAULT_OWNER = "managed by netfabric.calico_routeros"

#: The longest key that RouterOS takes (``string value, max length 80``).
MAX_PASSWORD_LENGTH = 80


@dataclass(frozen=True)
class InterfaceAddress:
    """An address with prefix length (``192.168.0.253/24``) on an interface."""

    address: str
    interface: str
    comment: str | None = None


@dataclass(frozen=True)
class Instance:
    """The BGP speaker: what holds for all its sessions."""

    as_number: int
    name: str = "default"
    router_id: str | None = None
    cluster_id: str | None = None
    client_to_client_reflection: bool | None = None
    ignore_as_path_length: bool | None = None
    multipath: int | None = None
    comment: str | None = None


@dataclass(frozen=True)
class Connection:
    """One neighbour. Times are whole seconds; ``hold_time`` may be ``infinity``."""

    name: str
    remote_address: str
    remote_as: int
    remote_port: int | None = None
    local_address: str | None = None
    local_as: int | None = None
    route_reflector_client: bool | None = None
    address_families: tuple[str, ...] | None = None
    hold_time: int | str | None = None
    keepalive_time: int | None = None
    password: Secret | None = None
    multihop: bool | None = None
    ttl: int | None = None
    bfd: bool | None = None
    next_hop_choice: str | None = None
    default_originate: str | None = None
    redistribute: tuple[str, ...] | None = None
    input_filter: str | None = None
    output_filter: str | None = None
    templates: tuple[str, ...] | None = None
    listen: bool | None = None
    passive: bool | None = None
    disabled: bool = False
    comment: str | None = None


@dataclass(frozen=True)
class PrefixRange:
    """Networks within ``prefix`` whose length is from ``min_length`` to ``max_length``."""

    prefix: str
    min_length: int
    max_length: int

    @property
    def exact(self) -> bool:
        """Whether only the very network is meant."""
        own = int(self.prefix.partition("/")[2])
        return own == self.min_length == self.max_length


@dataclass(frozen=True)
class FilterRule:
    """A rule: the route is in any of ``prefixes`` and has all ``communities``; then judge it.

    Empty matches hold for every route. Communities are sorted. What ``accept`` does not hold for
    is refused.
    """

    accept: bool
    prefixes: tuple[PrefixRange, ...] = ()
    communities: tuple[str, ...] = ()
    local_preference: int | None = None
    med: int | None = None
    set_communities: tuple[str, ...] = ()
    append_communities: tuple[str, ...] = ()
    next_hop: str | None = None


@dataclass(frozen=True)
class Filter:
    """A chain of rules, the first that holds decides; ``accept`` is for routes that meet none."""

    name: str
    rules: tuple[FilterRule, ...] = ()
    accept: bool = False


@dataclass(frozen=True)
class OspfArea:
    """An OSPF area; the router takes part on interfaces with an address in ``networks``."""

    name: str
    area_id: str
    networks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ospf:
    """An OSPF instance that takes over routes from BGP; ``absent`` is that there is none of ours.

    Without ``areas`` the instance must be there already. ``metric_type`` is 1 or 2 (RFC 2328, 2.3).
    """

    instance: str = "default"
    absent: bool = False
    redistribute_bgp: bool | None = None
    metric: int | None = None
    metric_type: int | None = None
    output_filter: str | None = None
    router_id: str | None = None
    areas: tuple[OspfArea, ...] | None = None
    comment: str | None = None


@dataclass(frozen=True)
class Description:
    """The whole. A part that is ``None`` is not looked at; an empty one has no row of ours."""

    addresses: tuple[InterfaceAddress, ...] | None = None
    filters: tuple[Filter, ...] | None = None
    instance: Instance | None = None
    connections: tuple[Connection, ...] | None = None
    networks: tuple[str, ...] | None = None
    ospf: Ospf | None = None
    owner: str = field(default=DEFAULT_OWNER)
