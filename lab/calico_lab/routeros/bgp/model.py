# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the BGP speaker is to do, free of RouterOS's and of FRR's words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from calico_lab.routeros.filters.program import Program
from calico_lab.routeros.ospf.model import Ospf


@dataclass(frozen=True)
class Bfd:
    """How a session's BFD is timed, in milliseconds."""

    transmit: int = 200
    receive: int = 200
    multiplier: int = 5


@dataclass(frozen=True)
class Neighbor:
    """A session to be. ``owner`` is the name of the peer or connection it comes from.

    ``remote_as`` is a number, or ``internal``/``external``. ``edition`` changes whenever a change
    of RouterOS's configuration would reset the session. A policy of None lets all pass.
    """

    owner: str
    address: str
    remote_as: str
    edition: str = ""
    local_as: int | None = None
    source: str | None = None
    password: str | None = None
    hold: int = 180
    keepalive: int = 60
    ttl: int | None = None
    passive: bool = False
    port: int | None = None
    families: tuple[str, ...] = ("ip",)
    reflector_client: bool = False
    next_hop: str = "default"
    originate_default: bool = False
    remove_private_as: bool = False
    as_override: bool = False
    allow_as: int | None = None
    limit: int | None = None
    limit_restart: int | None = None
    role: str | None = None
    send_all_paths: tuple[str, ...] = ()
    take_all_paths: tuple[str, ...] = ()
    bfd: Bfd | None = None
    inbound: Program | None = None
    outbound: Program | None = None

    @property
    def internal(self) -> bool | None:
        """Whether the session is iBGP by its own configuration; None if ``remote_as`` tells."""
        return {"internal": True, "external": False}.get(self.remote_as)


@dataclass(frozen=True)
class Aggregate:
    network: str
    summary_only: bool


@dataclass(frozen=True)
class Speaker:
    """One BGP speaker. ``sources`` are the parts of the routing table offered to BGP."""

    as_number: int
    router_id: str
    cluster_id: str | None = None
    reflect_between_clients: bool = True
    ignore_path_length: bool = False
    multipath: int = 1
    sources: frozenset[str] = frozenset()
    networks: tuple[str, ...] = ()
    aggregates: tuple[Aggregate, ...] = ()
    neighbors: Sequence[Neighbor] = ()


@dataclass(frozen=True)
class StaticRoute:
    """A static route of the main table; ``hops`` are (address or None, interface or None)."""

    network: str
    distance: int
    hops: tuple[tuple[str | None, str | None], ...] = ()
    blackhole: str = ""


@dataclass(frozen=True)
class Plan:
    """All that the daemons shall do. ``faults`` tells which rows RouterOS keeps inactive."""

    speaker: Speaker | None
    routes: tuple[StaticRoute, ...] = ()
    faults: Mapping[tuple[str, int], str] = field(default_factory=dict)
    ospf: Ospf | None = None
