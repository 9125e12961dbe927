# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A control socket that answers as BIRD 1.6.8 was seen to answer."""

from __future__ import annotations

import contextlib
import socketserver
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

GREETING = "0001 BIRD 1.6.8 ready.\n"
STATUS = """\
1000-BIRD 1.6.8
1011-Router ID is 192.168.0.15
 Current server time is 2026-11-23 14:57:05
 Last reboot on 2026-11-23 14:56:39
 Last reconfiguration on 2026-11-23 14:56:50
0013 Daemon is up and running
"""
RECOVERING = STATUS.replace(
    "0013 ", "0024-Graceful restart recovery in progress\n  Waiting for 1 protocols\n0013 "
)
PROTOCOLS = """\
2002-name     proto    table    state  since       info
1002-static1  Static   master   up     14:56:39
 kernel1  Kernel   master   up     14:56:39
 Mesh_192_168_0_10 BGP      master   up     14:56:41    Established
 Node_192_168_0_253_port_1790 BGP      master   start  14:58:59    Connect       Socket: x
 Global_192_168_0_11 BGP      master   down   14:58:59
 Other_192_168_0_12 BGP      master   up     14:58:59    Established
0000
"""
MESH = """\
1002-Mesh_192_168_0_10 BGP      master   up     14:56:41    Established
1006-  Description:    Connection to BGP peer
   Preference:     100
   BGP state:          Established
     Neighbor address: 192.168.0.10
     Neighbor AS:      64512
0000
"""
NODE = """\
1002-Node_192_168_0_253_port_1790 BGP      master   start  14:58:59    Connect
1006-  Description:    Connection to BGP peer
   BGP state:          Connect
     Neighbor address: 192.168.0.253
0000
"""
ROUTES = """\
1007-10.20.0.0/26       via 192.168.0.10 on eth0 [Mesh_192_168_0_10 14:56:41] * (100/0) [i]
                    via 192.168.0.253 on eth0 [Node_192_168_0_253_port_1790 14:58:59] (100/0) [i]
 10.20.5.128/26     blackhole [static1 14:56:40] * (200)
 10.20.5.129/32     dev cali182c452fe96 [kernel1 14:57:42] * (10)
 192.168.0.0/24     dev eth0 [direct1 14:56:39] * (240)
 10.9.0.0/16        unreachable [Global_192_168_0_11 14:56:39 from 10.0.0.1] * (100/-) [i]
0000
"""
ANSWERS = {
    "show status": STATUS,
    "show protocols": PROTOCOLS,
    "show protocols all Mesh_192_168_0_10": MESH,
    "show protocols all Node_192_168_0_253_port_1790": NODE,
    "show route": ROUTES,
}


@contextlib.contextmanager
def fake_bird(path: Path, answers: Mapping[str, str]) -> Iterator[None]:
    """A BIRD at `path`; commands without answer are syntax errors."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(GREETING.encode())
            for line in self.rfile:
                answer = answers.get(line.decode().strip(), "9001 syntax error\n")
                # BIRD's last line is a code, a blank and maybe a text.
                self.wfile.write(answer.replace("\n0000\n", "\n0000 \n").encode())

    with socketserver.ThreadingUnixStreamServer(str(path), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        try:
            yield
        finally:
            server.shutdown()
