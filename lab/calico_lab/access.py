# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The users of the lab's API and exactly what each may do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

OPERATOR = "calico-routeros"  # what the collection logs in as
CALICO_NODE_GROUP = "calico-nodes"
ADMINISTRATORS = "system:masters"
KUBE_PROXY = "system:kube-proxy"  # bound to the role system:node-proxier by Kubernetes itself

RBAC = "/apis/rbac.authorization.k8s.io/v1"

_CALICO_GROUPS = ["crd.projectcalico.org", "projectcalico.org"]
_READ = ["get", "list", "watch"]
_LIST = ["get", "list"]

# A deleted pool takes its pods' addresses with it, so nothing here may delete one.
OPERATOR_RULES: list[dict[str, list[str]]] = [
    {"apiGroups": [""], "resources": ["nodes"], "verbs": [*_READ, "patch"]},
    {
        "apiGroups": _CALICO_GROUPS,
        "resources": ["bgpconfigurations", "bgppeers", "bgpfilters", "caliconodestatuses"],
        "verbs": [*_READ, "create", "patch", "delete"],
    },
    {
        "apiGroups": _CALICO_GROUPS,
        "resources": ["ippools"],
        "verbs": [*_READ, "create", "patch"],
    },
    {
        "apiGroups": _CALICO_GROUPS,
        "resources": [
            "blockaffinities",
            "ipamblocks",
            "clusterinformations",
            "felixconfigurations",
        ],
        "verbs": _LIST,
    },
    {"apiGroups": ["apps"], "resources": ["daemonsets", "deployments"], "verbs": _LIST},
    {"apiGroups": [""], "resources": ["pods", "services", "configmaps"], "verbs": _LIST},
    {"apiGroups": ["discovery.k8s.io"], "resources": ["endpointslices"], "verbs": _LIST},
    {"apiGroups": ["apiregistration.k8s.io"], "resources": ["apiservices"], "verbs": ["get"]},
    {
        "apiGroups": ["apiextensions.k8s.io"],
        "resources": ["customresourcedefinitions"],
        "verbs": ["list"],
    },
    {
        "apiGroups": ["authentication.k8s.io"],
        "resources": ["selfsubjectreviews"],
        "verbs": ["create"],
    },
    {
        "apiGroups": ["authorization.k8s.io"],
        "resources": ["selfsubjectaccessreviews"],
        "verbs": ["create"],
    },
]

CALICO_NODE_RULES: list[dict[str, list[str]]] = [
    {"apiGroups": _CALICO_GROUPS, "resources": ["*"], "verbs": _READ},
    {
        "apiGroups": _CALICO_GROUPS,
        "resources": ["caliconodestatuses", "caliconodestatuses/status"],
        "verbs": ["update", "patch"],
    },
    {
        "apiGroups": [""],
        "resources": ["nodes", "pods", "services", "namespaces", "endpoints"],
        "verbs": _READ,
    },
    {"apiGroups": [""], "resources": ["nodes", "nodes/status"], "verbs": ["update", "patch"]},
    {"apiGroups": ["discovery.k8s.io"], "resources": ["endpointslices"], "verbs": _READ},
]

# BGP passwords. Calico's manifests grant calico-node no Secret at all; the lab grants it those of
# its own namespace.
CALICO_NODE_SECRETS_NAMESPACE = "kube-system"
CALICO_NODE_SECRET_RULES: list[dict[str, list[str]]] = [
    {"apiGroups": [""], "resources": ["secrets"], "verbs": _READ},
]


def calico_node_user(node: str) -> str:
    return f"calico-node:{node}"


def access_objects() -> list[tuple[str, dict[str, Any]]]:
    """(collection path, object) of every role and binding, in the order to create them."""
    objects: list[tuple[str, dict[str, Any]]] = []
    for name, rules, subject in (
        (OPERATOR, OPERATOR_RULES, {"kind": "User", "name": OPERATOR}),
        ("calico-node", CALICO_NODE_RULES, {"kind": "Group", "name": CALICO_NODE_GROUP}),
    ):
        objects.append((f"{RBAC}/clusterroles", _role("ClusterRole", name, rules)))
        objects.append(
            (f"{RBAC}/clusterrolebindings", _binding("ClusterRole", name, subject)),
        )
    namespaced = f"{RBAC}/namespaces/{CALICO_NODE_SECRETS_NAMESPACE}"
    group = {"kind": "Group", "name": CALICO_NODE_GROUP}
    objects.append(
        (f"{namespaced}/roles", _role("Role", "calico-node-secrets", CALICO_NODE_SECRET_RULES))
    )
    objects.append((f"{namespaced}/rolebindings", _binding("Role", "calico-node-secrets", group)))
    return objects


def _role(kind: str, name: str, rules: Sequence[dict[str, list[str]]]) -> dict[str, Any]:
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": kind,
        "metadata": {"name": name},
        "rules": list(rules),
    }


def _binding(role_kind: str, name: str, subject: dict[str, str]) -> dict[str, Any]:
    group = "rbac.authorization.k8s.io"
    return {
        "apiVersion": f"{group}/v1",
        "kind": f"{role_kind}Binding",
        "metadata": {"name": name},
        "roleRef": {"apiGroup": group, "kind": role_kind, "name": name},
        "subjects": [{"apiGroup": group, **subject}],
    }
