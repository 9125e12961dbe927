# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kinds of argument values: how a release reads them, and the one form in which it stores them."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from calico_lab.routeros.errors import ARGUMENT, Trap, invalid_value, no_match
from calico_lab.routeros.release import Release

_UNITS = {"w": 604800_000, "d": 86400_000, "h": 3600_000, "m": 60_000, "s": 1000, "ms": 1}
_TIME = re.compile(r"(\d+)(ms|[wdhms])")
_FRACTION = re.compile(r"(\d+\.\d{1,3})s?")
_CLOCK = re.compile(r"(?:(\d+)d)?(\d+):(\d\d)(?::(\d\d))?")
_DOMAIN = re.compile(r"(?=.{1,253}$)([A-Za-z0-9_][A-Za-z0-9_-]*\.)+[A-Za-z][A-Za-z0-9-]*")


class Names(Protocol):
    """What a value may refer to on this router."""

    @property
    def release(self) -> Release: ...

    def names(self, menu: str, attribute: str) -> Sequence[str]:
        """The values of ``attribute`` of a menu's rows."""

    def interfaces(self) -> Sequence[str]:
        """The names of the router's interfaces."""


class Kind(Protocol):
    """Reads one value of an argument."""

    def parse(self, argument: str, text: str, known: Names) -> str:
        """The stored form of ``text``; Trap in the release's words when it is no such value."""


@dataclass(frozen=True)
class Text:
    longest: int = 0

    def parse(self, argument: str, text: str, known: Names) -> str:
        if self.longest and len(text) > self.longest:
            raise invalid_value(argument)
        return text


@dataclass(frozen=True)
class Flag:
    """yes or no; with ``bare`` the argument's mere presence means yes."""

    bare: bool = False

    def parse(self, argument: str, text: str, known: Names) -> str:
        if text in ("yes", "true") or (self.bare and not text):
            return "true"
        if text in ("no", "false"):
            return "false"
        raise invalid_value(argument)


@dataclass(frozen=True)
class Choice:
    """One of some words, which may be shortened as long as only one fits.

    ``words`` are ``word`` or ``word@span`` for words that only some releases have.
    """

    words: tuple[str, ...]
    many: bool = False
    other: Kind | None = None

    def parse(self, argument: str, text: str, known: Names) -> str:
        offered = self.offered(known.release)
        if not self.many:
            return self._one(argument, text, offered, known)
        parts = [self._one(argument, part, offered, known) for part in text.split(",") if part]
        if text and not parts:
            raise no_match(argument)
        return ",".join(dict.fromkeys(parts))

    def offered(self, release: Release) -> list[str]:
        split = (word.partition("@") for word in self.words)
        return [word for word, _, span in split if release.within(span)]

    def _one(self, argument: str, text: str, offered: list[str], known: Names) -> str:
        if text in offered:
            return text
        if self.other:
            return self.other.parse(argument, text, known)
        return _abbreviated(argument, text, offered)


@dataclass(frozen=True)
class Number:
    low: int = 0
    high: int = 4294967295

    def parse(self, argument: str, text: str, known: Names) -> str:
        if not re.fullmatch(r"\d{1,20}", text) or not self.low <= int(text) <= self.high:
            raise invalid_value(argument)
        return str(int(text))


@dataclass(frozen=True)
class NumberRange:
    """``N`` or ``N-M``."""

    high: int = 4294967295
    listed: bool = False

    def parse(self, argument: str, text: str, known: Names) -> str:
        parts = text.split(",") if self.listed else [text]
        for part in parts:
            form = re.fullmatch(r"(\d{1,10})(?:-(\d{1,10}))?", part)
            if not form or not int(form[1]) <= int(form[2] or form[1]) <= self.high:
                raise invalid_value(argument)
        return text


@dataclass(frozen=True)
class Time:
    """A time, stored in RouterOS's own form (``3m``, ``1m30s``); bounds are seconds."""

    low: float = 0
    high: float = 1e9

    def parse(self, argument: str, text: str, known: Names) -> str:
        span = milliseconds(text)
        if span is None or not self.low * 1000 <= span <= self.high * 1000:
            raise invalid_value(argument)
        return time_text(span)


@dataclass(frozen=True)
class Fraction:
    """A time in seconds with a fraction, as RouterOS 6 has it for BFD (``0.2s``)."""

    low: float
    high: float

    def parse(self, argument: str, text: str, known: Names) -> str:
        span = milliseconds(text)
        if span is None or not self.low * 1000 <= span <= self.high * 1000:
            raise invalid_value(argument)
        return fraction_text(span)


@dataclass(frozen=True)
class Address:
    """An IP address of the given versions, or an interface's name when ``interface`` is set."""

    versions: tuple[int, ...] = (4,)
    interface: bool = False

    def parse(self, argument: str, text: str, known: Names) -> str:
        if self.interface and text in known.interfaces():
            return text
        try:
            found = ipaddress.ip_address(text)
        except ValueError:
            raise invalid_value(argument) from None
        if found.version not in self.versions:
            raise invalid_value(argument)
        return str(found)


@dataclass(frozen=True)
class Prefix:
    """A network; host bits are cleared unless ``keep_host``, a lone address gets its full length.

    ``short``: a network of one address is stored without its length. ``interface``: the name of
    an interface is taken as well.
    """

    versions: tuple[int, ...] = (4,)
    keep_host: bool = False
    short: bool = False
    listed: bool = False
    interface: bool = False

    def parse(self, argument: str, text: str, known: Names) -> str:
        if self.interface and text in known.interfaces():
            return text
        parts = text.split(",") if self.listed else [text]
        return ",".join(self._one(argument, part) for part in parts)

    def _one(self, argument: str, text: str) -> str:
        try:
            found = ipaddress.ip_interface(text)
        except ValueError:
            raise invalid_value(argument) from None
        if found.version not in self.versions:
            raise invalid_value(argument)
        if self.short and found.network.prefixlen == found.network.max_prefixlen:
            return str(found.ip)
        return str(found) if self.keep_host else str(found.network)


@dataclass(frozen=True)
class Reference:
    """The name of a row elsewhere, or one of ``words``, or a value of ``other``."""

    menu: str
    attribute: str = "name"
    words: tuple[str, ...] = ()
    many: bool = False
    other: Kind | None = None

    def parse(self, argument: str, text: str, known: Names) -> str:
        parts = text.split(",") if self.many else [text]
        return ",".join(self._one(argument, part, known) for part in parts)

    def _one(self, argument: str, text: str, known: Names) -> str:
        offered = [*self.words, *known.names(self.menu, self.attribute)]
        if text in offered:
            return text
        if self.other:
            return self.other.parse(argument, text, known)
        return _abbreviated(argument, text, offered)


@dataclass(frozen=True)
class Interface:
    words: tuple[str, ...] = ()
    many: bool = False

    def parse(self, argument: str, text: str, known: Names) -> str:
        parts = text.split(",") if self.many else [text]
        for part in parts:
            if part not in self.words and part not in known.interfaces():
                raise no_match(argument)
        return text


@dataclass(frozen=True)
class Gateway:
    """Next hops of a route: addresses, ``address%interface`` or interfaces, comma-separated."""

    version: int = 4

    def parse(self, argument: str, text: str, known: Names) -> str:
        for part in text.split(","):
            address, _, interface = part.partition("%")
            if interface and interface not in known.interfaces():
                raise invalid_value(argument)
            if not interface and address in known.interfaces():
                continue
            try:
                found = ipaddress.ip_address(address)
            except ValueError:
                raise invalid_value(argument) from None
            if found.version != self.version:
                raise invalid_value(argument)
        return text


@dataclass(frozen=True)
class AddressRange:
    """An entry of a firewall address list: address, network, range, or a domain name."""

    def parse(self, argument: str, text: str, known: Names) -> str:
        first, dash, last = text.partition("-")
        try:
            if dash and last[:1].isdigit():
                low, high = ipaddress.IPv4Address(first), ipaddress.IPv4Address(last)
                if low > high:
                    raise invalid_value(argument)
                return f"{low}-{high}"
            return Prefix(short=True).parse(argument, text, known)
        except (ValueError, Trap):
            if _DOMAIN.fullmatch(text):
                return text
            raise invalid_value(argument) from None


def milliseconds(text: str) -> int | None:
    """The milliseconds of a time such as ``3m``, ``180``, ``180s``, ``0.2s`` or ``00:03:00``."""
    if text.isdigit():
        return int(text) * 1000
    fraction = _FRACTION.fullmatch(text)
    if fraction:
        return round(float(fraction[1]) * 1000)
    clock = _CLOCK.fullmatch(text)
    if clock:
        days, hours, minutes, seconds = (int(part or 0) for part in clock.groups())
        return (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000
    parts = _TIME.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return None
    return sum(int(number) * _UNITS[unit] for number, unit in parts)


def time_text(span: int) -> str:
    """RouterOS's form of ``span`` milliseconds: ``1w2d3h4m5s6ms``, zero parts left out."""
    text = ""
    for unit, size in _UNITS.items():
        count, span = divmod(span, size)
        if count:
            text += f"{count}{unit}"
    return text or "0s"


def fraction_text(span: int) -> str:
    """RouterOS 6's form of ``span`` milliseconds where it counts in fractions of a second."""
    return f"{span / 1000:g}s"


def seconds(text: str) -> int:
    """The whole seconds of a stored time."""
    return (milliseconds(text) or 0) // 1000


def _abbreviated(argument: str, text: str, offered: Sequence[str]) -> str:
    fitting = [word for word in offered if text and word.startswith(text)]
    if len(fitting) > 1:
        raise Trap(
            f"ambiguous value of {argument}, more than one possible value matches input", ARGUMENT
        )
    if not fitting:
        raise no_match(argument)
    return fitting[0]
