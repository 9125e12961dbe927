# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Small clusters for tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.calico_objects import (  # noqa: E501
    CalicoCluster,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.sessions import (
    SessionPlan,
    plan_sessions,
)

Raw = dict[str, Any]


def node(
    name: str,
    address: str = "",
    labels: Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
) -> Raw:
    """A Kubernetes Node; annotations by their name after ``projectcalico.org/``."""
    found = {f"projectcalico.org/{key}": value for key, value in (annotations or {}).items()}
    if address:
        found["projectcalico.org/IPv4Address"] = address
    return {
        "kind": "Node",
        "metadata": {"name": name, "labels": dict(labels or {}), "annotations": found},
    }


def reflector(name: str, address: str, cluster_id: str = "244.0.0.1") -> Raw:
    return node(name, address, {"route-reflector": "true"}, {"RouteReflectorClusterID": cluster_id})


def raw(kind: str, name: str, **spec: Any) -> Raw:
    return {"kind": kind, "metadata": {"name": name}, "spec": spec}


def mesh_off(**spec: Any) -> Raw:
    return raw("BGPConfiguration", "default", nodeToNodeMeshEnabled=False, **spec)


def cluster(*objects: Raw, version: str = "v3.32.1", **options: Any) -> CalicoCluster:
    return CalicoCluster.from_objects(version, objects, **options)


def plan(*objects: Raw, version: str = "v3.32.1", **options: Any) -> SessionPlan:
    return plan_sessions(cluster(*objects, version=version, **options))
