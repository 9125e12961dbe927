# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading BIRD's answers."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

import pytest
from calico_lab.health import (
    BgpProtocol,
    Unhealthy,
    bgp_protocols,
    check_bird,
    established,
    parse_protocols,
)

# `show protocols` of BIRD 1.6.8 at its control socket.
ANSWER = """\
2002-name     proto    table    state  since       info
1002-static1  Static   master   up     15:08:23
 kernel1  Kernel   master   up     15:08:23
 device1  Device   master   up     15:08:23
 direct1  Direct   master   up     15:08:23
 Mesh_192_168_0_10 BGP      master   up     15:08:25    Established
 Global_192_168_0_15 BGP      master   start  15:08:23    Active        Socket: Connection refused
 Node_192_168_0_253 BGP      master   down   15:08:23
0000
"""


def test_bgp_protocols_and_their_states() -> None:
    assert parse_protocols(ANSWER) == [
        BgpProtocol("Mesh_192_168_0_10", "Established"),
        BgpProtocol("Global_192_168_0_15", "Active"),
        BgpProtocol("Node_192_168_0_253", "down"),
    ]


def test_first_line_may_be_a_bgp_protocol() -> None:
    line = "1002-Mesh_192_168_0_10 BGP      master   up     15:08:25    Established   \n0000 \n"
    assert parse_protocols(line) == [BgpProtocol("Mesh_192_168_0_10", "Established")]


def test_node_with_too_few_sessions_is_told_with_what_it_has() -> None:
    found = {
        "k8s-worker1": [BgpProtocol("Mesh_192_168_0_10", "Established")],
        "k8s-worker2": [BgpProtocol("Mesh_192_168_0_10", "Active")],
        "k8s-worker3": [],
    }
    assert established(found, 1) == [
        "k8s-worker2: 0 of 1 (Mesh_192_168_0_10 Active)",
        "k8s-worker3: 0 of 1 (no BGP protocols)",
    ]


def serve_bird(folder: Path) -> threading.Thread:
    """A control socket that greets and answers one question in two pieces."""
    folder.mkdir(parents=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(folder / "bird.ctl"))
    listener.listen()

    def serve() -> None:
        client, _ = listener.accept()
        with client, listener:
            client.sendall(b"0001 BIRD 1.6.8 ready.\n")
            assert client.recv(100) == b"show protocols\n"
            answer = ANSWER.replace("\n0000\n", "\n0000 \n").encode()
            client.sendall(answer[:200])
            client.sendall(answer[200:])

    thread = threading.Thread(target=serve)
    thread.start()
    return thread


def test_control_socket_is_asked(tmp_path: Path) -> None:
    # Longer than a socket's path may be.
    run = tmp_path / ("x" * 100)
    short = tmp_path / "s"
    thread = serve_bird(short / "calico")
    short.rename(run)
    assert check_bird(run) == "1 of 3 sessions established"
    thread.join()


def test_no_bird_is_unhealthy(tmp_path: Path) -> None:
    with pytest.raises(Unhealthy, match="BIRD does not answer"):
        bgp_protocols(tmp_path)
