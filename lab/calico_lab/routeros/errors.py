# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a RouterOS answers instead of a result."""

from __future__ import annotations

MISSING = 0
ARGUMENT = 1
INTERRUPTED = 2


class Trap(Exception):
    """A ``!trap`` answer: one or more (category or None, message) pairs.

    Clients accept no other attribute in a trap than ``category`` and ``message``.
    """

    def __init__(self, message: str, category: int | None = None) -> None:
        super().__init__(message)
        self.parts: list[tuple[int | None, str]] = [(category, message)]

    def also(self, message: str, category: int | None = None) -> Trap:
        """Add a further ``!trap`` to the same answer."""
        self.parts.append((category, message))
        return self


class Fatal(Exception):
    """A ``!fatal`` answer, after which the router closes the connection."""


class Unsupported(Trap):
    """The release can do this, but the lab cannot translate it for FRR."""

    def __init__(self, what: str) -> None:
        super().__init__(f"not supported by the lab: {what}")


def no_match(argument: str) -> Trap:
    return Trap(f"input does not match any value of {argument}", ARGUMENT)


def invalid_value(argument: str) -> Trap:
    return Trap(f"invalid value for argument {argument}", ARGUMENT)


def unknown_parameter(argument: str) -> Trap:
    return Trap(f"unknown parameter {argument}")


def missing(argument: str) -> Trap:
    return Trap(f"missing ={argument}=")


def no_permission() -> Trap:
    return Trap("not enough permissions (9)")
