# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The processes that make up a lab, each with its command line and its health check."""

from __future__ import annotations

import functools
import hashlib
import os
import secrets
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from calico_lab import health
from calico_lab.access import (
    ADMINISTRATORS,
    CALICO_NODE_GROUP,
    KUBE_PROXY,
    OPERATOR,
    calico_node_user,
)
from calico_lab.binaries import Binary
from calico_lab.control_plane import apiserver_part, etcd_part, server_names, server_url
from calico_lab.errors import LabError
from calico_lab.kube_api import KubeApi
from calico_lab.kubeconfig import write_kubeconfig
from calico_lab.machine import find_command
from calico_lab.options import LabOptions, State
from calico_lab.pki import Authority, certificate_files, signing_key_files
from calico_lab.processes import Part, python_command, python_environment
from calico_lab.topology import (
    ADMIN,
    CONTROL,
    DNS_POD,
    ROUTER,
    ROUTER_LAN_ADDRESS,
    ROUTER_MANAGEMENT,
    Topology,
)

ROUTER_USER = "ansible"
ROUTER_API_PORT = 8728
KUBE_PROXY_HEALTH_PORT = 10256

# Passed through to the stand-in: Calico's own confd in place of its renderer.
CONFD_VARIABLES = ("LAB_CONFD", "LAB_CONFD_DIR")

Check = Callable[[], str]


@dataclass(frozen=True)
class CheckedPart:
    """A process of the lab and what tells whether it does its work (see health.py)."""

    part: Part
    check: Check


class Parts:
    """Makes every part of one lab; writes the files that their command lines name.

    :param binaries: kube-apiserver and kube-proxy; without them, the parts can be looked at but not
        started.
    """

    def __init__(
        self,
        options: LabOptions,
        topology: Topology,
        state: State,
        binaries: Mapping[str, Binary] | None = None,
    ) -> None:
        self._options = options
        self._topology = topology
        self._state = state
        self._binaries = binaries or {}

    def credentials(self) -> None:
        """Certificates, kubeconfigs and the router's password, as far as they are missing."""
        authority = Authority(self._state.pki)
        users = {
            "admin": ("admin", [ADMINISTRATORS]),
            "operator": (OPERATOR, []),
            "kube-proxy": (KUBE_PROXY, []),
        }
        for node in self._topology.nodes:
            name = f"calico-node-{node.name}"
            users[name] = (calico_node_user(node.name), [CALICO_NODE_GROUP])
        for name, (user, groups) in users.items():
            client = authority.client(f"client-{name}", user, groups)
            path = self._state.kubeconfig(name)
            if not path.exists():
                write_kubeconfig(path, server_url(self._topology), authority.files, user, client)
        authority.server("kube-apiserver", server_names(self._topology))
        authority.server("router", [str(ROUTER_MANAGEMENT.ip), str(ROUTER_LAN_ADDRESS.ip), ROUTER])
        authority.signing_key("service-accounts")
        if not self._state.router_password.exists():
            _write_secret(self._state.router_password, _password())

    def api(self) -> KubeApi:
        """The API as administrator; call it in the namespace of a host of the lab."""
        return KubeApi(self._state.kubeconfig("admin"))

    def etcd(self) -> CheckedPart:
        binary = find_command("etcd")
        if binary is None:
            raise LabError("command etcd: Debian package etcd-server")
        return CheckedPart(
            etcd_part(binary, self._state),
            functools.partial(health.check_http, self._namespace(CONTROL), 2379, "/health"),
        )

    def apiserver(self) -> CheckedPart:
        pki = self._state.pki
        part = apiserver_part(
            self._program("kube-apiserver"),
            self._topology,
            self._state,
            certificate_files(pki, "ca"),
            certificate_files(pki, "kube-apiserver"),
            signing_key_files(pki, "service-accounts"),
        )
        kubeconfig = self._state.kubeconfig("admin")
        return CheckedPart(
            part, functools.partial(health.check_api, self._namespace(ADMIN), kubeconfig)
        )

    def dns(self) -> CheckedPart:
        pod = next(pod for pod in self._topology.pods if pod.name == DNS_POD)
        return CheckedPart(
            Part(
                name="dns",
                host=pod.host,
                command=python_command("calico_lab.dns_server", str(pod.address)),
                environment=python_environment(),
            ),
            functools.partial(health.check_dns, self._namespace(pod.host), pod.address),
        )

    def router(self) -> CheckedPart:
        certificate = certificate_files(self._state.pki, "router")
        command = python_command(
            "calico_lab.routeros",
            "--release",
            self._options.routeros,
            "--state-dir",
            str(self._state.router),
            "--identity",
            ROUTER,
            "--certificate",
            str(certificate.certificate),
            "--key",
            str(certificate.key),
            "--user",
            ROUTER_USER,
            "--password-file",
            str(self._state.router_password),
        )
        return CheckedPart(
            Part("router", ROUTER, command, python_environment()),
            functools.partial(
                health.check_port, self._namespace(ADMIN), ROUTER_MANAGEMENT.ip, ROUTER_API_PORT
            ),
        )

    def calico_node(self, node: str) -> CheckedPart:
        command = python_command(
            "calico_lab.calico_node",
            "--node",
            node,
            "--kubeconfig",
            str(self._state.kubeconfig(f"calico-node-{node}")),
            "--run-dir",
            "/run/calico",
            "--api-group",
            self._options.api_group,
            "--calico-version",
            self._options.calico_version,
        )
        confd = {name: os.environ[name] for name in CONFD_VARIABLES if name in os.environ}
        return CheckedPart(
            Part(f"calico-node-{node}", node, command, {**python_environment(), **confd}),
            functools.partial(health.check_bird, self._state.host(node) / "run"),
        )

    def kube_proxy(self, node: str, config: Mapping[str, Any] | None = None) -> CheckedPart:
        """:param config: kube-proxy's configuration; the lab adds the way to its API."""
        command = [self._program("kube-proxy")]
        if config is not None:
            command.append(f"--config={self._kube_proxy_file(node, config)}")
        return CheckedPart(
            Part(f"kube-proxy-{node}", node, command),
            functools.partial(
                health.check_http, self._namespace(node), KUBE_PROXY_HEALTH_PORT, "/healthz"
            ),
        )

    def all(self, proxy_config: Mapping[str, Any] | None = None) -> list[CheckedPart]:
        """Every part of the lab, in the order in which they need each other."""
        return [
            self.etcd(),
            self.apiserver(),
            self.router(),
            self.dns(),
            *(self.calico_node(node.name) for node in self._topology.nodes),
            *(self.kube_proxy(node.name, proxy_config) for node in self._topology.nodes),
        ]

    def _kube_proxy_file(self, node: str, config: Mapping[str, Any]) -> Path:
        text = yaml.safe_dump(
            {
                **config,
                "clientConnection": {"kubeconfig": str(self._state.kubeconfig("kube-proxy"))},
                "hostnameOverride": node,
            }
        )
        # The digest makes another command line of another configuration, and that is how a running
        # kube-proxy is seen to be outdated.
        digest = hashlib.sha256(text.encode()).hexdigest()[:8]
        path = self._state.root / "kube-proxy" / f"{node}-{digest}.conf"
        path.parent.mkdir(exist_ok=True)
        # kube-proxy ends when its file is written to, even with the same text.
        if not path.exists():
            partial = path.with_suffix(".partial")
            partial.write_text(text)
            partial.rename(path)
        return path

    def _program(self, name: str) -> str:
        return str(self._binaries[name].path) if name in self._binaries else name

    def _namespace(self, host: str) -> str:
        return self._topology.namespace(host)


def _password() -> str:
    alphabet = string.ascii_letters + string.digits
    return "".join(secrets.choice(alphabet) for _ in range(20))


def _write_secret(path: Path, text: str) -> None:
    partial = path.with_name(path.name + ".partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text + "\n")
    partial.rename(path)
