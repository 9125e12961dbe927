# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where two descriptions of the same sessions differ, field by field."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from tests.conformance.scenarios import FAMILIES, Records

Daemon = Mapping[str, Any]
Session = Mapping[str, Any]


class Difference(NamedTuple):
    """``session`` is empty for what belongs to the daemon."""

    node: str
    family: str
    session: str
    field: str
    expected: object
    got: object

    def __str__(self) -> str:
        where = " ".join(part for part in (self.node, self.family, self.session) if part)
        return f"{where} {self.field}: expected {self.expected!r}, got {self.got!r}"


def differences(expected: Records, got: Records) -> Iterator[Difference]:
    """All differences, nodes in the order of ``expected``."""
    for node in [*expected, *(name for name in got if name not in expected)]:
        if node not in expected or node not in got:
            yield Difference(node, "", "", "node", node in expected, node in got)
            continue
        for family in FAMILIES:
            yield from daemon_differences(node, family, expected[node][family], got[node][family])


def daemon_differences(
    node: str, family: str, expected: Daemon, got: Daemon, skip: Iterable[str] = ()
) -> Iterator[Difference]:
    """Differences of one daemon; sessions named in ``skip`` do not count."""
    for field, value in expected.items():
        if field != "sessions" and got.get(field) != value:
            yield Difference(node, family, "", field, value, got.get(field))
    skipped = set(skip)
    wanted = _by_name(session for session in expected["sessions"] if session["name"] not in skipped)
    found = _by_name(session for session in got["sessions"] if session["name"] not in skipped)
    for name in sorted({*wanted, *found}):
        if name not in wanted or name not in found:
            yield Difference(node, family, name[0], "session", name in wanted, name in found)
            continue
        for field in {**wanted[name], **found[name]}:
            values = wanted[name].get(field), found[name].get(field)
            if values[0] != values[1]:
                yield Difference(node, family, name[0], field, *values)


def _by_name(sessions: Iterable[Session]) -> dict[tuple[str, int], Session]:
    # Nodes with one address give several sessions of one name.
    found: dict[tuple[str, int], Session] = {}
    for session in sessions:
        number = 0
        while (session["name"], number) in found:
            number += 1
        found[session["name"], number] = session
    return found
