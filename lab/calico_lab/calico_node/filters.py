# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""BGPFilters as functions of BIRD's filter language.

A rule whose conditions all hold ends the filter with its action; a route that no rule matches goes
on to what the session does by default.
"""

from __future__ import annotations

from collections.abc import Iterator

from calico_lab.calico_node.release import Release
from calico_lab.calico_node.resources import Cluster, Json
from calico_lab.calico_node.sessions import filter_function, filter_rules, has_peer_type
from calico_lab.calico_node.values import Family, parse_cidr_or_ip

MAX_PRIORITY = 2147483647
"""Route priority p (lower is better) travels as local preference MAX_PRIORITY - p."""

_OPERATORS = {"Equal": "=", "NotEqual": "!=", "In": "~", "NotIn": "!~"}


class BadFilter(Exception):
    """A BGPFilter rule cannot be put into BIRD's words; Calico then renders no file at all."""


def filter_functions(cluster: Cluster, release: Release, family: Family) -> Iterator[str]:
    """Lines that define the functions of every BGPFilter with rules for this family.

    :raises BadFilter: a rule lacks an operator or has an unknown value.
    """
    for name, spec in cluster.filters.items():
        for direction in ("import", "export"):
            rules = filter_rules(spec, direction, family)
            if not rules:
                continue
            typed = release.has_rich_filters and has_peer_type(rules)
            yield f"function '{filter_function(name, direction, family)}'" + (
                "(bool internal)" if typed else "()"
            )
            yield "{"
            for rule in rules:
                yield "  " + _statement(name, rule, release)
            yield "}"


def _statement(name: str, rule: Json, release: Release) -> str:
    action = rule.get("action")
    if action not in ("Accept", "Reject"):
        raise BadFilter(f"BGPFilter {name}: action: expected Accept or Reject, found {action!r}")
    body = f"{str(action).lower()};"
    conditions = list(_conditions(name, rule))
    if release.has_rich_filters:
        conditions += _rich_conditions(rule)
        body = " ".join([*_operations(name, rule), body])
    statement = f"if {' && '.join(conditions)} then {{ {body} }}" if conditions else body
    if release.has_rich_filters and rule.get("peerType") == "iBGP":
        return f"if internal then {{ {statement} }}"
    if release.has_rich_filters and rule.get("peerType") == "eBGP":
        return f"if ! internal then {{ {statement} }}"
    return statement


def _conditions(name: str, rule: Json) -> Iterator[str]:
    if rule.get("cidr"):
        operator = _OPERATORS.get(str(rule.get("matchOperator")))
        if operator is None:
            raise BadFilter(
                f"BGPFilter {name}: matchOperator: expected one of {', '.join(_OPERATORS)}, "
                f"found {rule.get('matchOperator')!r}"
            )
        yield f"(net {operator} {_prefixes(name, rule)})"
    source = rule.get("source")
    if source == "RemotePeers":
        yield "(defined(source) && source ~ [ RTS_BGP ])"
    elif source:
        raise BadFilter(f"BGPFilter {name}: source: expected RemotePeers, found {source!r}")
    if rule.get("interface"):
        yield f'(defined(ifname) && ifname ~ "{rule["interface"]}")'


def _prefixes(name: str, rule: Json) -> str:
    """The prefix, or the set of prefixes if prefixLength narrows it."""
    cidr = str(rule["cidr"])
    length = rule.get("prefixLength")
    if not isinstance(length, dict):
        return cidr
    parsed = parse_cidr_or_ip(cidr)
    if parsed is None:
        raise BadFilter(f"BGPFilter {name}: cidr: expected a prefix, found {cidr!r}")
    shortest: int = parsed[1].prefixlen
    longest: int = parsed[1].max_prefixlen
    if length.get("min") is not None:
        shortest = max(shortest, int(length["min"]))
    if length.get("max") is not None:
        longest = min(longest, int(length["max"]))
    return f"[ {cidr}{{{shortest},{longest}}} ]"


def _rich_conditions(rule: Json) -> list[str]:
    conditions = []
    communities = (rule.get("communities") or {}).get("values")
    if communities:
        parts = str(communities[0]).split(":")
        kind = "bgp_community" if len(parts) == 2 else "bgp_large_community"
        conditions.append(f"(({', '.join(parts)}) ~ {kind})")
    if rule.get("asPathPrefix"):
        path = " ".join(str(number) for number in rule["asPathPrefix"])
        conditions.append(f"(bgp_path ~ [= {path} * =])")
    if rule.get("priority") is not None:
        wanted = MAX_PRIORITY - int(rule["priority"])
        conditions.append(f"(defined(bgp_local_pref) && bgp_local_pref = {wanted})")
    return conditions


def _operations(name: str, rule: Json) -> Iterator[str]:
    for operation in rule.get("operations") or []:
        if operation.get("addCommunity"):
            yield community_statement(str(operation["addCommunity"].get("value")))
        elif operation.get("prependASPath"):
            # BIRD prepends one number at a time: the first of the list comes last.
            for number in reversed(operation["prependASPath"].get("prefix") or []):
                yield f"bgp_path.prepend({number});"
        elif operation.get("setPriority"):
            yield f"bgp_local_pref = {MAX_PRIORITY - int(operation['setPriority']['value'])};"
        else:
            raise BadFilter(
                f"BGPFilter {name}: operation: expected addCommunity, prependASPath or "
                f"setPriority, found {sorted(operation)!r}"
            )


def community_statement(value: str) -> str:
    """Statement that adds a standard (`a:b`) or large (`a:b:c`) community."""
    parts = value.split(":")
    kind = "bgp_community" if len(parts) == 2 else "bgp_large_community"
    return f"{kind}.add(({', '.join(parts)}));"
