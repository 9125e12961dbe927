# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From RouterOS's configuration to FRR's, and from one to the next."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from calico_lab.routeros.bgp import v6, v7
from calico_lab.routeros.bgp.common import NO_ROUTER_ID
from calico_lab.routeros.engine import Engine
from calico_lab.routeros.errors import Unsupported
from calico_lab.routeros.frr.apply import bgpd_commands, staticd_commands
from calico_lab.routeros.frr.render import Config, render
from calico_lab.routeros.network import Assigned
from ros_idle import idle_engine, run

CONNECTION = {
    "name": "rr1",
    "local__role": "ibgp",
    "local__address": "192.168.0.253",
    "as": "63400",
    "remote__address": "192.168.0.15",
}
PEER = {"name": "rr1", "remote_address": "192.168.0.15", "remote_as": "63400"}


class Around:
    def __init__(self, *addresses: str) -> None:
        self._addresses = addresses or ("192.168.0.253/24", "192.168.88.1/24")

    def assigned(self) -> Sequence[Assigned]:
        return [Assigned(text, f"ether{n}") for n, text in enumerate(self._addresses, 1)]

    def own_router_id(self) -> str:
        return str(max(entry.ip for entry in self.assigned()))


class Bare(Around):
    def assigned(self) -> Sequence[Assigned]:
        return []

    def own_router_id(self) -> str:
        return NO_ROUTER_ID


def config(engine: Engine, around: Around | None = None) -> Config:
    translate = v6.plan if engine.release.major == 6 else v7.plan
    return render(translate(engine.store, around or Around()))


def session(engine: Engine, address: str = "192.168.0.15") -> set[str]:
    bgp = config(engine).bgp
    assert bgp
    neighbor = bgp.neighbors[address]
    lines = [*neighbor.session, *(line for part in neighbor.families.values() for line in part)]
    return {line.removeprefix(f"neighbor {address} ") for line in lines}


def connected(release: str = "7.18.2", /, **more: str) -> Engine:
    engine = idle_engine(release)
    run(engine, "/routing/bgp/connection/add", **{**CONNECTION, **more})
    return engine


def peered(**more: str) -> Engine:
    engine = idle_engine("6.49")
    run(engine, "/routing/bgp/instance/set", id_="default", **{"as": "63400"})
    run(engine, "/routing/bgp/peer/add", **{**PEER, **more})
    return engine


def test_a_plain_session_of_7() -> None:
    lines = session(connected())
    assert {"remote-as internal", "timers 60 180", "update-source 192.168.0.253"} <= lines
    assert {"activate", "disable-addpath-rx"} <= lines
    assert not any(line.startswith(("password", "passive", "ebgp-multihop")) for line in lines)


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({"hold_time": "30s"}, "timers 10 30"),
        ({"hold_time": "30s", "keepalive_time": "5s"}, "timers 5 30"),
        ({"hold_time": "infinity"}, "timers 0 0"),
        ({"tcp_md5_key": "hush"}, "password hush"),
        ({"connect": "no"}, "passive"),
        ({"local__role": "ibgp-rr"}, "route-reflector-client"),
        ({"nexthop_choice": "force-self"}, "next-hop-self force"),
        ({"nexthop_choice": "propagate"}, "attribute-unchanged next-hop"),
        ({"output__default_originate": "always"}, "default-originate"),
        ({"local__role": "ebgp", "remote__as": "65000", "multihop": "yes"}, "ebgp-multihop 255"),
        ({"local__role": "ebgp", "remote__as": "65000"}, "remote-as 65000"),
        ({"local__role": "ebgp-customer", "remote__as": "65000"}, "local-role customer"),
        ({"remote__as": "63400"}, "remote-as 63400"),
        # A role against the numbers: FRR then refuses each OPEN, whatever AS it tells.
        ({"local__role": "ebgp", "remote__as": "63400"}, "remote-as 4294967295"),
        ({"local__role": "ibgp", "remote__as": "65000"}, "remote-as 4294967295"),
        ({"local__role": "ibgp-rr", "remote__as": "65000"}, "remote-as 4294967295"),
        ({"input__allow_as": "2"}, "allowas-in 2"),
        ({"output__as_override": "yes"}, "as-override"),
        ({"add_path_out": "all"}, "addpath-tx-all-paths"),
        ({"remote__port": "1179"}, "port 1179"),
    ],
)
def test_options_of_a_connection(options: dict[str, str], line: str) -> None:
    assert line in session(connected(**options))


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({}, "remote-as 63400"),
        ({"hold_time": "30s"}, "timers 10 30"),
        ({"tcp_md5_key": "hush"}, "password hush"),
        ({"passive": "yes"}, "passive"),
        ({"route_reflect": "yes"}, "route-reflector-client"),
        ({"remote_as": "65000", "multihop": "yes", "ttl": "7"}, "ebgp-multihop 7"),
        ({"update_source": "192.168.0.253"}, "update-source 192.168.0.253"),
        ({"update_source": "ether1"}, "update-source ether1"),
        ({"max_prefix_limit": "10"}, "maximum-prefix 10"),
    ],
)
def test_options_of_a_peer(options: dict[str, str], line: str) -> None:
    assert line in session(peered(**options))


def test_without_a_local_address_ibgp_uses_the_routers_highest() -> None:
    engine = connected()
    run(engine, "/routing/bgp/connection/unset", id_="rr1", value_name="local.address")
    assert "update-source 192.168.88.1" in session(engine)
    run(
        engine,
        "/routing/bgp/connection/set",
        id_="rr1",
        local__role="ebgp",
        remote__as="65000",
    )
    assert not any(line.startswith("update-source") for line in session(engine))


def test_templates_give_what_the_connection_leaves_out() -> None:
    engine = idle_engine("7.18.2")
    run(engine, "/routing/bgp/template/set", id_="default", **{"as": "63400"}, hold_time="30s")
    values = {name: value for name, value in CONNECTION.items() if name != "as"}
    run(engine, "/routing/bgp/connection/add", **values, templates="default", multihop="yes")
    assert "timers 10 30" in session(engine)
    bgp = config(engine).bgp
    assert bgp
    assert bgp.as_number == 63400


def test_a_connection_without_as_is_inactive() -> None:
    engine = idle_engine("7.18.2")
    values = {name: value for name, value in CONNECTION.items() if name != "as"}
    run(engine, "/routing/bgp/connection/add", **values)
    plan = v7.plan(engine.store, Around())
    assert plan.speaker is None
    assert plan.faults == {("routing/bgp/connection", 1): "no AS number"}


def test_a_router_without_address_has_no_session() -> None:
    engine = connected()
    plan = v7.plan(engine.store, Bare())
    assert plan.speaker is None
    assert list(plan.faults.values()) == ["invalid value '0.0.0.0' of 'router-id'"]


def test_the_instance_gives_as_and_router_id_from_7_20() -> None:
    engine = idle_engine("7.20.8")
    options = {"as": "63400", "router_id": "10.0.0.1", "cluster_id": "244.0.0.1"}
    run(engine, "/routing/bgp/instance/add", name="k8s", **options)
    values = {name: value for name, value in CONNECTION.items() if name != "as"}
    run(engine, "/routing/bgp/connection/add", **values, instance="k8s")
    bgp = config(engine).bgp
    assert bgp
    assert bgp.as_number == 63400
    assert bgp.settings["router-id"][0] == "bgp router-id 10.0.0.1"
    assert bgp.settings["cluster-id"][0] == "bgp cluster-id 244.0.0.1"


@pytest.mark.parametrize(
    "options",
    [
        {"listen": "no"},
        {"address_families": "ip,vpnv4"},
        {"remote__ttl": "255"},
        {"input__limit_process_routes_ipv4": "100"},
        {"save_to": "x.pcap"},
        {"remote__address": "192.168.0.0/24"},
        {"output__filter_select": "x"},
    ],
)
def test_what_frr_can_not_do_is_refused(options: dict[str, str]) -> None:
    with pytest.raises(Unsupported, match="not supported by the lab"):
        config(connected(**options))


def test_two_sessions_with_one_address_are_refused() -> None:
    engine = connected()
    run(engine, "/routing/bgp/connection/add", **{**CONNECTION, "name": "again"})
    with pytest.raises(Unsupported, match=r"two sessions with 192\.168\.0\.15"):
        config(engine)


def test_an_external_session_may_have_another_own_as() -> None:
    engine = connected()
    values = {
        "name": "up",
        "local__role": "ebgp",
        "as": "65001",
        "remote__address": "192.168.0.1",
        "remote__as": "65000",
    }
    run(engine, "/routing/bgp/connection/add", **values)
    assert "local-as 65001 no-prepend replace-as" in session(engine, "192.168.0.1")


def steps(engine: Engine, path: str, /, **change: str) -> list[str]:
    """The commands for bgpd that a change of the first row of ``path`` leads to."""
    before = config(engine)
    run(engine, f"{path}/set", numbers=engine.store.menu(path.strip("/"))[0].identifier, **change)
    return bgpd_commands(before, config(engine))


def test_a_first_configuration_holds_the_session_down_until_it_is_complete() -> None:
    commands = bgpd_commands(Config(), config(connected(tcp_md5_key="hush")))
    order = [
        "router bgp 63400",
        "neighbor 192.168.0.15 remote-as internal",
        "neighbor 192.168.0.15 shutdown",
        "neighbor 192.168.0.15 password hush",
        "neighbor 192.168.0.15 activate",
        "no neighbor 192.168.0.15 shutdown",
    ]
    places = [commands.index(line) for line in order]
    assert places == sorted(places)


def test_a_comment_or_an_unchanged_configuration_leads_to_no_command() -> None:
    assert steps(connected(), "/routing/bgp/connection", comment="x") == []
    assert steps(peered(), "/routing/bgp/peer", hold_time="3m", comment="x") == []


def test_a_changed_connection_starts_its_session_anew() -> None:
    commands = steps(connected(), "/routing/bgp/connection", output__keep_sent_attributes="yes")
    assert "no neighbor 192.168.0.15" in commands


def test_a_changed_filter_only_moves_to_another_route_map() -> None:
    engine = connected(input__filter="in")
    rule = "if (dst in 10.20.0.0/16) {accept}"
    run(engine, "/routing/filter/rule/add", chain="in", rule=rule)
    commands = steps(engine, "/routing/filter/rule", rule="accept")
    assert not any(line.startswith("no neighbor") for line in commands)
    moved = [line for line in commands if line.startswith("neighbor")]
    assert [line.split()[-1] for line in moved] == ["in"]
    created = next(n for n, line in enumerate(commands) if line.startswith("route-map"))
    removed = next(n for n, line in enumerate(commands) if line.startswith("no route-map"))
    assert created < commands.index(moved[0]) < removed


def test_another_as_starts_the_speaker_anew() -> None:
    commands = steps(peered(), "/routing/bgp/instance", **{"as": "64512"})
    assert "no router bgp 63400" in commands
    assert "router bgp 64512" in commands


def test_leaving_nothing_behind() -> None:
    engine = connected(input__filter="in", output__network="nets")
    run(engine, "/routing/filter/rule/add", chain="in", rule="if (dst-len > 20) {accept}")
    commands = bgpd_commands(config(engine), Config())
    assert commands[0] == "no router bgp 63400"
    made = set(config(engine).objects)
    assert len(commands) == 1 + len(made)


def test_static_routes() -> None:
    engine = idle_engine("7.18.2")
    run(engine, "/ip/route/add", dst_address="10.96.0.0/12", gateway="192.168.0.15,192.168.0.14")
    run(engine, "/ip/route/add", dst_address="10.0.0.0/8", blackhole="yes", distance="250")
    run(engine, "/ip/route/add", dst_address="10.1.0.0/16", gateway="ether1", disabled="yes")
    before = config(engine)
    assert before.routes == (
        "ip route 10.96.0.0/12 192.168.0.15 1",
        "ip route 10.96.0.0/12 192.168.0.14 1",
        "ip route 10.0.0.0/8 blackhole 250",
    )
    run(engine, "/ip/route/set", id_="*1", gateway="192.168.0.15")
    assert staticd_commands(before, config(engine)) == ["no ip route 10.96.0.0/12 192.168.0.14 1"]


def test_routes_of_other_tables_are_refused() -> None:
    engine = idle_engine("7.18.2")
    run(engine, "/routing/table/add", name="other", fib="yes")
    gateway = {"dst_address": "10.0.0.0/8", "gateway": "192.168.0.15"}
    run(engine, "/ip/route/add", **gateway, routing_table="other")
    with pytest.raises(Unsupported, match="table other"):
        config(engine)
