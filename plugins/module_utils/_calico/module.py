# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Glue between Ansible modules and the Kubernetes API: connection options, client, errors."""

from __future__ import annotations

import copy
from typing import Any

from ansible_collections.kubernetes.core.plugins.module_utils.args_common import AUTH_ARG_SPEC
from ansible_collections.kubernetes.core.plugins.module_utils.k8s.client import get_api_client
from ansible_collections.kubernetes.core.plugins.module_utils.k8s.core import AnsibleK8SModule

from .api import ApiFailed, DynamicClientApi


def create_module(options: dict[str, Any]) -> Any:
    """Return an AnsibleModule with kubernetes.core's connection options beside ``options``."""
    spec = {**copy.deepcopy(AUTH_ARG_SPEC), **options}
    return AnsibleK8SModule(argument_spec=spec, supports_check_mode=True)


def connect(module: Any) -> DynamicClientApi:
    """Return the API that the module's options and environment name.

    Raises:
        ApiFailed: no usable configuration, or the server does not answer.
    """
    asked = module.params.get("host") or module.params.get("kubeconfig")
    shown = asked if isinstance(asked, str) else "the default kubeconfig"
    try:
        client = get_api_client(module)
    except Exception as exc:
        raise ApiFailed(f"no connection to the Kubernetes API with {shown}: {_short(exc)}") from exc
    return DynamicClientApi(client.client, str(client.configuration.host))


def _short(exc: BaseException) -> str:
    """Return the last line of a message: the libraries wrap reasons in several layers."""
    lines = [line for line in str(exc).splitlines() if line.strip()]
    return lines[-1] if lines else type(exc).__name__
