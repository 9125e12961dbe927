# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """Connection to the Kubernetes API, with the names of kubernetes.core."""

    DOCUMENTATION = r"""
options:
  kubeconfig:
    description:
      - Path of a kubeconfig file.
      - Without this and O(host), E(K8S_AUTH_KUBECONFIG), the service account of a pod or C(~/.kube/config) is used.
    type: path
  context:
    description: Context in the kubeconfig, or E(K8S_AUTH_CONTEXT).
    type: str
  host:
    description: URL of the Kubernetes API, or E(K8S_AUTH_HOST).
    type: str
  api_key:
    description: Bearer token, or E(K8S_AUTH_API_KEY).
    type: str
  validate_certs:
    description: Whether the API's certificate is verified, or E(K8S_AUTH_VERIFY_SSL). Unset leaves it to the kubeconfig.
    type: bool
    aliases: [verify_ssl]
  ca_cert:
    description: File with the CA certificate of the API, or E(K8S_AUTH_SSL_CA_CERT).
    type: path
    aliases: [ssl_ca_cert]
  client_cert:
    description: File with a client certificate, or E(K8S_AUTH_CERT_FILE).
    type: path
    aliases: [cert_file]
  client_key:
    description: File with the key of O(client_cert), or E(K8S_AUTH_KEY_FILE).
    type: path
    aliases: [key_file]
  proxy:
    description: URL of an HTTP proxy, or E(K8S_AUTH_PROXY).
    type: str
"""
