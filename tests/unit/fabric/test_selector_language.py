# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Callable

import pytest
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.selector import (
    SelectorError,
    parse_selector,
)
from hypothesis import given
from hypothesis import strategies as st

LABELS = {"rack": "r1", "zone": "east-1", "gpu": "", "a/b.c-d": "x", "quoted": "it's"}


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ("", True),
        (" \t", True),
        ("all()", True),
        ("all( )", True),
        ("global()", True),
        ("!all()", False),
        ("rack == 'r1'", True),
        ('rack=="r1"', True),
        ("rack != 'r1'", False),
        ("absent != 'r1'", True),
        ("absent == ''", False),
        ("gpu == ''", True),
        ("has(gpu)", True),
        ("has( gpu )", True),
        ("has(absent)", False),
        ("!has(absent)", True),
        ("!!has(absent)", False),
        ("! ! !has(absent)", True),
        ("rack in {'r1', 'r2'}", True),
        ("rack in {'r1',}", True),
        ("rack in {}", False),
        ("rack not in {}", True),
        ("rack notin {'r1'}", False),
        ("absent not in {'r1'}", True),
        ("absent in {''}", False),
        ("zone contains 'st'", True),
        ("zone starts with 'east'", True),
        ("zone startswith 'west'", False),
        ("zone ends with '1'", True),
        ("absent ends with ''", False),
        ("a/b.c-d == 'x'", True),
        ('quoted == "it\'s"', True),
        ("rack == 'r2' || zone == 'east-1' && has(gpu)", True),
        ("(rack == 'r2' || zone == 'east-1') && has(absent)", False),
        ("rack == 'r1' || has(absent) && has(absent)", True),
        ("!(rack == 'r1' && has(absent))", True),
        ("!rack == 'r1'", False),
        ("Rack == 'r1'", False),
        ("all == 'x' || has == 'x' || in == 'x'", False),
    ],
)
def test_matches(selector: str, expected: bool) -> None:
    assert parse_selector(selector).matches(LABELS) is expected


@pytest.mark.parametrize(
    ("selector", "position", "expected", "found"),
    [
        ("rack = 'r1'", 5, "'=='", "\"= 'r1'\""),
        ("rack == r1", 8, "a quoted string", "label 'r1'"),
        ("rack == 'r1", 11, "a closing '", "the end"),
        ("rack", 4, "an operator after the label 'rack'", "the end"),
        ("rack is 'r1'", 5, "an operator after the label", "\"is 'r1'\""),
        ("rack inside 'r1'", 5, "an operator after the label", "\"inside 'r1'\""),
        ("rack in ['r1']", 8, "a label or a function", "\"['r1']\""),
        ("rack in {'r1' 'r2'}", 14, "'}' or another quoted string", "string 'r2'"),
        ("(has(rack)", 10, "'&&', '||' or ')'", "the end"),
        ("has(rack))", 9, "'&&', '||' or the end", "')'"),
        ("has(rack) has(zone)", 10, "'&&', '||' or the end", "has(zone)"),
        ("has(rack) &&", 12, "a label, has(), all(), global(), '!' or '('", "the end"),
        ("has()", 4, "a label or a function", "')'"),
        ("has(rack zone)", 9, "')' after has(rack", "'zone)'"),
        ("has (rack)", 4, "an operator after the label 'has'", "'('"),
        ("all(rack)", 4, "')' after all(", "'rack)'"),
        ("rack & zone", 5, "'&&'", "'& zone'"),
        ("'rack' == 'r1'", 0, "a label, has(), all(), global(), '!' or '('", "string 'rack'"),
        ("rack == 'r1'\n", 12, "a label or a function", "'\\n'"),
        ("()", 1, "a label, has(), all(), global(), '!' or '('", "')'"),
    ],
)
def test_says_what_is_wrong(selector: str, position: int, expected: str, found: str) -> None:
    with pytest.raises(SelectorError) as error:
        parse_selector(selector)
    assert (error.value.position, error.value.expected, error.value.found) == (
        position,
        expected,
        found,
    )
    assert f"position {position}: expected {expected}, found {found}" in str(error.value)


def test_label_length() -> None:
    assert parse_selector(f"has({'a' * 512})").matches({"a" * 512: ""})
    with pytest.raises(SelectorError, match="at most 512"):
        parse_selector(f"has({'a' * 513})")


def test_nesting_as_deep_as_the_api_stores() -> None:
    deep = "(a!=''||(a==''&&" * 220 + "has(b)" + "))" * 220
    assert len(deep) <= 4096
    assert parse_selector(deep).matches({"a": "", "b": ""})
    assert not parse_selector(deep).matches({"a": ""})
    assert parse_selector("(" * 2000 + "all()" + ")" * 2000).matches({})


@pytest.mark.parametrize(
    ("selector", "narrowing"),
    [
        ("rack == 'r1' && has(gpu)", ("rack", frozenset({"r1"}))),
        ("has(gpu) && rack in {'r1', 'r2'}", ("rack", frozenset({"r1", "r2"}))),
        ("rack == 'r1' || has(gpu)", None),
        ("!rack == 'r1'", None),
    ],
)
def test_narrowing(selector: str, narrowing: object) -> None:
    assert parse_selector(selector).narrowing == narrowing


Says = Callable[[dict[str, str]], bool]

_NAMES = st.sampled_from(["a", "b", "in", "all"])
_VALUES = st.sampled_from(["", "x", "xy"])
_LABEL_SETS = st.dictionaries(_NAMES, _VALUES)


@st.composite
def _expressions(draw: st.DrawFn, depth: int = 3) -> tuple[str, Says]:
    """A selector's text and a Python function that says the same."""
    shape = draw(st.sampled_from(["has", "==", "in", "contains"] + ["!", "&&", "||"] * (depth > 0)))
    if shape == "!":
        text, says = draw(_expressions(depth=depth - 1))
        return f"!({text})", lambda labels: not says(labels)
    if shape in ("&&", "||"):
        left, says_left = draw(_expressions(depth=depth - 1))
        right, says_right = draw(_expressions(depth=depth - 1))
        if shape == "&&":
            return f"({left}) && ({right})", lambda ls: says_left(ls) and says_right(ls)
        return f"({left}) || ({right})", lambda ls: says_left(ls) or says_right(ls)
    name, value = draw(_NAMES), draw(_VALUES)
    if shape == "has":
        return f"has({name})", lambda labels: name in labels
    if shape == "==":
        return f"{name}=='{value}'", lambda labels: labels.get(name) == value
    if shape == "in":
        return f"{name} in {{'{value}'}}", lambda labels: labels.get(name) == value
    return f"{name} contains '{value}'", lambda labels: value in labels.get(name, "\n")[:2]


@given(_expressions(), _LABEL_SETS)
def test_means_what_python_means(expression: tuple[str, Says], labels: dict[str, str]) -> None:
    text, says = expression
    if "contains ''" in text:
        return  # '' is in every text, also in the one that stands for "absent" above
    assert parse_selector(text).matches(labels) is says(labels)


@given(st.text(alphabet="ab(){}!=&|', \tinhs()", max_size=30))
def test_any_text_parses_or_says_why(text: str) -> None:
    position = 0
    try:
        parse_selector(text).matches({"a": "b"})
    except SelectorError as error:
        position = error.position
    assert 0 <= position <= len(text)
