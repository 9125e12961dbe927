# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who learns whose blocks: from Calico's objects and the routers to the routes of every place.

Simulates BGP (RFC 4271, RFC 4456, RFC 7911) as BIRD 1.6 does it with the configuration that
Calico's confd renders; tests/fabrics compares it with BIRD itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from .bgp_prefix import Prefix, parse_prefix
from .calico_objects import CalicoCluster
from .propagation_export import ExportRules
from .propagation_family import Family
from .propagation_links import Links
from .propagation_model import (
    BgpRouter,
    Block,
    LearnedRoute,
    MissingGroup,
    MissingRoute,
    MissingRoutes,
    Propagation,
    RouterConnection,
)
from .sessions import SessionPlan

__all__ = [
    "BgpRouter",
    "Block",
    "LearnedRoute",
    "MissingGroup",
    "MissingRoute",
    "MissingRoutes",
    "Propagation",
    "RouterConnection",
    "propagate",
]

BIRD_BACKEND = "bird"


def propagate(
    cluster: CalicoCluster,
    blocks: Sequence[Block],
    routers: Sequence[BgpRouter] = (),
    sessions: SessionPlan | None = None,
    down: Collection[tuple[str, str]] = (),
    *,
    interfaces: Mapping[str, str] | None = None,
    backend: str = BIRD_BACKEND,
) -> Propagation:
    """Work out which routes BGP brings to every node and router.

    ``sessions``: the cluster's session plan, if there is one already. ``down``: sessions that are
    not Established, as (place, neighbor address) or (node, name of the BIRD protocol).
    ``interfaces``: node -> device of its BGP address, for BGPFilters that ask for one; where it is
    not known such a rule matches only if it asks for ``*``. ``backend``: calico_backend; with any
    other than ``bird`` there is no BGP.

    Expected, and so perhaps ``missing``: on a node, every block of other nodes that BIRD programs
    (not those of VXLAN pools; nor of IPIP pools from Calico v3.33 on, unless programClusterRoutes
    says so) and what a router announces to it, or what arrives without a usable next hop; on a
    router, every block and service range.
    Raises ValueError for a block or router prefix that is none.
    """
    places = [node.name for node in cluster.nodes] + [router.name for router in routers]
    owned: dict[int, list[tuple[Prefix, Block]]] = {4: [], 6: []}
    for block in blocks:
        prefix = parse_prefix(block.cidr)
        owned[prefix.family].append((prefix, block))
    for router in routers:
        for text in router.originates:
            prefix = parse_prefix(text)
            owned[prefix.family].append((prefix, Block(router.name, text)))
    families = []
    for family in (4, 6) if backend == BIRD_BACKEND else ():
        rules = ExportRules(cluster, family)
        if owned[family] or (routers and rules.service_ranges):
            links = Links(cluster, routers, sessions, down, family, interfaces or {})
            families.append(Family(links, rules, owned[family]))

    def missing() -> list[MissingGroup]:
        return [group for family in families for group in family.missing()]

    return Propagation(_Routes(places, families), MissingRoutes(missing))


class _Routes(Mapping[str, Mapping[str, LearnedRoute]]):
    """Place -> its routes, made when first asked for."""

    def __init__(self, places: Sequence[str], families: Sequence[Family]) -> None:
        self._families = families
        self._known: dict[str, Mapping[str, LearnedRoute] | None] = dict.fromkeys(places)

    def __getitem__(self, place: str) -> Mapping[str, LearnedRoute]:
        found = self._known[place]
        if found is None:
            found = self._known[place] = {
                route.prefix: route for family in self._families for route in family.routes(place)
            }
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)
