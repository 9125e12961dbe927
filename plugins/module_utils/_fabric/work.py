# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the description and the observed cluster to what the roles need to know."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Callable

from . import objects as wished
from .calico_objects import CalicoCluster
from .calico_version import CalicoVersion
from .description import Description
from .faults import Fault
from .overlay import overlay
from .plan_back import snapshot_name
from .plan_wish import as_objects, moves, racks_of, written
from .propagation import BgpRouter, Block, RouterConnection, propagate
from .route_filter import lets_pass
from .sessions import plan_sessions

Raw = Mapping[str, Any]


def work(
    description: Description,
    observed: Raw,
    check: Callable[[Mapping[str, Raw]], list[Fault]] = lambda routers: [],
) -> tuple[dict[str, Any], list[Fault]]:
    """Return the work, and faults that show only against the observed cluster.

    ``observed`` is what the module calico_info returns; ``check`` returns the faults of the
    routers' options. The work is plain data::

        {api_group, as_number, snapshot: name of the snapshot's file,
         routeros_peer: {routers: {host: options of routeros_bgp}, absent: [hosts],
                         wait_for: {host: neighbors}},
         static_routes: {host: [routes]},
         nodes: {host: node},
         expected: {node or router: {addresses, sessions, routes}}}
    """
    version = CalicoVersion.parse(observed["calico_version"])
    raw = as_objects(observed)
    as_number = CalicoCluster.from_objects(
        version, overlay(raw, wished.configuration(description))
    ).as_number
    cluster = CalicoCluster.from_objects(version, raw)
    addresses = {node.name: node.address(4) for node in cluster.nodes}
    racks = racks_of(description, raw)
    faults = [*_without_address(description, addresses), *_without_rack(description, racks)]
    if faults:
        return {}, faults

    objects, patches, deletions = written(
        move.write for move in moves(description, observed, as_number, {})
    )
    raw = overlay(raw, objects, patches, deletions)
    routers = {
        router.host: wished.router_connections(description, router, as_number, addresses)
        for router in description.routers
    }
    faults = check(routers)
    if faults:
        return {}, faults
    result = {
        "api_group": observed["api_group"],
        "snapshot": snapshot_name(observed),
        "as_number": as_number,
        "routeros_peer": {
            "routers": routers,
            "absent": [router.host for router in description.absent_routers],
            "wait_for": {
                host: [{"remote_address": c["remote_address"]} for c in options["connections"]]
                for host, options in routers.items()
            },
        },
        "static_routes": _static_routes(description, addresses),
        "nodes": {node.host: node.node for node in description.nodes},
        "expected": _expected(version, raw, description, routers, observed["blocks"]),
    }
    return result, []


def _without_address(description: Description, addresses: Mapping[str, str]) -> Iterable[Fault]:
    for node in description.nodes:
        if not addresses.get(node.node):
            yield Fault(
                (node.host,),
                "annotation projectcalico.org/IPv4Address of node " + node.node,
                "no valid address",
                "the address with which the node speaks BGP",
                "calico-node sets it at its start: look at its log, or at the node's name.",
            )


def _without_rack(description: Description, racks: Mapping[str, str | None]) -> Iterable[Fault]:
    label = description.reflector_rack_label
    seen = {"reflectors": "none (the BGPPeer among the reflectors)"}
    for reflector in description.reflectors if label is not None else ():
        rack = racks.get(reflector.node)
        if not rack:
            yield Fault(
                (reflector.host,),
                "route_reflector_rack_label",
                f"no label {label} on node {reflector.node}",
                "a label whose value is the rack of the reflector",
                f"kubectl label node {reflector.node} {label}=...",
            )
            continue
        other = seen.setdefault(wished.name_part(rack), rack)
        if other != rack:
            yield Fault(
                (reflector.host,),
                "route_reflector_rack_label",
                f"racks {other} and {rack}, which give their BGPPeers the same name",
                "values that differ in letters and digits",
            )


def bgp_router(host: str, options: Raw) -> BgpRouter:
    """Return a router as the options of the module routeros_bgp describe it."""
    return BgpRouter(
        name=host,
        as_number=options["instance"]["as_number"],
        router_id=options["instance"]["router_id"],
        connections=tuple(
            RouterConnection(c["remote_address"], c["remote_as"], c["local_address"])
            for c in options["connections"]
        ),
    )


def _expected(
    version: CalicoVersion,
    raw: Sequence[Raw],
    description: Description,
    routers: Mapping[str, Raw],
    blocks: Sequence[Mapping[str, str]],
) -> dict[str, dict[str, Any]]:
    """Return addresses, sessions and routes to blocks of every node and router in the end state.

    What is missing there is for the plan to refuse; here it is just not expected.
    """
    described = {node.node for node in description.nodes}
    cluster = CalicoCluster.from_objects(version, raw)
    sessions = plan_sessions(cluster)
    known = [Block(block["node"], block["cidr"]) for block in blocks]
    bgp_routers = [bgp_router(host, options) for host, options in routers.items()]
    learned = propagate(cluster, known, bgp_routers, sessions).routes

    def routes(place: str) -> list[dict[str, Any]]:
        there = learned.get(place) or {}
        found = (there.get(block.cidr) for block in known)
        return [{"dst": r.prefix, "gateways": list(r.next_hops)} for r in found if r]

    expected: dict[str, dict[str, Any]] = {}
    for node in cluster.nodes:
        if node.name not in described:
            continue
        bgp = sessions[node.name]
        expected[node.name] = {
            "addresses": [address for address in (node.address(4), node.address(6)) if address],
            "sessions": [
                {
                    "name": session.name,
                    "family": family,
                    "neighbor": session.neighbor,
                    "remote_as": session.remote_as,
                }
                for family, daemon in (("ipv4", bgp.ipv4), ("ipv6", bgp.ipv6))
                for session in daemon.sessions
            ],
            "routes": routes(node.name),
        }
    for host, options in routers.items():
        expected[host] = {
            "addresses": [c["local_address"] for c in options["connections"]],
            "sessions": [
                {"name": c["name"], "neighbor": c["remote_address"], "remote_as": c["remote_as"]}
                for c in options["connections"]
            ],
            "routes": [route for route in routes(host) if _taken(options, route["dst"])],
        }
    return expected


def _taken(options: Raw, prefix: str) -> bool:
    """Whether a router takes a block from any of its connections."""
    filters = options.get("filters") or ()
    inputs = {str(c.get("input_filter") or "") for c in options["connections"]}
    return any(lets_pass(filters, name, prefix) for name in inputs)


def _static_routes(
    description: Description, addresses: Mapping[str, str]
) -> dict[str, list[dict[str, Any]]]:
    reflectors = (*description.reflectors, *description.former_reflectors)
    routers = (*description.routers, *description.absent_routers)
    symbolic = {
        "reflector": [addresses[reflector.node] for reflector in reflectors],
        "router": [router.local_address for router in routers],
    }
    result: dict[str, list[dict[str, Any]]] = {}
    for route in description.static_routes:
        entry: dict[str, Any] = {
            "dst": route.dst,
            "gateways": symbolic.get(route.next_hop, [route.next_hop]),
            "state": "present" if route.present else "absent",
        }
        if route.metric is not None:
            entry["metric"] = route.metric
        result.setdefault(route.host, []).append(entry)
    return result
