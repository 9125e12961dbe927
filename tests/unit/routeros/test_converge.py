# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From what a router has to what is wished: which writes, in which order, and what stays."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._routeros.apply import (
    Outcome,
    converge,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._routeros.errors import (
    ApplyFailure,
    Refused,
    RouterError,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._routeros.results import (
    bgp_result,
    diff_text,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._routeros.validation import (  # noqa: E501
    describe,
    describe_nothing,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.routeros.fake_router import FakeRouter
from tests.unit.routeros.parameters import parameters, reference

RELEASES = ["6.43", "6.49.10", "7.10.2", "7.18.2", "7.19.4", "7.20.8", "7.22.3", "7.24"]
OURS = "managed by netfabric.calico_routeros"


def run(router: FakeRouter, params: dict[str, Any], **options: Any) -> Outcome:
    return converge(router, describe(params), **options)


def neighbours(router: FakeRouter) -> str:
    return "routing/bgp/peer" if "routing/bgp/peer" in router.menus else "routing/bgp/connection"


@pytest.mark.parametrize("release", RELEASES)
def test_a_second_run_writes_nothing_and_teardown_restores(release: str) -> None:
    router = FakeRouter(release)
    before = router.configuration()
    first = run(router, reference(hold_time="90s", address_families=["ip"]))
    assert first.difference.commands
    assert router.menus[neighbours(router)][0]["name"] == "rr1"
    router.writes.clear()

    second = run(router, reference(hold_time="1m30s", address_families=["ip"]))
    assert (second.difference.commands, router.writes) == ((), [])
    assert second.difference.before == second.difference.after

    run(router, parameters(state="absent"), absent=True)
    after = router.configuration()
    if release.startswith("6"):
        # The built-in instance stays; it had no comment before.
        (instance,) = after["routing/bgp/instance"]
        assert instance.pop("comment", "") == ""
        assert instance["as"] == "65530"
        for row in (instance, before["routing/bgp/instance"][0]):
            for name, text in row.items():
                row[name] = {"yes": "true", "no": "false"}.get(text, text)
    assert after == before


@pytest.mark.parametrize("release", RELEASES)
def test_check_mode_writes_nothing_and_foretells_everything(release: str) -> None:
    router = FakeRouter(release)
    foretold = run(router, reference(password="key"), check_mode=True)
    assert router.writes == []
    done = run(router, reference(password="key"))
    assert bgp_result(foretold) == bgp_result(done)
    assert len(router.writes) == len(done.difference.commands)


@pytest.mark.parametrize("release", RELEASES)
def test_one_changed_field_is_one_set_of_one_property(release: str) -> None:
    router = FakeRouter(release)
    run(router, reference(hold_time="90s"))
    router.writes.clear()
    outcome = run(router, reference(hold_time="60s"))
    (write,) = router.writes
    assert write[:2] == ("set", neighbours(router))
    assert dict(write[2]) == {"hold-time": "1m"}
    assert outcome.difference.restarts == ("rr1",)


@pytest.mark.parametrize("release", RELEASES)
def test_a_field_no_longer_named_goes_back_to_its_default(release: str) -> None:
    router = FakeRouter(release)
    router.put_chains("calico-in")
    run(router, reference(hold_time="90s", input_filter="calico-in", next_hop_choice="force-self"))
    run(router, reference())
    plain = FakeRouter(release)
    plain.put_chains("calico-in")
    run(plain, reference())
    router.writes.clear()
    assert run(router, reference()).difference.commands == ()
    row, fresh = (r.menus[neighbours(r)][0] for r in (router, plain))
    unset = {"", "3m", "default"}
    assert {k: v for k, v in row.items() if v not in unset} == {
        k: v for k, v in fresh.items() if v not in unset
    }


def test_rows_are_added_in_the_order_of_their_dependencies() -> None:
    router = FakeRouter("7.20.8")
    params = reference(bfd=True)
    params["networks"] = ["10.96.0.0/12"]
    run(router, params)
    assert [write[:2] for write in router.writes] == [
        ("add", "ip/address"),
        ("add", "routing/bgp/instance"),
        ("add", "ip/firewall/address-list"),
        ("add", "routing/bfd/configuration"),
        ("add", "routing/bgp/connection"),
    ]
    router.writes.clear()
    run(router, parameters(), absent=True)
    assert [write[1] for write in router.writes] == [
        "routing/bgp/connection",
        "routing/bfd/configuration",
        "ip/firewall/address-list",
        "routing/bgp/instance",
        "ip/address",
    ]


def test_an_address_that_is_there_is_adopted_without_a_write_and_not_removed() -> None:
    router = FakeRouter("7.18.2")
    row = router.put("ip/address", address="192.168.0.253/24", interface="ether1", comment="lan")
    outcome = run(router, reference())
    assert [str(c).split(" ", maxsplit=1)[0] for c in outcome.difference.commands] == [
        "/routing/bgp/connection/add"
    ]
    run(router, parameters(), absent=True)
    assert router.menus["ip/address"] == [row]


@pytest.mark.parametrize(
    ("found", "message"),
    [
        ({"address": "192.168.0.253/24", "interface": "ether2"}, "192.168.0.253/24 on ether2"),
        ({"address": "192.168.0.253/32", "interface": "ether1"}, "192.168.0.253/32 on ether1"),
        (
            {"address": "192.168.0.253/24", "interface": "ether1", "dynamic": "true"},
            "there as a dynamic row",
        ),
    ],
)
def test_an_address_of_others_in_another_place_is_refused(
    found: dict[str, str], message: str
) -> None:
    router = FakeRouter("7.18.2")
    router.put("ip/address", **found)
    with pytest.raises(Refused, match=message):
        run(router, reference())
    assert router.writes == []


def test_our_own_address_moves_to_another_interface_with_one_set() -> None:
    router = FakeRouter("7.18.2")
    run(router, reference())
    router.writes.clear()
    params = reference()
    params["addresses"][0]["interface"] = "bridge1"
    run(router, params)
    assert [(w[0], dict(w[2])) for w in router.writes] == [("set", {"interface": "bridge1"})]


def test_others_connections_are_changed_only_where_named_and_never_removed() -> None:
    router = FakeRouter("7.18.2")
    other = router.put("routing/bgp/connection", name="isp", remote__address="10.0.0.1/32")
    mine = router.put(
        "routing/bgp/connection",
        name="rr1",
        remote__address="192.168.0.15/32",
        remote__as="63400",
        local__role="ebgp",
        local__address="192.168.0.253",
        hold_time="30s",
        output__redistribute="static",
    )
    mine["as"] = "63400"
    run(router, reference())
    (write,) = [w for w in router.writes if w[1] == "routing/bgp/connection"]
    assert write[0] == "set"
    # Role and redistribution are named; the hold time is not, and stays.
    assert dict(write[2]) == {"local.role": "ibgp", "!output.redistribute": ""}
    assert mine["hold-time"] == "30s"
    run(router, parameters(), absent=True)
    assert router.menus["routing/bgp/connection"] == [other, mine]


@pytest.mark.parametrize("release", RELEASES)
def test_a_connection_of_another_name_to_the_same_address_takes_the_name(release: str) -> None:
    router = FakeRouter(release)
    run(router, reference(name="peer1"))
    router.writes.clear()
    outcome = run(router, reference())
    assert [(w[0], dict(w[2])) for w in router.writes] == [("set", {"name": "rr1"})]
    assert outcome.difference.restarts == ()
    assert len(router.menus[neighbours(router)]) == 1


def test_two_rows_of_one_name_are_refused() -> None:
    router = FakeRouter("7.18.2")
    for _copy in range(2):
        router.put("routing/bgp/connection", name="rr1", remote__address="192.168.0.15")
    with pytest.raises(Refused, match="has 2 rows with name=rr1"):
        run(router, reference())
    assert router.writes == []


def test_dynamic_connections_are_no_configuration() -> None:
    router = FakeRouter("7.18.2")
    router.put("routing/bgp/connection", name="rr1", remote__address="192.168.0.15", dynamic="true")
    run(router, reference())
    assert [w[0] for w in router.writes] == ["add", "add"]


def test_rows_of_ours_that_nothing_wishes_go_last() -> None:
    router = FakeRouter("6.49.10")
    params = reference()
    params["connections"].append(
        {**params["connections"][0], "name": "rr2", "remote_address": "192.168.0.14"}
    )
    run(router, params)
    router.writes.clear()
    run(router, reference(hold_time="60s"))
    assert [w[:2] for w in router.writes] == [
        ("set", "routing/bgp/peer"),
        ("remove", "routing/bgp/peer"),
    ]
    assert [row["name"] for row in router.menus["routing/bgp/peer"]] == ["rr1"]


def test_a_part_that_is_not_given_is_not_even_read() -> None:
    router = FakeRouter("7.18.2")
    run(router, reference())
    router.reads.clear()
    outcome = run(router, parameters(addresses=[]), check_mode=True)
    assert [c.verb for c in outcome.difference.commands] == ["remove"]
    assert router.reads == ["system/resource", "ip/address"]


def test_ipv6_menus_are_read_and_cleared_where_ipv6_is_named() -> None:
    router = FakeRouter("7.18.2")
    router.menus["ipv6/address"] = []
    params = reference(address_families=["ip", "ipv6"])
    params["addresses"].append({"address": "fd00::253/64", "interface": "ether1", "comment": None})
    params["networks"] = ["fd00:96::/112"]
    run(router, params)
    (row,) = router.menus["ipv6/address"]
    assert row["advertise"] == "no"
    assert [r["address"] for r in router.menus["ipv6/firewall/address-list"]] == ["fd00:96::/112"]
    assert run(router, params).difference.commands == ()
    run(router, params, absent=True)
    assert router.menus["ipv6/address"] == router.menus["ipv6/firewall/address-list"] == []


def test_teardown_needs_no_description() -> None:
    router = FakeRouter("7.20.8")
    router.menus["ipv6/address"] = []
    before = router.configuration()
    params = reference(bfd=True)
    params["addresses"].append({"address": "fd00::253/64", "interface": "ether1", "comment": None})
    params["networks"] = ["10.96.0.0/12", "fd00:96::/112"]
    run(router, params)
    assert router.configuration() != before
    faulty = parameters(state="absent", addresses=[{"address": "x", "interface": ""}])
    converge(router, describe_nothing(faulty), absent=True)
    assert router.configuration() == before


def test_each_menu_is_read_once() -> None:
    router = FakeRouter("7.20.8")
    run(router, reference())
    assert len(router.reads) == len(set(router.reads))


def test_rows_of_another_owner_are_others_rows() -> None:
    router = FakeRouter("7.18.2")
    run(router, {**reference(), "owner": "cluster-10"})
    before = router.configuration()
    run(router, parameters(owner="cluster-1"), absent=True)
    assert router.configuration() == before


def test_a_comment_of_the_users_keeps_the_marker() -> None:
    router = FakeRouter("7.18.2")
    run(router, reference(comment="to rack 1"))
    (row,) = router.menus["routing/bgp/connection"]
    assert row["comment"] == f"to rack 1 ({OURS})"
    outcome = run(router, reference(comment="to rack 2"))
    assert outcome.difference.restarts == ()
    run(router, parameters(), absent=True)
    assert router.menus["routing/bgp/connection"] == []


def test_the_built_in_instance_in_use_by_others_is_changed_only_where_named() -> None:
    router = FakeRouter("6.49.10")
    (instance,) = router.menus["routing/bgp/instance"]
    instance.update({"as": "64520", "redistribute-ospf": "true", "redistribute-static": "true"})
    instance["router-id"] = "10.0.0.9"
    params = reference(redistribute=["ospf"])
    run(router, params)
    (write,) = [w for w in router.writes if w[1] == "routing/bgp/instance"]
    assert dict(write[2]) == {"as": "63400", "redistribute-static": "no"}
    router.writes.clear()
    run(router, parameters(), absent=True)
    assert "routing/bgp/instance" not in [w[1] for w in router.writes]


def test_changing_the_as_number_names_the_sessions_that_restart() -> None:
    router = FakeRouter("6.49.10")
    run(router, reference())
    params = reference()
    params["instance"]["as_number"] = 63401
    assert run(router, params).difference.restarts == ("rr1",)


def test_an_instance_that_others_use_stays() -> None:
    router = FakeRouter("7.20.8")
    run(router, reference())
    router.put("routing/bgp/connection", name="isp", instance="default", remote__address="10.0.0.1")
    outcome = run(router, parameters(), absent=True)
    assert "instance default stays: other connections use it: isp" in outcome.warnings
    assert [row["name"] for row in router.menus["routing/bgp/instance"]] == ["default"]


def test_the_address_that_carries_the_api_connection_stays() -> None:
    router = FakeRouter("7.18.2")
    run(router, reference())
    router.peer = "192.168.0.253"
    outcome = run(router, parameters(), absent=True)
    assert len(router.menus["ip/address"]) == 1
    assert any("this very API connection" in warning for warning in outcome.warnings)


def test_a_ttl_that_cannot_be_unset_makes_the_row_anew() -> None:
    router = FakeRouter("7.18.2")
    run(router, reference(ttl=64))
    router.writes.clear()
    run(router, reference())
    assert [w[0] for w in router.writes] == ["remove", "add"]
    assert "local.ttl" not in router.menus["routing/bgp/connection"][0]
    assert run(router, reference()).difference.commands == ()


def test_an_absent_property_of_a_templated_row_is_the_templates() -> None:
    router = FakeRouter("7.18.2")
    row = router.put(
        "routing/bgp/connection",
        name="rr1",
        remote__address="192.168.0.15/32",
        templates="slow",
    )
    run(router, reference(hold_time="3m"))
    assert row["hold-time"] == "3m"
    router.writes.clear()
    assert run(router, reference(hold_time="3m")).difference.commands == ()


def test_defaults_are_said_where_a_template_could_say_otherwise() -> None:
    router = FakeRouter("7.18.2")
    params = reference(templates=["slow"], passive=False, bfd=False)
    run(router, params)
    assert router.menus["routing/bgp/connection"][0]["connect"] == "yes"
    assert run(router, params).difference.commands == ()
    run(router, reference(templates=[], passive=False, bfd=False))
    assert "templates" not in router.menus["routing/bgp/connection"][0]


@pytest.mark.parametrize("shared", [False, True])
def test_an_instance_that_an_upgrade_made_is_used_on_if_nobody_else_does(shared: bool) -> None:
    router = FakeRouter("7.20.8")
    instance = router.put("routing/bgp/instance", name="bgp-instance-1", **{"as": "63400"})
    row = {"remote__address": "192.168.0.15/32", "instance": "bgp-instance-1"}
    mine = router.put("routing/bgp/connection", name="peer1", **row)
    if shared:
        router.put(
            "routing/bgp/connection",
            name="isp",
            remote__address="10.0.0.1",
            instance="bgp-instance-1",
        )
    run(router, reference())
    assert mine["name"] == "rr1"
    assert mine["instance"] == ("default" if shared else "bgp-instance-1")
    names = [entry["name"] for entry in router.menus["routing/bgp/instance"]]
    assert names == (["bgp-instance-1", "default"] if shared else ["bgp-instance-1"])
    assert "comment" not in instance
    assert run(router, reference()).difference.commands == ()


@pytest.mark.parametrize("release", ["6.49.10", "7.18.2"])
class TestPassword:
    def test_a_key_that_is_shown_is_compared(self, release: str) -> None:
        router = FakeRouter(release)
        run(router, reference(password="one"))
        assert run(router, reference(password="one")).difference.commands == ()
        outcome = run(router, reference(password="two"))
        assert len(outcome.difference.commands) == 1
        assert router.menus[neighbours(router)][0]["tcp-md5-key"] == "two"

    def test_a_hidden_key_stays_with_a_warning(self, release: str) -> None:
        router = FakeRouter(release)
        run(router, reference(password="one"))
        router.menus[neighbours(router)][0]["tcp-md5-key"] = "*****"
        outcome = run(router, reference(password="two"))
        assert outcome.difference.commands == ()
        assert any("does not show its TCP MD5 key" in warning for warning in outcome.warnings)

    def test_a_hidden_key_is_written_on_request(self, release: str) -> None:
        router = FakeRouter(release)
        run(router, reference(password="one"))
        router.menus[neighbours(router)][0]["tcp-md5-key"] = "*****"
        router.writes.clear()
        run(router, reference(password="two"), always_write_password=True)
        assert [dict(w[2]) for w in router.writes] == [{"tcp-md5-key": "two"}]

    def test_a_key_no_longer_wished_goes(self, release: str) -> None:
        router = FakeRouter(release)
        run(router, reference(password="one"))
        router.menus[neighbours(router)][0]["tcp-md5-key"] = "*****"
        run(router, reference())
        assert not router.menus[neighbours(router)][0].get("tcp-md5-key")

    def test_a_key_shows_nowhere(self, release: str) -> None:
        router = FakeRouter(release)
        seen = []
        for key in ("s3cret-one", "s3cret-two"):
            outcome = run(router, reference(password=key))
            result = bgp_result(outcome)
            seen.append(repr((result, outcome, diff_text(result["before"]))))
            seen.append(diff_text(result["after"]))
        text = "".join(seen)
        assert "s3cret" not in text
        assert "tcp-md5-key=(set)" in text
        assert "tcp-md5-key=(set anew)" in text


def test_a_broken_connection_is_finished_by_the_next_run() -> None:
    for writes in range(4):
        router = FakeRouter("7.20.8", break_after=writes)
        params = reference(bfd=True)
        with pytest.raises(ApplyFailure, match=rf"command {writes + 1} of 4.*{writes} carried out"):
            run(router, params)
        router.break_after = None
        run(router, params)
        assert run(router, params).difference.commands == ()
        assert all(
            len(router.menus[menu]) == 1
            for menu in ("ip/address", "routing/bgp/instance", "routing/bgp/connection")
        )


def test_a_router_without_routing_package_is_told() -> None:
    router = FakeRouter("6.49.10")
    del router.menus["routing/bgp/peer"]
    with pytest.raises(RouterError, match=r"has no /routing/bgp/peer .*RouterOS 6 needs routing"):
        run(router, reference())
    assert router.writes == []


def test_nothing_is_written_when_the_release_cannot_do_it() -> None:
    router = FakeRouter("6.49.10")
    with pytest.raises(Refused, match=r"listen: RouterOS 6\.49\.10"):
        run(router, reference(listen=False))
    assert router.writes == []


CONNECTIONS = st.fixed_dictionaries(
    {},
    optional={
        "remote_port": st.sampled_from([None, 179, 1179]),
        "local_address": st.sampled_from([None, "192.168.0.253", "192.168.0.254"]),
        "route_reflector_client": st.sampled_from([None, True, False]),
        "address_families": st.sampled_from([None, ["ip"], ["ipv6", "ip"], ["ipv6"]]),
        "hold_time": st.sampled_from([None, "3m", "180s", "90s", "infinity"]),
        "keepalive_time": st.sampled_from([None, "10s", "30"]),
        "password": st.sampled_from([None, "", "key", "other key"]),
        "multihop": st.sampled_from([None, True, False]),
        "ttl": st.sampled_from([None, 1, 255]),
        "bfd": st.sampled_from([None, True, False]),
        "next_hop_choice": st.sampled_from([None, "default", "force-self", "propagate"]),
        "default_originate": st.sampled_from([None, "never", "always"]),
        "redistribute": st.sampled_from([None, [], ["static"], ["ospf", "connected"]]),
        "input_filter": st.sampled_from([None, "", "in"]),
        "output_filter": st.sampled_from([None, "", "out"]),
        "passive": st.sampled_from([None, True, False]),
        "disabled": st.booleans(),
        "comment": st.sampled_from([None, "", "one"]),
    },
)
INSTANCES = st.fixed_dictionaries(
    {"as_number": st.sampled_from([63400])},
    optional={
        "router_id": st.sampled_from([None, "192.168.0.253"]),
        "cluster_id": st.sampled_from([None, "244.0.0.1"]),
        "client_to_client_reflection": st.sampled_from([None, True, False]),
        "ignore_as_path_length": st.sampled_from([None, True, False]),
    },
)


@settings(deadline=None)
@given(
    st.sampled_from(["6.43", "6.49.10", "7.11", "7.18.2", "7.19.4", "7.20.8", "7.24"]),
    st.lists(st.tuples(CONNECTIONS, INSTANCES), min_size=1, max_size=3),
    st.lists(st.sampled_from(["10.96.0.0/12", "10.20.0.0/16", "fd00::/64"]), unique=True),
)
def test_any_way_between_descriptions_ends_where_nothing_is_left_to_do(
    release: str, steps: list[tuple[dict[str, Any], dict[str, Any]]], networks: list[str]
) -> None:
    router = FakeRouter(release)
    router.put_chains("in", "out")
    for connection, instance in steps:
        params = reference(**connection)
        params["instance"].update(instance)
        params["networks"] = networks
        run(router, params)
        again = run(router, params)
        assert again.difference.commands == ()
        assert again.difference.before == again.difference.after
        fresh = FakeRouter(release)
        fresh.put_chains("in", "out")
        assert run(fresh, params).difference.after.keys() == again.difference.after.keys()
    run(router, params, absent=True)
    rows = [row for menu in router.menus.values() for row in menu]
    assert not [row for row in rows if OURS in row.get("comment", "")]


@pytest.mark.parametrize("release", RELEASES)
def test_without_purge_what_is_no_longer_described_stays(release: str) -> None:
    router = FakeRouter(release)
    run(router, reference())
    successor = reference(name="rr2", remote_address="192.168.0.14")
    extended = run(router, successor, purge=False)
    assert extended.difference.leftovers == ()
    assert {row["name"] for row in router.menus[neighbours(router)]} == {"rr1", "rr2"}

    router.writes.clear()
    asked = run(router, successor, check_mode=True)
    assert [str(command) for command in asked.difference.leftovers] == bgp_result(asked)["actions"]
    assert router.writes == []
    run(router, successor)
    assert {row["name"] for row in router.menus[neighbours(router)]} == {"rr2"}
    assert run(router, successor, purge=False).difference.commands == ()
