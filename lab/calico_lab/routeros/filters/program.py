# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A filter as a program of tests and jumps, which is how a route map can express it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Span:
    """Networks within ``network`` whose length is from ``low`` to ``high``."""

    network: str
    low: int
    high: int

    @property
    def version(self) -> int:
        return 6 if ":" in self.network else 4


@dataclass(frozen=True)
class InNetworks:
    """The destination is in any of these spans, all of one IP version."""

    spans: tuple[Span, ...]


@dataclass(frozen=True)
class HasCommunities:
    communities: tuple[str, ...]
    exact: bool = False


@dataclass(frozen=True)
class AsPath:
    expression: str


@dataclass(frozen=True)
class FromSource:
    """The route came into BGP from this source of the routing table."""

    source: str


@dataclass(frozen=True)
class Plain:
    """A match that FRR has in these very words, such as ``metric 20``."""

    words: str


Match = InNetworks | HasCommunities | AsPath | FromSource | Plain


@dataclass(frozen=True)
class Label:
    number: int


@dataclass(frozen=True)
class Mark:
    """Where a label stands."""

    label: Label


@dataclass(frozen=True)
class Test:
    """Go to ``label`` if the route matches, else on to the next operation."""

    match: Match
    label: Label


@dataclass(frozen=True)
class Goto:
    label: Label


@dataclass(frozen=True)
class Change:
    """Set attributes, in the words of a route map."""

    settings: tuple[str, ...]


@dataclass(frozen=True)
class Verdict:
    accept: bool


Operation = Mark | Test | Goto | Change | Verdict


class Program:
    """Operations under construction. Jumps go forward only."""

    def __init__(self) -> None:
        self.operations: list[Operation] = []
        self._labels = 0

    def label(self) -> Label:
        self._labels += 1
        return Label(self._labels)

    def add(self, *operations: Operation) -> None:
        self.operations.extend(operations)

    def any_of(self, matches: Iterable[Match], then: Label, otherwise: Label) -> None:
        """Go to ``then`` if any match holds, else to ``otherwise``."""
        for match in matches:
            self.add(Test(match, then))
        self.add(Goto(otherwise))


def whole(version: int, low: int = 0, high: int | None = None) -> InNetworks:
    """All networks of an IP version with lengths from ``low`` to ``high``."""
    network, longest = ("0.0.0.0/0", 32) if version == 4 else ("::/0", 128)
    return InNetworks((Span(network, low, longest if high is None else min(high, longest)),))


def from_source(program: Program, source: str) -> Program:
    """``program`` for routes that all come from ``source``: tests for a source are decided."""
    decided = Program()
    for item in program.operations:
        if isinstance(item, Test) and isinstance(item.match, FromSource):
            if item.match.source == source:
                decided.add(Goto(item.label))
        else:
            decided.add(item)
    return decided
