# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read what the collection needs to know of a cluster: one LIST per kind."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from .._fabric.ownership import parse_record
from . import datastore
from .api import ApiFailed, KubernetesApi

PLURALS: Mapping[str, str] = {
    "BGPConfiguration": "bgpconfigurations",
    "BGPFilter": "bgpfilters",
    "BGPPeer": "bgppeers",
    "BlockAffinity": "blockaffinities",
    "ClusterInformation": "clusterinformations",
    "FelixConfiguration": "felixconfigurations",
    "IPPool": "ippools",
}

_METADATA_ANNOTATION = "projectcalico.org/metadata"
_PREFIX = "projectcalico.org/"
_NODES = "/api/v1/nodes"
_DAEMON_SETS = ("calico-system", "kube-system")


def node_path(name: str) -> str:
    """Return the path of a Node."""
    return f"{_NODES}/{name}"


def kind_path(api_group: str, kind: str, name: str = "") -> str:
    """Return the path of a kind's collection, or of one object."""
    path = f"/apis/{api_group}/{PLURALS[kind]}"
    return f"{path}/{name}" if name else path


def find_datastore(api: KubernetesApi, wished: str = "auto") -> datastore.Datastore:
    """Return where Calico keeps its objects.

    Raises:
        ApiFailed, datastore.NoCalicoApi
    """
    groups = [group["name"] for group in api.request("GET", "/apis").get("groups") or []]
    if wished != "auto":
        if wished.partition("/")[0] not in groups:
            raise datastore.NoCalicoApi(f"found no API group {wished}, which was asked for")
        return datastore.Datastore(wished, "as asked for")
    api_service = migration = None
    if "projectcalico.org" in groups:
        api_service = api.find(datastore.API_SERVICE_PATH)
        if "migration.projectcalico.org" in groups:
            migration = api.find(datastore.MIGRATION_PATH)
    return datastore.detect(groups, api_service, migration)


def read_objects(api: KubernetesApi, api_group: str, kind: str) -> list[dict[str, Any]]:
    """Return the objects of a kind as ``{kind, name, labels, spec, record}``, sorted by name."""
    objects = [plain_object(kind, item) for item in api.list(kind_path(api_group, kind))]
    return sorted(objects, key=lambda item: str(item["name"]))


def plain_object(kind: str, item: Mapping[str, Any]) -> dict[str, Any]:
    """Reduce an API object to what matters.

    Calico's API server keeps labels of the v3 object in an annotation of the v1 object
    (libcalico-go/lib/backend/k8s/resources/customresource.go); they win over plain labels.
    """
    metadata = item["metadata"]
    labels = dict(metadata.get("labels") or {})
    stored = (metadata.get("annotations") or {}).get(_METADATA_ANNOTATION)
    if stored:
        with contextlib.suppress(ValueError):
            labels.update(json.loads(stored).get("labels") or {})
    return {
        "kind": kind,
        "name": metadata["name"],
        "labels": labels,
        "spec": item.get("spec") or {},
        "record": parse_record(metadata.get("annotations")),
    }


def read_nodes(api: KubernetesApi) -> list[dict[str, Any]]:
    """Return the nodes as ``{name, labels, annotations, record}``; the annotations are Calico's."""
    nodes = []
    for item in api.list(_NODES):
        metadata = item["metadata"]
        annotations = metadata.get("annotations") or {}
        nodes.append(
            {
                "name": metadata["name"],
                "labels": metadata.get("labels") or {},
                "annotations": {k: v for k, v in annotations.items() if k.startswith(_PREFIX)},
                "record": parse_record(annotations),
            }
        )
    return sorted(nodes, key=lambda node: str(node["name"]))


def read_cluster(api: KubernetesApi, wished_datastore: str = "auto") -> dict[str, Any]:
    """Return the observed state of a cluster.

    Shape: ``{server, guid, api_group, served_by, calico_version, backend, nodes, objects, blocks,
    felix}``. ``objects`` are those of BGPConfiguration, BGPFilter, BGPPeer and IPPool, ``blocks``
    the confirmed blocks as ``{node, cidr}``, ``felix`` what :func:`read_felix` returns.
    """
    store = find_datastore(api, wished_datastore)
    group = store.api_group
    daemon = _calico_node(api)
    information = [item["spec"] for item in read_objects(api, group, "ClusterInformation")]
    objects = []
    for kind in ("BGPConfiguration", "BGPFilter", "BGPPeer", "IPPool"):
        objects += read_objects(api, group, kind)
    return {
        "server": api.server,
        "guid": next((str(i["clusterGUID"]) for i in information if i.get("clusterGUID")), ""),
        "api_group": group,
        "served_by": store.served_by,
        "calico_version": _version(information, daemon, api.server),
        "backend": _environment(daemon).get("CALICO_NETWORKING_BACKEND", "bird"),
        "nodes": read_nodes(api),
        "objects": objects,
        "blocks": _blocks(api, group),
        "felix": read_felix(api, group),
    }


def read_felix(api: KubernetesApi, group: str) -> dict[str, Any]:
    """Return what pins must not collide with, over all FelixConfigurations.

    Shape: ``{route_table_ranges: [{min, max}], wireguard_rule_priority, bpf_enabled}``. Defaults
    are Felix's own (felix/config/config_params.go); an older cluster may have no such objects.
    """
    try:
        specs = [item["spec"] for item in read_objects(api, group, "FelixConfiguration")]
    except ApiFailed as exc:
        if exc.status != 404:
            raise
        specs = []
    ranges = [r for spec in specs for r in spec.get("routeTableRanges") or ()]
    ranges += [spec["routeTableRange"] for spec in specs if spec.get("routeTableRange")]
    priorities = [spec["wireguardRoutingRulePriority"] for spec in specs if _prioritised(spec)]
    return {
        "route_table_ranges": [{"min": r["min"], "max": r["max"]} for r in ranges]
        or [{"min": 1, "max": 250}],
        "wireguard_rule_priority": priorities[0] if priorities else 99,
        "bpf_enabled": any(spec.get("bpfEnabled") for spec in specs),
    }


def _prioritised(spec: Mapping[str, Any]) -> bool:
    return spec.get("wireguardRoutingRulePriority") is not None


def _blocks(api: KubernetesApi, group: str) -> list[dict[str, str]]:
    blocks = []
    for item in read_objects(api, group, "BlockAffinity"):
        spec = item["spec"]
        if spec.get("state") == "confirmed" and str(spec.get("deleted", "")).lower() != "true":
            blocks.append({"node": spec["node"], "cidr": spec["cidr"]})
    return sorted(blocks, key=lambda block: (block["node"], block["cidr"]))


def _calico_node(api: KubernetesApi) -> dict[str, Any]:
    for namespace in _DAEMON_SETS:
        found = api.find(f"/apis/apps/v1/namespaces/{namespace}/daemonsets/calico-node")
        if found is not None:
            return found
    return {}


def _container(daemon: Mapping[str, Any]) -> dict[str, Any]:
    pod = ((daemon.get("spec") or {}).get("template") or {}).get("spec") or {}
    for container in pod.get("containers") or []:
        if container.get("name") == "calico-node":
            result: dict[str, Any] = container
            return result
    return {}


def _environment(daemon: Mapping[str, Any]) -> dict[str, str]:
    environment = _container(daemon).get("env") or []
    return {entry["name"]: str(entry.get("value", "")) for entry in environment}


def _version(
    information: Iterable[Mapping[str, Any]], daemon: Mapping[str, Any], server: str
) -> str:
    """Return Calico's version as ``v3.32.1``: from ClusterInformation, else the image's tag."""
    for spec in information:
        if spec.get("calicoVersion"):
            return str(spec["calicoVersion"])
    tag = re.search(r":(v\d+\.\d+\.\d+[^@]*)", str(_container(daemon).get("image", "")))
    if tag:
        return tag.group(1)
    raise ApiFailed(
        f"Calico's version is neither in a ClusterInformation nor in the image tag of the DaemonSet"
        f" calico-node in {' or '.join(_DAEMON_SETS)} ({server})"
    )
