# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The API on the wire: what is sent, what answers mean, and one error per kind of failure.

A server on the loopback plays recorded answers.
"""

from __future__ import annotations

import datetime
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._routeros import (
    arguments,
    errors,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._routeros.access import (
    rows_if_present,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._routeros.connection import (  # noqa: E501
    LibrouterosApi,
    Login,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._routeros.values import (
    Secret,
)
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

PASSWORD = "s3cret-pass"
Sentence = Sequence[str]


def encoded(*sentences: Sentence) -> bytes:
    """Return sentences of short words as the API frames them."""
    return b"".join(
        b"".join(bytes([len(word)]) + word.encode() for word in sentence) + b"\0"
        for sentence in sentences
    )


def read_sentence(stream: Any) -> list[str]:
    words: list[str] = []
    while True:
        length = stream.read(1)
        if not length:
            return words
        if length == b"\0":
            return words
        words.append(stream.read(length[0]).decode())


class Server:
    """Plays one connection; ``received`` are the sentences that came in."""

    def __init__(self, play: Callable[[socket.socket, Server], None]) -> None:
        self.received: list[list[str]] = []
        self._play = play
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        with suppress(OSError):
            connection = self._listener.accept()[0]
            connection.settimeout(5)
            with connection:
                self._play(connection, self)

    def close(self) -> None:
        self._listener.close()
        self._thread.join(5)


def answering(*answers: bytes) -> Callable[[socket.socket, Server], None]:
    """Answer the n-th sentence with the n-th answer, then wait for the end."""

    def play(connection: socket.socket, server: Server) -> None:
        stream = connection.makefile("rb")
        for answer in answers:
            server.received.append(read_sentence(stream))
            connection.sendall(answer)
        stream.read()

    return play


def silent(connection: socket.socket, _server: Server) -> None:
    with suppress(OSError):
        connection.recv(4096)
        connection.recv(4096)


Play = Callable[[Callable[[socket.socket, Server], None]], Server]


@pytest.fixture
def play() -> Iterator[Play]:
    servers = []

    def start(script: Callable[[socket.socket, Server], None]) -> Server:
        servers.append(Server(script))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def login(port: int, **options: Any) -> Login:
    defaults: dict[str, Any] = {"tls": False, "timeout": 3}
    return Login("127.0.0.1", "ansible", Secret(PASSWORD), port=port, **{**defaults, **options})


def failure(options: Login, kind: type[errors.RouterError]) -> str:
    with pytest.raises(kind) as caught:
        LibrouterosApi(options)
    message = str(caught.value)
    assert PASSWORD not in message
    assert PASSWORD not in repr(options)
    assert f"127.0.0.1 port {options.port}" in message
    return message


DONE = encoded(["!done"])
REFUSED = encoded(["!trap", "=message=invalid user name or password (6)"], ["!done"])


def test_rows_come_as_the_router_wrote_them(play: Play) -> None:
    rows = encoded(
        ["!re", "=.id=*1", "=comment=yes", "=address=10.0.0.1/24", "=tcp-md5-key=a=b"],
        ["!re", "=.id=*2", "=comment=10", "=disabled=true", "=ebgp="],
        ["!done"],
    )
    server = play(answering(DONE, rows))
    with LibrouterosApi(login(server.port)) as api:
        assert api.peer_address == "127.0.0.1"
        assert api.rows("ip/address", "bgp=true", fields=("comment", "address")) == [
            {".id": "*1", "comment": "yes", "address": "10.0.0.1/24", "tcp-md5-key": "a=b"},
            {".id": "*2", "comment": "10", "disabled": "true", "ebgp": ""},
        ]
    assert server.received == [
        ["/login", "=name=ansible", f"=password={PASSWORD}"],
        ["/ip/address/print", "=.proplist=comment,address", "?bgp=true"],
    ]


def test_writes_are_one_sentence_each(play: Play) -> None:
    server = play(answering(DONE, encoded(["!done", "=ret=*A"]), DONE, DONE))
    with LibrouterosApi(login(server.port)) as api:
        assert api.add("ip/address", {"address": "10.0.0.1/24", "comment": "a b"}) == "*A"
        api.change("ip/address", "*A", {"interface": "ether1", "!comment": ""})
        api.remove("ip/address", "*A")
    assert server.received[1:] == [
        ["/ip/address/add", "=address=10.0.0.1/24", "=comment=a b"],
        ["/ip/address/set", "=.id=*A", "=interface=ether1", "=!comment="],
        ["/ip/address/remove", "=.id=*A"],
    ]


def test_an_empty_answer_of_7_18_is_no_row(play: Play) -> None:
    server = play(answering(DONE, encoded(["!empty"], ["!done"])))
    with LibrouterosApi(login(server.port)) as api:
        assert api.rows("routing/bgp/session") == []


def test_a_trap_with_the_routers_text(play: Play) -> None:
    trap = encoded(["!trap", "=category=1", "=message=unknown parameter afi", "=x=y"], ["!done"])
    server = play(answering(DONE, trap))
    with LibrouterosApi(login(server.port)) as api, pytest.raises(errors.CommandRefused) as caught:
        api.add("routing/bgp/connection", {"afi": "ip"})
    assert str(caught.value) == (
        "The router refused /routing/bgp/connection/add: unknown parameter afi"
    )


def test_two_traps_are_one_error_and_a_missing_menu_has_no_rows(play: Play) -> None:
    traps = encoded(
        ["!trap", "=category=0", "=message=no such command or directory (bgp)"],
        ["!trap", "=message=no such command prefix"],
        ["!done"],
    )
    server = play(answering(DONE, traps))
    with LibrouterosApi(login(server.port)) as api:
        assert rows_if_present(api, "routing/bgp/peer") == []


def test_a_missing_policy_is_named(play: Play) -> None:
    trap = encoded(["!trap", "=message=not enough permissions (9)"], ["!done"])
    server = play(answering(DONE, trap))
    with LibrouterosApi(login(server.port)) as api, pytest.raises(errors.NotPermitted) as caught:
        rows_if_present(api, "routing/bgp/peer")
    assert "policies api, read and write" in str(caught.value)


def test_a_connection_that_breaks(play: Play) -> None:
    def script(connection: socket.socket, _server: Server) -> None:
        stream = connection.makefile("rb")
        read_sentence(stream)
        connection.sendall(DONE)
        read_sentence(stream)
        stream.close()

    server = play(script)
    with LibrouterosApi(login(server.port)) as api, pytest.raises(errors.ConnectionLost) as caught:
        api.rows("ip/address")
    assert "connection lost during /ip/address/print" in str(caught.value)


def test_a_router_that_falls_silent(play: Play) -> None:
    server = play(answering(DONE, b""))
    api = LibrouterosApi(login(server.port, timeout=0.2))
    with api, pytest.raises(errors.TimedOut, match=r"no answer to /ip/address/print within 0\.2 s"):
        api.rows("ip/address")


def test_a_refused_login(play: Play) -> None:
    server = play(answering(REFUSED))
    message = failure(login(server.port), errors.LoginRefused)
    assert "plain API, user ansible" in message
    assert "invalid user name or password (6)" in message


def test_a_password_that_the_encoding_lacks(play: Play) -> None:
    server = play(answering(DONE))
    options = Login("127.0.0.1", "ansible", Secret("pässword"), tls=False, port=server.port)
    with pytest.raises(errors.LoginRefused) as caught:
        LibrouterosApi(options)
    assert "encoding ASCII" in str(caught.value)
    assert "ä" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_nothing_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    message = failure(login(port), errors.Unreachable)
    assert "Connection refused" in message
    assert "/ip/service print" in message


def test_what_is_no_host_name() -> None:
    with pytest.raises(errors.Unreachable, match=r"'ros\.\.lan' is no host name"):
        LibrouterosApi(Login("ros..lan", "ansible", Secret(PASSWORD), tls=False))


@pytest.mark.parametrize(("option", "value"), [("port", 65536), ("port", 0), ("timeout", 0)])
def test_numbers_out_of_range_are_refused_before_anything_is_tried(option: str, value: int) -> None:
    spec = arguments.connection_arguments()
    params = {name: option.get("default") for name, option in spec.items()}
    params.update(hostname="127.0.0.1", username="ansible", password=PASSWORD)
    with pytest.raises(errors.Refused, match=f"{option}: found {value}, expected a number from 1"):
        arguments.login({**params, option: value})


def test_something_else_answers(play: Play) -> None:
    def http(connection: socket.socket, _server: Server) -> None:
        connection.recv(4096)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    message = failure(login(play(http).port), errors.NotRouterOs)
    assert "not a RouterOS API" in message
    assert "with TLS on 8729" in message


def test_a_silent_listener(play: Play) -> None:
    message = failure(login(play(silent).port, timeout=0.2), errors.TimedOut)
    assert "no answer to the login within 0.2 s" in message


class Certificates:
    """A CA, and a server context with a certificate of it."""

    def __init__(self, folder: Path, host: str) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "router")])
        now = datetime.datetime.now(datetime.timezone.utc)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(1)
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(
                x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))]), False
            )
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
            .sign(key, hashes.SHA256())
        )
        self.ca_path = str(folder / "ca.pem")
        Path(self.ca_path).write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        key_path = folder / "key.pem"
        key_path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(self.ca_path, str(key_path))

    def serving(self, *answers: bytes) -> Callable[[socket.socket, Server], None]:
        def script(connection: socket.socket, server: Server) -> None:
            with self.context.wrap_socket(connection, server_side=True) as wrapped:
                answering(*answers)(wrapped, server)

        return script


def test_tls_with_a_trusted_certificate(play: Play, tmp_path: Path) -> None:
    certificates = Certificates(tmp_path, "127.0.0.1")
    server = play(certificates.serving(DONE))
    with LibrouterosApi(login(server.port, tls=True, ca_path=certificates.ca_path)):
        assert server.received[0][0] == "/login"


def test_tls_is_verified_unless_asked_otherwise(play: Play, tmp_path: Path) -> None:
    certificates = Certificates(tmp_path, "127.0.0.1")
    message = failure(login(play(certificates.serving(DONE)).port, tls=True), errors.TlsNotTrusted)
    assert "certificate is not trusted" in message
    assert "API-SSL verified with the CAs of this host" in message
    with LibrouterosApi(
        login(play(certificates.serving(DONE)).port, tls=True, validate_certs=False)
    ):
        pass


def test_the_name_in_the_certificate_counts(play: Play, tmp_path: Path) -> None:
    certificates = Certificates(tmp_path, "192.168.0.253")
    options = {"tls": True, "ca_path": certificates.ca_path}
    message = failure(login(play(certificates.serving(DONE)).port, **options), errors.TlsNotTrusted)
    assert "IP address mismatch" in message
    port = play(certificates.serving(DONE)).port
    with LibrouterosApi(login(port, validate_cert_hostname=False, **options)):
        pass


def test_anonymous_tls_must_be_asked_for(play: Play) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    # Anonymous Diffie-Hellman exists in TLS 1.2 only.
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("AECDH:@SECLEVEL=0")

    def script(connection: socket.socket, server: Server) -> None:
        with suppress(ssl.SSLError), context.wrap_socket(connection, server_side=True) as wrapped:
            answering(DONE)(wrapped, server)

    message = failure(login(play(script).port, tls=True), errors.TlsRefused)
    assert "force_no_cert: true" in message


def test_tls_towards_a_plain_port(play: Play) -> None:
    message = failure(login(play(silent).port, tls=True, timeout=0.2), errors.TimedOut)
    assert "no TLS answer" in message
    assert "without TLS on 8728" in message


def test_a_ca_file_that_is_none(tmp_path: Path) -> None:
    path = tmp_path / "none.pem"
    with pytest.raises(errors.TlsNotTrusted, match="expected a file with CA certificates"):
        LibrouterosApi(login(1, tls=True, ca_path=str(path)))
    path.write_text("nothing")
    with pytest.raises(errors.TlsNotTrusted, match="expected a file with CA certificates"):
        LibrouterosApi(login(1, tls=True, ca_path=str(path)))
