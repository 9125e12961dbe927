# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""BGPFilters applied to a path, as the functions that confd writes for BIRD do it.

Rules are tried in order; the first whose conditions all hold decides. If none holds, the next
filter is asked, and after the last one the session's default. peerType, communities, asPathPrefix,
priority and operations exist from Calico v3.32 on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from .bgp_path import Attributes
from .bgp_prefix import Prefix, parse_prefix
from .calico_objects import BgpFilter, Rule
from .filter_calls import bird_filter_name

# Route priority p travels as local preference MAX_PRIORITY - p (confd, BirdIntMaxValue).
MAX_PRIORITY = 2147483647


class Condition(NamedTuple):
    """What a rule asks of the prefix; shortest and longest are None without prefixLength."""

    operator: str  # Equal, NotEqual, In, NotIn
    network: Prefix
    shortest: int | None
    longest: int | None

    def holds(self, prefix: Prefix) -> bool:
        if self.shortest is None or self.longest is None:
            if self.operator in ("Equal", "NotEqual"):
                return (prefix == self.network) == (self.operator == "Equal")
            return prefix.inside(self.network) == (self.operator == "In")
        if self.operator in ("Equal", "NotEqual"):
            # A prefix is never equal to a set of prefixes.
            return self.operator == "NotEqual"
        member = self.shortest <= prefix.length <= self.longest and prefix.inside(self.network)
        return member == (self.operator == "In")


class Route(NamedTuple):
    """What a filter looks at."""

    prefix: Prefix
    learned: bool  # from a BGP neighbor, on import as on export
    interface: str | None  # towards the next hop; None for own routes; "" = the name is not known
    internal: bool  # the session is iBGP


class Verdict(NamedTuple):
    """``accepted`` None: no rule matched. ``name``: the filter that decided."""

    accepted: bool | None
    name: str
    attributes: Attributes


def condition_of(rule: Rule) -> Condition | None:
    """The rule's condition on the prefix, if it has one. Raises ValueError for a bad CIDR."""
    cidr = rule.get("cidr")
    if not cidr:
        return None
    network = parse_prefix(str(cidr))
    shortest: int | None = None
    longest: int | None = None
    length = rule.get("prefixLength")
    if isinstance(length, Mapping):
        low, high = length.get("min"), length.get("max")
        shortest = network.length if low is None else max(network.length, int(low))
        longest = network.bits if high is None else min(network.bits, int(high))
    return Condition(str(rule.get("matchOperator")), network, shortest, longest)


class _Rule:
    """A rule, read once."""

    def __init__(self, rule: Rule, rich: bool) -> None:
        self.accept = rule.get("action") == "Accept"
        self.condition = condition_of(rule)
        self.remote_peers = rule.get("source") == "RemotePeers"
        self.interface = str(rule.get("interface") or "")
        self.peer_type = str(rule.get("peerType") or "") if rich else ""
        communities = ((rule.get("communities") or {}).get("values") or ()) if rich else ()
        self.community = str(communities[0]) if communities else ""
        self.as_path = tuple(int(n) for n in (rule.get("asPathPrefix") or ())) if rich else ()
        priority = rule.get("priority") if rich else None
        self.local_pref = None if priority is None else MAX_PRIORITY - int(priority)
        self.operations: tuple[Mapping[str, Any], ...] = (
            tuple(rule.get("operations") or ()) if rich else ()
        )

    def matches(self, route: Route, attributes: Attributes) -> bool:
        if self.peer_type and (self.peer_type == "iBGP") != route.internal:
            return False
        if self.condition and not self.condition.holds(route.prefix):
            return False
        if self.remote_peers and not route.learned:
            return False
        if self.interface and not _interface_matches(self.interface, route.interface):
            return False
        if self.community and self.community not in attributes.communities:
            return False
        if self.as_path and attributes.as_path[: len(self.as_path)] != self.as_path:
            return False
        return self.local_pref is None or self.local_pref == attributes.local_pref

    def apply(self, attributes: Attributes) -> Attributes:
        for operation in self.operations:
            if operation.get("addCommunity"):
                value = str(operation["addCommunity"].get("value"))
                attributes = attributes._replace(communities=attributes.communities | {value})
            elif operation.get("prependASPath"):
                numbers = operation["prependASPath"].get("prefix") or ()
                path = (*(int(number) for number in numbers), *attributes.as_path)
                attributes = attributes._replace(as_path=path)
            elif operation.get("setPriority"):
                priority = int(operation["setPriority"]["value"])
                attributes = attributes._replace(local_pref=MAX_PRIORITY - priority)
        return attributes


class FilterBook:
    """The rules of one family, by direction and the name that sessions call them by."""

    def __init__(self, filters: Iterable[BgpFilter], family: int, rich: bool) -> None:
        self._rules: dict[tuple[str, str], tuple[_Rule, ...]] = {}
        self.names: dict[str, str] = {}  # name in BIRD -> name of the BGPFilter
        self.conditions: list[Condition] = []
        self.uses_communities = False
        self.rewrites = False
        for bgp_filter in filters:
            called = bird_filter_name(bgp_filter.name)
            self.names[called] = bgp_filter.name
            for direction in ("import", "export"):
                try:
                    rules = tuple(_Rule(rule, rich) for rule in bgp_filter.rules(direction, family))
                except ValueError:
                    continue  # BIRD refuses such a file; the session plan says so
                self._rules[direction, called] = rules
                self.conditions += [rule.condition for rule in rules if rule.condition]
                self.uses_communities |= any(rule.community for rule in rules)
                self.rewrites |= any(rule.operations for rule in rules)
        self.conditions = list(dict.fromkeys(self.conditions))

    def judge(
        self, direction: str, called: Sequence[str], route: Route, attributes: Attributes
    ) -> Verdict:
        """What the filters called, in order, make of a route."""
        for name in called:
            for rule in self._rules.get((direction, name), ()):
                if rule.matches(route, attributes):
                    return Verdict(rule.accept, self.names[name], rule.apply(attributes))
        return Verdict(None, "", attributes)


def _interface_matches(pattern: str, interface: str | None) -> bool:
    """BIRD's ``~`` on names: ``*`` and ``?`` as in a shell."""
    if interface is None:
        return False
    if not interface:
        return set(pattern) == {"*"}
    expression = "".join(
        ".*" if letter == "*" else "." if letter == "?" else re.escape(letter) for letter in pattern
    )
    return re.fullmatch(expression, interface) is not None
