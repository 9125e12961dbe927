# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the description and the observed cluster to the work: objects, stages, expectations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from . import objects as wished
from .calico_objects import CalicoCluster
from .calico_version import CalicoVersion
from .description import CalicoObject, Description, NodePatch
from .faults import Fault
from .object_patch import merge_patch, merged
from .ownership import described_whole, labels_of
from .plan_wish import leftovers
from .propagation import BgpRouter, Block, RouterConnection, propagate
from .sessions import plan_sessions

Raw = Mapping[str, Any]


def overlay(
    cluster: Sequence[Raw],
    objects: Iterable[CalicoObject] = (),
    patches: Iterable[NodePatch] = (),
    deletes: Iterable[tuple[str, str]] = (),
) -> list[Raw]:
    """Return the cluster's objects as they are once all that is written.

    ``deletes`` are pairs of kind and name. A label or annotation of None is removed.
    """
    result = {(str(item["kind"]), str(item["name"])): dict(item) for item in cluster}
    for item in objects:
        known = result.get((item.kind, item.name))
        if known is None:
            known = {"kind": item.kind, "name": item.name, "labels": labels_of(item.component)}
        spec = dict(known.get("spec") or {})
        spec = merged(spec, merge_patch(spec, item.spec, described_whole(known)))
        result[(item.kind, item.name)] = {**known, "spec": spec}
    for patch in patches:
        node = result.get(("Node", patch.node))
        if node is not None:
            node["labels"] = merged(node.get("labels") or {}, patch.labels)
            node["annotations"] = merged(node.get("annotations") or {}, patch.annotations)
    for key in deletes:
        result.pop(key, None)
    return list(result.values())


def work(description: Description, observed: Raw) -> tuple[dict[str, Any], list[Fault]]:
    """Return the work, and faults that show only against the observed cluster.

    ``observed`` is what the module calico_info returns. The work is plain data::

        {api_group, as_number,
         calico_bgp: {objects, purge},
         route_reflector: {objects, stages: [{node, patch, sessions}], mesh_off: [objects]},
         routeros_peer: {objects, nodes, routers: {host: options of routeros_bgp},
                         wait_for: {host: neighbors}},
         static_routes: {host: [routes]},
         nodes: {host: node},
         expected: {node or router: {sessions, routes}}}

    where ``sessions`` of a stage maps nodes to ``{ipv4: [names], ipv6: [names]}`` that must be
    Established before the next stage.
    """
    version = CalicoVersion.parse(observed["calico_version"])
    raw: list[Raw] = [*observed["objects"], *({**n, "kind": "Node"} for n in observed["nodes"])]
    configuration = wished.configuration(description)
    selector_peer = wished.reflector_peer(description)
    raw = overlay(raw, [*configuration, *selector_peer], ())
    before = CalicoCluster.from_objects(version, raw)
    as_number = before.as_number
    addresses = {node.name: node.address(4) for node in before.nodes}
    faults = list(_without_address(description, addresses))
    if faults:
        return {}, faults

    stages = []
    promoted: set[str] = set()
    for patch in wished.promotions(description):
        raw = overlay(raw, (), [patch])
        promoted.add(addresses[patch.node])
        stages.append(
            {
                "node": patch.node,
                "patch": asdict(patch),
                "sessions": _sessions_with(version, raw, promoted),
            }
        )
    mesh_off = wished.mesh_off(description)
    router_peers = wished.router_peers(description, as_number, (version.major, version.minor))
    router_labels = wished.router_labels(description)
    purged = [(item.kind, item.name) for _role, item in leftovers(description, raw)]
    raw = overlay(raw, [*mesh_off, *router_peers], router_labels, purged)
    routers = {
        router.host: wished.router_connections(description, router, as_number, addresses)
        for router in description.routers
    }
    result = {
        "api_group": observed["api_group"],
        "as_number": as_number,
        "calico_bgp": {
            "objects": [asdict(item) for item in configuration],
            "purge": _purge("calico_bgp", ("BGPPeer", "BGPFilter")) if description.purge else [],
        },
        "route_reflector": {
            "objects": [asdict(item) for item in selector_peer],
            "purge": _purge("route_reflector", ("BGPPeer",)),
            "stages": stages,
            "mesh_off": [asdict(item) for item in mesh_off],
        },
        "routeros_peer": {
            "objects": [asdict(item) for item in router_peers],
            "purge": _purge("routeros_peer", ("BGPPeer",)),
            "nodes": [asdict(item) for item in router_labels],
            "routers": routers,
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


def _purge(component: str, kinds: Iterable[str]) -> list[dict[str, str]]:
    return [{"kind": kind, "component": component} for kind in kinds]


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


def _sessions_with(
    version: CalicoVersion, raw: Iterable[Raw], reflectors: set[str]
) -> dict[str, dict[str, list[str]]]:
    """Return per node the names of its sessions that have a reflector at one end."""
    cluster = CalicoCluster.from_objects(version, raw)
    own = {node.name: {node.address(4), node.address(6)} for node in cluster.nodes}
    ipv6 = {
        node.address(6)
        for node in cluster.nodes
        if node.address(4) in reflectors and node.address(6)
    }
    ends = reflectors | ipv6
    known = set().union(*own.values())
    result = {}
    for name, bgp in plan_sessions(cluster).items():
        result[name] = {
            family: [
                session.name
                for session in daemon.sessions
                if session.neighbor in ends or (own[name] & ends and session.neighbor in known)
            ]
            for family, daemon in (("ipv4", bgp.ipv4), ("ipv6", bgp.ipv6))
        }
    return result


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
            "routes": routes(host),
        }
    return expected


def _static_routes(
    description: Description, addresses: Mapping[str, str]
) -> dict[str, list[dict[str, Any]]]:
    symbolic = {
        "reflector": [addresses[reflector.node] for reflector in description.reflectors],
        "router": [router.local_address for router in description.routers],
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
