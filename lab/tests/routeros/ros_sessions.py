# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One session of the emulated router, configured and read in the words of RouterOS 6 or 7."""

from __future__ import annotations

from typing import Any

import librouteros
from librouteros.query import Key
from ros_namespaces import NODE, ROUTER, Pair, wait_for

SIX, SEVEN = "6.49", "7.18.2"
Row = dict[str, Any]
_OF_SIX = {
    "input.filter": "in-filter",
    "local.address": "update-source",
    "output.default-originate": "default-originate",
    "output.filter-chain": "out-filter",
    "remote.address": "remote-address",
    "remote.as": "remote-as",
}


def configure(api: librouteros.Api, release: str, **more: Any) -> None:
    """Address, AS and one session; ``more`` in RouterOS 7's words."""
    api.path("ip", "address").add(address=f"{ROUTER}/24", interface="ether1")
    if release == SIX:
        instance = api.path("routing", "bgp", "instance")
        instance.update(**{".id": "default", "as": 63400})
        more = {_OF_SIX.get(name, name): value for name, value in more.items()}
        values = {"remote-address": NODE, "remote-as": 63400, **more}
        api.path("routing", "bgp", "peer").add(name="calico-rr1", **values)
        return
    values = {"as": 63400, "local.role": "ibgp", "local.address": ROUTER, "remote.address": NODE}
    values = {**values, "remote.as": 63400, **more}
    api.path("routing", "bgp", "connection").add(name="calico-rr1", **values)


def session_menu(api: librouteros.Api, release: str) -> Any:
    """The menu that ``configure`` adds its session to."""
    return api.path("routing", "bgp", "peer" if release == SIX else "connection")


def sessions(api: librouteros.Api, release: str) -> list[Row]:
    menu = "peer" if release == SIX else "session"
    return list(api.path("routing", "bgp", menu))


def established(api: librouteros.Api, release: str) -> Row:
    rows = wait_for(
        lambda: sessions(api, release), lambda found: found and found[0].get("established")
    )
    row: Row = rows[0]
    return row


def bgp_routes(api: librouteros.Api) -> dict[str, Row]:
    rows = api.path("ip", "route").select().where(Key("bgp") == True)  # noqa: E712
    return {row["dst-address"]: row for row in rows}


def learned(api: librouteros.Api, networks: set[str]) -> dict[str, Row]:
    return wait_for(
        lambda: bgp_routes(api),
        lambda found: {net for net, row in found.items() if row.get("active")} == networks,
    )


def sent(lan: Pair) -> str:
    """What BIRD has from the router."""
    return lan.birdc("show", "route", "protocol", "ros", "all")
