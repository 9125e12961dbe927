# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Descriptions and observed clusters for tests of the plan, and what applying a plan makes."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.description import (
    CalicoObject,
    ClusterNode,
    Description,
    NodePatch,
    Reflector,
    Router,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.overlay import (
    overlay,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.ownership import (
    labels_of,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.plan import (
    make_plan,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.plan_back import (
    snapshot_of,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.plan_model import (
    Change,
    Deletion,
    Plan,
    Step,
)

Observed = dict[str, Any]
CLUSTER_ID = "projectcalico.org/RouteReflectorClusterID"
ADDRESS = "projectcalico.org/IPv4Address"


def address(node: str) -> str:
    """The address of ``n1``, ``n2``, …"""
    return f"192.168.0.{10 + int(node[1:])}"


def cluster(
    nodes: int,
    *objects: Mapping[str, Any],
    reflectors: Mapping[str, str] | None = None,
    version: str = "v3.32.1",
    racks: int = 1,
    **pool: Any,
) -> Observed:
    """An observed cluster of n1, n2, … with a block each; ``reflectors`` maps nodes to IDs."""
    names = [f"n{number}" for number in range(1, nodes + 1)]
    ids = reflectors or {}
    return {
        "server": "https://192.168.0.10:6443",
        "api_group": "crd.projectcalico.org/v1",
        "calico_version": version,
        "backend": "bird",
        "nodes": [
            {
                "name": name,
                "labels": {
                    "rack": f"r{place % racks + 1}",
                    **({"route-reflector": "true"} if name in ids else {}),
                },
                "annotations": {
                    ADDRESS: f"{address(name)}/24",
                    **({CLUSTER_ID: ids[name]} if name in ids else {}),
                },
            }
            for place, name in enumerate(names)
        ],
        "objects": [
            {
                "kind": "IPPool",
                "name": "pods",
                "labels": {},
                "spec": {"cidr": "10.20.0.0/16", **pool},
            },
            *copy.deepcopy(list(objects)),
        ],
        "blocks": [
            {"node": name, "cidr": f"10.20.{place}.0/26"} for place, name in enumerate(names)
        ],
    }


def item(kind: str, name: str, component: str | None = None, **spec: Any) -> dict[str, Any]:
    """An object as the module calico_info returns it."""
    return {"kind": kind, "name": name, "labels": labels_of(component), "spec": spec}


def mesh(**spec: Any) -> dict[str, Any]:
    """The default BGPConfiguration."""
    return item("BGPConfiguration", "default", **spec)


def secret(name: str) -> dict[str, dict[str, str]]:
    """A reference to a password in a Secret."""
    return {"secretKeyRef": {"name": name, "key": "password"}}


SELECTOR_PEER = item(
    "BGPPeer",
    "peer-with-route-reflectors",
    "route_reflector",
    nodeSelector="all()",
    peerSelector="route-reflector == 'true'",
)


def peer(name: str, **spec: Any) -> CalicoObject:
    """A BGPPeer of the description."""
    return CalicoObject("BGPPeer", name, spec, "calico_bgp")


def describe(
    nodes: int,
    reflectors: Mapping[str, str] | None = None,
    as_number: int | None = None,
    mesh_wish: str = "auto",
    peers: Sequence[CalicoObject] = (),
    routers: Sequence[Router] = (),
    **more: Any,
) -> Description:
    """A description; ``reflectors`` maps nodes to cluster IDs."""
    description = Description(
        as_number=as_number,
        mesh=mesh_wish,
        configuration={} if as_number is None else {"asNumber": as_number},
        pools=(),
        filters=(),
        peers=tuple(peers),
        purge=False,
        nodes=tuple(ClusterNode(f"host-{n}", f"n{n}") for n in range(1, nodes + 1)),
        reflectors=tuple(
            Reflector(f"host-{node[1:]}", node, cluster_id, f"rr{place}")
            for place, (node, cluster_id) in enumerate((reflectors or {}).items(), start=1)
        ),
        reflector_label=("route-reflector", "true"),
        reflector_peer_name="peer-with-route-reflectors",
        reflector_peer_node_selector="all()",
        routers=tuple(routers),
        router_label="rr-id",
        static_routes=(),
    )
    return replace(description, **more)


def router(host: str = "ros", as_number: int | None = None) -> Router:
    """A router of the description."""
    return Router(host, "192.168.0.253", "192.168.0.253", as_number, (), None, (), None, None)


def apply(observed: Observed, changes: Iterable[Change]) -> Observed:
    """What is observed once the changes are written."""
    writes = [change.write for change in changes]
    raw = [*observed["objects"], *({**node, "kind": "Node"} for node in observed["nodes"])]
    raw = overlay(
        copy.deepcopy(raw),
        [write for write in writes if isinstance(write, CalicoObject)],
        [write for write in writes if isinstance(write, NodePatch)],
        [(write.kind, write.name) for write in writes if isinstance(write, Deletion)],
    )
    return {
        **observed,
        "nodes": [found for found in raw if found["kind"] == "Node"],
        "objects": [found for found in raw if found["kind"] != "Node"],
    }


def after(observed: Observed, steps: Iterable[Step]) -> Observed:
    """What is observed after some steps."""
    for step in steps:
        observed = apply(observed, step.changes)
    return observed


def requests(step: Step) -> list[Change]:
    """The changes of a step in the order in which they are sent: a router comes after Calico."""

    def order(change: Change) -> int:
        if isinstance(change.write, CalicoObject):
            return 0
        if isinstance(change.write, NodePatch):
            return 1
        return 2 if isinstance(change.write, Deletion) else 3

    return sorted(step.changes, key=order)


def snapshot(observed: Observed, plan: Plan) -> dict[str, Any]:
    """What is kept of a cluster before a plan is carried out."""
    changes = [change for step in plan.steps for change in step.changes]
    touched = [(change.kind, change.name) for change in changes if change.kind != "Router"]
    routers = {c.name: {"sessions": []} for c in changes if c.kind == "Router"}
    return snapshot_of(observed, touched, routers)


def everything(observed: Observed) -> dict[tuple[str, str], dict[str, Any]]:
    """Every object and node with all that can be written, to compare two moments."""
    found = [*observed["objects"], *({**node, "kind": "Node"} for node in observed["nodes"])]
    return {
        (each["kind"], each["name"]): {
            part: each.get(part) or {} for part in ("spec", "labels", "annotations", "record")
        }
        for each in found
    }


def titles(plan: Plan) -> list[str]:
    return [step.title for step in plan.steps]


def sound(description: Description, observed: Observed, **routers: Any) -> Plan:
    """A plan that is not refused."""
    plan = make_plan(description, observed, routers)
    assert [str(fault) for fault in plan.refusals] == []
    return plan
