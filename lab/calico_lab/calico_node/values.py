# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values as Calico's Go code reads them: addresses, CIDRs, ports, AS numbers, durations.

Python's own parsers differ in small ways (netmasks after the slash, IPv6 zones, octal ports), and
a lab that accepts more or less than Calico does would prove the wrong thing.
"""

from __future__ import annotations

import ipaddress
import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

Family = Literal[4, 6]
FAMILIES: tuple[Family, Family] = (4, 6)

MAX_UINT16 = 0xFFFF
MAX_UINT32 = 0xFFFFFFFF

_NANOSECONDS = {
    "ns": 1,
    "us": 10**3,
    "\u00b5s": 10**3,
    "\u03bcs": 10**3,
    "ms": 10**6,
    "s": 10**9,
    "m": 60 * 10**9,
    "h": 3600 * 10**9,
}
_DURATION_PART = re.compile(r"(\d+\.?\d*|\.\d+)(ns|us|\u00b5s|\u03bcs|ms|s|m|h)")
_CIDR = re.compile(r"([^/]+)/([0-9]{1,3})", re.ASCII)

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def parse_ip(text: str) -> Address | None:
    """An address without zone; IPv4-mapped IPv6 counts as IPv4 (Go's net.ParseIP)."""
    if "%" in text:
        return None
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def family_of(address: Address | Network) -> Family:
    """4 or 6."""
    return 4 if address.version == 4 else 6


def parse_cidr_or_ip(text: str) -> tuple[Address, Network] | None:
    """Address and its network; an address without mask is its own network."""
    match = _CIDR.fullmatch(text)
    address = parse_ip(match[1] if match else text)
    if address is None:
        return None
    length = int(match[2]) if match else address.max_prefixlen
    if length > address.max_prefixlen:
        return None
    return address, ipaddress.ip_network(f"{address}/{length}", strict=False)


def parse_as_number(text: str) -> int | None:
    """AS number, plain (`4259840100`) or dotted (`65000.100`); None if it is neither."""
    plain = _parse_decimal(text, MAX_UINT32)
    if plain is not None:
        return plain
    parts = text.split(".")
    if len(parts) != 2:
        return None
    high, low = (_parse_decimal(part, MAX_UINT16) for part in parts)
    if high is None or low is None:
        return None
    return (high << 16) + low


def as_number_of(value: object) -> int:
    """AS number of a resource's field: integer, or string as above; 0 if absent or neither."""
    if isinstance(value, bool) or value is None:
        return 0
    if isinstance(value, int):
        return value
    return parse_as_number(str(value)) or 0


def split_ip_port(text: str) -> tuple[str, int]:
    """Host and port of `IPv4:port` or `[IPv6]:port`; port 0 and the whole text if there is none."""
    host, colon, port_text = text.rpartition(":")
    if not colon:
        return text, 0
    if text.startswith("["):
        if not host.endswith("]") or "]" in host[1:-1] or "[" in host[1:]:
            return text, 0
        host = host[1:-1]
    elif ":" in host or "[" in text or "]" in text:
        return text, 0
    port = _parse_go_integer(port_text)
    if port is None or port > MAX_UINT16:
        return text, 0
    return host, port


def parse_duration_seconds(text: str) -> int | None:
    """Go duration (`1m30s`, `1.5s`) in whole seconds, halves away from zero; None if malformed."""
    sign = 1
    rest = text
    if rest[:1] in ("+", "-"):
        sign = -1 if rest[0] == "-" else 1
        rest = rest[1:]
    if rest == "0":
        return 0
    total = Decimal(0)
    position = 0
    while position < len(rest):
        match = _DURATION_PART.match(rest, position)
        if match is None:
            return None
        total += Decimal(match[1]) * _NANOSECONDS[match[2]]
        position = match.end()
    if not rest:
        return None
    seconds = (total / 10**9).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    return sign * int(seconds)


def _parse_decimal(text: str, maximum: int) -> int | None:
    if not (text.isascii() and text.isdigit()):
        return None
    number = int(text)
    return number if number <= maximum else None


def _parse_go_integer(text: str) -> int | None:
    """Unsigned integer in Go's base 0: 0x, 0b, 0o, and a leading zero means octal."""
    if text.isascii() and text.isdigit():
        if text.startswith("0") and len(text) > 1:
            text = "0o" + text[1:]
        elif not text.startswith("0"):
            return int(text)
    try:
        number = int(text, 0)
    except ValueError:
        return None
    return number if number >= 0 and text[:1] not in "+-" and text == text.strip() else None
