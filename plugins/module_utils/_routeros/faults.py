# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checking module parameters: every fault is kept, so that all are told at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from ipaddress import IPv4Address
from typing import Any


class Faults:
    """Collects what is wrong; every check returns its value or ``None``."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def add(self, where: str, found: object, expected: str) -> None:
        self.lines.append(f"{where}: found {found!r}, expected {expected}")

    def check(self, where: str, value: Any, test: Callable[[Any], Any], expected: str) -> Any:
        """Return what ``test`` makes of the value; a ValueError in it is the fault."""
        if value is None:
            return None
        try:
            return test(value)
        except ValueError:
            self.add(where, value, expected)
            return None

    def number(self, where: str, value: Any, low: int, high: int) -> Any:
        def in_range(number: int) -> int:
            if not low <= number <= high:
                raise ValueError
            return number

        return self.check(where, value, in_range, f"a number from {low} to {high}")

    def duplicates(self, where: str, values: Sequence[Any], what: str) -> None:
        for value in sorted({v for v in values if v is not None and values.count(v) > 1}):
            self.lines.append(f"{where}: {what} {value!r} is there {values.count(value)} times")


def identifier(text: str) -> str:
    """A router or cluster ID (RFC 4271 4.2, RFC 4456 7): four octets, not all zero."""
    address = IPv4Address(text)
    if not int(address):
        raise ValueError
    return str(address)


def a_name(text: str) -> str:
    if not text.strip():
        raise ValueError
    return text
