# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filters as rows of RouterOS 6's menu, or as rules in RouterOS 7's language.

A rule with several prefixes becomes one row for each, in both: rows of RouterOS 6 hold one prefix,
and the manual of 7 has no parentheses within conditions. As every rule ends with a decision, the
rows mean together what the rule means. The last row is the filter's default, written out, since
routes that meet no rule are accepted by RouterOS 6 and refused by 7.

Facts: MikroTik's manuals, "Routing/Routing filters" of 6 and "Route Selection and Filters" of 7.
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address

from .description import Description, Filter, FilterRule, Ospf, PrefixRange
from .menus import COMMON, V6_FILTER, V7_FILTER, Menu, Property, flag_property, text_property
from .release import Release
from .values import Kind, Value, read

_NEXT_HOPS = ("set-in-nexthop", "set-out-nexthop", "set-in-nexthop-ipv6", "set-out-nexthop-ipv6")

_V6_RULE = Menu(
    V6_FILTER,
    "filter rule",
    "chain",
    {
        "chain": text_property(),
        "action": text_property("passthrough", "passthrough"),
        # The first cannot be unset, and the second is nothing without; so a row that loses them is
        # made anew. Some routers may print 0.0.0.0/0 for every network.
        "prefix": Property(Kind.PREFIX, permanent=True, alias=("0.0.0.0/0",)),
        "prefix-length": Property(Kind.RANGE, permanent=True, alias=("0-32",)),
        "bgp-communities": Property(Kind.NAMES),
        "invert-match": flag_property(False),
        "set-bgp-local-pref": Property(Kind.NUMBER),
        "set-bgp-med": Property(Kind.NUMBER),
        "set-bgp-communities": Property(Kind.NAMES),
        "append-bgp-communities": Property(Kind.NAMES),
        **{name: Property(Kind.ADDRESS) for name in _NEXT_HOPS},
        **COMMON,
    },
    (
        (
            "chain",
            "action",
            "prefix",
            "prefix-length",
            "bgp-communities",
            "set-bgp-local-pref",
            "set-bgp-med",
            "set-bgp-communities",
            "append-bgp-communities",
        ),
    ),
    frozenset(
        {
            "address-family",
            "append-route-targets",
            "bgp-as-path",
            "bgp-as-path-length",
            "bgp-atomic-aggregate",
            "bgp-local-pref",
            "bgp-med",
            "bgp-origin",
            "bgp-weight",
            "distance",
            "jump-target",
            "locally-originated-bgp",
            "match-chain",
            "ospf-type",
            "pref-src",
            "protocol",
            "route-comment",
            "route-tag",
            "route-targets",
            "routing-mark",
            "scope",
            "set-bgp-prepend",
            "set-bgp-prepend-path",
            "set-bgp-weight",
            "set-check-gateway",
            "set-disabled",
            "set-distance",
            "set-in-nexthop-direct",
            "set-in-nexthop-linklocal",
            "set-out-nexthop-linklocal",
            "set-pref-src",
            "set-route-comment",
            "set-route-tag",
            "set-route-targets",
            "set-routing-mark",
            "set-scope",
            "set-site-of-origin",
            "set-target-scope",
            "set-type",
            "set-use-te-nexthop",
            "site-of-origin",
            "target-scope",
        }
    ),
    ordered=True,
)

_V7_RULE = Menu(
    V7_FILTER,
    "filter rule",
    "chain",
    {
        "chain": text_property(),
        "rule": Property(Kind.RULE),
        **COMMON,
    },
    (("chain", "rule"),),
    ordered=True,
)

#: The language that this module writes came with 7.1; 7.0 had another.
FIRST_V7 = (7, 1)


def filter_menu(release: Release) -> Menu:
    """Return the menu of filter rules."""
    return _V6_RULE if release.major == 6 else _V7_RULE


def own_chain(ospf: Ospf) -> str:
    """Return the name of the chain of our own that sets metric and type of routes into OSPF."""
    return f"{ospf.instance}-bgp-to-ospf"


def ospf_chain(ospf: Ospf | None) -> str | None:
    """Return the chain that routes into OSPF pass on RouterOS 7.

    It is the named output filter, else one of our own if there is metric or type to set.
    """
    if ospf is None or ospf.output_filter:
        return ospf.output_filter if ospf else None
    if not ospf.redistribute_bgp or not ospf_settings(ospf):
        return None
    return own_chain(ospf)


def filters_of(description: Description, release: Release) -> tuple[Filter, ...]:
    """Return the filters of a description, with the one that OSPF's metric needs."""
    filters, ospf = description.filters or (), description.ospf
    if release.major == 6 or ospf is None or ospf.output_filter or not ospf_chain(ospf):
        return filters
    # Other protocols' routes pass as they did without filter.
    return (*filters, Filter(own_chain(ospf), accept=True))


def _usages(description: Description, name: str) -> set[str]:
    """Return where a filter is used: ``in``, ``out`` (iBGP), ``external out``, ``ospf``."""
    own_as = description.instance.as_number if description.instance else None
    found = set()
    for connection in description.connections or ():
        if connection.input_filter == name:
            found.add("in")
        if connection.output_filter == name:
            internal = connection.remote_as == (connection.local_as or own_as)
            found.add("out" if internal else "external out")
    if name == ospf_chain(description.ospf):
        found.add("ospf")
    return found


def rows_of(filter_: Filter, description: Description, release: Release) -> list[dict[str, Value]]:
    """Return the properties of a filter's rows, in order; ``None`` is not named."""
    rules = [*filter_.rules, FilterRule(filter_.accept)]
    if release.major == 6:
        return [_v6_row(filter_.name, rule, span) for rule in rules for span in _spans(rule)]
    usages = _usages(description, filter_.name)
    texts = [_v7_rule(rule, span, usages) for rule in rules for span in _spans(rule)]
    if description.ospf is not None and "ospf" in usages:
        texts = ospf_settings(description.ospf) + texts
    return [
        {"chain": filter_.name, "rule": read(Kind.RULE, told), "disabled": False} for told in texts
    ]


def _spans(rule: FilterRule) -> tuple[PrefixRange | None, ...]:
    return rule.prefixes or (None,)


def _v6_row(chain: str, rule: FilterRule, span: PrefixRange | None) -> dict[str, Value]:
    row: dict[str, Value] = {
        "chain": chain,
        # ``discard`` would forget what ``reject`` keeps, and RouterOS 7 knows only the latter.
        "action": "accept" if rule.accept else "reject",
        "bgp-communities": rule.communities or None,
        "set-bgp-local-pref": rule.local_preference,
        "set-bgp-med": rule.med,
        "set-bgp-communities": rule.set_communities or None,
        "append-bgp-communities": rule.append_communities or None,
        "disabled": False,
    }
    if span is not None:
        row["prefix"] = span.prefix
        row["prefix-length"] = _lengths(span)
    if rule.next_hop:
        # Each is looked at in its own direction only.
        end = "" if ip_address(rule.next_hop).version == 4 else "-ipv6"
        row[f"set-in-nexthop{end}"] = row[f"set-out-nexthop{end}"] = rule.next_hop
    return row


def _lengths(span: PrefixRange) -> str:
    if span.min_length == span.max_length:
        return str(span.min_length)
    return f"{span.min_length}-{span.max_length}"


def _v7_rule(rule: FilterRule, span: PrefixRange | None, usages: set[str]) -> str:
    conditions = []
    if span is not None and span.exact:
        conditions.append(f"dst == {span.prefix}")
    elif span is not None:
        conditions += [f"dst in {span.prefix}", f"dst-len in {span.min_length}-{span.max_length}"]
    if rule.communities:
        conditions.append(f"bgp-communities includes {','.join(rule.communities)}")
    body = "; ".join([*_settings(rule, usages), "accept" if rule.accept else "reject"])
    return f"if ({' && '.join(conditions)}) {{ {body} }}" if conditions else body


def _settings(rule: FilterRule, usages: set[str]) -> list[str]:
    settings = []
    if rule.local_preference is not None:
        settings.append(f"set bgp-local-pref {rule.local_preference}")
    if rule.med is not None:
        # bgp-med is local, and what iBGP neighbours get; bgp-out-med is for eBGP neighbours.
        if usages != {"external out"}:
            settings.append(f"set bgp-med {rule.med}")
        if "external out" in usages:
            settings.append(f"set bgp-out-med {rule.med}")
    if rule.set_communities:
        settings.append(f"set bgp-communities {','.join(rule.set_communities)}")
    if rule.append_communities:
        settings.append(f"append bgp-communities {','.join(rule.append_communities)}")
    if rule.next_hop:
        settings.append(f"set gw {rule.next_hop}")
    return settings


def ospf_settings(ospf: Ospf) -> list[str]:
    """Return the rule, if any, that sets metric and type of routes from BGP; it decides nothing."""
    settings = []
    if ospf.metric is not None:
        settings.append(f"set ospf-ext-metric {ospf.metric}")
    if ospf.metric_type is not None:
        settings.append(f"set ospf-ext-type type{ospf.metric_type}")
    return [f"if (protocol bgp) {{ {'; '.join(settings)} }}"] if settings else []


def named_chains(description: Description) -> Mapping[str, str]:
    """Return where each filter chain is first referred to, by its name."""
    found: dict[str, str] = {}
    for position, connection in enumerate(description.connections or ()):
        where = f"connections[{position}] ({connection.name})"
        for option, name in (
            ("input_filter", connection.input_filter),
            ("output_filter", connection.output_filter),
        ):
            if name:
                found.setdefault(name, f"{where}.{option}")
    if description.ospf and description.ospf.output_filter:
        found.setdefault(description.ospf.output_filter, "ospf.output_filter")
    return found
