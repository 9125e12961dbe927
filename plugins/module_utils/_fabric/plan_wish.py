# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is to be written, in the order in which it is safe: make before break.

New peers first: they match nothing, or stand beside the mesh. Then what exists is changed, one
object after the other. Then the reflectors, one after the other, and only then the end of the mesh.
Last the peers of the routers, and what is no longer wanted.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import IntEnum
from typing import Any, NamedTuple

from . import objects as wished
from .calico_version import CalicoVersion
from .description import CalicoObject, Description, NodePatch
from .overlay import node_after, node_fields, object_after
from .ownership import (
    RECORD_ANNOTATION,
    WHOLE_KINDS,
    belongs_to,
    is_owned,
    labels_of,
    record_text,
)
from .plan_model import Change, Deletion, FieldChange, RouterWrite, Write

Raw = Mapping[str, Any]
Objects = Mapping[tuple[str, str], Raw]


class Phase(IntEnum):
    """Where a write stands in the order."""

    POOLS = 1
    CONFIGURATION = 2
    FILTERS = 3
    MESH_ON = 4
    NEW_PEERS = 5
    CHANGED_PEERS = 6
    REFLECTOR_PEER = 7
    PROMOTIONS = 8
    MESH_OFF = 9
    ROUTERS = 10
    DEMOTIONS = 11
    DELETIONS = 12
    RESTORED = 13


#: Phases in which every write is a step of its own, if that is safe.
ONE_BY_ONE = frozenset({Phase.CHANGED_PEERS, Phase.PROMOTIONS, Phase.ROUTERS, Phase.DEMOTIONS})

#: The roles in the order in which a playbook runs them.
ROLES = ("calico_bgp", "route_reflector", "routeros_peer")

#: Values that the API server gives a new BGPConfiguration (defaults of its resource definition).
_CONFIGURATION_DEFAULTS = {
    "logSeverityScreen": "Info",
    "serviceLoadBalancerAggregation": "Enabled",
}

MESH_FIELDS = ("nodeToNodeMeshEnabled", "nodeMeshPassword", "nodeMeshMaxRestartTime")


class Move(NamedTuple):
    """A write and its place. Moves of one phase with one ``group`` are written together."""

    phase: Phase
    role: str
    write: Write
    group: str = ""


def as_objects(observed: Raw) -> list[Raw]:
    """Return what the module calico_info read as one list of objects, the nodes among them."""
    return [*observed["objects"], *({**node, "kind": "Node"} for node in observed["nodes"])]


def moves(
    description: Description,
    observed: Raw,
    as_number: int,
    routers: Mapping[str, Sequence[RouterWrite]],
) -> list[Move]:
    """Return every write that the description asks for, whether it changes something or not.

    ``as_number`` is the cluster's in the end. ``routers`` holds those that are not as described;
    of two writes the second follows when what they replace is needed no more.
    """
    raw = as_objects(observed)
    racks = racks_of(description, raw)
    result = list(_configuration(description, raw))
    result += _mesh_on(description, raw)
    result += [
        Move(Phase.REFLECTOR_PEER, "route_reflector", item)
        for item in wished.reflector_peers(description, racks)
    ]
    result += [
        Move(Phase.PROMOTIONS, "route_reflector", patch, patch.node)
        for patch in wished.promotions(description)
    ]
    result += [
        Move(Phase.MESH_OFF, "route_reflector", item) for item in wished.mesh_off(description)
    ]
    version = CalicoVersion.parse(observed["calico_version"])
    first = {host: writes[0] for host, writes in routers.items()}
    result += _routers(description, as_number, version, first)
    result += _demotions(description, raw)
    result += [
        Move(Phase.DELETIONS, "routeros_peer", write, host)
        for host, writes in routers.items()
        for write in writes[1:]
    ]
    result += [Move(Phase.DELETIONS, role, item) for role, item in leftovers(description, raw)]
    if description.teardown:
        result += _restored(raw, observed["blocks"])
    return result


def racks_of(description: Description, raw: Iterable[Raw]) -> dict[str, str | None]:
    """Return the rack of every node, by the label that the description names."""
    label = description.reflector_rack_label
    if label is None:
        return {}
    return {str(item["name"]): item["labels"].get(label) for item in raw if item["kind"] == "Node"}


def _mesh_on(description: Description, raw: Iterable[Raw]) -> Iterator[Move]:
    """Without reflectors the mesh is again what it was before this collection ended it.

    A teardown that asks for the mesh brings it back whoever ended it, and keeps no record of that.
    """
    default = wished.DEFAULT_CONFIGURATION
    for item in raw:
        if (item["kind"], item["name"]) != ("BGPConfiguration", default) or description.reflectors:
            continue
        write = CalicoObject("BGPConfiguration", default, {}, restore=MESH_FIELDS)
        if description.teardown and description.mesh == "enabled":
            record = item.get("record") or {}
            left = {name: entry for name, entry in record.items() if name not in MESH_FIELDS}
            spec = {"nodeToNodeMeshEnabled": True}
            if item["spec"].get("nodeToNodeMeshEnabled") is not False:
                spec = {}
            write = CalicoObject("BGPConfiguration", default, spec, record=left)
        elif description.mesh != "auto":
            continue
        yield Move(Phase.MESH_ON, "route_reflector", write)


def _demotions(description: Description, raw: Iterable[Raw]) -> Iterator[Move]:
    """Take back from nodes what this collection set and nobody describes any more."""
    described: dict[str, set[str]] = {}
    for patch in [*wished.promotions(description), *wished.router_labels(description)]:
        described.setdefault(patch.node, set()).update(node_fields(patch.labels, patch.annotations))
    for item in raw:
        if item["kind"] == "Node":
            name = str(item["name"])
            gone = set(item.get("record") or {}) - described.get(name, set())
            if gone:
                patch = NodePatch(name, restore=tuple(sorted(gone)))
                yield Move(Phase.DEMOTIONS, "route_reflector", patch, name)


def _restored(raw: Iterable[Raw], blocks: Sequence[Raw]) -> Iterator[Move]:
    """Take back what is left on Calico's own objects: after all else, since it restarts sessions.

    A pool that still holds blocks stays, and is no longer ours.
    """
    for item in raw:
        kind, name = str(item["kind"]), str(item["name"])
        record = item.get("record") or {}
        if kind == "Node" or (kind in WHOLE_KINDS and is_owned(item)):
            continue
        write: Write
        if is_owned(item) and _deletable(item, record, blocks):
            write = Deletion(kind, name)
        elif record or is_owned(item):
            labels = dict.fromkeys(labels_of("calico_bgp")) if is_owned(item) else None
            restore = () if kind == "IPPool" and is_owned(item) else tuple(sorted(record))
            write = CalicoObject(kind, name, {}, labels=labels, restore=restore, record={})
        else:
            continue
        yield Move(Phase.RESTORED, "calico_bgp", write)


def holds_blocks(pool: Raw, blocks: Sequence[Raw]) -> bool:
    """Whether nodes hold blocks of an IP pool."""
    network = ipaddress.ip_network(pool["spec"]["cidr"])
    held = [ipaddress.ip_network(block["cidr"]) for block in blocks]
    return any(n.version == network.version and n.overlaps(network) for n in held)


def _deletable(item: Raw, record: Raw, blocks: Sequence[Raw]) -> bool:
    if item["kind"] == "IPPool":
        return not holds_blocks(item, blocks)
    return all(
        record.get(name) == {"before": None, "set": value}
        or _CONFIGURATION_DEFAULTS.get(name) == value
        for name, value in item["spec"].items()
    )


def _configuration(description: Description, raw: Iterable[Raw]) -> Iterator[Move]:
    there = {(str(item["kind"]), str(item["name"])) for item in raw}
    phases = {
        "IPPool": Phase.POOLS,
        "BGPConfiguration": Phase.CONFIGURATION,
        "BGPFilter": Phase.FILTERS,
    }
    for item in wished.configuration(description):
        known = (item.kind, item.name) in there
        peers = Phase.CHANGED_PEERS if known else Phase.NEW_PEERS
        phase = phases.get(item.kind, peers)
        yield Move(phase, "calico_bgp", item, item.name if phase is Phase.CHANGED_PEERS else "")


def _routers(
    description: Description,
    as_number: int,
    version: CalicoVersion,
    routers: Mapping[str, RouterWrite],
) -> list[Move]:
    role = "routeros_peer"
    result = []
    if description.routers:
        peers = wished.router_peers(description, as_number, (version.major, version.minor))
        names = {
            wished.router_peer_name(reflector, router): router.host
            for router in description.routers
            for reflector in description.reflectors
        }
        first = description.routers[0].host
        result += [Move(Phase.ROUTERS, role, item, names[item.name]) for item in peers]
        result += [
            Move(Phase.ROUTERS, role, patch, first) for patch in wished.router_labels(description)
        ]
    result += [Move(Phase.ROUTERS, role, write, host) for host, write in routers.items()]
    order = {router.host: place for place, router in enumerate(description.routers)}
    return sorted(result, key=lambda move: order.get(move.group, len(order)))


def leftovers(description: Description, raw: Iterable[Raw]) -> list[tuple[str, Deletion]]:
    """Return role and object of what this collection created and nobody describes any more."""
    raw = list(raw)
    wish = [*wished.configuration(description)]
    wish += wished.reflector_peers(description, racks_of(description, raw))
    # Only names count here, which do not depend on AS number and release.
    wish += wished.router_peers(description, 1, (0, 0))
    names = {(item.kind, item.name) for item in wish}
    purged = {"route_reflector": {"BGPPeer"}, "routeros_peer": {"BGPPeer"}}
    if description.purge:
        purged["calico_bgp"] = {"BGPPeer", "BGPFilter"}
    return [
        (role, Deletion(item["kind"], item["name"]))
        # Filters go after the peers that name them.
        for item in sorted(raw, key=lambda item: (item["kind"] == "BGPFilter", str(item["name"])))
        for role, kinds in purged.items()
        if item["kind"] in kinds
        and belongs_to(item, role)
        and (item["kind"], item["name"]) not in names
    ]


def change(objects: Objects, move: Move) -> Change | None:
    """Return what a write changes in ``objects``; None if nothing."""
    write = move.write
    if isinstance(write, RouterWrite):
        return Change(move.role, "configure", "Router", write.host, (), write)
    if isinstance(write, Deletion):
        gone = objects.get((write.kind, write.name))
        if gone is None:
            return None
        removed = tuple(FieldChange(key, value, None) for key, value in gone["spec"].items())
        return Change(move.role, "delete", write.kind, write.name, removed, write)
    if isinstance(write, NodePatch):
        node = objects.get(("Node", write.node))
        if node is None:
            return None
        node_then = node_after(node, write)
        fields = _differing(_node_view(node), _node_view(node_then))
        fields = fields or _record_change(node, node_then)
        return Change(move.role, "patch", "Node", write.node, fields, write) if fields else None
    current = objects.get((write.kind, write.name))
    if current is None:
        if not write.spec:
            return None
        fields = _differing({}, object_after(None, write)["spec"])
        return Change(move.role, "create", write.kind, write.name, fields, write)
    then = object_after(current, write)
    fields = _differing(_object_view(current), _object_view(then)) or _record_change(current, then)
    if not fields:
        return None
    return Change(move.role, "patch", write.kind, write.name, fields, write)


def _object_view(item: Raw) -> dict[str, Any]:
    labels = {f"label {key}": value for key, value in (item.get("labels") or {}).items()}
    return {**(item.get("spec") or {}), **labels}


def _node_view(node: Raw) -> dict[str, Any]:
    return node_fields(node.get("labels") or {}, node.get("annotations") or {})


def _record_change(before: Raw, after: Raw) -> tuple[FieldChange, ...]:
    """The record comes and goes with other fields; only alone it is worth a word."""
    texts = [record_text(item.get("record") or {}) for item in (before, after)]
    name = f"annotation {RECORD_ANNOTATION}"
    return (FieldChange(name, *texts),) if texts[0] != texts[1] else ()


def _differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[FieldChange, ...]:
    names = dict.fromkeys([*before, *after])
    return tuple(
        FieldChange(name, before.get(name), after.get(name))
        for name in names
        if before.get(name) != after.get(name)
    )


def written(objects: Iterable[Write]) -> tuple[Sequence[CalicoObject], Sequence[NodePatch], Any]:
    """Return writes as objects, patches and deletions, as :func:`.work.overlay` takes them."""
    writes = list(objects)
    return (
        [item for item in writes if isinstance(item, CalicoObject)],
        [item for item in writes if isinstance(item, NodePatch)],
        [(item.kind, item.name) for item in writes if isinstance(item, Deletion)],
    )
