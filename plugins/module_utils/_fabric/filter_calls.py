# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which BGPFilter functions a session calls, in order."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import NamedTuple

from .calico_objects import BgpFilter

# BIRD's symbols have at most 64 characters; "bgp_" and "_importFilterV4" surround the name.
_LONGEST_NAME = 64 - len("bgp__importFilterV4")
_HASH_LENGTH = 16


class FilterCalls(NamedTuple):
    import_filters: tuple[str, ...]
    export_filters: tuple[str, ...]


NO_FILTERS = FilterCalls((), ())


def bird_filter_name(name: str) -> str:
    """A BGPFilter's name in BIRD; a long one is cut and ends in a piece of its SHA-256."""
    data = name.encode()
    if len(data) <= _LONGEST_NAME:
        return name
    digest = hashlib.sha256(data).hexdigest().upper()[:_HASH_LENGTH]
    return data[: _LONGEST_NAME - _HASH_LENGTH - 1].decode("utf-8", "ignore") + "_" + digest


class FilterTable:
    """Resolves a BGPPeer's ``filters``: filters that do not exist, or have no rule for the family
    and direction, are passed over; duplicates stay."""

    def __init__(self, filters: Iterable[BgpFilter]) -> None:
        self._filters = {bgp_filter.name: bgp_filter for bgp_filter in filters}
        self._known: dict[tuple[tuple[str, ...], int], FilterCalls] = {}

    def calls(self, names: tuple[str, ...], family: int) -> FilterCalls:
        if not names:
            return NO_FILTERS
        found = self._known.get((names, family))
        if found is None:
            found = self._known[(names, family)] = FilterCalls(
                self._called(names, "import", family), self._called(names, "export", family)
            )
        return found

    def _called(self, names: tuple[str, ...], direction: str, family: int) -> tuple[str, ...]:
        return tuple(
            bird_filter_name(name)
            for name in names
            if name in self._filters and self._filters[name].rules(direction, family)
        )
