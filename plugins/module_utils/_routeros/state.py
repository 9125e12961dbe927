# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The state of a router's BGP: sessions and learned routes, in one form for RouterOS 6 and 7.

RouterOS 6 has the state of the BGP machine in each ``peer`` row. RouterOS 7 has ``session`` rows,
without a state: ``established=true`` while up and absent otherwise, and no row at all before a
first TCP connection came about. Its session names (``<connection>-<n>``) have been seen on another
neighbour's row, so sessions are told by address.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from .notification import OPEN_ERROR, Notification, parse_notification
from .port import Row
from .values import Kind, Value, parse_duration, read

ESTABLISHED = "established"
DOWN = "down"
DISABLED = "disabled"
NO_SESSION = "no session"


@dataclass(frozen=True)
class Session:
    """A session, or a connection that has none.

    ``state`` is that of RFC 4271, 8.2.2 (``idle``, ``connect``, ``active``, ``opensent``,
    ``openconfirm``, ``established``) where the release tells it; else ``down``. ``no session``
    means that no TCP connection came about yet, ``disabled`` that nothing is tried.
    ``uptime`` and ``hold_time`` are seconds. ``keyed`` is whether this side has a TCP MD5 key,
    ``answered`` whether there was a TCP connection, but the session was never established.
    """

    name: str
    remote_address: str
    state: str
    remote_as: int | None = None
    local_address: str | None = None
    local_as: int | None = None
    uptime: int | None = None
    prefix_count: int | None = None
    hold_time: int | None = None
    last_notification: Notification | None = None
    about: str | None = None
    keyed: bool = False
    answered: bool = False

    @property
    def established(self) -> bool:
        """Whether the session is up."""
        return self.state == ESTABLISHED


@dataclass(frozen=True)
class LearnedRoute:
    """A route learned by BGP. ``contribution`` is ``active`` or ``candidate``."""

    dst: str
    gateway: str
    distance: int | None
    active: bool

    @property
    def contribution(self) -> str:
        """What the route is in its table, as RouterOS 7 words it."""
        return "active" if self.active else "candidate"


def _number(row: Row, name: str) -> int | None:
    value = read(Kind.NUMBER, row.get(name))
    return value if isinstance(value, int) else None


def _seconds(row: Row, name: str) -> int | None:
    try:
        return int(parse_duration(row[name]))
    except (KeyError, ValueError):
        return None


def _flag(row: Row, name: str) -> bool:
    return read(Kind.FLAG, row.get(name, "no")) is True


def _address(row: Row, name: str) -> str | None:
    value: Value = read(Kind.ADDRESS, row.get(name))
    return value if isinstance(value, str) else None


def _keyed(row: Row) -> bool:
    """Return whether a peer or connection has a TCP MD5 key; asterisks stand for a hidden one."""
    return bool(row.get("tcp-md5-key"))


def v6_sessions(peers: Iterable[Row], instances: Iterable[Row] = ()) -> list[Session]:
    """Return the sessions that RouterOS 6's ``peer`` rows tell; ``instances`` give the own AS."""
    own_as = {row.get("name", ""): _number(row, "as") for row in instances}
    sessions = []
    for row in peers:
        state = row.get("state", "")
        if _flag(row, "disabled"):
            state = DISABLED
        elif _flag(row, "established"):
            state = ESTABLISHED
        elif not state:
            state = DOWN
        hold = "used-hold-time" if "used-hold-time" in row else "hold-time"
        sessions.append(
            Session(
                name=row.get("name", ""),
                remote_address=_address(row, "remote-address") or "",
                state=state,
                remote_as=_number(row, "remote-as"),
                local_address=_address(row, "local-address") or _address(row, "update-source"),
                local_as=own_as.get(row.get("instance", "default")),
                uptime=_seconds(row, "uptime"),
                prefix_count=_number(row, "prefix-count"),
                hold_time=_seconds(row, hold),
                keyed=_keyed(row),
            )
        )
    return sessions


def _last_notification(row: Row) -> Notification | None:
    """Return the last NOTIFICATION; of two, whose order is not told, the one about the OPEN."""
    both = (
        parse_notification("received", row.get("input.last-notification", "")),
        parse_notification("sent", row.get("output.last-notification", "")),
    )
    found = [notification for notification in both if notification is not None]
    return min(found, key=lambda told: told.code != OPEN_ERROR, default=None)


def _v7_session(row: Row, connection: Row) -> Session:
    """Return the session of a row; ``connection`` is the one that it belongs to, or empty."""
    up = _flag(row, "established")
    # Until it is up, what is configured counts.
    remote_as = None if up else _number(connection, "remote.as")
    local_as = None if up else _number(connection, "as")
    return Session(
        name=connection.get("name") or row.get("name", ""),
        remote_address=_address(row, "remote.address") or "",
        state=ESTABLISHED if up else DOWN,
        remote_as=remote_as or _number(row, "remote.as"),
        local_address=_address(row, "local.address"),
        local_as=local_as or _number(row, "local.as"),
        uptime=_seconds(row, "uptime") if up else None,
        prefix_count=_number(row, "prefix-count"),
        hold_time=_seconds(row, "hold-time"),
        last_notification=_last_notification(row),
        about=row.get("about") or connection.get("about") or None,
        keyed=_keyed(connection),
        answered=not any(name in row for name in _WAS_UP),
    )


#: What a row of RouterOS 7 has once its session was established.
_WAS_UP = ("established", "uptime", "last-started", "last-stopped")


def _covers(connection: str, address: str) -> bool:
    """Return whether a connection's remote address, or network to listen for, has the address."""
    try:
        return ip_address(address) in ip_network(connection, strict=False)
    except ValueError:
        return connection == address


def v7_sessions(connections: Iterable[Row], sessions: Iterable[Row]) -> list[Session]:
    """Return the sessions of RouterOS 7, and the connections that have none.

    A session bears the name of the connection that it belongs to, its own where there is none.
    """
    rest = list(sessions)
    result = []
    for connection in connections:
        remote = _address(connection, "remote.address") or ""
        name, about = connection.get("name", ""), connection.get("about") or None
        mine = [row for row in rest if _covers(remote, _address(row, "remote.address") or "")]
        rest = [row for row in rest if row not in mine]
        if _flag(connection, "disabled"):
            mine, state = [], DISABLED
        else:
            state = NO_SESSION
        result += [_v7_session(row, connection) for row in mine]
        if not mine:
            source = _address(connection, "local.address")
            result.append(
                Session(
                    name=name,
                    remote_address=remote,
                    state=state,
                    remote_as=_number(connection, "remote.as"),
                    local_address=source or _address(connection, "local.default-address"),
                    local_as=_number(connection, "as"),
                    about=about,
                    keyed=_keyed(connection),
                )
            )
    return result + [_v7_session(row, {}) for row in rest]


def learned_routes(rows: Iterable[Row]) -> list[LearnedRoute]:
    """Return the routes that rows of ``/ip/route`` or ``/ipv6/route`` tell, sorted."""
    routes = []
    for row in rows:
        dst = read(Kind.PREFIX, row.get("dst-address"))
        routes.append(
            LearnedRoute(
                dst=dst if isinstance(dst, str) else "",
                gateway=row.get("gateway", ""),
                distance=_number(row, "distance"),
                active=_flag(row, "active"),
            )
        )
    return sorted(routes, key=lambda route: (_network_order(route.dst), route.gateway))


def _network_order(text: str) -> tuple[int, int, int]:
    try:
        network = ip_network(text)
    except ValueError:
        return (0, 0, 0)
    return (network.version, int(network.network_address), network.prefixlen)


def not_learned(routes: Iterable[LearnedRoute], wanted: Sequence[str]) -> list[str]:
    """Return a line for each wanted network that has no active route learned by BGP."""
    states: dict[str, bool] = {}
    for route in routes:
        states[route.dst] = states.get(route.dst, False) or route.active
    return [
        f"{network}: learned, but another route is used"
        if network in states
        else f"{network}: not learned by BGP"
        for network in wanted
        if not states.get(network)
    ]
