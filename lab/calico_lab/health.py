# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Is a part of the lab doing its work? Each check looks at what the part serves.

A check returns a short text for the status table, or raises `Unhealthy`.
"""

from __future__ import annotations

import http.client
import os
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path

from dnslib import QTYPE, DNSRecord

from calico_lab import namespaces
from calico_lab.kube_api import ApiError, KubeApi, KubeconfigError
from calico_lab.topology import KUBERNETES_SERVICE

TIMEOUT = 2.0  # seconds for each question

ESTABLISHED = "Established"


class Unhealthy(Exception):
    """The part does not do its work; the text says how that shows."""


@dataclass(frozen=True)
class BgpProtocol:
    """One BGP protocol of BIRD; `info` is its state, such as Established or Active."""

    name: str
    info: str


def check_http(namespace: str, port: int, path: str) -> str:
    """A server on the loopback of the namespace answers 200."""

    def ask() -> int:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        finally:
            connection.close()

    try:
        status = namespaces.call_in(namespace, ask)
    except (OSError, http.client.HTTPException) as error:
        raise Unhealthy(f"no answer on port {port}: {error}") from error
    if status != 200:
        raise Unhealthy(f"{path} on port {port} says {status}")
    return "answers"


def check_api(namespace: str, kubeconfig: Path) -> str:
    """The API server reads from its store; the text is its version."""

    def ask() -> str:
        api = KubeApi(kubeconfig, read_timeout=TIMEOUT)
        api.get("/api/v1/namespaces/kube-system")
        return str(api.get("/version")["gitVersion"])

    try:
        return f"Kubernetes {namespaces.call_in(namespace, ask)}"
    except (ApiError, KubeconfigError) as error:
        raise Unhealthy(str(error)) from error


def check_port(namespace: str, address: IPv4Address, port: int) -> str:
    """Something accepts connections there."""

    def ask() -> None:
        socket.create_connection((str(address), port), timeout=TIMEOUT).close()

    try:
        namespaces.call_in(namespace, ask)
    except OSError as error:
        raise Unhealthy(f"no connection to {address} port {port}: {error}") from error
    return f"listens on port {port}"


def check_dns(namespace: str, server: IPv4Address) -> str:
    """The cluster's DNS server knows the service `kubernetes`."""
    question = DNSRecord.question("kubernetes.default.svc.cluster.local")

    def ask() -> bytes:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(TIMEOUT)
            client.connect((str(server), 53))
            client.send(question.pack())
            return client.recv(4096)

    try:
        answer = DNSRecord.parse(namespaces.call_in(namespace, ask))
    except OSError as error:
        raise Unhealthy(f"no answer from {server}: {error}") from error
    found = [str(record.rdata) for record in answer.rr if record.rtype == QTYPE.A]
    if found != [str(KUBERNETES_SERVICE)]:
        raise Unhealthy(f"answers {found or 'nothing'}, expected {KUBERNETES_SERVICE}")
    return "answers"


def check_bird(run_folder: Path) -> str:
    """BIRD of a node answers; the text counts its BGP sessions."""
    protocols = bgp_protocols(run_folder)
    up = sum(protocol.info == ESTABLISHED for protocol in protocols)
    return f"{up} of {len(protocols)} sessions established"


def bgp_protocols(run_folder: Path) -> list[BgpProtocol]:
    """The BGP protocols of the BIRD whose control socket is calico/bird.ctl in that folder.

    :raises Unhealthy: BIRD does not answer.
    """
    try:
        answer = _ask_bird(run_folder / "calico", "show protocols")
    except OSError as error:
        raise Unhealthy(f"BIRD does not answer: {error}") from error
    return parse_protocols(answer)


def parse_protocols(answer: str) -> list[BgpProtocol]:
    """BGP protocols in BIRD's answer to `show protocols`.

    Columns: name, protocol, table, state, since, info; the info of a BGP protocol is its state,
    with the last error after it. The first line of an answer starts with its code.
    """
    found = []
    for line in answer.splitlines():
        fields = re.sub(r"^\d{4}[- ]", "", line).split()
        if len(fields) >= 5 and fields[1] == "BGP":
            found.append(BgpProtocol(fields[0], fields[5] if len(fields) > 5 else fields[3]))
    return found


def _ask_bird(folder: Path, question: str) -> str:
    """One answer of BIRD's control socket, with the codes."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            client.settimeout(TIMEOUT)
            # Through the folder's descriptor, as a socket's path may have 107 characters only.
            client.connect(f"/proc/self/fd/{descriptor}/bird.ctl")
            _read_answer(client)
            client.sendall(f"{question}\n".encode())
            return _read_answer(client)
    finally:
        os.close(descriptor)


def _read_answer(client: socket.socket) -> str:
    text = ""
    while True:
        received = client.recv(65536)
        if not received:
            raise ConnectionError("closed the connection")
        text += received.decode(errors="replace")
        # The last line of an answer has a space after its code, the others a dash.
        if text.endswith("\n") and re.match(r"\d{4} ", text.splitlines()[-1]):
            return text


def established(protocols: Mapping[str, list[BgpProtocol]], expected: int) -> list[str]:
    """Nodes that do not have `expected` sessions, all of them established; with what they have."""
    wrong = []
    for node, found in protocols.items():
        up = sum(protocol.info == ESTABLISHED for protocol in found)
        if len(found) != expected or up != expected:
            states = ", ".join(f"{protocol.name} {protocol.info}" for protocol in found)
            wrong.append(f"{node}: {up} of {expected} ({states or 'no BGP protocols'})")
    return wrong
