# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Routes of a Linux host, through iproute2."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

#: Runs a command line and returns exit status, standard output and standard error.
Runner = Callable[[Sequence[str]], "tuple[int, str, str]"]


class RouteCommandFailed(Exception):
    """iproute2 refused; the message holds the command and what it said."""


@dataclass(frozen=True)
class KernelRoute:
    """A route of table main. ``dst`` is a prefix, ``gateways`` are sorted; ``kind`` is ``unicast``
    or what iproute2 calls the others (``blackhole``, ``unreachable``, …)."""

    dst: str
    gateways: tuple[str, ...]
    device: str | None
    protocol: str
    metric: int
    kind: str


@dataclass(frozen=True)
class WishedRoute:
    """A route that a host must have, or must not have if ``present`` is false."""

    dst: str
    gateways: tuple[str, ...]
    metric: int | None
    present: bool


def read_routes(run: Runner) -> list[KernelRoute]:
    """Return the routes of table main, both families, in the kernel's order.

    Raises:
        RouteCommandFailed: iproute2 is missing or fails.
    """
    routes = []
    for family in ("-4", "-6"):
        answer = _run(run, ["ip", "-j", family, "route", "show", "table", "main"])
        routes += [_route(row, family) for row in json.loads(answer or "[]")]
    return routes


def _run(run: Runner, command: Sequence[str]) -> str:
    status, out, err = run(command)
    if status != 0:
        raise RouteCommandFailed(
            f"'{' '.join(command)}' failed with status {status}: {err.strip()}"
        )
    return out


def _route(row: dict[str, Any], family: str) -> KernelRoute:
    dst = str(row["dst"])
    if dst == "default":
        dst = "0.0.0.0/0" if family == "-4" else "::/0"
    hops = row.get("nexthops") or [row]
    gateways = [hop.get("gateway") or (hop.get("via") or {}).get("host") for hop in hops]
    return KernelRoute(
        dst=str(ipaddress.ip_network(dst)),
        gateways=tuple(sorted(g for g in gateways if g)),
        device=row.get("dev"),
        protocol=str(row.get("protocol", "")),
        metric=int(row.get("metric", 0)),
        kind=str(row.get("type", "unicast")),
    )


def route_commands(
    current: Sequence[KernelRoute], wished: Sequence[WishedRoute]
) -> list[list[str]]:
    """Return the iproute2 commands that make the wished routes so; none where they are so already.

    A route is known by destination and metric, as in the kernel.
    """
    commands = []
    for route in wished:
        family = "-6" if ipaddress.ip_network(route.dst).version == 6 else "-4"
        same_place = [
            r
            for r in current
            if r.dst == route.dst and (route.metric is None or r.metric == route.metric)
        ]
        metric = [] if route.metric is None else ["metric", str(route.metric)]
        if not route.present:
            found = [r for r in same_place if r.gateways == tuple(sorted(route.gateways))]
            commands += [
                ["ip", family, "route", "del", r.dst, *_hops(r.gateways), "metric", str(r.metric)]
                for r in found
            ]
        elif not any(r.gateways == tuple(sorted(route.gateways)) for r in same_place):
            hops = _hops(route.gateways)
            replace = ["ip", family, "route", "replace", route.dst]
            commands.append([*replace, *metric, "proto", "static", *hops])
    return commands


def _hops(gateways: Sequence[str]) -> list[str]:
    if len(gateways) == 1:
        return ["via", gateways[0]]
    return [word for gateway in gateways for word in ("nexthop", "via", gateway)]


def apply(run: Runner, commands: Sequence[Sequence[str]]) -> None:
    """Run the commands of :func:`route_commands`; stop at the first RouteCommandFailed."""
    for command in commands:
        _run(run, command)


def route_text(routes: Sequence[KernelRoute], destinations: Sequence[str]) -> str:
    """Return the routes to some destinations, a line each, for showing a difference."""
    lines = []
    for route in routes:
        if route.dst in destinations and route.gateways:
            metric = f" metric {route.metric}" if route.metric else ""
            lines.append(f"{route.dst} via {', '.join(route.gateways)}{metric}\n")
    return "".join(sorted(lines))


def routes_after(
    current: Sequence[KernelRoute], wished: Sequence[WishedRoute]
) -> list[KernelRoute]:
    """Return the routes as they will be once ``wished`` is so."""
    result = list(current)
    for route in wished:
        gateways = tuple(sorted(route.gateways))
        kept = [
            r
            for r in result
            if not (
                r.dst == route.dst
                and (route.metric is None or r.metric == route.metric)
                and (route.present or r.gateways == gateways)
            )
        ]
        result = kept
        if route.present:
            result.append(
                KernelRoute(route.dst, gateways, None, "static", route.metric or 0, "unicast")
            )
    return result
