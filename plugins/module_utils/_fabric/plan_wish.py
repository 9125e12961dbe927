# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is to be written, in the order in which it is safe: make before break.

New peers first: they match nothing, or stand beside the mesh. Then what exists is changed, one
object after the other. Then the reflectors, one after the other, and only then the end of the mesh.
Last the peers of the routers, and what is no longer wanted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import IntEnum
from typing import Any, NamedTuple

from . import objects as wished
from .calico_version import CalicoVersion
from .description import CalicoObject, Description, NodePatch
from .object_patch import merge_patch
from .ownership import belongs_to, described_whole
from .plan_model import Change, Deletion, FieldChange, RouterWrite, Write

Raw = Mapping[str, Any]
Objects = Mapping[tuple[str, str], Raw]


class Phase(IntEnum):
    """Where a write stands in the order."""

    POOLS = 1
    CONFIGURATION = 2
    FILTERS = 3
    NEW_PEERS = 4
    CHANGED_PEERS = 5
    REFLECTOR_PEER = 6
    PROMOTIONS = 7
    MESH_OFF = 8
    ROUTERS = 9
    DEMOTIONS = 10
    DELETIONS = 11


#: Phases in which every write is a step of its own, if that is safe.
ONE_BY_ONE = frozenset({Phase.CHANGED_PEERS, Phase.PROMOTIONS, Phase.ROUTERS, Phase.DEMOTIONS})


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
    routers: Mapping[str, RouterWrite],
) -> list[Move]:
    """Return every write that the description asks for, whether it changes something or not.

    ``as_number`` is the cluster's in the end. ``routers`` holds those that are not as described.
    """
    raw = as_objects(observed)
    result = list(_configuration(description, raw))
    result += [
        Move(Phase.REFLECTOR_PEER, "route_reflector", item)
        for item in wished.reflector_peer(description)
    ]
    result += [
        Move(Phase.PROMOTIONS, "route_reflector", patch, patch.node)
        for patch in wished.promotions(description)
    ]
    result += [
        Move(Phase.MESH_OFF, "route_reflector", item) for item in wished.mesh_off(description)
    ]
    version = CalicoVersion.parse(observed["calico_version"])
    result += _routers(description, as_number, version, routers)
    result += [Move(Phase.DELETIONS, role, item) for role, item in leftovers(description, raw)]
    return result


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
    if not description.routers:
        return []
    peers = wished.router_peers(description, as_number, (version.major, version.minor))
    names = {
        wished.router_peer_name(reflector, router): router.host
        for router in description.routers
        for reflector in description.reflectors
    }
    role, first = "routeros_peer", description.routers[0].host
    result = [Move(Phase.ROUTERS, role, item, names[item.name]) for item in peers]
    result += [
        Move(Phase.ROUTERS, role, patch, first) for patch in wished.router_labels(description)
    ]
    result += [Move(Phase.ROUTERS, role, write, host) for host, write in routers.items()]
    order = {router.host: place for place, router in enumerate(description.routers)}
    return sorted(result, key=lambda move: order.get(move.group, len(order)))


def leftovers(description: Description, raw: Iterable[Raw]) -> list[tuple[str, Deletion]]:
    """Return role and object of what this collection created and nobody describes any more."""
    wish = [*wished.configuration(description), *wished.reflector_peer(description)]
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
        fields = _changed(node, "labels", write.labels)
        fields += _changed(node, "annotations", write.annotations)
        if not fields:
            return None
        return Change(move.role, "patch", "Node", write.node, tuple(fields), write)
    return _object_change(objects.get((write.kind, write.name)), write, move.role)


def _object_change(current: Raw | None, write: CalicoObject, role: str) -> Change | None:
    if current is None:
        fields = [
            FieldChange(key, None, value) for key, value in write.spec.items() if value is not None
        ]
        return Change(role, "create", write.kind, write.name, tuple(fields), write)
    spec = current.get("spec") or {}
    patch = merge_patch(spec, write.spec, described_whole(current))
    if not patch:
        return None
    fields = [FieldChange(key, spec.get(key), value) for key, value in patch.items()]
    return Change(role, "patch", write.kind, write.name, tuple(fields), write)


def _changed(node: Raw, part: str, wish: Mapping[str, str | None]) -> list[FieldChange]:
    current = node.get(part) or {}
    singular = part[:-1]
    return [
        FieldChange(f"{singular} {key}", current.get(key), value)
        for key, value in wish.items()
        if current.get(key) != value
    ]


def written(objects: Iterable[Write]) -> tuple[Sequence[CalicoObject], Sequence[NodePatch], Any]:
    """Return writes as objects, patches and deletions, as :func:`.work.overlay` takes them."""
    writes = list(objects)
    return (
        [item for item in writes if isinstance(item, CalicoObject)],
        [item for item in writes if isinstance(item, NodePatch)],
        [(item.kind, item.name) for item in writes if isinstance(item, Deletion)],
    )
