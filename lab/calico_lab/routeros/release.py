# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""RouterOS releases, and spans of releases in which a fact holds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, total_ordering

_FORM = re.compile(r"(\d+)\.(\d+)(?:\.(\d+))?(?:(alpha|beta|rc)\d+)?")


@total_ordering
@dataclass(frozen=True)
class Release:
    """A RouterOS release such as ``6.49``, ``7.18.2`` or ``7.20rc1``.

    A pre-release counts as the release it leads to: its menus are those of that release.
    """

    text: str
    number: tuple[int, int, int]

    @classmethod
    def parse(cls, text: str) -> Release:
        """Read a release as RouterOS writes it; ValueError for anything else or before 6.0."""
        form = _FORM.fullmatch(text)
        if not form or int(form[1]) not in (6, 7):
            raise ValueError(
                f"RouterOS release {text!r}: expected 6.x or 7.x, such as 6.49 or 7.18.2"
            )
        return cls(text, (int(form[1]), int(form[2]), int(form[3] or 0)))

    def __lt__(self, other: Release) -> bool:
        return self.number < other.number

    def __str__(self) -> str:
        return self.text

    @property
    def major(self) -> int:
        return self.number[0]

    def within(self, span: str) -> bool:
        """Whether this release is in ``span``: blank-separated half-open ranges ``from..until``.

        ``7.19..`` is 7.19 and later, ``..7.19`` is before 7.19, and the empty span is always.
        """
        return not span or any(self._within_range(part) for part in span.split())

    def _within_range(self, part: str) -> bool:
        first, until = part.split("..")
        return (not first or _number(first) <= self.number) and (
            not until or self.number < _number(until)
        )


@cache
def _number(text: str) -> tuple[int, int, int]:
    return Release.parse(text).number
