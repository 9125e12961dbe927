# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""IPv6: addresses, routes and BGP of the emulated router."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from librouteros.exceptions import TrapError
from ros_namespaces import Pair, ip, needs_root, pair, wait_for
from ros_sessions import SEVEN, SIX, Row, configure, established

pytestmark = needs_root
ROUTER, NODE = "fd00::253", "fd00::15"
BLOCKS = {"fd20:1::/122", "fd20:2::/122"}
BIRD = f"""
router id 192.168.0.15;
protocol device {{}}
protocol static {{ route fd20:1::/122 via fd00::11; route fd20:2::/122 blackhole; }}
protocol bgp ros {{
  local {NODE} as 63400;
  neighbor {ROUTER} as 63400;
  direct;
  import all;
  export where source = RTS_STATIC;
  connect delay time 1; connect retry time 1; error wait time 1,2;
}}
"""


@pytest.fixture
def lan(tmp_path: Path) -> Iterator[Pair]:
    with pair(tmp_path) as found:
        ip("-n", found.node, "addr", "add", f"{NODE}/64", "dev", "eth0", "nodad")
        yield found


@pytest.fixture(params=[SIX, SEVEN])
def release(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def kernel(lan: Pair) -> str:
    return ip("-n", lan.router, "-6", "route", "show", "table", "main")


def test_addresses_routes_and_a_session(lan: Pair, release: str) -> None:
    lan.run_bird(BIRD, "bird6")
    lan.start_router(release)
    api = lan.client()
    addresses, routes = api.path("ipv6", "address"), api.path("ipv6", "route")
    number = addresses.add(address=f"{ROUTER}/64", interface="ether1")
    own = {row["address"]: row for row in addresses}
    assert own[f"{ROUTER}/64"]["dynamic"] is False
    assert [row["dynamic"] for name, row in own.items() if name.startswith("fe80::")] == [True]
    with pytest.raises(TrapError, match="already have such address"):
        addresses.add(address=f"{ROUTER}/64", interface="ether1")
    with pytest.raises(TrapError, match="not supported by the lab: eui-64"):
        addresses.add(address="fd01::/64", interface="ether1", **{"eui-64": True})
    routes.add(**{"dst-address": "fd10::/64", "gateway": NODE})
    wait_for(lambda: kernel(lan), lambda text: "fd10::/64 nhid" in text and NODE in text)

    families = {"address-families": "ipv6"}
    configure(api, release, **families, **{"remote.address": NODE, "local.address": ROUTER})
    row = established(api, release)
    assert row["local-address" if release == SIX else "local.address"] == ROUTER

    def learned() -> dict[str, Row]:
        return {row["dst-address"]: row for row in routes if row.get("bgp")}

    found = wait_for(
        learned, lambda rows: {name for name, row in rows.items() if row.get("active")} == BLOCKS
    )
    assert {row["gateway"] for row in found.values()} == {NODE}
    assert all(f"{network} " in kernel(lan) for network in BLOCKS)
    shown = {row["dst-address"]: row for row in routes}
    assert shown["fd10::/64"]["static"] is True
    assert shown["fd00::/64"]["connect"] is True
    assert not any(":" in row["dst-address"] for row in api.path("ip", "route"))
    if release == SEVEN:
        table = {row["dst-address"]: row for row in api.path("routing", "route")}
        assert table["fd20:1::/122"]["belongs-to"] == f"bgp-IP6-{NODE}"
        assert {table[name]["afi"] for name in BLOCKS} == {"ipv6"}
    addresses.remove(number)
    wait_for(lambda: kernel(lan), lambda text: "fd10::" not in text and "fd00::" not in text)
