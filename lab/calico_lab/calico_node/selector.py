# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calico's label selectors, as used by BGPPeer nodeSelector and peerSelector.

Grammar (Calico documentation, "Selectors"): ``k == 'v'``, ``k != 'v'``, ``k in {'a', 'b'}``,
``k not in {…}``, ``k contains|starts with|ends with 'v'``, ``has(k)``, ``all()``, ``global()``,
``!``, ``&&``, ``||``, parentheses; ``&&`` binds tighter. ``!=`` and ``not in`` match a node that
lacks the label.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

Labels = Mapping[str, str]
Predicate = Callable[[Labels], bool]

_BLANK = " \t"
_NAME = r"[A-Za-z0-9_./-]+"
_TOKEN = re.compile(
    rf"""
    [{_BLANK}]*(?:
      (?P<punct>\(|\)|\{{|\}}|,|==|!=|!|&&|\|\|)
    | "(?P<double>[^"]*)"
    | '(?P<single>[^']*)'
    | (?P<word>{_NAME})
    )""",
    re.VERBOSE,
)
_OPERATOR = re.compile(
    rf"[{_BLANK}]*(?P<op>contains|starts[{_BLANK}]*with|ends[{_BLANK}]*with|not[{_BLANK}]*in|in)"
    rf"[{_BLANK}]*(?![A-Za-z0-9_./-])"
)
_HAS = re.compile(rf"[{_BLANK}]*has\([{_BLANK}]*({_NAME})[{_BLANK}]*\)")
_CALL = re.compile(rf"[{_BLANK}]*(?:all|global)\([{_BLANK}]*\)")
_BROKEN_CALL = re.compile(rf"[{_BLANK}]*(?:has|all|global)\(")

MAX_LABEL = 512


class SelectorError(Exception):
    """A selector does not parse; such a selector matches nothing."""


def matches(selector: str, labels: Labels) -> bool:
    """Whether the labels satisfy the selector; a selector that does not parse matches nothing."""
    try:
        return parse(selector)(labels)
    except SelectorError:
        return False


def parse(selector: str) -> Predicate:
    """The selector as a predicate on labels. A blank one matches everything.

    :raises SelectorError: what was expected and where.
    """
    if not selector.strip(_BLANK):
        return lambda labels: True
    parser = _Parser(selector)
    predicate = parser.alternatives()
    parser.expect_end()
    return predicate


class _Parser:
    """Recursive descent over the text; `self._at` is the position of the next token."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def alternatives(self) -> Predicate:
        terms = [self._conjunction()]
        while self._take("||"):
            terms.append(self._conjunction())
        return terms[0] if len(terms) == 1 else lambda labels: any(t(labels) for t in terms)

    def expect_end(self) -> None:
        if self._text[self._at :].strip(_BLANK):
            raise self._error("the end")

    def _conjunction(self) -> Predicate:
        terms = [self._operation()]
        while self._take("&&"):
            terms.append(self._operation())
        return terms[0] if len(terms) == 1 else lambda labels: all(t(labels) for t in terms)

    def _operation(self) -> Predicate:
        negated = False
        while self._take("!"):
            negated = not negated
        term = self._term()
        return (lambda labels: not term(labels)) if negated else term

    def _term(self) -> Predicate:
        if self._take("("):
            inner = self.alternatives()
            if not self._take(")"):
                raise self._error("')'")
            return inner
        if match := _HAS.match(self._text, self._at):
            self._at = match.end()
            label = self._checked(match[1])
            return lambda labels: label in labels
        if match := _CALL.match(self._text, self._at):
            self._at = match.end()
            return lambda labels: True
        if _BROKEN_CALL.match(self._text, self._at):
            raise self._error("a closing ')'")
        match = _TOKEN.match(self._text, self._at)
        if match is None or match["word"] is None:
            raise self._error("a label or a function")
        self._at = match.end()
        return self._comparison(self._checked(match["word"]))

    def _comparison(self, label: str) -> Predicate:
        if self._take("=="):
            wanted = self._string()
            return lambda labels: labels.get(label) == wanted
        if self._take("!="):
            unwanted = self._string()
            return lambda labels: labels.get(label) != unwanted
        match = _OPERATOR.match(self._text, self._at)
        if match is None:
            raise self._error(f"an operator after the label {label!r}")
        self._at = match.end()
        operator = "".join(match["op"].split())
        if operator == "in":
            members = self._set()
            return lambda labels: label in labels and labels[label] in members
        if operator == "notin":
            excluded = self._set()
            return lambda labels: label not in labels or labels[label] not in excluded
        part = self._string()
        if operator == "contains":
            return lambda labels: label in labels and part in labels[label]
        if operator == "startswith":
            return lambda labels: label in labels and labels[label].startswith(part)
        return lambda labels: label in labels and labels[label].endswith(part)

    def _set(self) -> frozenset[str]:
        """A set literal; a comma after the last member is allowed."""
        if not self._take("{"):
            raise self._error("'{'")
        members: list[str] = []
        while (member := self._optional_string()) is not None:
            members.append(member)
            if not self._take(","):
                break
        if not self._take("}"):
            raise self._error("'}'")
        return frozenset(members)

    def _string(self) -> str:
        text = self._optional_string()
        if text is None:
            raise self._error("a quoted string")
        return text

    def _optional_string(self) -> str | None:
        match = _TOKEN.match(self._text, self._at)
        if match is None:
            return None
        text = match["double"] if match["double"] is not None else match["single"]
        if text is not None:
            self._at = match.end()
        return text

    def _take(self, punctuation: str) -> bool:
        match = _TOKEN.match(self._text, self._at)
        if match is None or match["punct"] != punctuation:
            return False
        self._at = match.end()
        return True

    def _checked(self, label: str) -> str:
        if len(label) > MAX_LABEL:
            raise SelectorError(f"label longer than {MAX_LABEL} characters: {label[:40]}…")
        return label

    def _error(self, expected: str) -> SelectorError:
        rest = self._text[self._at :]
        return SelectorError(f"expected {expected} at {rest!r} in selector {self._text!r}")
