# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From module parameters to filters."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from ipaddress import ip_address, ip_network
from typing import Any

from .description import Filter, FilterRule, PrefixRange
from .faults import Faults

#: Highest value of LOCAL_PREF and MULTI_EXIT_DISC (RFC 4271, 4.3), four octets.
MAX_ATTRIBUTE = 2**32 - 1
#: A community of two halves (RFC 1997), or one of the names that both RouterOS 6 and 7 have.
_COMMUNITY = re.compile(r"([0-9]{1,5}):([0-9]{1,5})")
_WELL_KNOWN = ("no-advertise", "no-export")
_COMMUNITY_EXPECTED = f"two numbers up to 65535 such as 63400:100, or {' or '.join(_WELL_KNOWN)}"
#: Chain names stand in API queries and rules.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


def _chain(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError
    return name


def _community(text: str) -> str:
    found = _COMMUNITY.fullmatch(text)
    if text in _WELL_KNOWN:
        return text
    if not found or max(int(half) for half in found.groups()) > 65535:
        raise ValueError
    return ":".join(str(int(half)) for half in found.groups())


def _communities(where: str, items: Sequence[str] | None, faults: Faults) -> tuple[str, ...]:
    if items is None:
        return ()
    if not items:
        faults.add(where, items, "at least one community, or leave it out")
    found = (
        faults.check(f"{where}[{position}]", str(item), _community, _COMMUNITY_EXPECTED)
        for position, item in enumerate(items)
    )
    return tuple(sorted({community for community in found if community}))


def _prefix(where: str, item: Mapping[str, Any], faults: Faults) -> PrefixRange | None:
    prefix = faults.check(
        f"{where}.prefix",
        item["prefix"],
        lambda text: str(ip_network(text)),
        "a network without host bits, such as 10.20.0.0/16",
    )
    if prefix is None:
        return None
    network = ip_network(prefix)
    own, longest = network.prefixlen, network.max_prefixlen
    low, high = item["min_length"], item["max_length"]
    for name, value in (("min_length", low), ("max_length", high)):
        faults.number(f"{where}.{name}", value, own, longest)
    # Without range it is the very network; with one end the other is as far as it goes.
    least = own if low is None else low
    most = (own if low is None else longest) if high is None else high
    if least > most:
        faults.add(f"{where}.min_length", least, f"up to max_length, which is {most}")
    return PrefixRange(prefix, least, most)


def _rule(where: str, item: Mapping[str, Any], faults: Faults) -> FilterRule:
    match, settings = item["match"] or {}, item["set"] or {}
    prefixes = [
        _prefix(f"{where}.match.prefixes[{position}]", entry, faults)
        for position, entry in enumerate(match.get("prefixes") or ())
    ]
    if match.get("prefixes") == []:
        faults.add(f"{where}.match.prefixes", [], "at least one prefix; left out it is every route")
    versions = {ip_network(span.prefix).version for span in prefixes if span}
    accept = item["action"] == "accept"
    named = sorted(name for name, value in settings.items() if value is not None)
    if named and not accept:
        faults.lines.append(
            f"{where}.set: found {', '.join(named)} with action reject, expected nothing to be set "
            "on a route that is refused"
        )
    hop = faults.check(
        f"{where}.set.next_hop",
        settings.get("next_hop"),
        lambda text: str(ip_address(text)),
        "an IPv4 or IPv6 address",
    )
    if hop and versions - {ip_address(hop).version}:
        faults.add(f"{where}.set.next_hop", hop, "an address of the family of the prefixes")
    if settings.get("communities") is not None and settings.get("append_communities") is not None:
        faults.lines.append(
            f"{where}.set: found communities and append_communities, expected one of them; "
            "communities replaces all, append_communities keeps the others"
        )

    def number(name: str) -> Any:
        return faults.number(f"{where}.set.{name}", settings.get(name), 0, MAX_ATTRIBUTE)

    def communities(name: str) -> tuple[str, ...]:
        return _communities(f"{where}.set.{name}", settings.get(name), faults)

    return FilterRule(
        accept=accept,
        prefixes=tuple(span for span in prefixes if span),
        communities=_communities(f"{where}.match.communities", match.get("communities"), faults),
        local_preference=number("local_preference"),
        med=number("med"),
        set_communities=communities("communities"),
        append_communities=communities("append_communities"),
        next_hop=hop,
    )


def check_filters(items: Sequence[Mapping[str, Any]], faults: Faults) -> tuple[Filter, ...]:
    """Return the filters that module parameters make."""
    filters = []
    for position, item in enumerate(items):
        where = f"filters[{position}]"
        name = faults.check(
            f"{where}.name",
            item["name"],
            _chain,
            "a name of letters, digits, dots, dashes and underscores",
        )
        where = f"{where} ({item['name']})"
        rules = tuple(
            _rule(f"{where}.rules[{place}]", rule, faults)
            for place, rule in enumerate(item["rules"] or ())
        )
        filters.append(Filter(name or "", rules, item["default"] == "accept"))
    faults.duplicates("filters", [entry.name for entry in filters if entry.name], "name")
    return tuple(filters)
