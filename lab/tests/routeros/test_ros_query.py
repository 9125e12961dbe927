# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from calico_lab.routeros.errors import Trap
from calico_lab.routeros.query import matches

ROWS = {
    "a": {"name": "a", "distance": "200", "bgp": "true"},
    "b": {"name": "b", "distance": "20", "bgp": "true", "comment": "x"},
    "c": {"name": "c", "distance": "1", "static": "true"},
}

CASES = [
    ([], "abc"),
    (["bgp"], "ab"),
    (["-bgp"], "c"),
    (["bgp=true"], "ab"),
    (["bgp=yes"], "ab"),
    (["=bgp=true"], "ab"),
    (["bgp=false"], ""),
    (["<distance=100"], "bc"),
    ([">distance=19"], "ab"),
    (["name=a", "name=c", "#|"], "ac"),
    (["bgp", "comment", "#&"], "b"),
    (["name=a", "#!"], "bc"),
    (["name=a", "name=b", "name=c", "#||"], "abc"),
    (["bgp", "<distance=100"], "b"),
    # An index alone leaves only that value, one before a further operation copies it.
    (["name=a", "bgp", "#1"], "a"),
    (["name=a", "#0!&"], ""),
    (["name=a", "#..||"], "a"),
    # The stack holds endless trues.
    (["#&"], "abc"),
    (["#!"], ""),
]


@pytest.mark.parametrize(("words", "expected"), CASES)
def test_queries_select_rows(words: list[str], expected: str) -> None:
    assert "".join(name for name, row in ROWS.items() if matches(row, words)) == expected


def test_an_unknown_operation_is_refused() -> None:
    with pytest.raises(Trap):
        matches(ROWS["a"], ["#^"])
