# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The server on the wire, with a router that realises nothing."""

from __future__ import annotations

import asyncio
import hashlib
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import librouteros
import pytest
from calico_lab.routeros import tls
from calico_lab.routeros.commandlog import CommandLog
from calico_lab.routeros.drops import Drops
from calico_lab.routeros.protocol import encode_sentence
from calico_lab.routeros.server import Connection, EmptyReply, Service
from librouteros.exceptions import FatalError, MultiTrapError, TrapError
from ros_idle import idle_engine

ADDRESS = {"list": "l", "address": "192.0.2.1"}


class Client:
    """A client that sees every word."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self._file = self._socket.makefile("rb")

    def send(self, *words: str) -> None:
        self._socket.sendall(encode_sentence(words))

    def raw(self, content: bytes) -> None:
        self._socket.sendall(content)

    def read(self) -> list[str]:
        words: list[str] = []
        while True:
            length = self._file.read(1)
            if not length:
                raise EOFError
            number = length[0]
            if number >= 0x80:
                number = (number & 0x3F) << 8 | self._file.read(1)[0]
            if not number:
                return words
            words.append(self._file.read(number).decode())

    def ask(self, *words: str) -> list[list[str]]:
        self.send(*words)
        answer = [self.read()]
        while answer[-1][0] not in ("!done", "!fatal"):
            answer.append(self.read())
        return answer

    def login(self) -> Client:
        assert self.ask("/login", "=name=ansible", "=password=secret") == [["!done"]]
        return self

    def close(self) -> None:
        self._socket.close()


Connect = Callable[[], Client]


@contextmanager
def serving(
    release: str, log: Path, empty_reply: EmptyReply = "auto", secure: bool = False
) -> Iterator[int]:
    """A server in a thread of its own; its port."""
    loop = asyncio.new_event_loop()
    drops = Drops(log.with_name("drop-after"))
    service = Service(idle_engine(release), CommandLog(log), asyncio.Lock(), drops, empty_reply)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await Connection(service, reader, writer).serve()

    async def start() -> asyncio.Server:
        settings = tls.context(None, None) if secure else None
        return await asyncio.start_server(serve, "127.0.0.1", 0, ssl=settings)

    server = loop.run_until_complete(start())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    async def stop() -> None:
        server.close()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        await asyncio.sleep(0)

    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        asyncio.run_coroutine_threadsafe(stop(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@pytest.fixture
def seven(tmp_path: Path) -> Iterator[Client]:
    with serving("7.18.2", tmp_path / "log") as port:
        client = Client(port)
        yield client
        client.close()


@pytest.fixture
def six(tmp_path: Path) -> Iterator[Client]:
    with serving("6.49", tmp_path / "log") as port:
        client = Client(port)
        yield client
        client.close()


def test_a_wrong_password_may_be_followed_by_the_right_one(seven: Client) -> None:
    refused = ["!trap", "=message=invalid user name or password (6)"]
    for name, password in (("ansible", "wrong"), ("nobody", "secret"), ("ansible", "")):
        words = (f"=name={name}", f"=password={password}")
        assert seven.ask("/login", *words) == [refused, ["!done"]]
    seven.login()


def test_nothing_is_answered_before_login(seven: Client) -> None:
    assert seven.ask("/system/identity/print") == [["!fatal", "not logged in"]]
    with pytest.raises(EOFError):
        seven.read()


def test_sentences_before_login_are_limited(seven: Client) -> None:
    seven.send("/login", "=name=" + "x" * 5000)
    with pytest.raises((EOFError, ConnectionError)):
        seven.read()


def test_reserved_lengths_end_the_connection(seven: Client) -> None:
    seven.login()
    seven.raw(b"\xf8")
    with pytest.raises((EOFError, ConnectionError)):
        seven.read()


def challenged(client: Client) -> list[list[str]]:
    (words,) = client.ask("/login")
    challenge = bytes.fromhex(words[1].removeprefix("=ret="))
    assert len(challenge) == 16
    digest = hashlib.md5(b"\x00secret" + challenge).hexdigest()
    return client.ask("/login", "=name=ansible", f"=response=00{digest}")


def test_the_old_login_of_6(six: Client) -> None:
    assert challenged(six) == [["!done"]]
    assert six.ask("/system/identity/print")[0] == ["!re", "=name=ros"]


def test_the_new_login_of_6_43(six: Client) -> None:
    six.login()


def test_only_the_old_login_before_6_43(tmp_path: Path) -> None:
    with serving("6.42.5", tmp_path / "log") as port:
        client = Client(port)
        answer = client.ask("/login", "=name=ansible", "=password=secret")
        assert answer == [["!trap", "=message=cannot log in"], ["!done"]]
        assert challenged(client) == [["!done"]]
        client.close()


def test_quitting(seven: Client) -> None:
    seven.login()
    assert seven.ask("/quit") == [["!fatal", "session terminated on request"]]
    with pytest.raises(EOFError):
        seven.read()


def test_tags_come_back_on_each_sentence_and_only_then(seven: Client) -> None:
    seven.login()
    words = [f"={name}={value}" for name, value in ADDRESS.items()]
    add = "/ip/firewall/address-list/add"
    assert seven.ask(add, *words, ".tag=1") == [["!done", ".tag=1", "=ret=*1"]]
    again = seven.ask(add, *words, ".tag=2")
    assert again[0] == ["!trap", ".tag=2", "=message=failure: already have such entry"]
    shown = seven.ask("/ip/firewall/address-list/print", "=.proplist=list", ".tag=3")
    assert shown == [["!re", ".tag=3", "=list=l"], ["!done", ".tag=3"]]
    assert not any(".tag" in word for part in seven.ask(add, *words) for word in part)


def test_a_row_without_the_asked_properties_is_an_empty_reply(seven: Client) -> None:
    seven.login()
    words = [f"={name}={value}" for name, value in ADDRESS.items()]
    seven.ask("/ip/firewall/address-list/add", *words)
    shown = seven.ask("/ip/firewall/address-list/print", "=.proplist=timeout")
    assert shown == [["!re"], ["!done"]]


@pytest.mark.parametrize(
    ("release", "mode", "printed", "changed"),
    [
        ("7.17.2", "auto", False, False),
        ("7.18", "auto", True, False),
        ("7.24", "auto", True, False),
        ("7.18.2", "never", False, False),
        ("7.18.2", "always", True, True),
        ("6.49", "print", True, False),
    ],
)
def test_empty_answers(
    release: str, mode: EmptyReply, printed: bool, changed: bool, tmp_path: Path
) -> None:
    with serving(release, tmp_path / "log", mode) as port:
        client = Client(port).login()
        empty = [["!empty"], ["!done"]]
        answer = client.ask("/ip/firewall/address-list/print")
        assert answer == (empty if printed else [["!done"]])
        answer = client.ask("/system/identity/set", "=name=edge")
        assert answer == (empty if changed else [["!done"]])
        assert client.ask("/ip/firewall/address-list/print", "=count-only=") == [
            ["!done", "=ret=0"]
        ]
        client.close()


def test_traps_carry_their_category_and_a_final_done(seven: Client) -> None:
    seven.login()
    assert seven.ask("/routing/bgp/peer/print") == [
        ["!trap", "=category=0", "=message=no such command or directory (peer)"],
        ["!trap", "=message=no such command prefix"],
        ["!done"],
    ]
    assert seven.ask("/system/identity/set", "=colour=red") == [
        ["!trap", "=message=unknown parameter colour"],
        ["!done"],
    ]


def test_listening_until_cancelled(seven: Client) -> None:
    seven.login()
    seven.send("/ip/firewall/address-list/listen", ".tag=w")
    words = [f"={name}={value}" for name, value in ADDRESS.items()]
    seven.ask("/ip/firewall/address-list/print", ".tag=p")
    seven.send("/ip/firewall/address-list/add", *words, ".tag=a")
    assert seven.read() == ["!done", ".tag=a", "=ret=*1"]
    assert seven.read()[:3] == ["!re", ".tag=w", "=.id=*1"]
    seven.send("/ip/firewall/address-list/remove", "=.id=*1", ".tag=r")
    assert seven.read() == ["!done", ".tag=r"]
    assert seven.read() == ["!re", ".tag=w", "=.id=*1", "=.dead=yes"]
    seven.send("/cancel", "=tag=w", ".tag=c")
    assert [seven.read() for _ in range(3)] == [
        ["!trap", ".tag=w", "=category=2", "=message=interrupted"],
        ["!done", ".tag=w"],
        ["!done", ".tag=c"],
    ]


def test_the_log_has_a_line_for_each_sentence(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with serving("7.18.2", log) as port:
        client = Client(port).login()
        client.ask("/user/add", "=name=joe", "=group=read", "=password=hush")
        client.ask("/routing/bgp/session/add")
        client.close()
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [(line["command"], line["write"], line["result"]) for line in lines] == [
        ("/login", False, "done"),
        ("/user/add", True, "done"),
        ("/routing/bgp/session/add", True, "no such command"),
    ]
    assert lines[1]["arguments"] == {"name": "joe", "group": "read", "password": "*****"}
    assert {line["user"] for line in lines} == {"ansible"}


def test_librouteros_on_anonymous_tls(tmp_path: Path) -> None:
    settings = ssl.create_default_context()
    settings.check_hostname = False
    settings.set_ciphers("ADH:@SECLEVEL=0")
    with serving("7.18.2", tmp_path / "log", secure=True) as port:
        login = {"username": "ansible", "password": "secret", "host": "127.0.0.1", "port": port}
        api = librouteros.connect(**login, ssl_wrapper=settings.wrap_socket)
        assert list(api.path("system", "identity")) == [{"name": "ros"}]
        api.close()


def test_librouteros_over_all(tmp_path: Path) -> None:
    with serving("7.18.2", tmp_path / "log") as port:
        login = {"username": "ansible", "password": "secret", "host": "127.0.0.1", "port": port}
        api, other = librouteros.connect(**login), librouteros.connect(**login)
        lists = api.path("ip", "firewall", "address-list")
        added = [lists.add(list="l", address=f"192.0.2.{n}") for n in range(3)]
        assert added == ["*1", "*2", "*3"]
        lists.update(**{".id": "*2", "comment": "two"})
        lists.remove("*1", "*3")
        (row,) = other.path("ip", "firewall", "address-list")
        assert (row[".id"], row["comment"], row["disabled"]) == ("*2", "two", False)
        with pytest.raises(TrapError) as trap:
            lists.remove("*1")
        assert trap.value.message == "no such item"
        with pytest.raises(MultiTrapError) as traps:
            tuple(api("/routing/bgp/peer/print"))
        assert [trap.category for trap in traps.value.traps] == [0, None]
        with pytest.raises(FatalError):
            tuple(api("/quit"))
        other.close()


def answered_writes(client: Client) -> int:
    """How many of eight writes, with a reading before each, are answered."""
    for number in range(8):
        try:
            client.ask("/ip/firewall/address-list/print")
            words = ("/ip/firewall/address-list/add", "=list=l", f"=address=192.0.2.{number}")
            assert client.ask(*words)[-1][0] == "!done"
        except (EOFError, ConnectionResetError):
            return number
    return 8


@pytest.mark.parametrize(("number", "kept"), [(0, 0), (1, 1), (2, 2), (3, 3)])
def test_a_client_is_cut_off_after_so_many_writes(tmp_path: Path, number: int, kept: int) -> None:
    with serving("7.18.2", tmp_path / "log") as port:
        client = Client(port).login()
        (tmp_path / "drop-after").write_text(f"{number}\n")
        assert answered_writes(client) == max(kept - 1, 0)
        assert not (tmp_path / "drop-after").exists()
        again = Client(port).login()
        rows = again.ask("/ip/firewall/address-list/print")[:-1]
        assert len([row for row in rows if row[0] == "!re"]) == kept
        words = ("/ip/firewall/address-list/add", "=list=l", "=address=192.0.2.99")
        assert again.ask(*words)[-1][0] == "!done"
        again.close()
