# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write Calico objects: only what differs, only the fields that are named."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .._fabric.description import CalicoObject, NodePatch
from .._fabric.overlay import node_after, object_after
from .._fabric.ownership import OWNER, OWNER_LABEL, RECORD_ANNOTATION, is_owned, record_text
from .api import KubernetesApi
from .cluster import kind_path, node_path, read_nodes, read_objects


@dataclass(frozen=True)
class Write:
    """One request that changes something. ``verb``: create, patch or delete."""

    verb: str
    kind: str
    name: str
    path: str
    body: Mapping[str, Any] = field(default_factory=dict)
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None

    def __str__(self) -> str:
        text = f"{self.verb} {self.kind} {self.name}"
        return f"{text} {json.dumps(self.body, sort_keys=True)}" if self.verb == "patch" else text


class NotOurs(Exception):
    """An object that is to be deleted does not bear this collection's label."""


def difference(
    api: KubernetesApi,
    api_group: str,
    objects: Sequence[CalicoObject],
    nodes: Sequence[NodePatch] = (),
    deletions: Iterable[tuple[str, str]] = (),
) -> list[Write]:
    """Return the writes that make the cluster what is wished, in the order of the arguments.

    ``deletions`` holds pairs of kind and name; what is gone already is fine. Raises NotOurs for one
    that this collection did not create, ApiFailed.
    """
    deletions = list(deletions)
    kinds = {item.kind for item in objects} | {kind for kind, _name in deletions}
    known = {kind: {o["name"]: o for o in read_objects(api, api_group, kind)} for kind in kinds}
    writes = []
    for item in objects:
        current = known[item.kind].get(item.name)
        found = list(_object_write(api_group, item, current))
        writes += found
        if found:
            # The next write of the same object follows on this one.
            known[item.kind][item.name] = dict(object_after(current, item))
    if nodes:
        by_name = {node["name"]: node for node in read_nodes(api)}
        for patch in nodes:
            node = by_name.get(patch.node)
            writes += _node_write(patch, node)
            if node is not None:
                by_name[patch.node] = dict(node_after(node, patch))
    for kind, name in deletions:
        current = known[kind].get(name)
        if current is None:
            continue
        if not is_owned(current):
            raise NotOurs(
                f"{kind} {name}: found no label {OWNER_LABEL}={OWNER}, expected one, since objects "
                "of others are never deleted; delete it yourself if it is in the way"
            )
        path = kind_path(api_group, kind, name)
        writes.append(Write("delete", kind, name, path, before=current["spec"]))
    return writes


def write(api: KubernetesApi, writes: Iterable[Write]) -> None:
    """Send the writes in order. Raises ApiFailed at the first that is refused."""
    for item in writes:
        if item.verb == "create":
            api.create(item.path, item.body)
        elif item.verb == "patch":
            api.merge_patch(item.path, item.body)
        else:
            api.delete(item.path)


def _object_write(
    api_group: str, wished: CalicoObject, current: Mapping[str, Any] | None
) -> Iterable[Write]:
    if current is None and not wished.spec:
        return
    after = object_after(current, wished)
    spec = after["spec"]
    if current is None:
        metadata: dict[str, Any] = {"name": wished.name}
        if after["labels"]:
            metadata["labels"] = after["labels"]
        if after["record"]:
            metadata["annotations"] = {RECORD_ANNOTATION: record_text(after["record"])}
        body = {"apiVersion": api_group, "kind": wished.kind, "metadata": metadata, "spec": spec}
        path = kind_path(api_group, wished.kind)
        yield Write("create", wished.kind, wished.name, path, body, None, spec)
        return
    patch = {
        "metadata": _metadata_patch(current, after, ("labels",)),
        "spec": _differing(current["spec"], spec),
    }
    body = {key: value for key, value in patch.items() if value}
    if body:
        path = kind_path(api_group, wished.kind, wished.name)
        before = {**current["spec"], **_shown(current)}
        shown = {**spec, **_shown(after)}
        yield Write("patch", wished.kind, wished.name, path, body, before, shown)


def _node_write(wished: NodePatch, current: Mapping[str, Any] | None) -> Iterable[Write]:
    """Labels and annotations go in one patch, so that Calico never sees one without the other."""
    if current is None:
        return
    after = node_after(current, wished)
    metadata = _metadata_patch(current, after, ("labels", "annotations"))
    if metadata:
        before, then = (
            {
                part: {key: item[part][key] for key in metadata.get(part, ()) if key in item[part]}
                for part in ("labels", "annotations")
            }
            for item in (current, after)
        )
        path = node_path(wished.node)
        body = {"metadata": metadata}
        yield Write("patch", "Node", wished.node, path, body, before, then)


def _metadata_patch(
    current: Mapping[str, Any], after: Mapping[str, Any], parts: Iterable[str]
) -> dict[str, Any]:
    patch = {part: _differing(current.get(part) or {}, after.get(part) or {}) for part in parts}
    texts = [record_text(item.get("record") or {}) for item in (current, after)]
    if texts[0] != texts[1]:
        patch["annotations"] = {**patch.get("annotations", {}), RECORD_ANNOTATION: texts[1]}
    return {part: values for part, values in patch.items() if values}


def _differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Return the merge patch (RFC 7386) that makes the one the other, mappings inside too."""
    patch: dict[str, Any] = {}
    for name in dict.fromkeys([*before, *after]):
        was, is_ = before.get(name), after.get(name)
        if isinstance(was, Mapping) and isinstance(is_, Mapping):
            if was != is_:
                patch[name] = _differing(was, is_)
        elif was != is_:
            patch[name] = is_
    return patch


def _shown(item: Mapping[str, Any]) -> dict[str, Any]:
    return {"labels": item["labels"]} if item.get("labels") else {}


def diff_text(writes: Sequence[Write]) -> dict[str, str]:
    """Return the writes as Ansible shows differences: ``{before, after}`` in text."""

    def text(state: str) -> str:
        shown = {f"{w.kind} {w.name}": getattr(w, state) for w in writes}
        shown = {key: value for key, value in shown.items() if value is not None}
        return json.dumps(shown, indent=2, sort_keys=True) + "\n" if shown else ""

    return {"before": text("before"), "after": text("after")}
