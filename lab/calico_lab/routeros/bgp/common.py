# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parts that the translations of RouterOS 6 and 7 share."""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from calico_lab.routeros.bgp.model import StaticRoute
from calico_lab.routeros.errors import Unsupported
from calico_lab.routeros.filters.program import (
    Change,
    FromSource,
    InNetworks,
    Mark,
    Program,
    Span,
    Test,
    Verdict,
)
from calico_lab.routeros.network import Assigned
from calico_lab.routeros.store import Store
from calico_lab.routeros.values import seconds

DEFAULT_HOLD = 180
#: The router ID of a router without any address; no session can start with it.
NO_ROUTER_ID = "0.0.0.0"
#: Reserved, so that no speaker has it (RFC 7300).
NO_AS = "4294967295"
#: Address families of RouterOS that the lab carries.
FAMILIES = ("ip", "ipv6")

_PREFERENCE = 100
_NOT_OF_THE_SESSION = frozenset({"comment", "disabled", "name"})

#: The sources of the routing table that FRR can offer to BGP here.
OFFERED = ("connected", "static", "ospf")


class Surroundings(Protocol):
    """What a translation needs to know of the router besides its configuration."""

    def assigned(self) -> Sequence[Assigned]:
        """The addresses, of both versions, on enabled interfaces."""

    def own_router_id(self) -> str:
        """The router ID that RouterOS picks by itself."""


def timers(values: Mapping[str, str]) -> tuple[int, int]:
    """Hold and keepalive time in seconds; keepalive is a third of hold unless set."""
    text = values.get("hold-time")
    hold = 0 if text == "infinity" else seconds(text) if text else DEFAULT_HOLD
    keepalive = seconds(values["keepalive-time"]) if "keepalive-time" in values else hold // 3
    return hold, min(keepalive, hold // 3) if hold else 0


def families(text: str) -> tuple[str, ...]:
    chosen = tuple(text.split(",")) if text else ("ip",)
    for family in chosen:
        if family not in FAMILIES:
            raise Unsupported(f"address family {family}")
    return chosen


def edition(*parts: Mapping[str, str]) -> str:
    """A digest of all that resets a session when it changes; a comment or a name does not."""
    told = [
        sorted((key, value) for key, value in part.items() if key not in _NOT_OF_THE_SESSION)
        for part in parts
    ]
    return hashlib.sha256(repr(told).encode()).hexdigest()[:12]


def offer(program: Program, sources: Iterable[str], networks: Sequence[str], default: bool) -> None:
    """Let pass what BGP learned and what ``sources`` offer; of the rest only ``networks``.

    ``default`` lets the default route pass wherever it comes from. The program goes on after it.
    """
    passing = program.label()
    learned = program.label()
    named = [Span(network, int(network.partition("/")[2]), 0) for network in networks]
    named = [Span(span.network, span.low, span.low) for span in named]
    if default:
        named += [Span("0.0.0.0/0", 0, 0), Span("::/0", 0, 0)]
    held_back = [source for source in OFFERED if source not in set(sources)]
    check = program.label()
    offered = [source for source in OFFERED if source not in held_back]
    for source in held_back:
        program.add(Test(FromSource(source), check))
    program.any_of([FromSource(source) for source in offered], passing, learned)
    program.add(Mark(check))
    for version in (4, 6):
        group = tuple(span for span in named if span.version == version)
        if group:
            program.add(Test(InNetworks(group), passing))
    program.add(Verdict(False), Mark(passing))
    # What is offered has the preference of its table inside the speaker, not on the wire.
    program.add(Change((f"local-preference {_PREFERENCE}",)), Mark(learned))


def known_sources(redistributed: Iterable[str], conditional: bool) -> frozenset[str]:
    """What the speaker must know of the routing table beside aggregates.

    Without aggregates it knows all of it, and the policies alone decide what goes out: a source
    taken away together with a policy makes FRR forget to withdraw. An aggregate would also be
    made of what is only known, so then it is no more than what may pass: all of it where
    networks are picked from it.
    """
    return frozenset(OFFERED) if conditional else frozenset(redistributed) & set(OFFERED)


def check_addresses(store: Store) -> None:
    """Refuse the IPv6 addresses that RouterOS would make up itself."""
    for row in store.active("ipv6/address"):
        if row.values.get("from-pool"):
            raise Unsupported("from-pool of an IPv6 address")
        if row.values.get("eui-64") == "true":
            raise Unsupported("eui-64 of an IPv6 address")


def static_routes(store: Store) -> tuple[StaticRoute, ...]:
    """The active static routes of /ip/route and /ipv6/route for the main table."""
    found = []
    rows = [(row.values, "0.0.0.0/0") for row in store.active("ip/route")]
    rows += [(row.values, "::/0") for row in store.active("ipv6/route")]
    for values, everything in rows:
        table = values.get("routing-table", "main")
        mark = values.get("routing-mark", "main")
        if (table, mark) != ("main", "main"):
            raise Unsupported(f"a route in table {table if table != 'main' else mark}")
        for name in ("pref-src", "vrf-interface", "route-tag"):
            if name in values:
                raise Unsupported(f"{name} of a route")
        distance = int(values.get("distance", "1"))
        network = values.get("dst-address", everything)
        kind = values.get("type", "unicast")
        if values.get("blackhole") == "true" or kind != "unicast":
            drop = {"unreachable": "reject", "prohibit": "reject"}.get(kind, "blackhole")
            found.append(StaticRoute(network, distance, blackhole=drop))
        elif "gateway" in values:
            hops = tuple(_hop(part) for part in values["gateway"].split(","))
            found.append(StaticRoute(network, distance, hops))
    return tuple(found)


def _hop(text: str) -> tuple[str | None, str | None]:
    address, _, interface = text.partition("%")
    try:
        ipaddress.ip_address(address)
    except ValueError:
        return None, address
    return address, interface or None


def require_distinct(addresses: Iterable[tuple[str, str]]) -> None:
    """Refuse two (owner, address) with the same remote address: FRR holds one session for it."""
    seen: dict[str, str] = {}
    for owner, address in addresses:
        if address in seen:
            raise Unsupported(f"two sessions with {address} ({seen[address]} and {owner})")
        seen[address] = owner


def address_list(store: Store, name: str) -> list[str]:
    """The networks of a firewall address list; ranges as the networks that they are made of."""
    found: list[str] = []
    for row in store.active("ip/firewall/address-list") if name else ():
        if row.values.get("list") != name:
            continue
        text = row.values["address"]
        first, dash, last = text.partition("-")
        try:
            if dash and first[:1].isdigit():
                low, high = ipaddress.IPv4Address(first), ipaddress.IPv4Address(last)
                found += map(str, ipaddress.summarize_address_range(low, high))
            else:
                found.append(str(ipaddress.ip_network(text)))
        except ValueError:
            raise Unsupported(f"domain name {text} in address list {name}") from None
    return found
