# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Objects as they are once something is written: the one rule that plan and adapter share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .description import CalicoObject, NodePatch
from .object_patch import merge_patch, merged
from .ownership import (
    WHOLE_KINDS,
    described_whole,
    is_owned,
    labels_of,
    recorded,
    undone,
)

Raw = Mapping[str, Any]
#: Prefixes of the fields of a node, in records and plans.
_PARTS = {"labels": "label ", "annotations": "annotation "}


def overlay(
    cluster: Sequence[Raw],
    objects: Iterable[CalicoObject] = (),
    patches: Iterable[NodePatch] = (),
    deletes: Iterable[tuple[str, str]] = (),
) -> list[Raw]:
    """Return the cluster's objects as they are once all that is written.

    ``deletes`` are pairs of kind and name. A label or annotation of None is removed.
    """
    result = {(str(item["kind"]), str(item["name"])): item for item in cluster}
    for item in objects:
        result[(item.kind, item.name)] = object_after(result.get((item.kind, item.name)), item)
    for patch in patches:
        node = result.get(("Node", patch.node))
        if node is not None:
            result[("Node", patch.node)] = node_after(node, patch)
    for key in deletes:
        result.pop(key, None)
    return list(result.values())


def object_after(current: Raw | None, wished: CalicoObject) -> Raw:
    """Return an object as ``{kind, name, labels, spec, record}`` after a write.

    Of an object of others the record tells what the fields were before; of one that we create and
    others may add to, that they were not there.
    """
    if current is None:
        spec = {key: value for key, value in wished.spec.items() if value is not None}
        record = wished.record
        if record is None:
            record = {} if wished.kind in WHOLE_KINDS else recorded({}, {}, spec)
        labels = labels_of(wished.component) if wished.labels is None else wished.labels
        kept = {key: value for key, value in labels.items() if value is not None}
        return {
            "kind": wished.kind,
            "name": wished.name,
            "labels": kept,
            "spec": spec,
            "record": record,
        }
    spec = current.get("spec") or {}
    known = current.get("record") or {}
    back = undone({name: known[name] for name in wished.restore if name in known}, spec)
    patch = {**merge_patch(spec, wished.spec, described_whole(current)), **back}
    whole = current["kind"] in WHOLE_KINDS and is_owned(current)
    record = known if whole else recorded(known, spec, patch)
    if wished.record is not None:
        record = wished.record
    return {
        **current,
        "labels": merged(current.get("labels") or {}, wished.labels or {}),
        "spec": merged(spec, patch),
        "record": {name: entry for name, entry in record.items() if name not in wished.restore},
    }


def node_after(current: Raw, patch: NodePatch) -> Raw:
    """Return a node as ``{name, labels, annotations, record}`` after a write."""
    now = node_fields(current["labels"], current["annotations"])
    known = current.get("record") or {}
    back = undone({name: known[name] for name in patch.restore if name in known}, now)
    wished = {**node_fields(patch.labels, patch.annotations), **back}
    differing = {name: value for name, value in wished.items() if now.get(name) != value}
    record = recorded(known, now, differing) if patch.record is None else patch.record
    whole = _patch_of(wished)
    return {
        **current,
        "labels": merged(current["labels"], whole["labels"]),
        "annotations": merged(current["annotations"], whole["annotations"]),
        "record": {name: entry for name, entry in record.items() if name not in patch.restore},
    }


def node_fields(labels: Mapping[str, Any], annotations: Mapping[str, Any]) -> dict[str, Any]:
    """Return labels and annotations by the names that records and plans give them."""
    return {
        **{f"{_PARTS['labels']}{key}": value for key, value in labels.items()},
        **{f"{_PARTS['annotations']}{key}": value for key, value in annotations.items()},
    }


def node_patch(node: str, fields: Mapping[str, Any], record: Mapping[str, Any]) -> NodePatch:
    """Return the patch that sets fields by those names, and the record."""
    parts = _patch_of(fields)
    return NodePatch(node, parts["labels"], parts["annotations"], record)


def _patch_of(fields: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    parts: dict[str, dict[str, Any]] = {part: {} for part in _PARTS}
    for name, value in fields.items():
        for part, prefix in _PARTS.items():
            if name.startswith(prefix):
                parts[part][name[len(prefix) :]] = value
    return parts
