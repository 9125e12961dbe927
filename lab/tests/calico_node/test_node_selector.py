# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calico's selectors."""

from __future__ import annotations

import pytest
from calico_lab.calico_node.selector import SelectorError, matches, parse

LABELS = {"rack": "rack-1", "route-reflector": "true", "gpu": "", "a.b/c": "it's"}


@pytest.mark.parametrize(
    "selector",
    [
        "all()",
        "global( )",
        " ",
        "rack == 'rack-1'",
        'rack=="rack-1"',
        "\track\t==\t'rack-1' ",
        "rack != 'rack-2'",
        "missing != 'x'",
        "has(rack)",
        "has( gpu )",
        "!has(missing)",
        "!!has(rack)",
        "rack in {'rack-1', 'rack-2'}",
        "rack in {'rack-1',}",
        "missing not in {'x'}",
        "missing notin {}",
        "rack contains 'ck-'",
        "rack starts with 'rack'",
        "rack startswith 'rack'",
        "rack ends  with '-1'",
        "has(missing) && has(rack) || has(gpu)",
        "has(gpu) && (has(missing) || has(rack))",
        "!(rack == 'rack-2')",
        'a.b/c == "it\'s"',
        "gpu == ''",
        "all() && !has(in)",
    ],
)
def test_matches(selector: str) -> None:
    assert matches(selector, LABELS)


@pytest.mark.parametrize(
    "selector",
    [
        "rack == 'rack-2'",
        "missing == ''",
        "missing contains ''",
        "rack in {}",
        "has(missing) || has(rack) && has(missing)",
        "!all()",
        "Rack == 'rack-1'",
    ],
)
def test_does_not_match(selector: str) -> None:
    parse(selector)
    assert not matches(selector, LABELS)


@pytest.mark.parametrize(
    "selector",
    [
        "rack = 'rack-1'",
        "rack == rack-1",
        "rack == 'rack-1",
        "rack",
        "rack 'rack-1'",
        "rack in 'rack-1'",
        "rack in {'a' 'b'}",
        "has(rack",
        "has()",
        "all() all()",
        "all(x)",
        "all() &",
        "(all()",
        "all())",
        "&& all()",
        "rack is 'x'",
        "rack == 'rack-1' #",
        "has(rack)\n",
        f"has({'x' * 513})",
    ],
)
def test_does_not_parse_and_matches_nothing(selector: str) -> None:
    with pytest.raises(SelectorError):
        parse(selector)
    assert not matches(selector, {**LABELS, "x" * 513: ""})
