# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What makes a state impossible or unsafe, each as a fault with its way out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from .api_rules import refused_objects
from .description import REFLECTOR_GROUP, Description
from .faults import Fault
from .plan_model import Change
from .plan_state import Situation
from .propagation import MissingRoute

Raw = Mapping[str, Any]


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
    for found in situation.plan.ambiguities:
        peers = ", ".join(found.bgppeers)
        yield Problem(
            ("ambiguous", found.node, found.family, found.neighbor, found.port),
            Fault(
                (hosts(found.node),),
                f"BGPPeers {peers}",
                f"different {', '.join(found.fields)} for the session with {found.neighbor}, "
                "of which Calico takes either one at random",
                "the same options in all of them",
                "Make them equal, or let their selectors not overlap.",
            ),
        )
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


def refused_writes(situation: Situation, changes: Iterable[Change]) -> Iterator[Fault]:
    """Yield what the API server would refuse of the changed objects, as they are afterwards."""
    names = dict.fromkeys((change.kind, change.name) for change in changes)
    written = [situation.objects[name] for name in names if name in situation.objects]
    for refusal in refused_objects(situation.version, written):
        yield Fault(
            ("all hosts",),
            f"{refusal.kind} {refusal.name}",
            "an object that the API server refuses",
            f"one that Calico {situation.version} takes",
            f"{refusal.reason}.",
        )


def missing_routes(missing: Iterable[MissingRoute], hosts: Hosts, when: str) -> list[Fault]:
    """Return a fault for each reason why places lack routes, with all of its places."""
    grouped: dict[tuple[str, str, str, str], dict[str, None]] = {}
    prefixes: dict[tuple[str, str], list[str]] = {}
    for route in missing:
        key = (route.place, f"{route.reason}\n{route.way_out}\n{route.owner}")
        prefixes.setdefault(key, []).append(route.prefix)
    for (place, text), found in prefixes.items():
        reason, way_out, owner = text.split("\n")
        group = (", ".join(found), owner, reason, way_out)
        grouped.setdefault(group, {})[hosts(place)] = None
    return [
        Fault(
            tuple(places),
            f"routes to {owner}",
            f"no route to {found} {when}: {reason}",
            "a route",
            way_out,
        )
        for (found, owner, reason, way_out), places in grouped.items()
    ]


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
                f"Empty the group, or set CALICO_NETWORKING_BACKEND of calico-node to bird.",
            )
        ]
    pools = pod_pools(end)
    if pools and all(pool.vxlan_mode != "Never" for pool in pools):
        names = ", ".join(pool.name for pool in pools)
        return [
            Fault(
                hosts,
                f"group {REFLECTOR_GROUP}",
                f"reflectors in a cluster with VXLAN alone (IP pools {names}), where Felix sets the "
                "routes to pods and BGP does not carry them",
                "at least one pool without VXLAN",
                "Empty the group, or set vxlan_mode Never and ipip_mode CrossSubnet in "
                "calico_bgp_ip_pools.",
            )
        ]
    return []


def pod_pools(situation: Situation) -> Sequence[Any]:
    """Return the pools from which pods get addresses."""
    return [
        pool
        for pool in situation.cluster.ip_pools
        if not pool.disabled and "Workload" in pool.allowed_uses
    ]


def new_problems(
    problems: Iterable[Problem], known: Collection[tuple[Any, ...]]
) -> list[Problem]:
    """Return those problems that are not known by their key."""
    return [problem for problem in problems if problem.key not in known]
