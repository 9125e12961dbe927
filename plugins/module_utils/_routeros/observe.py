# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading a router's BGP state through the port, and waiting for its sessions."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .access import rows_if_present
from .explanation import not_established
from .port import RouterApi
from .release import Release
from .state import (
    LearnedRoute,
    Session,
    learned_routes,
    not_learned,
    v6_sessions,
    v7_sessions,
)

#: Seconds between two looks at the sessions.
POLL_INTERVAL = 0.5


@dataclass(frozen=True)
class Identity:
    """Who the router is."""

    release: Release
    version: str
    identity: str
    board: str


def read_identity(api: RouterApi) -> Identity:
    """Return release, identity and board name."""
    resource = api.rows("system/resource", fields=("version", "board-name"))
    version = resource[0].get("version", "") if resource else ""
    names = api.rows("system/identity")
    return Identity(
        release=Release.parse(version),
        version=version,
        identity=names[0].get("name", "") if names else "",
        board=resource[0].get("board-name", "") if resource else "",
    )


def read_sessions(api: RouterApi, release: Release) -> list[Session]:
    """Return the sessions of all connections. A RouterOS 6 without routing package has none."""
    if release.major == 6:
        peers = rows_if_present(api, "routing/bgp/peer")
        return v6_sessions(peers, rows_if_present(api, "routing/bgp/instance"))
    return v7_sessions(api.rows("routing/bgp/connection"), api.rows("routing/bgp/session"))


def read_routes(api: RouterApi, families: Sequence[str] = ("ip",)) -> list[LearnedRoute]:
    """Return the routes learned by BGP, of the address families ``ip`` and ``ipv6``."""
    routes: list[LearnedRoute] = []
    if "ip" in families:
        routes += learned_routes(api.rows("ip/route", "bgp=true"))
    if "ipv6" in families:
        routes += learned_routes(rows_if_present(api, "ipv6/route", "bgp=true"))
    return routes


@dataclass(frozen=True)
class Awaited:
    """What to wait for: established sessions by remote address, active routes by network."""

    sessions: Sequence[str] = ()
    routes: Sequence[str] = ()


@dataclass(frozen=True)
class Observation:
    """A reading: ``missing`` has a line for everything awaited that is not there.

    ``waited`` is in seconds.
    """

    sessions: list[Session]
    routes: list[LearnedRoute]
    missing: list[str]
    waited: float


def _families(awaited: Awaited, families: Sequence[str]) -> set[str]:
    named = {"ipv6" if ":" in network else "ip" for network in awaited.routes}
    return named | set(families)


def _note(seen: dict[str, list[Session]], sessions: Sequence[Session]) -> None:
    """Add sessions to those seen before, where state or last NOTIFICATION changed."""
    for session in sessions:
        before = seen.setdefault(session.remote_address, [])
        now = (session.state, session.last_notification)
        if not before or now != (before[-1].state, before[-1].last_notification):
            before.append(session)


def observe(
    api: RouterApi,
    release: Release,
    awaited: Awaited,
    timeout: float,
    families: Sequence[str] = ("ip",),
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Observation:
    """Read sessions and routes until all that is awaited is there, or time is up.

    ``families`` are the address families whose routes are wanted, beside those awaited. Routes are
    read once the sessions are established, and at the end.
    """
    start = clock()
    wanted_families = sorted(_families(awaited, families))
    seen: dict[str, list[Session]] = {}
    while True:
        sessions = read_sessions(api, release)
        missing = not_established(sessions, awaited.sessions, seen)
        _note(seen, sessions)
        over = clock() - start >= timeout
        routes: list[LearnedRoute] = []
        if not missing or over:
            routes = read_routes(api, wanted_families)
            missing += not_learned(routes, awaited.routes)
        if not missing or over:
            return Observation(sessions, routes, missing, clock() - start)
        sleep(min(POLL_INTERVAL, max(timeout - (clock() - start), 0.01)))
