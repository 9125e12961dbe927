# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's Kubernetes API, as its administrator sees it."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any, TypeVar

from calico_lab import namespaces
from calico_lab.kube_api import KubeApi
from calico_lab.lab import Lab
from calico_lab.topology import ADMIN

SECRETS = "/api/v1/namespaces/kube-system/secrets"  # calico-node may read those of kube-system

_Result = TypeVar("_Result")


def ask_cluster(lab: Lab, question: Callable[[KubeApi], _Result]) -> _Result:
    """The result of a function that speaks to the API."""
    api = KubeApi(lab.state.kubeconfig("admin"))
    return namespaces.call_in(lab.topology.namespace(ADMIN), lambda: question(api))


def write_secret(lab: Lab, name: str, key: str, value: str) -> None:
    body: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": "kube-system"},
        "data": {key: base64.b64encode(value.encode()).decode()},
    }
    ask_cluster(lab, lambda api: api.apply(SECRETS, body))
