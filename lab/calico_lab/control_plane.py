# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""etcd and kube-apiserver: their command lines and the audit policy."""

from __future__ import annotations

import json
from typing import Any

from calico_lab.options import State
from calico_lab.pki import CertificateFiles
from calico_lab.processes import Part
from calico_lab.topology import API_PORT, CONTROL, KUBERNETES_SERVICE, SERVICE_CIDR, Topology

ETCD_URL = "http://127.0.0.1:2379"  # the loopback of k8s-control's namespace
ETCD_PEER_URL = "http://127.0.0.1:2380"
SERVICE_ACCOUNT_ISSUER = "https://kubernetes.default.svc.cluster.local"


def server_url(topology: Topology) -> str:
    return f"https://{topology.node(CONTROL).address.ip}:{API_PORT}"


def server_names(topology: Topology) -> list[str]:
    """Names that the API server's certificate must hold."""
    return [
        CONTROL,
        "kubernetes",
        "kubernetes.default",
        "kubernetes.default.svc",
        "kubernetes.default.svc.cluster.local",
        "localhost",
        "127.0.0.1",
        str(topology.node(CONTROL).address.ip),
        str(KUBERNETES_SERVICE),
    ]


def etcd_part(binary: str, state: State) -> Part:
    return Part(
        name="etcd",
        host=CONTROL,
        command=[
            binary,
            f"--name={CONTROL}",
            f"--data-dir={state.etcd}",
            f"--listen-client-urls={ETCD_URL}",
            f"--advertise-client-urls={ETCD_URL}",
            f"--listen-peer-urls={ETCD_PEER_URL}",
            f"--initial-advertise-peer-urls={ETCD_PEER_URL}",
            f"--initial-cluster={CONTROL}={ETCD_PEER_URL}",
            "--logger=zap",
        ],
    )


def apiserver_part(
    binary: str,
    topology: Topology,
    state: State,
    ca: CertificateFiles,
    server: CertificateFiles,
    service_accounts: CertificateFiles,
) -> Part:
    policy = state.root / "audit-policy.json"
    policy.write_text(json.dumps(audit_policy(), indent=2) + "\n")
    return Part(
        name="kube-apiserver",
        host=CONTROL,
        command=[
            binary,
            f"--etcd-servers={ETCD_URL}",
            "--bind-address=0.0.0.0",
            f"--advertise-address={topology.node(CONTROL).address.ip}",
            f"--secure-port={API_PORT}",
            f"--tls-cert-file={server.certificate}",
            f"--tls-private-key-file={server.key}",
            f"--client-ca-file={ca.certificate}",
            f"--service-account-key-file={service_accounts.certificate}",
            f"--service-account-signing-key-file={service_accounts.key}",
            f"--service-account-issuer={SERVICE_ACCOUNT_ISSUER}",
            f"--service-cluster-ip-range={SERVICE_CIDR}",
            "--authorization-mode=Node,RBAC",
            # There is no controller that would ever take the taint "not ready" away again.
            "--disable-admission-plugins=TaintNodesByCondition",
            f"--audit-policy-file={policy}",
            f"--audit-log-path={state.audit_log}",
            "--profiling=false",
        ],
    )


def audit_policy() -> dict[str, Any]:
    """Every write with its body, secrets without; of the reads only those of people and tools.

    First matching rule decides.
    """
    reads = ["get", "list", "watch"]
    lab_users = ["system:apiserver", "system:kube-proxy"]
    return {
        "apiVersion": "audit.k8s.io/v1",
        "kind": "Policy",
        "omitStages": ["RequestReceived"],
        "rules": [
            {"level": "None", "verbs": reads, "users": lab_users},
            {"level": "None", "verbs": reads, "userGroups": ["calico-nodes"]},
            {"level": "Metadata", "verbs": reads},
            {
                "level": "Metadata",
                "resources": [
                    {"group": "", "resources": ["secrets", "configmaps", "serviceaccounts/token"]},
                    {"group": "authentication.k8s.io"},
                ],
            },
            {"level": "RequestResponse"},
        ],
    }
