# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prefixes as numbers: containment is tested often, and ``ipaddress`` is slow at it."""

from __future__ import annotations

import socket
from typing import NamedTuple


class Prefix(NamedTuple):
    """A network: family 4 or 6, its first address as a number, its length in bits."""

    family: int
    value: int
    length: int

    @property
    def bits(self) -> int:
        """Length of an address of the family: 32 or 128."""
        return 32 if self.family == 4 else 128

    def inside(self, network: Prefix) -> bool:
        """Whether ``network`` covers this prefix, or is this prefix (``net ~ network`` of BIRD)."""
        if self.family != network.family or self.length < network.length:
            return False
        shift = self.bits - network.length
        return self.value >> shift == network.value >> shift


def parse_prefix(text: str) -> Prefix:
    """Read ``10.20.0.0/26``, ``fd00::/122`` or a plain address (its own host prefix).

    Host bits are cleared. Raises ValueError.
    """
    address, slash, length_text = text.partition("/")
    value, family = address_number(address)
    bits = 32 if family == 4 else 128
    if slash and not (length_text.isascii() and length_text.isdigit()):
        raise ValueError(f"expected a prefix such as 10.20.0.0/26, found {text!r}")
    length = int(length_text) if slash else bits
    if length > bits:
        raise ValueError(f"expected a length of at most {bits} bits, found {text!r}")
    return Prefix(family, value >> (bits - length) << (bits - length), length)


def address_number(address: str) -> tuple[int, int]:
    """An address as a number, and its family. Raises ValueError."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        packed = socket.inet_pton(family, address)
    except OSError:
        raise ValueError(f"expected an IPv4 or IPv6 address, found {address!r}") from None
    return int.from_bytes(packed, "big"), 4 if family == socket.AF_INET else 6
