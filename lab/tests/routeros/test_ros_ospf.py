# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""OSPF of the emulated router: what BGP learned reaches a second OSPF speaker."""

from __future__ import annotations

from pathlib import Path

import librouteros
import pytest
from calico_lab.routeros.bgp import v6, v7
from calico_lab.routeros.engine import Engine
from calico_lab.routeros.errors import Unsupported
from calico_lab.routeros.frr.apply import ospfd_commands
from calico_lab.routeros.frr.render import OspfConfig, render
from ros_idle import idle_engine, run
from ros_namespaces import needs_root, pair, pids, wait_for
from ros_sessions import SEVEN, SIX, configure, established
from test_ros_plan import Around

BIRD = """
router id 192.168.0.15;
protocol device {}
protocol static { route 10.20.1.0/26 via 192.168.0.11; route 10.30.0.0/16 via 192.168.0.11; }
protocol bgp ros {
  local 192.168.0.15 as 63400;
  neighbor 192.168.0.253 as 63400;
  export where source = RTS_STATIC;
  connect delay time 1; connect retry time 1; error wait time 1,2;
}
table second;
protocol static own { table second; route 172.16.0.0/24 blackhole; }
protocol ospf inner {
  table second;
  export where source = RTS_STATIC;
  area 0 { interface "eth0" { type ptp; hello 1; dead 4; retransmit 2; }; };
}
"""
TIMERS = {"hello-interval": "1s", "dead-interval": "4s", "retransmit-interval": "1s"}


def configure_ospf(api: librouteros.Api, release: str) -> None:
    """10.20.0.0/16 of BGP goes out with metric 33 as type 1, 10.30.0.0/16 does not."""
    menu = ("routing", "ospf")
    if release == SIX:
        discard = {"prefix": "10.30.0.0/16", "protocol": "bgp", "action": "discard"}
        api.path("routing", "filter").add(chain="ospf-out", **discard)
        options = {"redistribute-bgp": "as-type-1", "metric-bgp": 33}
        api.path(*menu, "instance").update(**{".id": "default", **options})
        kind = {"network-type": "point-to-point"}
        api.path(*menu, "interface").add(interface="ether1", **kind, **TIMERS)
        api.path(*menu, "network").add(network="192.168.0.0/24", area="backbone")
        return
    then = "set ospf-ext-metric 33; set ospf-ext-type type1; accept"
    rule = f"if (protocol bgp && dst in 10.20.0.0/16) {{ {then} }}"
    api.path("routing", "filter", "rule").add(chain="ospf-out", rule=rule)
    options = {"redistribute": "bgp", "out-filter-chain": "ospf-out"}
    api.path(*menu, "instance").add(name="inner", **options)
    api.path(*menu, "area").add(name="backbone", instance="inner")
    template = api.path(*menu, "interface-template")
    template.add(area="backbone", interfaces="ether1", type="ptp", **TIMERS)


@needs_root
@pytest.mark.parametrize("release", [SIX, SEVEN])
def test_bgp_routes_are_seen_at_a_second_speaker(tmp_path: Path, release: str) -> None:
    with pair(tmp_path) as lan:
        lan.run_bird(BIRD)
        lan.start_router(release)
        api = lan.client()
        configure(api, release)
        configure_ospf(api, release)
        established(api, release)
        seen = wait_for(
            lambda: lan.birdc("show", "route", "protocol", "inner", "all"),
            lambda text: "10.20.1.0/26" in text,
        )
        assert "OSPF-E1" in seen
        # The second speaker's way to the router costs it 10.
        assert "(150/43)" in seen
        assert "10.30.0.0/16" not in seen
        (row,) = api.path("routing", "ospf", "neighbor")
        assert (row["state"], row["router-id"]) == ("Full", "192.168.0.15")
        routes = wait_for(
            lambda: {r["dst-address"]: r for r in api.path("ip", "route") if r.get("ospf")},
            lambda found: found.get("172.16.0.0/24", {}).get("active"),
        )
        assert list(routes) == ["172.16.0.0/24"]
        assert routes["172.16.0.0/24"]["distance"] == 110
        assert "172.16.0.0/24" in lan.kernel_routes()
        running = len(pids(lan.router))
        api.path("routing", "ospf", "instance").update(
            **{".id": "default" if release == SIX else "inner", "disabled": True}
        )
        assert len(pids(lan.router)) == running - 1
        assert "172.16.0.0/24" not in lan.kernel_routes()


def ospf(engine: Engine) -> OspfConfig | None:
    translate = v6.plan if engine.release.major == 6 else v7.plan
    return render(translate(engine.store, Around())).ospf


def engine(**instance: str) -> Engine:
    found = idle_engine("7.18.2")
    run(found, "/routing/ospf/instance/add", name="inner", **instance)
    run(found, "/routing/ospf/area/add", name="backbone", instance="inner")
    run(found, "/routing/ospf/interface-template/add", area="backbone", interfaces="ether1")
    return found


def test_nothing_runs_without_an_interface() -> None:
    found = idle_engine("7.18.2")
    run(found, "/routing/ospf/instance/add", name="inner", redistribute="bgp")
    assert ospf(found) is None
    six = idle_engine("6.49")
    run(six, "/routing/ospf/instance/set", numbers="default", redistribute_bgp="as-type-1")
    assert ospf(six) is None


def test_a_template_may_name_networks() -> None:
    found = idle_engine("7.18.2")
    run(found, "/routing/ospf/instance/add", name="inner", router_id="10.0.0.1")
    run(found, "/routing/ospf/area/add", name="far", instance="inner", area_id="0.0.0.1")
    options = {"networks": "192.168.88.0/24", "auth": "md5", "auth_id": "7", "auth_key": "hush"}
    run(found, "/routing/ospf/interface-template/add", area="far", passive="", **options)
    config = ospf(found)
    assert config
    assert list(config.interfaces) == ["ether2"]
    lines = [line for line, _ in config.interfaces["ether2"].values()]
    assert "ip ospf passive" in lines
    assert "ip ospf message-digest-key 7 md5 hush" in lines
    assert lines[-1] == "ip ospf area 0.0.0.1"
    assert config.settings["router-id"][0] == "ospf router-id 10.0.0.1"


def test_a_change_leads_to_its_commands_alone() -> None:
    found = engine(redistribute="bgp,static")
    before = ospf(found)
    run(found, "/routing/ospf/instance/set", numbers="inner", redistribute="bgp")
    run(found, "/routing/ospf/interface-template/set", numbers="*1", cost="20")
    assert ospfd_commands(before, ospf(found)) == [
        "router ospf",
        "no redistribute static",
        "exit",
        "interface ether1",
        "ip ospf cost 20",
        "exit",
    ]
    assert ospfd_commands(before, None) == []


@pytest.mark.parametrize(
    "options",
    [
        {"version": "3"},
        {"in_filter_chain": "x"},
        {"out_filter_select": "x"},
        {"domain_tag": "1"},
        {"mpls_te_address": "10.0.0.1"},
    ],
)
def test_what_ospfd_can_not_do_is_refused(options: dict[str, str]) -> None:
    with pytest.raises(Unsupported, match="not supported by the lab"):
        ospf(engine(**options))


@pytest.mark.parametrize(
    "rule",
    ["set bgp-med 20; accept", "if (bgp-local-pref == 100) { accept }", "set gw 10.0.0.1; accept"],
)
def test_an_ospf_filter_knows_what_ospf_knows(rule: str) -> None:
    found = engine(redistribute="bgp", out_filter_chain="out")
    run(found, "/routing/filter/rule/add", chain="out", rule=rule)
    with pytest.raises(Unsupported, match="of an OSPF filter"):
        ospf(found)


def test_an_ospf_setting_is_none_of_a_bgp_filter() -> None:
    found = idle_engine("7.18.2")
    run(found, "/routing/filter/rule/add", chain="out", rule="set ospf-ext-metric 1; accept")
    values = {"name": "rr1", "local__role": "ibgp", "as": "63400", "output__filter_chain": "out"}
    run(found, "/routing/bgp/connection/add", remote__address="192.168.0.15", **values)
    with pytest.raises(Unsupported, match="ospf-ext-metric"):
        v7.plan(found.store, Around())
