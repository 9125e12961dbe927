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
from .._fabric.object_patch import merge_patch, merged
from .._fabric.ownership import belongs_to, described_whole, labels_of
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


def difference(
    api: KubernetesApi,
    api_group: str,
    objects: Sequence[CalicoObject],
    nodes: Sequence[NodePatch] = (),
    purge: Iterable[tuple[str, str]] = (),
) -> list[Write]:
    """Return the writes that make the cluster what is wished, in the order of the arguments.

    ``purge`` holds pairs of kind and component: objects of this collection that belong to the
    component and are not in ``objects`` are deleted, after everything else.
    """
    purge = list(purge)
    kinds = {item.kind for item in objects} | {kind for kind, _component in purge}
    known = {kind: {o["name"]: o for o in read_objects(api, api_group, kind)} for kind in kinds}
    writes = [
        write
        for item in objects
        for write in _object_write(api_group, item, known[item.kind].get(item.name))
    ]
    if nodes:
        by_name = {node["name"]: node for node in read_nodes(api)}
        writes += [
            write for patch in nodes for write in _node_write(patch, by_name.get(patch.node))
        ]
    wished = {(item.kind, item.name) for item in objects}
    for kind, component in purge:
        for name, item in known[kind].items():
            if belongs_to(item, component) and (kind, name) not in wished:
                path = kind_path(api_group, kind, name)
                writes.append(Write("delete", kind, name, path, before=item["spec"]))
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
    if current is None:
        spec = {key: value for key, value in wished.spec.items() if value is not None}
        metadata: dict[str, Any] = {"name": wished.name}
        if wished.component is not None:
            metadata["labels"] = labels_of(wished.component)
        body = {"apiVersion": api_group, "kind": wished.kind, "metadata": metadata, "spec": spec}
        path = kind_path(api_group, wished.kind)
        yield Write("create", wished.kind, wished.name, path, body, None, spec)
        return
    patch = merge_patch(current["spec"], wished.spec, described_whole(current))
    if patch:
        path = kind_path(api_group, wished.kind, wished.name)
        after = merged(current["spec"], patch)
        yield Write(
            "patch", wished.kind, wished.name, path, {"spec": patch}, current["spec"], after
        )


def _node_write(wished: NodePatch, current: Mapping[str, Any] | None) -> Iterable[Write]:
    """Labels and annotations go in one patch, so that Calico never sees one without the other."""
    if current is None:
        return
    metadata: dict[str, Any] = {}
    before: dict[str, Any] = {}
    for key, values in (("labels", wished.labels), ("annotations", wished.annotations)):
        differing = {k: v for k, v in values.items() if current[key].get(k) != v}
        if differing:
            metadata[key] = differing
            before[key] = {k: current[key][k] for k in differing if k in current[key]}
    if metadata:
        body = {"metadata": metadata}
        yield Write("patch", "Node", wished.node, node_path(wished.node), body, before, metadata)


def diff_text(writes: Sequence[Write]) -> dict[str, str]:
    """Return the writes as Ansible shows differences: ``{before, after}`` in text."""

    def text(state: str) -> str:
        shown = {f"{w.kind} {w.name}": getattr(w, state) for w in writes}
        shown = {key: value for key, value in shown.items() if value is not None}
        return json.dumps(shown, indent=2, sort_keys=True) + "\n" if shown else ""

    return {"before": text("before"), "after": text("after")}
