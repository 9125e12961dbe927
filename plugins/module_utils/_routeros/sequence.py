# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From one ordered list to another with few changes, none of which moves an item."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

Old = TypeVar("Old")
New = TypeVar("New")


def align(
    old: Sequence[Old],
    new: Sequence[New],
    same: Callable[[Old, New], bool],
    changeable: Callable[[Old, New], bool],
) -> dict[int, int]:
    """Return which old item each new one (by position) becomes of; the others are to be added.

    Positions rise on both sides. As many items as possible stay as they are (``same``); between
    those, items are paired in order where the old one can be changed into the new one.
    """
    kept = _longest_common(old, new, same)
    pairs = dict(kept)
    fences = [(-1, -1), *kept, (len(new), len(old))]
    for (new_before, old_before), (new_after, old_after) in zip(fences, fences[1:]):
        position = old_before + 1
        for place in range(new_before + 1, new_after):
            candidate = position
            while candidate < old_after and not changeable(old[candidate], new[place]):
                candidate += 1
            if candidate < old_after:
                pairs[place] = candidate
                position = candidate + 1
    return pairs


def _longest_common(
    old: Sequence[Old], new: Sequence[New], same: Callable[[Old, New], bool]
) -> list[tuple[int, int]]:
    """Return the longest common subsequence as pairs of positions, new and old."""
    equal = [[same(item, wish) for item in old] for wish in new]
    longest = [[0] * (len(old) + 1) for _row in range(len(new) + 1)]
    for i in range(len(new) - 1, -1, -1):
        for j in range(len(old) - 1, -1, -1):
            longest[i][j] = (
                longest[i + 1][j + 1] + 1
                if equal[i][j]
                else max(longest[i + 1][j], longest[i][j + 1])
            )
    pairs, i, j = [], 0, 0
    while i < len(new) and j < len(old):
        if equal[i][j]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif longest[i + 1][j] >= longest[i][j + 1]:
            i += 1
        else:
            j += 1
    return pairs
