# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The API client against a real TLS server that answers as an API server does."""

from __future__ import annotations

import base64
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml
from calico_lab.kube_api import ApiError, ApiUnreachable, KubeApi, KubeconfigError
from calico_lab.kubeconfig import write_kubeconfig
from calico_lab.pki import Authority

Answer = tuple[int, dict[str, Any]]


class Server:
    """Objects by path; remembers every request as (method, path, content type, client)."""

    def __init__(self, authority: Authority) -> None:
        self.objects: dict[str, dict[str, Any]] = {}
        self.events: list[dict[str, Any]] = []
        self.requests: list[tuple[str, str, str | None, str]] = []
        certificate = authority.server("server", ["127.0.0.1"])
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate.certificate, certificate.key)
        context.load_verify_locations(authority.files.certificate)
        context.verify_mode = ssl.CERT_OPTIONAL
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._http.socket = context.wrap_socket(self._http.socket, server_side=True)
        self.url = f"https://127.0.0.1:{self._http.server_port}"
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._http.shutdown()
        self._http.server_close()

    def answer(self, method: str, path: str, body: dict[str, Any] | None) -> Answer:
        if method == "POST":
            assert body is not None
            own = f"{path}/{body['metadata']['name']}"
            if own in self.objects:
                return 409, status(409, "AlreadyExists", f"{own} already exists")
            self.objects[own] = body
            return 201, body
        if path.endswith("s") and method == "GET":
            items = [entry for name, entry in self.objects.items() if name.startswith(path + "/")]
            return 200, {"metadata": {"resourceVersion": "42"}, "items": items}
        if path not in self.objects:
            return 404, status(404, "NotFound", f"{path} not found")
        if method == "PATCH":
            self.objects[path] |= body or {}
        if method == "DELETE":
            return 200, self.objects.pop(path)
        return 200, self.objects[path]

    def _handler(server: Server) -> type[BaseHTTPRequestHandler]:  # noqa: N805 - closure over it
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(length)) if length else None
                certificate = self.connection.getpeercert()
                client = str(certificate["subject"]) if certificate else ""
                client += self.headers.get("Authorization") or ""
                kind = self.headers.get("Content-Type")
                server.requests.append((self.command, self.path, kind, client))
                if "watch=1" in self.path:
                    self.send_response(200)
                    self.send_header("Transfer-Encoding", "chunked")
                    self.end_headers()
                    for event in server.events:
                        line = json.dumps(event).encode() + b"\n"
                        # In two chunks, as a large event comes.
                        for piece in (line[:7], line[7:]):
                            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
                    self.wfile.write(b"0\r\n\r\n")
                    return
                code, answer = server.answer(self.command, self.path, body)
                text = json.dumps(answer).encode()
                self.send_response(code)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = handle_any  # noqa: N815

            def log_message(self, *_: object) -> None:
                pass

        return Handler


def status(code: int, reason: str, message: str) -> dict[str, Any]:
    return {"kind": "Status", "code": code, "reason": reason, "message": message}


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "pki")


@pytest.fixture
def server(authority: Authority) -> Iterator[Server]:
    running = Server(authority)
    yield running
    running.stop()


@pytest.fixture
def kubeconfig(tmp_path: Path, authority: Authority, server: Server) -> Path:
    path = tmp_path / "config"
    client = authority.client("client", "somebody", ["some-group"])
    write_kubeconfig(path, server.url, authority.files, "somebody", client)
    return path


PEERS = "/apis/crd.projectcalico.org/v1/bgppeers"
PEER = {"metadata": {"name": "one"}, "spec": {"peerIP": "192.168.0.15"}}


def test_create_list_get_delete(kubeconfig: Path, server: Server) -> None:
    api = KubeApi(kubeconfig)
    api.create(PEERS, PEER)
    assert api.list(PEERS) == ([PEER], "42")
    assert api.get(f"{PEERS}/one") == PEER
    api.delete(f"{PEERS}/one")
    api.delete(f"{PEERS}/one")
    assert api.list(PEERS)[0] == []
    assert "somebody" in server.requests[0][3]
    assert "some-group" in server.requests[0][3]


def test_refusal_carries_status_reason_and_text(kubeconfig: Path) -> None:
    with pytest.raises(ApiError) as caught:
        KubeApi(kubeconfig).get(f"{PEERS}/none")
    assert (caught.value.status, caught.value.reason) == (404, "NotFound")
    assert "none not found" in caught.value.message


def test_apply_creates_and_then_merges(kubeconfig: Path, server: Server) -> None:
    api = KubeApi(kubeconfig)
    api.apply(PEERS, PEER)
    api.apply(PEERS, {**PEER, "spec": {"peerIP": "192.168.0.14"}})
    assert api.get(f"{PEERS}/one")["spec"] == {"peerIP": "192.168.0.14"}
    methods = [(method, kind) for method, _, kind, _ in server.requests]
    assert ("PATCH", "application/merge-patch+json") in methods
    assert "PUT" not in [method for method, _ in methods]


def test_watch_yields_events_and_ends(kubeconfig: Path, server: Server) -> None:
    server.events = [{"type": "ADDED", "object": PEER}, {"type": "DELETED", "object": PEER}]
    found = list(KubeApi(kubeconfig).watch(PEERS, "42", 7))
    assert found == [("ADDED", PEER), ("DELETED", PEER)]
    assert server.requests[0][1] == f"{PEERS}?watch=1&resourceVersion=42&timeoutSeconds=7"


def test_watch_from_too_old_a_version_says_so(kubeconfig: Path, server: Server) -> None:
    server.events = [{"type": "ERROR", "object": status(410, "Expired", "too old")}]
    with pytest.raises(ApiError) as caught:
        list(KubeApi(kubeconfig).watch(PEERS, "1", 7))
    assert caught.value.status == 410


def edited(kubeconfig: Path, change: Callable[[dict[str, Any], dict[str, Any]], None]) -> Path:
    config = yaml.safe_load(kubeconfig.read_text())
    change(config["clusters"][0]["cluster"], config["users"][0]["user"])
    kubeconfig.write_text(yaml.safe_dump(config))
    return kubeconfig


def test_inline_certificates(kubeconfig: Path) -> None:
    def inline(cluster: dict[str, Any], user: dict[str, Any]) -> None:
        for section, key in (
            (cluster, "certificate-authority"),
            (user, "client-certificate"),
            (user, "client-key"),
        ):
            content = Path(section.pop(key)).read_bytes()
            section[f"{key}-data"] = base64.b64encode(content).decode()

    assert KubeApi(edited(kubeconfig, inline)).list(PEERS) == ([], "42")


def test_token(kubeconfig: Path, server: Server) -> None:
    def token(_: dict[str, Any], user: dict[str, Any]) -> None:
        user.clear()
        user["token"] = "abc"

    KubeApi(edited(kubeconfig, token)).list(PEERS)
    assert server.requests[0][3] == "Bearer abc"


def test_another_authority_is_not_trusted(kubeconfig: Path, tmp_path: Path) -> None:
    other = Authority(tmp_path / "other")

    def distrust(cluster: dict[str, Any], _: dict[str, Any]) -> None:
        cluster["certificate-authority"] = str(other.files.certificate)

    with pytest.raises(ApiUnreachable, match="no answer from the API server https://127"):
        KubeApi(edited(kubeconfig, distrust)).list(PEERS)


def test_kubeconfig_without_login_is_refused(kubeconfig: Path) -> None:
    with pytest.raises(KubeconfigError, match="neither client-certificate nor token"):
        KubeApi(edited(kubeconfig, lambda _, user: user.clear()))


def test_no_kubeconfig_at_all(tmp_path: Path) -> None:
    with pytest.raises(KubeconfigError, match="not a kubeconfig"):
        KubeApi(tmp_path / "none")


def test_proxies_of_the_environment_are_ignored(
    kubeconfig: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    assert KubeApi(kubeconfig).list(PEERS) == ([], "42")
