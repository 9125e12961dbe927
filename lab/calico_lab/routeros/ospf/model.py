# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the OSPF speaker is to do, free of RouterOS's and of FRR's words."""

from __future__ import annotations

from dataclasses import dataclass

from calico_lab.routeros.filters.program import Program


@dataclass(frozen=True)
class Area:
    """An area; ``kind`` is ``default``, ``stub`` or ``nssa``."""

    number: str
    kind: str = "default"
    no_summaries: bool = False
    default_cost: int | None = None


@dataclass(frozen=True)
class OspfInterface:
    """An interface that takes part. ``key`` is (key ID, MD5 key) or (None, password)."""

    name: str
    area: str
    cost: int | None = None
    priority: int | None = None
    hello: int | None = None
    dead: int | None = None
    retransmit: int | None = None
    delay: int | None = None
    network_type: str | None = None
    passive: bool = False
    key: tuple[int | None, str] | None = None


@dataclass(frozen=True)
class Redistribution:
    """Routes of ``source`` as external routes; a policy of None lets all pass."""

    source: str
    external_type: int
    metric: int | None = None
    policy: Program | None = None


@dataclass(frozen=True)
class DefaultRoute:
    always: bool
    external_type: int
    metric: int | None = None


@dataclass(frozen=True)
class Ospf:
    """One OSPFv2 speaker. ``instance`` is the name that its rows carry."""

    instance: str
    router_id: str
    areas: tuple[Area, ...] = ()
    interfaces: tuple[OspfInterface, ...] = ()
    redistributed: tuple[Redistribution, ...] = ()
    default: DefaultRoute | None = None
