# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""kubeconfig files of the lab's users."""

from __future__ import annotations

import os
from pathlib import Path

import yaml

from calico_lab.pki import CertificateFiles

CLUSTER = "calico-routeros-lab"


def write_kubeconfig(
    path: Path, server: str, ca: CertificateFiles, user: str, client: CertificateFiles
) -> None:
    """A kubeconfig (mode 0600) that names the certificate files by absolute path."""
    context = f"{user}@{CLUSTER}"
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {
                "name": CLUSTER,
                "cluster": {"server": server, "certificate-authority": str(ca.certificate)},
            }
        ],
        "users": [
            {
                "name": user,
                "user": {
                    "client-certificate": str(client.certificate),
                    "client-key": str(client.key),
                },
            }
        ],
        "contexts": [{"name": context, "context": {"cluster": CLUSTER, "user": user}}],
        "current-context": context,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        yaml.safe_dump(config, file, sort_keys=False)
