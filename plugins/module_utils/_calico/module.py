# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Glue between Ansible modules and the Kubernetes API: connection options, client, errors."""

from __future__ import annotations

import os
from typing import Any

from ansible_collections.kubernetes.core.plugins.module_utils.k8s.client import get_api_client
from ansible_collections.kubernetes.core.plugins.module_utils.k8s.core import AnsibleK8SModule

from .api import ApiFailed, DynamicClientApi, innermost_reason

#: Connection options, a subset of kubernetes.core's and read by its client. The kubeconfig is a
#: path only, so that messages can name it. Documented in doc_fragments/kubernetes.py.
CONNECTION_OPTIONS: dict[str, dict[str, Any]] = {
    "kubeconfig": {"type": "path"},
    "context": {"type": "str"},
    "host": {"type": "str"},
    "api_key": {"type": "str", "no_log": True},
    "validate_certs": {"type": "bool", "aliases": ["verify_ssl"]},
    "ca_cert": {"type": "path", "aliases": ["ssl_ca_cert"]},
    "client_cert": {"type": "path", "aliases": ["cert_file"]},
    "client_key": {"type": "path", "aliases": ["key_file"]},
    "proxy": {"type": "str"},
}


def create_module(options: dict[str, Any], supports_check_mode: bool = True) -> Any:
    """Return an AnsibleModule with the connection options beside ``options``."""
    return AnsibleK8SModule(
        argument_spec={**CONNECTION_OPTIONS, **options}, supports_check_mode=supports_check_mode
    )


def connect(module: Any) -> DynamicClientApi:
    """Return the API that the module's options and environment name.

    Raises:
        ApiFailed: no usable configuration, or the server does not answer.
    """
    params = module.params
    tried = params.get("host") or params.get("kubeconfig") or os.getenv("K8S_AUTH_KUBECONFIG")
    try:
        client = get_api_client(module)
    except Exception as exc:
        raise ApiFailed(
            f"no connection with {tried or 'the default kubeconfig'}: {innermost_reason(exc)}"
        ) from exc
    return DynamicClientApi(client.client, str(client.configuration.host))
