# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values of RouterOS properties: one normal form per kind, whatever a release prints.

The normal form of a property that is not set is ``None``. Two values mean the same if their normal
forms are equal: ``3m`` and ``180s``, ``yes`` and ``true``, ``192.168.0.15/32`` (printed up to 7.18)
and ``192.168.0.15``, ``ip,ipv6`` and ``ipv6,ip``.
"""

from __future__ import annotations

import enum
import re
from ipaddress import ip_address, ip_interface, ip_network
from typing import Union

_UNITS = {"w": 604800.0, "d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6}
_PART = re.compile(r"(\d+)(ms|us|w|d|h|m|s)", re.ASCII)
_CLOCK = re.compile(r"(?:(\d+)w)?(?:(\d+)d)?(\d+):(\d{2}):(\d{2})(?:\.\d+)?", re.ASCII)

#: Of RouterOS 7's filter language.
_SIGNS = re.compile(r"\s*([(){};<>=!&|]+)\s*")
_NEEDLESS = re.compile(r";+(?=\}|$)|(?<=[{};]);+")
_OPERATORS = re.compile(r"&&|\|\||[=!<>]=|[<>]")


class Secret:
    """A text that never shows itself: neither in ``str`` nor ``repr`` nor a returned value."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text, for the wire only."""
        return self._text

    @property
    def hidden(self) -> bool:
        """Whether the router hid the text (asterisks in its place)."""
        return bool(self._text) and not self._text.strip("*")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __repr__(self) -> str:
        return "Secret(...)"

    __str__ = __repr__


Value = Union[None, bool, int, str, tuple[str, ...], Secret]


class Kind(enum.Enum):
    """How the text of a property is read and written."""

    TEXT = "text"
    FLAG = "flag"
    NUMBER = "number"
    DURATION = "duration"  # whole seconds, or "infinity"
    ADDRESS = "address"  # host address, or the name of an interface or router ID
    INTERFACE_ADDRESS = "interface address"  # address/prefix length
    PREFIX = "prefix"  # network/prefix length
    NAMES = "names"  # order means nothing
    SEQUENCE = "sequence"  # order counts
    RANGE = "range"  # a number, or two with a dash
    RULE = "rule"  # text of RouterOS 7's filter language; blanks mean nothing
    SECRET = "secret"


def parse_duration(text: str) -> float:
    """Return the seconds of a RouterOS time such as ``1w2d3h4m5s6ms``, ``1d00:00:05`` or ``90``.

    Raises ValueError if it is none.
    """
    text = text.strip()
    if text.isascii() and text.isdigit():
        return float(text)
    clock = _CLOCK.fullmatch(text)
    if clock:
        weeks, days, hours, minutes, seconds = (int(part or 0) for part in clock.groups())
        return float(((weeks * 7 + days) * 24 + hours) * 3600 + minutes * 60 + seconds)
    parts = _PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError(f"{text!r} is no time such as 90s, 3m or 1h30m")
    return sum(int(number) * _UNITS[unit] for number, unit in parts)


def duration_text(seconds: int) -> str:
    """Return seconds as RouterOS prints them: 180 is ``3m``, 90 is ``1m30s``."""
    text, rest = "", seconds
    for unit in ("w", "d", "h", "m", "s"):
        count, rest = divmod(rest, int(_UNITS[unit]))
        text += f"{count}{unit}" if count else ""
    return text or "0s"


def _read_address(text: str) -> str:
    host, _slash, length = text.partition("/")
    try:
        address = ip_address(host)
    except ValueError:
        return text
    return str(address) if length in ("", str(address.max_prefixlen)) else f"{address}/{length}"


def _read_interface_address(text: str) -> str:
    try:
        return str(ip_interface(text))
    except ValueError:
        return text


def _read_prefix(text: str) -> str:
    try:
        return str(ip_network(text, strict=False))
    except ValueError:
        return text


def _read_duration(text: str) -> Value:
    try:
        return int(parse_duration(text))
    except ValueError:
        return text


def _read_range(text: str) -> str:
    low, dash, high = text.partition("-")
    return low if dash and low == high else text


def _read_rule(text: str) -> str:
    """Return a rule in one spelling, whatever its blanks and needless semicolons."""
    text = _SIGNS.sub(r"\1", " ".join(text.split()))
    text = _NEEDLESS.sub("", text)
    text = _OPERATORS.sub(r" \g<0> ", text)
    text = text.replace("if(", "if (").replace("{", " { ").replace("}", " } ").replace(";", "; ")
    return " ".join(text.split())


def read(kind: Kind, text: str | None) -> Value:
    """Return the normal form of what the router printed.

    A value that is not of its kind stays as it was printed, so that a release with a new word
    differs from every wish instead of breaking the run.
    """
    if text is None or (text == "" and kind is not Kind.FLAG):
        return None
    if kind is Kind.FLAG:
        # A flag such as ``ebgp`` is printed with an empty value when it holds.
        return text in ("yes", "true", "")
    if kind is Kind.NUMBER:
        return int(text) if text.isascii() and text.isdigit() else text
    if kind is Kind.NAMES:
        return tuple(sorted({part for part in text.split(",") if part})) or None
    if kind is Kind.SEQUENCE:
        return tuple(part for part in text.split(",") if part) or None
    if kind is Kind.SECRET:
        return Secret(text)
    readers = {
        Kind.DURATION: _read_duration,
        Kind.ADDRESS: _read_address,
        Kind.INTERFACE_ADDRESS: _read_interface_address,
        Kind.PREFIX: _read_prefix,
        Kind.RANGE: _read_range,
        Kind.RULE: _read_rule,
    }
    return readers[kind](text) if kind in readers else text


def write(kind: Kind, value: Value) -> str:
    """Return a value as the API takes it; an unset value is the empty string."""
    if value is None:
        return ""
    if isinstance(value, Secret):
        return value.reveal()
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ",".join(value)
    if isinstance(value, int):
        return duration_text(value) if kind is Kind.DURATION else str(value)
    return value
