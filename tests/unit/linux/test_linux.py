# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""BIRD's control protocol and iproute2's answers."""

from __future__ import annotations

import datetime
import json
import socket
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._linux.bird import (
    BirdUnreachable,
    read_sessions,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._linux.routes import (
    KernelRoute,
    RouteCommandFailed,
    WishedRoute,
    read_routes,
    route_commands,
    routes_after,
)

# Recorded from BIRD 1.6.8 on a node of the lab: one session up, one to nobody.
_ANSWER = (Path(__file__).parents[2] / "data/bird/show_protocols_all.txt").read_text("ascii")


@pytest.fixture
def bird(tmp_path: Path) -> Iterator[tuple[str, list[str]]]:
    path = str(tmp_path / "bird.ctl")
    asked: list[str] = []
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    server.bind(path)
    server.listen()

    def serve() -> None:
        connection, _peer = server.accept()
        with connection, connection.makefile("rw") as stream:
            stream.write("0001 BIRD 1.6.8 ready.\n")
            stream.flush()
            for line in stream:
                asked.append(line.strip())
                stream.write("0016 Access restricted\n" if "restrict" in line else _ANSWER)
                stream.flush()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield path, asked
    server.close()
    thread.join(timeout=5)


def test_sessions(bird: tuple[str, list[str]]) -> None:
    path, asked = bird
    up, down = read_sessions(path)
    assert (up.name, up.neighbor, up.remote_as) == ("Global_192_168_0_15", "192.168.0.15", 63400)
    assert up.established
    assert up.established_for(datetime.datetime(2026, 11, 23, 15, 9, 54)) == 6
    assert up.established_for(datetime.datetime(2026, 11, 24, 0, 9, 48)) == 9 * 3600
    assert down.established_for(datetime.datetime(2026, 11, 23, 15, 9, 54)) == 0
    assert (up.imported, up.exported) == (5, 1)
    assert (down.state, down.established) == ("Connect", False)
    assert down.error == "Socket: No route to host"
    assert asked == ["restrict", "show protocols all"]


def test_no_bird(tmp_path: Path) -> None:
    with pytest.raises(BirdUnreachable, match="does calico-node run here"):
        read_sessions(str(tmp_path / "bird.ctl"))


def _answering(rows: list[dict[str, object]]) -> object:
    def run(command: Sequence[str]) -> tuple[int, str, str]:
        return 0, json.dumps(rows if "-4" in command else []), ""

    return run


def test_routes() -> None:
    rows: list[dict[str, object]] = [
        {"dst": "default", "gateway": "192.168.0.1", "dev": "eth0", "protocol": "dhcp"},
        {"dst": "10.20.0.7", "dev": "cali1", "protocol": "80"},
        {"type": "blackhole", "dst": "10.20.0.0/26", "protocol": "bird"},
        {
            "dst": "10.20.1.0/26",
            "protocol": "bird",
            "metric": 32,
            "nexthops": [{"gateway": "192.168.0.12"}, {"gateway": "192.168.0.11"}],
        },
    ]
    routes = read_routes(_answering(rows))  # type: ignore[arg-type]
    assert [r.dst for r in routes] == ["0.0.0.0/0", "10.20.0.7/32", "10.20.0.0/26", "10.20.1.0/26"]
    assert routes[2].kind == "blackhole"
    assert routes[3].gateways == ("192.168.0.11", "192.168.0.12")
    assert routes[3].metric == 32


def test_iproute2_missing() -> None:
    with pytest.raises(RouteCommandFailed, match=r"ip -j -4 route show.*status 127: not found"):
        read_routes(lambda _command: (127, "", "not found"))


def _route(dst: str, *gateways: str, metric: int = 0) -> KernelRoute:
    return KernelRoute(dst, gateways, "eth0", "static", metric, "unicast")


@pytest.mark.parametrize(
    ("current", "wished", "command"),
    [
        ([], WishedRoute("10.96.0.0/12", ("192.168.0.15",), None, True), "route replace"),
        (
            [_route("10.96.0.0/12", "192.168.0.15")],
            WishedRoute("10.96.0.0/12", ("192.168.0.15",), None, True),
            "",
        ),
        (
            [_route("10.96.0.0/12", "192.168.0.11")],
            WishedRoute("10.96.0.0/12", ("192.168.0.15",), None, True),
            "route replace",
        ),
        (
            [_route("10.96.0.0/12", "192.168.0.15", metric=50)],
            WishedRoute("10.96.0.0/12", ("192.168.0.15",), 100, True),
            "metric 100",
        ),
        ([], WishedRoute("10.96.0.0/12", ("192.168.0.15",), None, False), ""),
        (
            [_route("10.96.0.0/12", "192.168.0.15")],
            WishedRoute("10.96.0.0/12", ("192.168.0.15",), None, False),
            "route del",
        ),
        (
            [_route("10.96.0.0/12", "192.168.0.1")],
            WishedRoute("10.96.0.0/12", ("192.168.0.15",), None, False),
            "",
        ),
    ],
)
def test_commands(current: list[KernelRoute], wished: WishedRoute, command: str) -> None:
    commands = [" ".join(words) for words in route_commands(current, [wished])]
    assert len(commands) == (1 if command else 0)
    assert all(command in text for text in commands)
    assert route_commands(routes_after(current, [wished]), [wished]) == []


def test_equal_paths() -> None:
    wished = WishedRoute("10.96.0.0/12", ("192.168.0.15", "192.168.0.14"), None, True)
    (words,) = route_commands([], [wished])
    assert " ".join(words).endswith("nexthop via 192.168.0.15 nexthop via 192.168.0.14")
    reached = [_route("10.96.0.0/12", "192.168.0.14", "192.168.0.15")]
    assert route_commands(reached, [wished]) == []
