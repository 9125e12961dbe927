# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The way back to a snapshot, in an order that is as safe as the way there.

A snapshot is what was observed before the first write::

    {objects: [...], nodes: [...], touched: [[kind, name]], routers: {host: sessions before}}

``touched`` names what the plan was going to write; nothing else is taken back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .description import CalicoObject
from .objects import CLUSTER_ID_ANNOTATION
from .overlay import node_fields, node_patch
from .ownership import WHOLE_KINDS
from .plan_model import Deletion, RouterWrite
from .plan_wish import MESH_FIELDS, Move, Phase, as_objects, holds_blocks

Raw = Mapping[str, Any]

_CREATED = {
    "IPPool": Phase.POOLS,
    "BGPConfiguration": Phase.CONFIGURATION,
    "BGPFilter": Phase.FILTERS,
    "BGPPeer": Phase.NEW_PEERS,
}
# The mesh comes back first: it carries everything while the rest restarts.
_CHANGED = {**_CREATED, "BGPPeer": Phase.CHANGED_PEERS, "BGPConfiguration": Phase.RESTORED}


def snapshot_name(observed: Raw) -> str:
    """Return a file name without ending; clusters behind one address have different GUIDs."""
    server = str(observed["server"])
    parts = [server.partition("//")[2] or server, str(observed.get("guid") or "")]
    return re.sub(r"[^A-Za-z0-9.-]+", "_", "-".join(filter(None, parts)))


def snapshot_of(
    observed: Raw, touched: Sequence[tuple[str, str]], routers: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the snapshot of what a plan is going to write, from what was observed before it."""
    names = set(touched)
    kept = [item for item in as_objects(observed) if (item["kind"], item["name"]) in names]
    return {
        "objects": [item for item in kept if item["kind"] != "Node"],
        "nodes": [item for item in kept if item["kind"] == "Node"],
        "touched": sorted([kind, name] for kind, name in names),
        "routers": dict(routers),
    }


def joined(older: Raw, newer: Raw) -> dict[str, Any]:
    """Return the snapshot of a run that goes on where another one was killed.

    What the older one holds was before both.
    """
    known = {tuple(name) for name in older["touched"]}
    result: dict[str, Any] = {"routers": {**newer["routers"], **older["routers"]}}
    for part in ("objects", "nodes"):
        more = [i for i in newer[part] if (i.get("kind", "Node"), i["name"]) not in known]
        result[part] = [*older[part], *more]
    touched = known | {tuple(name) for name in newer["touched"]}
    result["touched"] = sorted(list(name) for name in touched)
    return result


def moves_back(observed: Raw, snapshot: Raw) -> list[Move]:
    """Return every write from the observed state back to the snapshot."""
    now = {(str(i["kind"]), str(i["name"])): i for i in as_objects(observed)}
    then = {(str(i["kind"]), str(i["name"])): i for i in as_objects(snapshot)}
    result: list[Move] = []
    for kind, name in map(tuple, snapshot["touched"]):
        was, is_ = then.get((kind, name)), now.get((kind, name))
        if kind == "Node":
            if was is not None and is_ is not None:
                result += _node(was, is_)
        elif was is None and is_ is not None:
            phase = Phase.DELETIONS if kind in WHOLE_KINDS else Phase.RESTORED
            if kind == "BGPConfiguration":
                back = CalicoObject(kind, name, {}, restore=MESH_FIELDS)
                result.append(Move(Phase.MESH_ON, "route_reflector", back))
            if kind != "IPPool" or not holds_blocks(is_, observed["blocks"]):
                result.append(Move(phase, "calico_bgp", Deletion(kind, name)))
        elif was is not None:
            result += _object(was, is_)
    for host in snapshot["routers"]:
        write = RouterWrite(host, state="restored")
        result.append(Move(Phase.ROUTERS, "routeros_peer", write, host))
    return sorted(result, key=lambda move: move.phase)


def _object(was: Raw, is_: Raw | None) -> Iterator[Move]:
    kind, name = str(was["kind"]), str(was["name"])
    record = was.get("record") or {}
    if is_ is None:
        write = CalicoObject(kind, name, was["spec"], labels=was["labels"], record=record)
        yield Move(_CREATED[kind], "calico_bgp", write, name)
        return
    fields = _difference(was["spec"], is_["spec"])
    labels = _difference(was["labels"], is_["labels"])
    mesh = {key: value for key, value in fields.items() if key in MESH_FIELDS}
    if mesh:
        ends = mesh.get("nodeToNodeMeshEnabled") is False
        phase = Phase.MESH_OFF if ends else Phase.MESH_ON
        yield Move(phase, "route_reflector", CalicoObject(kind, name, mesh))
    rest = {key: value for key, value in fields.items() if key not in mesh}
    if rest and kind in WHOLE_KINDS:
        # An object of ours is described as a whole.
        rest = {**was["spec"], **rest}
    if rest or labels or record != (is_.get("record") or {}):
        # The record goes back in the last write only, else that of the mesh would return.
        write = CalicoObject(kind, name, rest, labels=labels, record=record)
        yield Move(_CHANGED[kind], "calico_bgp", write, name)


def _node(was: Raw, is_: Raw) -> Iterator[Move]:
    fields = _difference(
        node_fields(was["labels"], was["annotations"]),
        node_fields(is_["labels"], is_["annotations"]),
    )
    record = was.get("record") or {}
    if fields or record != (is_.get("record") or {}):
        cluster_id = fields.get(f"annotation {CLUSTER_ID_ANNOTATION}")
        phase = Phase.DEMOTIONS if cluster_id is None else Phase.PROMOTIONS
        name = str(was["name"])
        yield Move(phase, "route_reflector", node_patch(name, fields, record), name)


def _difference(was: Raw, is_: Raw) -> dict[str, Any]:
    """Return the values that make ``is_`` what it was; None is absent."""
    names = dict.fromkeys([*was, *is_])
    return {name: was.get(name) for name in names if was.get(name) != is_.get(name)}
