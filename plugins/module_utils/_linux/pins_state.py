# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a node's kernel holds that matters to pins: table main, the spare table and the rules.

Read with ``ip -N -j -d``, so that names given to tables and protocols on the host do not matter.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Union

#: Runs a command line with text as standard input; returns exit status, output and error output.
Runner = Callable[[Sequence[str], str], "tuple[int, str, str]"]
Network = Union[ipaddress.IPv4Network, ipaddress.IPv6Network]

#: rtm_protocol of what is ours. Free in the kernel's rtnetlink.h, in iproute2's rt_protos and in
#: FRR (186 to 198).
PROTOCOL = 199
PROTOCOL_BIRD = 12
TABLE_MAIN = 254
UNICAST = 1
THROW = 9
#: rtnetlink.h; a release of iproute2 may write the name although numbers are asked for.
_KINDS = {"unicast": 1, "local": 2, "blackhole": 6, "unreachable": 7, "prohibit": 8, "throw": 9}
_NAMES = {"bird": PROTOCOL_BIRD, "main": TABLE_MAIN, "default": 253, "local": 255}
_METRICS = ("mtu", "advmss", "window", "hoplimit", "initcwnd", "initrwnd")


class PinCommandFailed(Exception):
    """iproute2 refused; the message holds the command and what it said."""


@dataclass(frozen=True)
class Hop:
    """A next hop. ``via`` is ``192.0.2.1`` or ``inet6 fe80::1``; None on a link of its own."""

    via: str | None
    device: str
    weight: int
    onlink: bool


@dataclass(frozen=True)
class Route:
    """A route of any table. ``kind`` is the kernel's rtm_type, ``hops`` are sorted."""

    network: Network
    table: int
    protocol: int
    metric: int = 0
    kind: int = UNICAST
    hops: tuple[Hop, ...] = ()
    source: str | None = None
    attributes: tuple[tuple[str, int], ...] = ()

    @property
    def family(self) -> int:
        return self.network.version

    def words(self) -> list[str]:
        """The route as arguments of ``ip route``."""
        words = [str(self.network), "table", str(self.table), "protocol", str(self.protocol)]
        if self.metric:
            words += ["metric", str(self.metric)]
        if self.source:
            words += ["src", self.source]
        for name, value in self.attributes:
            words += [name, str(value)]
        for hop in self.hops:
            several = len(self.hops) > 1
            words += ["nexthop"] if several else []
            words += ["via", *hop.via.split()] if hop.via else []
            words += ["dev", hop.device]
            words += ["weight", str(hop.weight)] if several else []
            words += ["onlink"] if hop.onlink else []
        return words


@dataclass(frozen=True)
class Rule:
    """A policy rule. ``selects`` is what it says besides table and suppressed prefix length;
    empty for a rule that all packets obey."""

    family: int
    priority: int
    table: int | None
    suppress: int | None = None
    protocol: int = PROTOCOL
    selects: str = ""

    def words(self) -> list[str]:
        """The rule as arguments of ``ip rule``; exact for ours only."""
        words = ["pref", str(self.priority)]
        words += [self.selects] if self.selects else []
        if self.table is not None:
            words += ["lookup", "main" if self.table == TABLE_MAIN else str(self.table)]
        if self.suppress is not None:
            words += ["suppress_prefixlength", str(self.suppress)]
        return [*words, "protocol", str(self.protocol)]


@dataclass(frozen=True)
class Situation:
    """``spare`` holds the routes of the chosen table and of tables that rules of ours consult."""

    main: tuple[Route, ...]
    spare: tuple[Route, ...]
    rules: tuple[Rule, ...]

    @property
    def our_rules(self) -> list[Rule]:
        return [rule for rule in self.rules if rule.protocol == PROTOCOL]

    @property
    def our_routes(self) -> list[Route]:
        return [route for route in self.spare if route.protocol == PROTOCOL]


def read_situation(run: Runner, table: int) -> Situation:
    """Read both families.

    Raises:
        PinCommandFailed: iproute2 is missing, too old for ``-N -j`` (5.0 is not) or fails.
    """
    main: list[Route] = []
    spare: list[Route] = []
    rules: list[Rule] = []
    for family in (4, 6):
        found = [parse_rule(row, family) for row in _show(run, family, ["rule", "show"])]
        rules += found
        tables = {rule.table for rule in found if rule.protocol == PROTOCOL} | {table}
        main += _routes(run, family, TABLE_MAIN)
        for number in sorted(t for t in tables if t is not None and t != TABLE_MAIN):
            spare += _routes(run, family, number)
    return Situation(tuple(main), tuple(spare), tuple(rules))


def _routes(run: Runner, family: int, table: int) -> list[Route]:
    rows = _show(run, family, ["route", "show", "table", str(table)])
    return parse_routes(rows, family, table)


def _show(run: Runner, family: int, words: Sequence[str]) -> list[dict[str, Any]]:
    command = ["ip", "-N", "-j", "-d", f"-{family}", *words]
    status, out, err = run(command, "")
    # A table comes into being with its first route.
    if status != 0 and "FIB table does not exist" in err:
        return []
    if status != 0:
        raise PinCommandFailed(
            f"'{' '.join(command)}' failed with status {status}: {err.strip()}. "
            "Pins need Linux 4.17 and iproute2 5.0 or later"
        )
    rows: list[dict[str, Any]] = json.loads(out or "[]")
    return rows


def parse_routes(rows: Sequence[dict[str, Any]], family: int, table: int) -> list[Route]:
    """Return the routes of an answer of ``ip -N -j -d route show``.

    Older releases of iproute2 show an IPv6 route with several next hops as several routes; they
    are joined. Next hops that the kernel calls dead are left out.
    """
    merged: dict[tuple[Network, int], Route] = {}
    for row in rows:
        route = _route(row, family, table)
        before = merged.get((route.network, route.metric))
        if before is not None and (family == 4 or before.kind != route.kind):
            continue  # the kernel asks the first only
        if before is not None:
            route = Route(
                **{**vars(route), "hops": tuple(sorted({*before.hops, *route.hops}, key=str))}
            )
        merged[(route.network, route.metric)] = route
    return list(merged.values())


def _route(row: dict[str, Any], family: int, table: int) -> Route:
    dst = str(row["dst"])
    if dst == "default":
        dst = "0.0.0.0/0" if family == 4 else "::/0"
    hops = [_hop(hop) for hop in row.get("nexthops") or [row] if "dead" not in hop.get("flags", [])]
    metrics = {k: v for given in row.get("metrics", []) for k, v in given.items()}
    kind = str(row.get("type", UNICAST))
    return Route(
        network=ipaddress.ip_network(dst),
        table=table,
        protocol=_number(row.get("protocol", 0)),
        metric=int(row.get("metric", 0)),
        kind=_KINDS[kind] if kind in _KINDS else int(kind) if kind.isdecimal() else 0,
        hops=tuple(sorted((hop for hop in hops if hop.device), key=str)),
        source=row.get("prefsrc"),
        attributes=tuple((name, metrics[name]) for name in _METRICS if name in metrics),
    )


def _hop(row: dict[str, Any]) -> Hop:
    via = row.get("gateway")
    if via is None and "via" in row:
        via = f"{row['via']['family']} {row['via']['host']}"
    return Hop(via, str(row.get("dev", "")), int(row.get("weight", 1)), "onlink" in row["flags"])


def parse_rule(row: dict[str, Any], family: int) -> Rule:
    """Return the rule of one entry of an answer of ``ip -N -j -d rule show``."""
    known = {"priority", "table", "protocol", "suppress_prefixlen"}
    selects = [
        key if value is None else f"{key} {value}"
        for key, value in row.items()
        if key not in known and (key, value) != ("src", "all")
    ]
    table = row.get("table")
    return Rule(
        family=family,
        priority=int(row["priority"]),
        table=None if table is None else _number(table),
        suppress=row.get("suppress_prefixlen"),
        protocol=_number(row.get("protocol", 0)),
        selects=" ".join(selects),
    )


def _number(value: object) -> int:
    text = str(value)
    return int(text) if text.isdecimal() else _NAMES.get(text, -1)
