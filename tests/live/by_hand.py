# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an operator has of their own before the collection comes, and keeps after it is gone.

The outside client reaches the pods through the router. The router knows the pods' blocks by BGP,
and has a static route to the whole pool for the time without BGP.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from pathlib import Path

from calico_lab.hosts import host_command
from calico_lab.lab import Lab
from calico_lab.network import ROUTER_INTERFACE
from calico_lab.topology import CLIENT, ROUTER_LAN_ADDRESS

from tests.live.cluster import write_secret
from tests.live.router import Router
from tests.live.shell import run

COMMENT = "by hand"
FLOATING = "250"  # distance; that of BGP is 200

PASSWORD_KEY = "password"


def way_through_router(lab: Lab) -> None:
    """The router's LAN address and floating static route, and the client's route through it."""
    router = Router(lab)
    address = str(ROUTER_LAN_ADDRESS)
    if address not in {row["address"] for row in router.rows("ip/address")}:
        router.add("ip/address", address=address, interface=ROUTER_INTERFACE, comment=COMMENT)
    pool = str(lab.topology.pool)
    if pool not in {row["dst-address"] for row in router.rows("ip/route") if "comment" in row}:
        router.add(
            "ip/route",
            **{
                "dst-address": pool,
                "gateway": str(lab.topology.node(carrier(lab)).address.ip),
                "distance": FLOATING,
                "comment": COMMENT,
            },
        )
    route = ["ip", "route", "replace", pool, "via", str(ROUTER_LAN_ADDRESS.ip)]
    run(host_command(lab.options.name, lab.state, CLIENT, route))


def carrier(lab: Lab) -> str:
    """The node that the router's floating route leads to."""
    return lab.topology.workers[0]


def bgp_passwords(lab: Lab, names: Iterable[str], folder: Path) -> None:
    """Secrets with one random password each, and a file of the same name for the router's half."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in names:
        file = folder / name
        if not file.exists():
            file.touch(mode=0o600)
            file.write_text(secrets.token_hex(8))
        write_secret(lab, name, PASSWORD_KEY, file.read_text())
