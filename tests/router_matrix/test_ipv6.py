# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""IPv6: addresses, a session, filters, networks."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from tests.router_matrix.rig import needs_root, rig, wait_for

pytestmark = needs_root

NODE, ROUTER = "fd00::15", "fd00::253"
BIRD = f"""
router id 192.168.0.15;
protocol device {{}}
protocol static {{ route fd20:1::/122 via fd00::11; route fd30::/64 via fd00::11; }}
protocol bgp ros {{
  local {NODE} as 63400;
  neighbor {ROUTER} as 63400;
  direct;
  password "k3y";
  import all;
  export where source = RTS_STATIC;
  connect delay time 1; connect retry time 1; error wait time 1,2;
}}
"""
DESCRIPTION: dict[str, Any] = {
    "addresses": [{"address": f"{ROUTER}/64", "interface": "ether1"}],
    "filters": [
        {
            "name": "pods6",
            "rules": [
                {
                    "match": {"prefixes": [{"prefix": "fd20::/16", "min_length": 64}]},
                    "action": "accept",
                    "set": {"local_preference": 150},
                }
            ],
        },
        {
            "name": "services6",
            "rules": [{"match": {"prefixes": [{"prefix": "fd96::/108"}]}, "action": "accept"}],
        },
    ],
    "instance": {"as_number": 63400, "router_id": "192.168.0.253"},
    "networks": ["fd96::/108", "fd99::/64"],
    "connections": [
        {
            "name": "rr1-v6",
            "remote_address": NODE,
            "remote_as": 63400,
            "address_families": ["ipv6"],
            "password": "k3y",
            "input_filter": "pods6",
            "output_filter": "services6",
        }
    ],
}


@pytest.mark.parametrize("release", ["6.49", "7.10.2", "7.18.2", "7.19.4", "7.24"])
def test_an_ipv6_session_with_filters_both_ways(release: str, tmp_path: Path) -> None:
    with rig(tmp_path, release) as router:
        for network in ("fd96::/108", "fd99::/64"):
            router.add("ipv6/route", dst_address=network, gateway="ether1")
        before = router.configuration()
        router.run_bird(BIRD, "bird6")
        options = copy.deepcopy(DESCRIPTION)
        if not router.six:
            # The lab has no IPv6 address lists.
            del options["networks"]
            options["connections"][0]["redistribute"] = ["static"]
        router.bgp(**options)
        assert router.session(NODE)["state"] == "established"
        result = router.info(
            wait_for_routes=["fd20:1::/122"], wait_timeout=10, routes=["ip", "ipv6"]
        )
        assert [r["dst"] for r in result["routes"] if r["active"]] == ["fd20:1::/122"]
        sent = wait_for(
            lambda: router.birdc("show", "route", "protocol", "ros", program="bird6"),
            lambda told: "fd96::/108" in told,
        )
        assert "fd99::" not in sent
        assert router.bgp(**options)["actions"] == []
        router.bgp(state="absent")
        if not router.six:
            assert router.configuration() == before
