# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sessions, routes and notifications in one form for RouterOS 6 and 7, from captured rows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._routeros.explanation import (  # noqa: E501
    not_established,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._routeros.notification import (  # noqa: E501
    parse_notification,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._routeros.observe import (
    Awaited,
    observe,
    read_identity,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._routeros.release import (
    Release,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._routeros.results import (
    info_result,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._routeros.state import (
    LearnedRoute,
    Session,
    learned_routes,
    v6_sessions,
    v7_sessions,
)

from tests.unit.routeros.fake_router import FakeRouter

#: Rows that real routers printed over the API.
CAPTURED = json.loads((Path(__file__).parent / "data" / "captured_rows.json").read_text())
V7 = Release.parse("7.18.2")


def test_a_captured_session_of_routeros_6() -> None:
    (session,) = v6_sessions(CAPTURED["v6_peer"], CAPTURED["v6_instance"])
    assert session == Session(
        name="A Peer",
        remote_address="10.0.0.2",
        state="established",
        remote_as=65535,
        local_address="10.0.0.1",
        local_as=65534,
        uptime=11884941,
        prefix_count=1,
        hold_time=30,
        keyed=True,
    )


@pytest.mark.parametrize(
    ("row", "state"),
    [
        ({"state": "opensent"}, "opensent"),
        ({"state": "idle", "disabled": "true"}, "disabled"),
        ({}, "down"),
        ({"established": "true"}, "established"),
    ],
)
def test_states_of_routeros_6(row: dict[str, str], state: str) -> None:
    (session,) = v6_sessions([{"name": "rr1", "remote-address": "192.168.0.15", **row}])
    assert session.state == state


def test_a_captured_session_of_routeros_7() -> None:
    connection = {"name": "bogon", "remote.address": "10.10.100.56/32"}
    (session,) = v7_sessions([connection], CAPTURED["v7_session"])
    assert session == Session(
        name="bogon",
        remote_address="10.10.100.56",
        state="established",
        remote_as=65533,
        local_address="10.10.100.57",
        local_as=65532,
        uptime=3190,
        prefix_count=0,
        hold_time=180,
    )


def test_sessions_of_routeros_7_are_told_by_address_not_by_name() -> None:
    """A real router printed worker 2's session under worker 1's connection name."""
    connections = [
        {"name": "wn1", "remote.address": "192.168.1.60/32"},
        {"name": "wn2", "remote.address": "192.168.1.62/32"},
    ]
    rows = [{"name": "wn1-2", "remote.address": "192.168.1.62", "established": "true"}]
    sessions = v7_sessions(connections, rows)
    assert [(s.name, s.state) for s in sessions] == [("wn1", "no session"), ("wn2", "established")]


def test_no_session_yet_is_told_from_down_and_disabled() -> None:
    connections = [
        {"name": "a", "remote.address": "10.0.0.1", "local.default-address": "10.0.0.9"},
        {"name": "b", "remote.address": "10.0.0.2"},
        {"name": "c", "remote.address": "10.0.0.3", "disabled": "true"},
        {"name": "d", "remote.address": "10.0.0.4", "inactive": "true", "about": "no router-id"},
    ]
    gone = {
        "name": "b-1",
        "remote.address": "10.0.0.2",
        "uptime": "5m",
        "input.last-notification": "ff" * 16 + "0015030603",
    }
    sessions = v7_sessions(connections, [gone])
    assert [s.state for s in sessions] == ["no session", "down", "disabled", "no session"]
    assert sessions[0].local_address == "10.0.0.9"
    assert sessions[1].uptime is None
    assert sessions[1].last_notification is not None
    assert sessions[1].last_notification.text == "cease: peer de-configured"
    assert sessions[3].about == "no router-id"


def test_sessions_of_a_listening_network_and_of_no_connection() -> None:
    connections = [{"name": "nodes", "remote.address": "192.168.0.0/24"}]
    rows = [
        {"name": "nodes-1", "remote.address": "192.168.0.11", "established": "true"},
        {"name": "nodes-2", "remote.address": "192.168.0.12"},
        {"name": "old-1", "remote.address": "10.0.0.1"},
    ]
    assert [(s.name, s.remote_address, s.state) for s in v7_sessions(connections, rows)] == [
        ("nodes", "192.168.0.11", "established"),
        ("nodes", "192.168.0.12", "down"),
        ("old-1", "10.0.0.1", "down"),
    ]


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ("ff" * 16 + "0015030400", "hold timer expired"),
        ("ff" * 16 + "0015030202", "OPEN message error: bad peer AS"),
        ("ff" * 16 + "00150306ff", "cease: subcode 255"),
        ("FF" * 16 + "0017030602ABCD", "cease: administrative shutdown"),
    ],
)
def test_notifications_in_words(message: str, text: str) -> None:
    notification = parse_notification("sent", message)
    assert notification is not None
    assert (notification.direction, notification.text) == ("sent", text)


@pytest.mark.parametrize("message", ["", "zz", "ff" * 18, "ff" * 16 + "001304"])
def test_other_messages_are_no_notification(message: str) -> None:
    assert parse_notification("sent", message) is None


def test_captured_routes_of_routeros_7() -> None:
    assert learned_routes(CAPTURED["v7_route"]) == [
        LearnedRoute("0.0.0.0/0", "220.40.40.1", 20, True),
        LearnedRoute("0.0.0.0/0", "220.50.50.1", 20, False),
    ]
    assert [r.contribution for r in learned_routes(CAPTURED["v7_route"])] == ["active", "candidate"]


def test_routes_are_in_the_order_of_their_networks() -> None:
    rows = [{"dst-address": d} for d in ("10.20.9.0/26", "fd00::/64", "10.20.10.0/26", "9.0.0.0/8")]
    assert [route.dst for route in learned_routes(rows)] == [
        "9.0.0.0/8",
        "10.20.9.0/26",
        "10.20.10.0/26",
        "fd00::/64",
    ]


@pytest.mark.parametrize("release", ["6.49.10", "7.18.2"])
def test_identity_and_learned_routes_are_read(release: str) -> None:
    router = FakeRouter(release)
    router.menus["ip/route"] = [
        {".id": "*1", "dst-address": "10.20.0.0/26", "bgp": "true", "active": "true"},
        {".id": "*2", "dst-address": "0.0.0.0/0", "static": "true"},
    ]
    identity = read_identity(router)
    observation = observe(router, identity.release, Awaited(), 60, ["ip", "ipv6"])
    result = info_result(identity, observation)
    assert (result["release"], result["identity"], result["board"]) == (release, "ros", "CHR")
    assert [route["dst"] for route in result["routes"]] == ["10.20.0.0/26"]
    assert result["sessions"] == []


def v7_line(session: dict[str, str] | None, **connection: str) -> str:
    """Return the line of a RouterOS 7 connection to .15 that did not come up."""
    row = {
        "name": "rr1",
        "remote.address": "192.168.0.15",
        "remote.as": "63400",
        "local.address": "192.168.0.253",
        "as": "64513",
        **{name.replace("_", "-"): text for name, text in connection.items()},
    }
    rows = [] if session is None else [{"remote.address": "192.168.0.15", **session}]
    (line,) = not_established(v7_sessions([row], rows), ["192.168.0.15"])
    return line


def v6_line(states: list[str], **peer: str) -> str:
    """Return the line of a RouterOS 6 peer that was seen in these states."""
    row = {"name": "rr1", "remote-address": "192.168.0.15", "remote-as": "63400", **peer}
    instances = [{"name": "default", "as": "64513"}]
    seen = [v6_sessions([{**row, "state": state}], instances)[0] for state in states]
    (line,) = not_established(seen[-1:], ["192.168.0.15"], {"192.168.0.15": seen})
    return line


def notification(code: str) -> str:
    return "ff" * 16 + "001503" + code


def test_what_is_not_there_is_told() -> None:
    assert not_established([], ["192.168.0.14"]) == [
        "192.168.0.14: no connection to it is configured"
    ]


@pytest.mark.parametrize(("key", "told"), [("", "none"), ("secret", "one"), ("*****", "one")])
def test_another_md5_key_is_named_where_no_tcp_connection_came_about(key: str, told: str) -> None:
    expected = (
        "no TCP connection came about, likely cause another TCP MD5 key or no way to the neighbour,"
        f" which must have the same key (this router has {told}), expect "
    )
    assert v7_line(None, tcp_md5_key=key) == (
        f"192.168.0.15 (rr1): no session: {expected}192.168.0.253, and be reachable on TCP port 179"
    )
    peer = {"tcp-md5-key": key}
    assert v6_line(["idle", "connect"], **peer).startswith(
        f"192.168.0.15 (rr1): connect: {expected}"
    )


@pytest.mark.parametrize(
    ("side", "cause"),
    [
        ("output", "wrong AS: this router expects AS 63400, and the neighbour is another"),
        ("input", "wrong AS: this router is AS 64513, which the neighbour does not expect"),
    ],
)
def test_a_wrong_as_is_named_with_the_side_that_refuses(side: str, cause: str) -> None:
    line = v7_line({f"{side}.last-notification": notification("0202"), "remote.as": "0"})
    assert f"OPEN message error: bad peer AS: {cause}; correct the " in line
    assert "MD5" not in line


def test_a_refused_open_tells_more_than_an_earlier_end_of_the_session() -> None:
    line = v7_line(
        {
            "input.last-notification": notification("0603"),
            "output.last-notification": notification("0202"),
        }
    )
    assert "last notification sent: OPEN message error: bad peer AS: wrong AS" in line


@pytest.mark.parametrize("states", [["idle", "active", "idle"], ["active", "opensent"]])
def test_routeros_6_falls_back_when_the_neighbour_refuses(states: list[str]) -> None:
    line = v6_line(states)
    assert line.startswith(
        f"192.168.0.15 (rr1): {states[-1]}: the neighbour answers but refuses the session, likely "
        "cause wrong AS (own AS 64513, expected AS 63400; the neighbour must have both the other"
    )
    assert "MD5" not in line


@pytest.mark.parametrize("states", [["idle", "active"], ["active", "connect"], ["idle"]])
def test_where_routeros_6_does_not_tell_both_causes_are_named(states: list[str]) -> None:
    assert v6_line(states) == (
        f"192.168.0.15 (rr1): {states[-1]}: the router does not tell why; compare with the "
        "neighbour the AS numbers (own AS 64513, expected AS 63400) and the TCP MD5 key (this "
        "router has none); it must expect this router's address, and be reachable on TCP port 179"
    )


@pytest.mark.parametrize(
    ("session", "connection", "told"),
    [
        ({}, {}, "down: the neighbour answers but refuses the session, likely cause wrong AS (own"),
        ({"uptime": "5m"}, {}, "down: the router does not tell why; compare with the neighbour"),
        (None, {"disabled": "true"}, "disabled: it is switched off on this router"),
        (None, {"about": "no router-id"}, "no session: the router says: no router-id"),
        ({"input.last-notification": notification("0603")}, {}, "have the same TCP MD5 key"),
        ({"input.last-notification": notification("0206")}, {}, "in the log at the neighbour"),
    ],
)
def test_other_causes(
    session: dict[str, str] | None, connection: dict[str, str], told: str
) -> None:
    assert told in v7_line(session, **connection)


def test_the_states_seen_while_waiting_count() -> None:
    router = FakeRouter("6.49.10")
    peer = router.put("routing/bgp/peer", name="rr1", remote_address="192.168.0.15", state="active")

    def sleep(_seconds: float) -> None:
        peer["state"] = "idle"

    clock = iter(range(100))
    wanted = Awaited(["192.168.0.15"])
    release = Release.parse("6.49.10")
    seen = observe(router, release, wanted, 3, clock=lambda: next(clock), sleep=sleep)
    assert "likely cause wrong AS" in seen.missing[0]


def test_a_notification_that_was_seen_while_waiting_counts() -> None:
    router = FakeRouter("7.18.2")
    router.put("routing/bgp/connection", name="rr1", remote__address="192.168.0.15")
    session = router.put("routing/bgp/session", remote__address="192.168.0.15")
    session["input.last-notification"] = notification("0202")

    def sleep(_seconds: float) -> None:
        session.pop("input.last-notification", None)

    clock = iter(range(100))
    wanted = Awaited(["192.168.0.15"])
    seen = observe(router, V7, wanted, 3, clock=lambda: next(clock), sleep=sleep)
    assert "bad peer AS: wrong AS" in seen.missing[0]


class Clock:
    """Time that passes only while someone sleeps; calls ``tick`` then."""

    def __init__(self, router: FakeRouter, established_at: float) -> None:
        self.now, self.router, self.established_at = 0.0, router, established_at

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        if self.now >= self.established_at:
            self.router.menus["routing/bgp/session"] = [
                {"remote.address": "192.168.0.15", "established": "true"}
            ]


@pytest.mark.parametrize(("established_at", "missing"), [(1.0, 0), (99.0, 1)])
def test_waiting_ends_with_the_session_or_in_time(established_at: float, missing: int) -> None:
    router = FakeRouter("7.18.2")
    router.put("routing/bgp/connection", name="rr1", remote__address="192.168.0.15")
    clock = Clock(router, established_at)
    wanted = Awaited(["192.168.0.15"])
    seen = observe(router, V7, wanted, 5, clock=clock, sleep=clock.sleep)
    assert len(seen.missing) == missing
    assert seen.waited == (5.0 if missing else 1.0)


@pytest.mark.parametrize(
    ("row", "missing"),
    [
        ({"dst-address": "10.20.0.0/26", "active": "true"}, []),
        ({"dst-address": "10.20.0.0/26"}, ["10.20.0.0/26: learned, but another route is used"]),
        ({"dst-address": "10.20.9.0/26"}, ["10.20.0.0/26: not learned by BGP"]),
    ],
)
def test_waiting_for_a_route(row: dict[str, str], missing: list[str]) -> None:
    router = FakeRouter("7.18.2")
    router.menus["ip/route"] = [{".id": "*1", "bgp": "true", **row}]
    clock = Clock(router, 0)
    wanted = Awaited(routes=["10.20.0.0/26"])
    seen = observe(router, V7, wanted, 3, families=[], clock=clock, sleep=clock.sleep)
    assert seen.missing == missing
    assert seen.waited == (3.0 if missing else 0.0)


def test_without_anything_to_wait_for_everything_is_read_once() -> None:
    router = FakeRouter("7.18.2")
    observe(router, V7, Awaited(), 60)
    assert sorted(router.reads) == ["ip/route", "routing/bgp/connection", "routing/bgp/session"]
