# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""BGP paths and how a speaker chooses among them (RFC 4271 9.1.2, RFC 4456 9).

The order is that of BIRD 1.6 (proto/bgp/attrs.c, bgp_rte_better and bgp_rte_mergable). What never
differs here is left out: all origins are IGP, and nobody sets a MED. RouterOS and FRR take the
same steps, but one path only.
"""

from __future__ import annotations

from typing import NamedTuple

DEFAULT_LOCAL_PREF = 100
BGP_PREFERENCE = 100
STATIC_PREFERENCE = 200
NEXT_HOP_LIMIT = 16  # next hops that BIRD's ``merge paths on`` gives to the kernel at most

NO_COMMUNITIES: frozenset[str] = frozenset()


class Attributes(NamedTuple):
    """Path attributes as they are sent. ``next_hop`` "" stands for the sender itself."""

    next_hop: str
    as_path: tuple[int, ...]
    local_pref: int
    clusters: tuple[str, ...]  # CLUSTER_LIST, the latest first
    originator: int | None  # ORIGINATOR_ID, a router ID as a number
    communities: frozenset[str]


class Candidate(NamedTuple):
    """A path in a speaker's table, with all that decides between it and others."""

    attributes: Attributes
    preference: int  # of BIRD's protocols: greater wins before anything of BGP
    internal: bool  # came over iBGP
    metric: int | None  # to the next hop: 0 on the own network, 1 beyond; None = unreachable
    originator: int  # ORIGINATOR_ID, else the sender's router ID
    peer_number: int  # the sender's address as a number
    neighbor: str  # the sender's address
    position: int  # in the list that it was made from


Rank = tuple[int, bool, int, int, bool, int]


def rank(path: Candidate) -> Rank:
    """The steps before router IDs: less is better, and equal ones share the traffic (ECMP)."""
    metric = path.metric
    return (
        -path.preference,
        metric is None,
        -path.attributes.local_pref,
        len(path.attributes.as_path),
        path.internal,
        metric or 0,
    )


def order(path: Candidate) -> tuple[Rank, int, int, int]:
    """All steps: the least is the best path."""
    return rank(path), path.originator, len(path.attributes.clusters), path.peer_number
