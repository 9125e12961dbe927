# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""RouterOS 6's filter rows: what each matches, sets, and does."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping, Sequence

from calico_lab.routeros.errors import Unsupported
from calico_lab.routeros.filters.program import (
    AsPath,
    Change,
    FromSource,
    Goto,
    HasCommunities,
    InNetworks,
    Label,
    Mark,
    Match,
    Plain,
    Program,
    Span,
    Verdict,
    whole,
)
from calico_lab.routeros.store import Store

_NEUTRAL = frozenset({"chain", "action", "jump-target", "comment", "disabled", "invert-match"})
_FLOWING = ("passthrough", "log")
_PROTOCOLS = {
    "bgp": "bgp",
    "connect": "connected",
    "static": "static",
    "ospf": "ospf",
    "rip": "rip",
}

Values = Mapping[str, str]


def rules(store: Store, chain: str) -> list[Values]:
    """The values of a chain's enabled rows, in order."""
    return [
        row.values for row in store.active("routing/filter") if row.values.get("chain") == chain
    ]


class Compiler:
    """Translates chains. ``rules`` are the values of a chain's enabled rows, in order.

    Without ``own_as`` the chains are OSPF's: they know what OSPF knows of a route.
    """

    def __init__(self, rules: Callable[[str], Sequence[Values]], own_as: int | None) -> None:
        self._rules = rules
        self._own_as = own_as

    def chain(
        self, program: Program, name: str, then: Label | None = None, callers: tuple[str, ...] = ()
    ) -> None:
        """Add chain ``name``. What it accepts, or lets pass to its end, goes on at ``then``."""
        if name in callers:
            raise Unsupported(f"chain {name} jumps to itself")
        accepted = then or program.label()
        end = program.label()
        for row in self._rules(name):
            self._row(program, row, accepted, end, (*callers, name))
        program.add(Mark(end))
        if not callers:
            program.add(Goto(accepted))
        if then is None:
            program.add(Mark(accepted), Verdict(True))

    def _row(
        self, program: Program, row: Values, accepted: Label, end: Label, chains: tuple[str, ...]
    ) -> None:
        hit, past = program.label(), program.label()
        groups = self._matches(row)
        inverted = row.get("invert-match") == "true"
        fail = hit if inverted else past
        for group in groups:
            following = program.label()
            program.any_of(group, following, fail)
            program.add(Mark(following))
        if inverted:
            program.add(Goto(past))
        program.add(Mark(hit))
        settings = self._settings(row)
        if settings:
            program.add(Change(settings))
        action = row.get("action", "passthrough")
        if action == "accept":
            program.add(Goto(accepted))
        elif action in ("discard", "reject"):
            program.add(Verdict(False))
        elif action == "return":
            program.add(Goto(end))
        elif action == "jump":
            target = row.get("jump-target", "")
            self.chain(program, target, accepted, chains)
        elif action not in _FLOWING:
            raise Unsupported(f"filter action {action}")
        program.add(Mark(past))

    def _matches(self, row: Values) -> list[list[Match]]:
        """Groups of matches: each group must hold, by any of its members."""
        groups: list[list[Match]] = []
        if "prefix" in row or "prefix-length" in row:
            groups.append(_networks(row.get("prefix"), row.get("prefix-length")))
        for name, value in row.items():
            if name in _NEUTRAL or name.startswith(("set-", "append-")):
                continue
            if name in ("prefix", "prefix-length"):
                continue
            groups.append(self._match(name, value))
        return groups

    def _match(self, name: str, value: str) -> list[Match]:
        if self._own_as is None and name not in ("address-family", "protocol"):
            raise Unsupported(f"filter condition {name}={value} of an OSPF filter")
        if name == "bgp-as-path":
            return [AsPath(value)]
        if name == "bgp-communities":
            return [HasCommunities(tuple(value.split(",")))]
        if name == "bgp-origin":
            return [Plain(f"origin {origin}") for origin in value.split(",")]
        if name in ("bgp-local-pref", "bgp-med") and value.isdigit():
            own = "local-preference" if name == "bgp-local-pref" else "metric"
            return [Plain(f"{own} {value}")]
        if name == "address-family" and value in ("ip", "ipv6"):
            return [whole(4 if value == "ip" else 6)]
        if name == "protocol" and all(part in _PROTOCOLS for part in value.split(",")):
            return [FromSource(_PROTOCOLS[part]) for part in value.split(",")]
        raise Unsupported(f"filter condition {name}={value}")

    def _settings(self, row: Values) -> tuple[str, ...]:
        out = []
        for name, value in row.items():
            if not name.startswith(("set-", "append-")):
                continue
            if self._own_as is None:
                raise Unsupported(f"filter setting {name}={value} of an OSPF filter")
            own = {
                "set-bgp-local-pref": "local-preference",
                "set-bgp-med": "metric",
                "set-bgp-weight": "weight",
                "set-distance": "distance",
                "set-in-nexthop": "ip next-hop",
                "set-out-nexthop": "ip next-hop",
                "set-in-nexthop-ipv6": "ipv6 next-hop global",
                "set-out-nexthop-ipv6": "ipv6 next-hop global",
            }.get(name)
            if own:
                out.append(f"{own} {value}")
            elif name == "set-bgp-prepend":
                out.append(f"as-path prepend {' '.join([str(self._own_as)] * int(value))}")
            elif name == "set-bgp-prepend-path":
                out.append(f"as-path prepend {value.replace(',', ' ')}")
            elif name == "set-bgp-communities":
                out.append(f"community {value.replace(',', ' ') or 'none'}")
            elif name == "append-bgp-communities":
                out.append(f"community {value.replace(',', ' ')} additive")
            else:
                raise Unsupported(f"filter setting {name}={value}")
        return tuple(out)


def _networks(prefix: str | None, length: str | None) -> list[Match]:
    low, high = 0, 128
    if length is not None:
        first, _, last = length.partition("-")
        low, high = int(first), int(last or first)
    if prefix is None:
        return [whole(4, low, high), whole(6, low, high)]
    network = ipaddress.ip_network(prefix)
    if length is None:
        # Without a range only the very network matches.
        low = high = network.prefixlen
    return [InNetworks((Span(prefix, low, min(high, network.max_prefixlen)),))]
