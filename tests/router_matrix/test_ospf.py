# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Routes from BGP reach a second OSPF speaker, by an instance of others and by one of our own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.router_matrix.rig import NODE, Rig, needs_root, rig, wait_for

pytestmark = needs_root

RELEASES = ["6.49", "7.18.2", "7.24"]
#: BIRD has two routes for BGP, and listens to OSPF in another table; 10 is its own cost.
OSPF = """
table second;
protocol ospf inner {
  table second;
  area 0 { interface "eth0" { type KIND; hello HELLO; dead DEAD; retransmit 2; }; };
}
"""
SESSION: dict[str, Any] = {
    "addresses": [{"address": "192.168.0.253/24", "interface": "ether1"}],
    "instance": {"as_number": 63400},
    "connections": [{"name": "rr1", "remote_address": NODE, "remote_as": 63400}],
}
PODS: dict[str, Any] = {
    "name": "to-ospf",
    "rules": [
        {
            "match": {"prefixes": [{"prefix": "10.20.0.0/16", "min_length": 16}]},
            "action": "accept",
        },
        # The link itself, which others redistribute.
        {"match": {"prefixes": [{"prefix": "10.7.0.0/16"}]}, "action": "accept"},
    ],
}


def instance_of_others(router: Rig) -> str:
    """Set up OSPF with static routes on ether1, by hand; return the instance's name."""
    router.add("ip/route", dst_address="10.7.0.0/16", gateway="ether1")
    timers = {"hello_interval": "1s", "dead_interval": "4s", "retransmit_interval": "1s"}
    if router.six:
        values = {"redistribute-static": "as-type-2", "router-id": "192.168.0.253"}
        router.api().path("routing", "ospf", "instance").update(**{".id": "default", **values})
        kind = {"network_type": "point-to-point"}
        router.add("routing/ospf/interface", interface="ether1", **kind, **timers)
        router.add("routing/ospf/network", network="192.168.0.0/24", area="backbone")
        return "default"
    router.add("routing/ospf/instance", name="inner", redistribute="static")
    router.add("routing/ospf/area", name="backbone", instance="inner")
    options = {"interfaces": "ether1", "type": "ptp", **timers}
    router.add("routing/ospf/interface-template", area="backbone", **options)
    return "inner"


def bird(router: Rig, kind: str, hello: int, dead: int) -> None:
    more = OSPF.replace("KIND", kind).replace("HELLO", str(hello)).replace("DEAD", str(dead))
    router.bird(more=more)


def seen(router: Rig) -> str:
    return router.birdc("show", "route", "protocol", "inner", "all")


@pytest.mark.parametrize("release", RELEASES)
def test_an_instance_of_others_takes_over_what_the_filter_lets_pass(
    release: str, tmp_path: Path
) -> None:
    with rig(tmp_path, release) as router:
        router.add("ip/address", address="192.168.0.253/24", interface="ether1")
        name = instance_of_others(router)
        before = router.rows("routing/ospf/instance")
        bird(router, "ptp", 1, 4)
        ospf = {"instance": name, "redistribute_bgp": True, "metric": 33, "metric_type": 1}
        options = {**SESSION, "filters": [PODS]}
        result = router.bgp(**options, ospf={**ospf, "output_filter": "to-ospf"})
        assert len([action for action in result["actions"] if "/ospf/" in action]) == 1
        router.session()
        text = wait_for(
            lambda: seen(router), lambda told: "10.20.1.0/26" in told and "10.7.0.0/16" in told
        )
        rows = {line.split()[0]: line for line in text.splitlines() if line[:1].isdigit()}
        assert "10.30.0.0/16" not in rows
        assert "(150/43)" in rows["10.20.1.0/26"]
        # Routes that are not of BGP keep metric and type.
        assert "(150/43)" not in rows["10.7.0.0/16"]
        assert router.bgp(**options, ospf={**ospf, "output_filter": "to-ospf"})["actions"] == []
        # Without a filter named, metric and type need one of our own on RouterOS 7.
        if router.six:
            return
        message = router.refused(**options, ospf=ospf)
        assert "found out-filter-chain=to-ospf, which is not ours" in message
        wanted = {".id": before[0][".id"], "value-name": "out-filter-chain"}
        tuple(router.api().path("routing", "ospf", "instance")("unset", **wanted))
        router.bgp(**options, ospf=ospf)
        wait_for(lambda: seen(router), lambda told: "10.30.0.0/16" in told)
        assert router.bgp(**options, ospf=ospf)["actions"] == []
        router.bgp(**options, ospf={"instance": name, "redistribute_bgp": False})
        assert router.rows("routing/ospf/instance") == before
        wait_for(lambda: seen(router), lambda told: "10.20.1.0/26" not in told)
        assert "10.7.0.0/16" in seen(router)


@pytest.mark.parametrize("release", RELEASES)
def test_a_filter_that_an_instance_of_others_uses_stays(release: str, tmp_path: Path) -> None:
    with rig(tmp_path, release) as router:
        name = instance_of_others(router)
        ospf = {"instance": name, "redistribute_bgp": True, "output_filter": "to-ospf"}
        router.bgp(filters=[PODS], ospf=ospf)
        result = router.bgp(state="absent")
        assert not [action for action in result["actions"] if "/routing/filter" in action]
        assert "stays: other rows use it" in str(result["warnings"])


@pytest.mark.parametrize("release", ["6.49", "7.24"])
def test_an_instance_of_our_own_finds_its_neighbour(release: str, tmp_path: Path) -> None:
    with rig(tmp_path, release) as router:
        # The timers are RouterOS' defaults, so that a hello takes up to 10 s.
        bird(router, "broadcast", 10, 40)
        areas = [{"networks": ["192.168.0.0/24"]}]
        ospf = {"redistribute_bgp": True, "metric_type": 1, "metric": 33, "areas": areas}
        router.bgp(**SESSION, ospf=ospf)
        assert router.bgp(**SESSION, ospf=ospf)["actions"] == []
        wait_for(
            lambda: router.rows("routing/ospf/neighbor"),
            lambda rows: [row for row in rows if row.get("router-id") == NODE],
        )
        router.bgp(state="absent")
        wait_for(lambda: router.rows("routing/ospf/neighbor"), lambda rows: not rows)
