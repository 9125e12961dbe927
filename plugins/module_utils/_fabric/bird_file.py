# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What makes BIRD 1.6 refuse a rendered file, so that the node keeps running its old one.

Measured with ``bird -p`` of BIRD 1.6.8, the line that Calico ships. A password of more than 80
characters is no such case: the file is read, but the session never starts (TCP MD5, RFC 2385).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from .addresses import parse_address
from .calico_objects import BgpConfiguration, BgpFilter, Rule

_DOTTED_QUAD = re.compile(r"(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)")
_OPERATORS = ("Equal", "NotEqual", "In", "NotIn")


class Refusal(NamedTuple):
    """Why BIRD refuses a file, and the object at fault (``BGPPeer rack1-tor``)."""

    at_fault: str
    reason: str

    def __str__(self) -> str:
        return f"{self.at_fault}: {self.reason}"


def is_dotted_quad(text: str) -> bool:
    return bool(_DOTTED_QUAD.fullmatch(text))


def is_router_id(text: str) -> bool:
    """An IPv4 address or a plain 32-bit number."""
    if is_dotted_quad(text):
        return True
    return text.isascii() and text.isdigit() and int(text) < 2**32


def password_fault(password: str) -> str | None:
    """Why BIRD cannot read a password between double quotes; never says the password."""
    if '"' in password:
        return 'the password has a double quote (")'
    if "\n" in password:
        return "the password has a line break (often the last one of a file put into the Secret)"
    return None


def gateway_fault(gateway: str, family: int) -> str | None:
    """Why ``route ... via <gateway>`` is no route of this family."""
    parsed = parse_address(gateway)
    if parsed is None:
        return f"reachableBy {gateway!r} is not an address"
    if (6 if ":" in gateway else 4) != family:
        return f"reachableBy {gateway} is not IPv{family}, as the neighbor is"
    return None


def filter_faults(bgp_filter: BgpFilter, family: int) -> Iterable[Refusal]:
    """Rules of one family that BIRD does not read, whether a session uses the filter or not."""
    for direction in ("import", "export"):
        for position, rule in enumerate(bgp_filter.rules(direction, family)):
            reason = _rule_fault(rule, family)
            if reason:
                where = f"{direction}V{family}[{position}]"
                yield Refusal(f"BGPFilter {bgp_filter.name}", f"{where}: {reason}")


def template_faults(bgp_filter: BgpFilter, family: int) -> Iterable[Refusal]:
    """Rules of one family that confd itself cannot render; it then writes no file at all."""
    for direction in ("import", "export"):
        for position, rule in enumerate(bgp_filter.rules(direction, family)):
            cidr, operator = rule.get("cidr"), rule.get("matchOperator")
            reason = None
            if rule.get("action") not in ("Accept", "Reject"):
                reason = f"expected action Accept or Reject, found {rule.get('action')!r}"
            elif cidr and operator not in _OPERATORS:
                reason = f"a rule with cidr needs matchOperator, found {operator!r}"
            elif cidr and rule.get("prefixLength") is not None and not _network(str(cidr)):
                reason = f"{cidr!r} is not a CIDR"
            if reason:
                where = f"{direction}V{family}[{position}]"
                yield Refusal(f"BGPFilter {bgp_filter.name}", f"{where}: {reason}")


def advertisement_faults(configuration: BgpConfiguration, family: int) -> Iterable[Refusal]:
    """Prefixes and communities of prefixAdvertisements that BIRD does not read."""
    at_fault = f"BGPConfiguration {configuration.name}"
    for cidr, communities in configuration.prefix_advertisements:
        if (":" in cidr) != (family == 6):
            continue
        reason = _prefix_fault(cidr, family)
        if reason:
            yield Refusal(at_fault, f"prefixAdvertisements: {reason}")
        for community in communities:
            reason = _community_fault(configuration.communities.get(community, community))
            if reason:
                yield Refusal(at_fault, f"prefixAdvertisements {cidr}: {reason}")


def _rule_fault(rule: Rule, family: int) -> str | None:
    cidr = rule.get("cidr")
    if cidr:
        reason = _prefix_fault(str(cidr), family)
        if reason:
            return reason
        reason = _prefix_length_fault(str(cidr), rule.get("prefixLength"), family)
        if reason:
            return reason
    interface = rule.get("interface")
    if interface and ('"' in interface or "\n" in interface):
        return f"interface {interface!r} has a quote or line break"
    return None


def _prefix_fault(cidr: str, family: int) -> str | None:
    network = _network(cidr)
    if network is None:
        return f"{cidr!r} is not a CIDR"
    if network.version == 6 and family == 4:
        return f"{cidr} is IPv6 in an IPv4 rule"
    if cidr.partition("/")[0] != "" and network.network_address != _host(cidr):
        return f"{cidr} has host bits; the network is {network}"
    return None


def _prefix_length_fault(cidr: str, length: Mapping[str, int] | None, family: int) -> str | None:
    network = _network(cidr)
    if not length or network is None:
        return None
    shortest, longest = length.get("min"), length.get("max")
    low = network.prefixlen if shortest is None else max(network.prefixlen, shortest)
    most = 32 if family == 4 else 128
    high = most if longest is None else min(most, longest)
    return f"prefixLength from {low} to {high} is empty for {cidr}" if low > high else None


def _community_fault(value: str) -> str | None:
    parts = value.split(":")
    limit = 0xFFFF if len(parts) == 2 else 2**32 - 1
    if len(parts) in (2, 3) and all(part.isdigit() and int(part) <= limit for part in parts):
        return None
    if len(parts) not in (2, 3) or not all(part.isdigit() for part in parts):
        return None  # a name without a definition: confd leaves it out
    return f"community {value} is out of range, each part may be at most {limit}"


def _network(cidr: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(cidr, strict=False)
    except ValueError:
        return None


def _host(cidr: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    return ipaddress.ip_address(cidr.partition("/")[0])
