# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What makes a state impossible or unsafe, each as a fault with its way out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from .api_rules import refused_objects
from .description import REFLECTOR_GROUP, Description
from .faults import Fault
from .plan_model import Change
from .plan_state import RELOADS, RESTARTS, Situation
from .propagation import MissingRoute, MissingRoutes
from .propagation_causes import REFUSED
from .propagation_model import Missing
from .report import counted
from .session_model import Ambiguity

Raw = Mapping[str, Any]
_WORDS = {**RESTARTS, **RELOADS, "reachable_by": "gateway"}


class Problem(NamedTuple):
    """What is wrong in a state. ``key`` tells it again in another state."""

    key: tuple[Any, ...]
    fault: Fault


class Hosts:
    """Inventory names of nodes and routers; a node that is not in the inventory has its own."""

    def __init__(self, description: Description) -> None:
        self._hosts = {node.node: node.host for node in description.nodes}

    def __call__(self, place: str) -> str:
        return self._hosts.get(place, place)


def configuration_problems(situation: Situation, hosts: Hosts) -> Iterator[Problem]:
    """Yield sessions that are up to chance, and files that BIRD refuses."""
    yield from _ambiguous(situation.plan.ambiguities, hosts)
    for name in situation.plan:
        for family in (4, 6):
            for refusal in situation.plan[name].daemon(family).refusals:
                yield Problem(
                    ("refused", name, family, *refusal),
                    Fault(
                        (hosts(name),),
                        refusal.at_fault,
                        refusal.reason,
                        f"what BIRD accepts for IPv{family}",
                        "With it BIRD refuses its whole file and the node keeps its old sessions.",
                    ),
                )


def _ambiguous(found: Iterable[Ambiguity], hosts: Hosts) -> Iterator[Problem]:
    alike: dict[tuple[tuple[str, ...], tuple[str, ...]], list[Ambiguity]] = {}
    for ambiguity in found:
        alike.setdefault((ambiguity.bgppeers, ambiguity.fields), []).append(ambiguity)
    for (peers, fields), ambiguities in alike.items():
        first = ambiguities[0]
        options = ", ".join(_WORDS.get(field, field) for field in fields)
        fault = Fault(
            tuple(dict.fromkeys(hosts(ambiguity.node) for ambiguity in ambiguities)),
            f"BGPPeers {', '.join(peers)}",
            f"different options ({options}) for {counted(len(ambiguities), 'session')}, such as "
            f"that of {first.node} with {first.neighbor}; Calico takes either one at random",
            "the same options in all of them",
            "Make them equal, or let their selectors not overlap.",
        )
        for ambiguity in ambiguities:
            yield Problem(
                ("ambiguous", ambiguity.node, ambiguity.family, ambiguity.neighbor, ambiguity.port),
                fault,
            )


def refused_writes(situation: Situation, changes: Iterable[Change]) -> Iterator[Fault]:
    """Yield what the API server would refuse of the changed objects, as they are afterwards."""
    names = dict.fromkeys((change.kind, change.name) for change in changes)
    written = [situation.objects[name] for name in names if name in situation.objects]
    reasons: dict[tuple[str, str], list[str]] = {}
    for refusal in refused_objects(situation.version, written):
        reasons.setdefault((refusal.kind, refusal.name), []).append(refusal.reason)
    for (kind, name), found in reasons.items():
        yield Fault(
            ("all hosts",),
            f"{kind} {name}",
            "; ".join(found),
            f"an object that the API of Calico {situation.version} takes",
            "Change or remove the fields named.",
        )


def missing_routes(
    missing: Missing, hosts: Hosts, when: str, only: Collection[tuple[Any, ...]] | None = None
) -> list[Fault]:
    """Return a fault for each cause of missing routes, with the places that lack most first.

    ``only`` holds the keys of those that count; None is all but those of nodes whose file BIRD
    refuses, which is a fault of its own.
    """
    found: dict[tuple[str, str], _Cause] = {}
    for group in missing.groups if isinstance(missing, MissingRoutes) else ():
        if only is None and group.kind == REFUSED:
            continue
        for route in group:
            if only is None or ("route", route.place, route.prefix) in only:
                text = route.reason.partition(": ")[2]
                known = found.setdefault((text, route.way_out), _Cause(route, Counter()))
                known.places[hosts(route.place)] += 1
    return [
        Fault(
            tuple(place for place, _number in cause.places.most_common()),
            f"routes {when}",
            f"{counted(sum(cause.places.values()), 'route')} missing, such as {cause.first.place}'s"
            f" to {cause.first.prefix} of {cause.first.owner}: {text}",
            "a route to every block",
            f"{way_out[:1].upper()}{way_out[1:]}.",
        )
        for (text, way_out), cause in found.items()
    ]


class _Cause(NamedTuple):
    """What one cause takes away: the first route, and how many routes of each place."""

    first: MissingRoute
    places: Counter[str]


def no_use_for_reflectors(description: Description, observed: Raw, end: Situation) -> list[Fault]:
    """Refuse reflectors where BGP does not run, or does not carry the pods."""
    hosts = tuple(reflector.host for reflector in description.reflectors)
    if not hosts:
        return []
    backend = str(observed.get("backend") or "bird")
    if backend != "bird":
        return [
            Fault(
                hosts,
                f"group {REFLECTOR_GROUP}",
                f"reflectors in a cluster whose Calico runs no BGP (networking backend {backend})",
                "the backend bird",
                "Empty the group, or set CALICO_NETWORKING_BACKEND of calico-node to bird.",
            )
        ]
    pools = pod_pools(end)
    if pools and all(pool.vxlan_mode != "Never" for pool in pools):
        names = ", ".join(pool.name for pool in pools)
        return [
            Fault(
                hosts,
                f"group {REFLECTOR_GROUP}",
                f"reflectors in a cluster with VXLAN alone (IP pools {names}), where Felix sets "
                "the routes to pods and BGP does not carry them",
                "at least one pool without VXLAN",
                "Empty the group, or set vxlan_mode Never and ipip_mode CrossSubnet in "
                "calico_bgp_ip_pools.",
            )
        ]
    return []


def no_answer(routers: Mapping[str, str]) -> list[Fault]:
    """Refuse a plan that had to be made without a router's answer."""
    return [
        Fault(
            (host,),
            "RouterOS API",
            error,
            "an answer",
            "The plan was made without it. See the variables of the role routeros_peer.",
        )
        for host, error in routers.items()
    ]


def pod_pools(situation: Situation) -> Sequence[Any]:
    """Return the pools from which pods get addresses."""
    return [
        pool
        for pool in situation.cluster.ip_pools
        if not pool.disabled and "Workload" in pool.allowed_uses
    ]
