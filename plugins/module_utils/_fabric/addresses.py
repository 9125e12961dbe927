# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses as Go's ``net`` package reads and writes them: Calico compares them as strings."""

from __future__ import annotations

import ipaddress
import re
from typing import NamedTuple, Union

_Address = Union[ipaddress.IPv4Address, ipaddress.IPv6Address]


class NodeAddress(NamedTuple):
    """An address and the network it stands in, both in canonical spelling."""

    address: str
    network: str


def parse_address(text: str) -> str | None:
    """The canonical spelling of an address, or None. An IPv4-mapped IPv6 address is IPv4."""
    parsed = _parse(text)
    return None if parsed is None else str(parsed)


def parse_address_or_cidr(text: str) -> NodeAddress | None:
    """Read ``10.0.0.1/24`` or ``10.0.0.1`` (a network of one); None if it is neither."""
    host, slash, length = text.partition("/")
    parsed = _parse(host)
    if parsed is None:
        return None
    bits: int = parsed.max_prefixlen
    prefix = bits
    if slash:
        if not (length.isascii() and length.isdigit()):
            return None
        written_bits = 128 if ":" in host else 32
        if int(length) > written_bits:
            return None
        prefix = max(0, int(length) - (written_bits - bits))
    network = ipaddress.ip_network(f"{parsed}/{prefix}", strict=False)
    return NodeAddress(str(parsed), str(network))


def family_of(address: str) -> int:
    """4 or 6, for an address in canonical spelling."""
    return 6 if ":" in address else 4


def is_link_local(address: str) -> bool:
    return ipaddress.ip_address(address).is_link_local


def is_unspecified(address: str) -> bool:
    return ipaddress.ip_address(address).is_unspecified


def split_host_port(text: str) -> tuple[str, int]:
    """Split ``10.0.0.1:179`` or ``[fd00::1]:179`` into address and port; port 0 = none given.

    As confd: what cannot be split, or has a bad port, counts as an address in whole.
    """
    host, port_text = _split(text)
    port = None if port_text is None else _parse_port(port_text)
    return (text, 0) if port is None else (host, port)


def _split(text: str) -> tuple[str, str | None]:
    host, colon, port = text.rpartition(":")
    if not colon:
        return text, None
    if host.startswith("["):
        if not host.endswith("]"):
            return text, None
        host = host[1:-1]
    elif ":" in host:
        return text, None
    if "[" in host or "]" in host or "[" in port or "]" in port:
        return text, None
    return host, port


def _parse_port(text: str) -> int | None:
    if not re.fullmatch(r"[0-9][0-9A-Za-z_]*", text):
        return None
    try:
        # Go reads a leading 0 as octal, Python only 0o.
        port = int(text, 8 if re.fullmatch(r"0[0-9_]+", text) else 0)
    except ValueError:
        return None
    return port if port <= 65535 else None


def _parse(text: str) -> _Address | None:
    if "%" in text:
        return None
    try:
        parsed = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(parsed, ipaddress.IPv6Address):
        return parsed.ipv4_mapped or parsed
    # Python before 3.9.5 reads 010.0.0.1, Go does not.
    return parsed if str(parsed) == text else None
