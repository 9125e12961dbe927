# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The emulated router against a BIRD: sessions, routes, filters, restarts, on both releases."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from calico_lab.routeros.release import Release
from calico_lab.routeros.values import seconds
from librouteros.exceptions import TrapError
from librouteros.query import Key
from ros_namespaces import NODE, ROUTER, Pair, needs_root, pair, pids, wait_for
from ros_sessions import (
    SEVEN,
    SIX,
    Row,
    bgp_routes,
    configure,
    established,
    learned,
    sent,
    session_menu,
    sessions,
)

pytestmark = needs_root
BLOCKS = {"10.20.1.0/26", "10.20.2.0/26", "10.30.0.0/16"}


@pytest.fixture
def lan(tmp_path: Path) -> Iterator[Pair]:
    with pair(tmp_path) as found:
        yield found


@pytest.fixture(params=[SIX, SEVEN])
def release(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_a_session_and_its_routes(lan: Pair, release: str) -> None:
    lan.start_bird()
    lan.start_router(release)
    api = lan.client()
    configure(api, release)
    row = established(api, release)
    routes = learned(api, BLOCKS)
    row = sessions(api, release)[0]
    block = routes["10.20.1.0/26"]
    assert (block["gateway"], block["distance"], block["scope"]) == ("192.168.0.11", 200, 40)
    assert block["target-scope"] == 30
    kernel = lan.kernel_routes()
    assert "10.20.1.0/26" in kernel
    assert all(f"{network} " in kernel for network in BLOCKS)
    if release == SIX:
        assert row["state"] == "established"
        assert (row["remote-id"], row["local-address"]) == (NODE, ROUTER)
        assert row["prefix-count"] == 3
        assert block["gateway-status"] == "192.168.0.11 reachable via  ether1"
        assert block["received-from"] == "calico-rr1"
    else:
        assert row["name"] == "calico-rr1-1"
        assert (row["remote.address"], row["remote.id"]) == (NODE, NODE)
        assert (row["prefix-count"], row["hold-time"], row["ibgp"]) == (3, "3m", "")
        assert "state" not in row
        assert block["immediate-gw"] == "192.168.0.11%ether1"
        table = {item["dst-address"]: item for item in api.path("routing", "route")}
        assert table["10.20.1.0/26"]["bgp.session"] == "calico-rr1-1"
    assert "Established" in lan.birdc("show", "protocols", "ros")
    assert "10." not in sent(lan), "nothing was to be redistributed"


OTHERS = ["6.43", "7.10.2", "7.12.2", "7.14.3", "7.16.2"]
OTHERS += ["7.19.4", "7.20.8", "7.21.5", "7.22.3", "7.24"]


@pytest.mark.parametrize("name", OTHERS)
def test_other_releases_in_their_own_words(lan: Pair, name: str) -> None:
    lan.start_bird()
    lan.start_router(name)
    api = lan.client()
    if name == "6.43":
        configure(api, SIX)
        established(api, SIX)
        return
    values: Row = {"remote.as": 63400, "local.role": "ibgp", "local.address": ROUTER}
    values |= {"name": "calico-rr1", "remote.address": NODE}
    parsed = Release.parse(name)
    if parsed.within("7.20.."):
        api.path("routing", "bgp", "instance").add(name="k8s", **{"as": 63400})
        values |= {"instance": "k8s", "afi": "ip"}
    else:
        values |= {"as": 63400, "afi" if parsed.within("7.19..") else "address-families": "ip"}
    api.path("ip", "address").add(address=f"{ROUTER}/24", interface="ether1")
    connection = api.path("routing", "bgp", "connection")
    connection.add(**values)
    row = established(api, SEVEN)
    learned(api, BLOCKS)
    assert row.get("instance") == values.get("instance")
    shown = NODE if parsed.within("7.19..") else f"{NODE}/32"
    assert next(iter(connection))["remote.address"] == shown


def test_before_the_other_side_exists(lan: Pair, release: str) -> None:
    lan.start_router(release)
    api = lan.client()
    configure(api, release)
    if release == SIX:
        (row,) = wait_for(
            lambda: sessions(api, release), lambda found: found[0]["state"] in ("connect", "active")
        )
        assert "established" not in row
        assert "uptime" not in row
    else:
        assert sessions(api, release) == []
    lan.start_bird()
    established(api, release)


def test_a_session_that_goes_down(lan: Pair, release: str) -> None:
    lan.start_bird()
    lan.start_router(release)
    api = lan.client()
    configure(api, release)
    established(api, release)
    learned(api, BLOCKS)
    lan.birdc("disable", "ros")
    (row,) = wait_for(lambda: sessions(api, release), lambda found: "established" not in found[0])
    assert "uptime" not in row
    assert "prefix-count" not in row
    learned(api, set())
    assert "10.20.1.0/26" not in lan.kernel_routes()
    lan.birdc("enable", "ros")
    established(api, release)
    learned(api, BLOCKS)


@pytest.mark.parametrize("key", ["hush", "wrong"])
def test_md5(lan: Pair, release: str, key: str) -> None:
    lan.start_bird(options='password "hush";')
    lan.start_router(release)
    api = lan.client()
    configure(api, release, **{"tcp-md5-key": key})
    if key == "hush":
        established(api, release)
        return
    # Long enough for several attempts of both sides.
    time.sleep(3)
    assert not any(row.get("established") for row in sessions(api, release))
    assert "Established" not in lan.birdc("show", "protocols", "ros")
    menu = session_menu(api, release)
    menu.update(**{".id": "calico-rr1", "tcp-md5-key": "hush"})
    established(api, release)


def test_a_wrong_as_never_establishes(lan: Pair, release: str) -> None:
    lan.start_bird(own=64512, remote=63400)
    lan.start_router(release)
    api = lan.client()
    configure(api, release)
    wait_for(
        lambda: lan.birdc("show", "protocols", "ros"),
        lambda text: "Bad peer AS" in text or "Received:" in text,
    )
    assert not any(row.get("established") for row in sessions(api, release))


#: RFC 4271: a message of 21 bytes, NOTIFICATION, OPEN Message Error, Bad Peer AS.
BAD_PEER_AS = "ff" * 16 + "0015" + "03" + "0202"


def test_a_wrong_as_ends_the_session_and_is_told(lan: Pair, release: str) -> None:
    # FRR does not tell what it refused on a connection that the other side opened.
    lan.start_bird(options="passive yes;")
    lan.start_router(release)
    api = lan.client()
    configure(api, release)
    established(api, release)
    menu = session_menu(api, release)
    wrong = "remote-as" if release == SIX else "remote.as"
    menu.update(**{".id": "calico-rr1", wrong: 64512})
    wait_for(lambda: lan.birdc("show", "protocols", "ros"), lambda text: "Bad peer AS" in text)
    told = "state" if release == SIX else "output.last-notification"
    (row,) = wait_for(lambda: sessions(api, release), lambda found: found and told in found[0])
    assert "established" not in row
    assert row[wrong] == 64512
    if release == SEVEN:
        assert row[told] == BAD_PEER_AS
    menu.update(**{".id": "calico-rr1", wrong: 63400})
    established(api, release)


def test_what_resets_a_session(lan: Pair, release: str) -> None:
    """Its uptime, which FRR counts, tells."""
    lan.start_bird()
    lan.start_router(release)
    api = lan.client()
    configure(api, release)

    def uptime() -> int:
        return seconds(established(api, release)["uptime"])

    wait_for(uptime, lambda found: found >= 1)
    menu = session_menu(api, release)
    before = uptime()
    for change in ({"comment": "x"}, {"disabled": False}, {"comment": ""}):
        menu.update(**{".id": "calico-rr1", **change})
    assert uptime() >= before
    menu.update(**{".id": "calico-rr1", "hold-time": "1m"})
    assert uptime() < before


def test_an_input_filter(lan: Pair, release: str) -> None:
    lan.start_bird()
    lan.start_router(release)
    api = lan.client()
    if release == SIX:
        rules = api.path("routing", "filter")
        values = {"prefix": "10.20.0.0/16", "prefix-length": "16-32"}
        rules.add(chain="in", action="accept", **values, **{"set-bgp-local-pref": 200})
        rules.add(chain="in", action="discard")
    else:
        rules = api.path("routing", "filter", "rule")
        match = "if (dst in 10.20.0.0/16 && dst-len in 16-32)"
        rules.add(chain="in", rule=f"{match} {{ set bgp-local-pref 200; accept }}")
    configure(api, release, **{"input.filter": "in"})
    established(api, release)
    learned(api, BLOCKS - {"10.30.0.0/16"})
    assert "10.30.0.0/16" not in lan.kernel_routes()
    if release == SIX:
        assert bgp_routes(api)["10.20.1.0/26"]["bgp-local-pref"] == 200
        api.path("routing", "filter").update(**{".id": "*2", "action": "accept"})
    else:
        table = {row["dst-address"]: row for row in api.path("routing", "route")}
        assert table["10.20.1.0/26"]["bgp.local-pref"] == 200
        assert table["10.30.0.0/16"]["contribution"] == "filtered"
        rules.update(**{".id": "*1", "rule": "accept"})
    since = established(api, release)["uptime"]
    learned(api, BLOCKS)
    assert since
    assert lan.birdc("show", "protocols", "all", "ros").count("Established") >= 1


def test_what_the_router_offers(lan: Pair, release: str) -> None:
    lan.start_bird()
    lan.start_router(release)
    api = lan.client()
    configure(api, release)
    established(api, release)
    route = {"dst-address": "10.99.0.0/16", "gateway": NODE}
    api.path("ip", "route").add(**route)
    wait_for(lan.kernel_routes, lambda text: "10.99.0.0/16" in text)
    if release == SIX:
        instance = api.path("routing", "bgp", "instance")
        instance.update(**{".id": "default", "redistribute-static": True})
    else:
        connection = api.path("routing", "bgp", "connection")
        connection.update(**{".id": "calico-rr1", "output.redistribute": "static"})
    text = wait_for(lambda: sent(lan), lambda found: "10.99.0.0/16" in found)
    assert "192.168.0.0/24" not in text
    established(api, release)
    if release == SIX:
        (row,) = api.path("routing", "bgp", "advertisements")
        assert (row["peer"], row["prefix"]) == ("calico-rr1", "10.99.0.0/16")
        instance.update(**{".id": "default", "redistribute-static": False})
        api.path("routing", "bgp", "network").add(network="10.50.0.0/16", synchronize=False)
    else:
        assert list(api.path("routing", "bgp", "advertisements")) == []
        tuple(connection("unset", **{".id": "calico-rr1", "value-name": "output.redistribute"}))
        lists = api.path("ip", "firewall", "address-list")
        lists.add(list="nets", address="192.168.0.0/24")
        options = {"output.network": "nets", "output.keep-sent-attributes": True}
        connection.update(**{".id": "calico-rr1", **options})
    wanted = "10.50.0.0/16" if release == SIX else "192.168.0.0/24"
    text = wait_for(lambda: sent(lan), lambda found: wanted in found)
    wait_for(lambda: sent(lan), lambda found: "10.99.0.0/16" not in found)
    if release == SEVEN:
        established(api, release)
        rows = wait_for(lambda: list(api.path("routing", "bgp", "advertisements")), bool)
        assert [row["dst"] for row in rows] == ["192.168.0.0/24"]


def test_an_external_session_with_a_default_route(lan: Pair, release: str) -> None:
    lan.start_bird(own=65000)
    lan.start_router(release)
    api = lan.client()
    options: Row = {"remote.as": 65000, "local.role": "ebgp"}
    options = {"remote-as": 65000} if release == SIX else options
    configure(api, release, **options, **{"output.default-originate": "always"})
    established(api, release)
    routes = learned(api, BLOCKS)
    assert {row["distance"] for row in routes.values()} == {20}
    wait_for(lambda: sent(lan), lambda found: "0.0.0.0/0" in found)


def test_a_backup_route_gives_way_to_bgp(lan: Pair, release: str) -> None:
    lan.start_router(release)
    api = lan.client()
    configure(api, release)
    backup = {"dst-address": "10.20.1.0/26", "gateway": NODE, "distance": 250}
    api.path("ip", "route").add(**backup)
    wait_for(lan.kernel_routes, lambda text: "10.20.1.0/26" in text)
    lan.start_bird()
    established(api, release)
    wait_for(lan.kernel_routes, lambda text: "10.20.1.0/26" in text and "192.168.0.11" in text)
    network = Key("dst-address") == "10.20.1.0/26"
    (row,) = api.path("ip", "route").select().where(network, Key("static") == "true")
    assert "active" not in row


def test_addresses_are_the_interfaces_own(lan: Pair, release: str) -> None:
    lan.start_router(release)
    api = lan.client()
    address = api.path("ip", "address")
    number = address.add(address="192.168.0.253/24", interface="ether1", comment="lan")
    (row,) = address
    assert row["network"] == "192.168.0.0"
    assert "192.168.0.0/24 dev ether1" in lan.kernel_routes()
    address.update(**{".id": number, "address": "192.168.0.252/24"})
    assert "src 192.168.0.252" in lan.kernel_routes()
    address.update(**{".id": number, "disabled": True})
    assert lan.kernel_routes() == ""
    address.update(**{".id": number, "disabled": False})
    address.remove(number)
    assert lan.kernel_routes() == ""
    with pytest.raises(TrapError, match="input does not match any value of interface"):
        address.add(address="192.0.2.1/24", interface="ether9")


def test_the_configuration_outlives_a_kill(lan: Pair, release: str) -> None:
    lan.start_bird()
    lan.start_router(release)
    api = lan.client()
    configure(api, release, **{"tcp-md5-key": ""})
    established(api, release)
    learned(api, BLOCKS)
    before = set(pids(lan.router))
    assert lan.emulator
    os.kill(lan.emulator.pid, signal.SIGKILL)
    lan.emulator.wait()
    orphans = set(pids(lan.router))
    assert len(orphans) == 3
    lan.start_router(release)
    assert not orphans & set(pids(lan.router)), "the killed router's daemons still run"
    assert len(pids(lan.router)) == len(before)
    api = lan.client()
    established(api, release)
    learned(api, BLOCKS)


def test_a_daemon_that_dies_is_started_again(lan: Pair, release: str) -> None:
    lan.start_bird()
    lan.start_router(release)
    api = lan.client()
    configure(api, release)
    established(api, release)
    folder = lan.folder / "router" / "frr"
    old = int((folder / "bgpd.pid").read_text())
    os.kill(old, signal.SIGKILL)
    wait_for(lambda: pids(lan.router), lambda found: old not in found and len(found) == 4)
    established(api, release)
    learned(api, BLOCKS)


def test_ending_leaves_nothing(lan: Pair, release: str) -> None:
    lan.start_bird()
    lan.start_router(release)
    api = lan.client()
    configure(api, release)
    learned(api, BLOCKS)
    assert lan.emulator
    lan.emulator.terminate()
    assert lan.emulator.wait(15) == 0
    assert pids(lan.router) == []
    assert "proto bgp" not in lan.kernel_routes()


def test_reading_is_no_write_in_the_log(lan: Pair, release: str) -> None:
    lan.start_router(release)
    api = lan.client()
    list(api.path("ip", "route"))
    api.path("system", "identity").update(name="edge")
    log = lan.folder / "router" / "commands.log"
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [(line["command"], line["write"]) for line in lines] == [
        ("/login", False),
        ("/ip/route/print", False),
        ("/system/identity/set", True),
    ]
    assert (lan.folder / "router" / "configuration.json").stat().st_mode & 0o777 == 0o600


def test_what_the_lab_can_not_translate_changes_nothing(lan: Pair, release: str) -> None:
    lan.start_router(release)
    api = lan.client()
    configure(api, release)
    menu = session_menu(api, release)
    before = list(menu)
    families = {".id": "calico-rr1", "address-families": "ip,vpnv4"}
    with pytest.raises(TrapError, match="not supported by the lab: address family vpnv4"):
        menu.update(**families)
    name = "address-families"
    assert [row.get(name) for row in menu] == [row.get(name) for row in before]
