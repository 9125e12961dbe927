# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every release with one description: it takes effect, stays, changes and goes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from librouteros.exceptions import LibRouterosError

from tests.router_matrix.descriptions import KEY, RELEASES, full, has_bfd, numbers
from tests.router_matrix.rig import NODE, Rig, needs_root, rig, wait_for

pytestmark = needs_root

SESSION = f'password "{KEY}"; bfd on;'
_MENUS = (
    "ip/address",
    "ipv6/address",
    "ip/firewall/address-list",
    "routing/filter",
    "routing/filter/rule",
    "routing/bgp/instance",
    "routing/bgp/template",
    "routing/bgp/connection",
    "routing/bgp/peer",
    "routing/bgp/network",
    "routing/bfd/configuration",
    "routing/ospf/instance",
    "routing/ospf/area",
    "routing/ospf/network",
    "routing/ospf/interface-template",
)


def menus(router: Rig) -> dict[str, Any]:
    """Return what the router prints of its configuration, whole rows with their IDs."""
    found = {}
    for menu in _MENUS:
        try:
            rows = router.rows(menu)
        except LibRouterosError as error:
            if "no such command" not in str(error):
                raise
            continue
        found[menu] = [row for row in rows if not row.get("dynamic")]
    return found


def of_others(router: Rig) -> None:
    """Set up what the router had before we came, some of it close to what we wish for."""
    for network in ("10.96.0.0/12", "10.99.0.0/16", "10.112.0.0/16"):
        router.add("ip/route", dst_address=network, gateway="ether1")
    peer = {"name": "isp", "disabled": "yes", "comment": "by hand"}
    if router.six:
        router.add("routing/filter", chain="isp-in", prefix="10.0.0.0/8", action="discard")
        router.add("routing/bgp/network", network="10.112.0.0/16", comment="by hand")
        router.add("routing/bgp/instance", name="isp", **{"as": "65000"})
        more = {"remote_as": "65001", "instance": "isp"}
        router.add("routing/bgp/peer", remote_address="10.0.0.1", **peer, **more)
        return
    router.add("routing/filter/rule", chain="isp-in", rule="if (dst in 10.0.0.0/8) {reject}")
    router.add("ip/firewall/address-list", list="bgp-other", address="10.112.0.0/16")
    router.add("routing/bgp/template", name="slow", keepalive_time="30s")
    if numbers(router.release) >= (7, 20):
        router.add("routing/bgp/instance", name="isp", **{"as": "65000"})
        peer["instance"] = "isp"
    more = {"as": "65000", "remote__as": "65001", "local__role": "ebgp"}
    router.add("routing/bgp/connection", remote__address="10.0.0.1", **peer, **more)


class Booted:
    """A router with its neighbour, and what its menus were before the first call."""

    def __init__(self, router: Rig) -> None:
        self.router = router
        of_others(router)
        self.before = menus(router)
        router.bird(SESSION)

    def applied(self) -> dict[str, Any]:
        """Make the router what the full description says; return the module's result."""
        return self.router.bgp(**full(self.router.release))


@pytest.fixture(scope="module", params=RELEASES)
def booted(request: pytest.FixtureRequest, tmp_path_factory: Any) -> Iterator[Booted]:
    with rig(tmp_path_factory.mktemp("router"), request.param) as router:
        yield Booted(router)


def test_the_description_is_applied_and_the_session_established_on_both_ends(
    booted: Booted,
) -> None:
    result = booted.applied()
    assert result["release"] == booted.router.release
    assert booted.applied()["actions"] == []
    session = booted.router.session()
    assert (session["name"], session["remote_as"], session["local_as"]) == ("rr1", 63400, 63400)
    assert session["hold_time"] == 90
    wait_for(booted.router.bird_established, bool)


def test_only_what_the_filters_let_pass_comes_and_goes(booted: Booted) -> None:
    booted.applied()
    router = booted.router
    router.session()
    result = router.info(wait_for_routes=["10.20.1.0/26"], wait_timeout=10)
    assert [route["dst"] for route in result["routes"] if route["active"]] == ["10.20.1.0/26"]
    sent = wait_for(
        lambda: router.birdc("show", "route", "protocol", "ros", "all"),
        lambda told: "10.96.0.0/12" in told and "10.112.0.0/16" in told,
    )
    assert "BGP.med: 50" in sent
    assert "BGP.community: (63400,1) (63400,2)" in sent
    assert set(re.findall(r"^(\S+/\d+)", sent, re.MULTILINE)) == {"10.96.0.0/12", "10.112.0.0/16"}


def test_the_local_preference_of_the_input_filter_counts(booted: Booted) -> None:
    booted.applied()
    router = booted.router
    router.session()
    router.info(wait_for_routes=["10.20.1.0/26"], wait_timeout=10)
    if router.six:
        (row,) = [row for row in router.rows("ip/route") if row.get("bgp")]
        assert row["bgp-local-pref"] == 200
        return
    rows = [row for row in router.rows("routing/route") if row.get("bgp.local-pref")]
    (row,) = [row for row in rows if row["dst-address"] == "10.20.1.0/26"]
    assert row["bgp.local-pref"] == 200


def test_bfd_watches_the_neighbour(booted: Booted) -> None:
    if not has_bfd(booted.router.release):
        message = booted.router.refused(**_with_bfd(full(booted.router.release)))
        assert f"bfd: RouterOS {booted.router.release} has no dependable BFD" in message
        return
    booted.applied()
    booted.router.session()
    menu = "routing/bfd/neighbor" if booted.router.six else "routing/bfd/session"
    wait_for(
        lambda: booted.router.rows(menu),
        lambda rows: [row for row in rows if row.get("state") == "up" or row.get("up")],
    )


def _with_bfd(options: dict[str, Any]) -> dict[str, Any]:
    options["connections"][0]["bfd"] = True
    return options


def test_a_second_run_writes_nothing_and_resets_no_session(booted: Booted) -> None:
    booted.applied()
    before, written = booted.router.session(), len(booted.router.writes())
    result = booted.applied()
    assert (result["changed"], result["actions"], result["restarts"]) == (False, [], [])
    assert len(booted.router.writes()) == written
    assert booted.router.session()["uptime"] >= before["uptime"]


def test_one_changed_field_is_one_set(booted: Booted) -> None:
    booted.applied()
    options, neighbours = full(booted.router.release), "connection"
    if booted.router.six:
        neighbours = "peer"
    options["connections"][0]["hold_time"] = "60s"
    result = booted.router.bgp(**options)
    assert result["actions"] == [f'/routing/bgp/{neighbours}/set [find name="rr1"] hold-time=1m']
    assert result["restarts"] == ["rr1"]
    assert booted.router.session()["hold_time"] == 60


def test_a_changed_rule_is_one_set_an_inserted_one_is_one_add_in_its_place(booted: Booted) -> None:
    booted.applied()
    before = booted.router.session()
    options = full(booted.router.release)
    rules = options["filters"][0]["rules"]
    rules[0]["set"]["local_preference"] = 300
    (changed,) = booted.router.bgp(**options)["actions"]
    assert "/set *" in changed
    assert "300" in changed
    rules.insert(1, {"match": {"communities": ["63400:7"]}, "action": "reject"})
    (added,) = booted.router.bgp(**options)["actions"]
    assert "place-before=*" in added
    assert booted.router.bgp(**options)["actions"] == []
    rules[0], rules[1] = rules[1], rules[0]
    result = booted.router.bgp(**options)
    assert {action.split(" ")[0].rpartition("/")[2] for action in result["actions"]} <= {
        "add",
        "remove",
        "set",
    }
    # The community is refused first now, so that the one route goes, without a restart.
    wait_for(
        lambda: booted.router.info()["routes"],
        lambda routes: not [route for route in routes if route["active"]],
    )
    assert result["restarts"] == []
    assert booted.router.session()["uptime"] >= before["uptime"]
    assert len(booted.applied()["actions"]) <= 3


def test_a_wrong_key_never_establishes_and_is_named(booted: Booted) -> None:
    booted.applied()
    booted.router.session()
    booted.router.bird('password "another"; bfd on;')
    try:
        result = booted.router.info(wait_for=[{"remote_address": NODE}], wait_timeout=4)
        assert result["failed"]
        assert "TCP MD5 key" in result["missing"][0], result["missing"]
        assert KEY not in str(result)
    finally:
        booted.router.bird(SESSION)


def test_teardown_leaves_the_menus_as_they_were(booted: Booted) -> None:
    booted.applied()
    assert menus(booted.router) != booted.before
    booted.router.bgp(state="absent")
    assert menus(booted.router) == booted.before
    assert booted.router.bgp(state="absent")["actions"] == []
