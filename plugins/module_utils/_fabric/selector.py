# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calico's selector language (``rack == 'r1' && !has(edge)``), parsed once and matched often.

Grammar as Calico's tokenizer and parser read it, loosest binding first::

    or         = and { "||" and }
    and        = term { "&&" term }
    term       = { "!" } ( "(" or ")" | "all()" | "global()" | "has(" LABEL ")" | comparison )
    comparison = LABEL ( "==" | "!=" | "contains" | "starts with" | "ends with" ) STRING
               | LABEL ( "in" | "not in" ) "{" [ STRING { "," STRING } [ "," ] ] "}"

LABEL is 1 to 512 of ``A-Za-z0-9_./-``; STRING stands in single or double quotes, without escapes;
blanks and tabs separate; words are case-sensitive. A blank selector means ``all()``.
``!=`` and ``not in`` hold for a label that is absent (libcalico-go/lib/selector).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Union

MAX_LABEL_LENGTH = 512

_LABEL = re.compile(r"[A-Za-z0-9_./-]+")
_WORD_END = r"(?![A-Za-z0-9_./-])"
_OPERATOR_WORDS = tuple(
    (word, re.compile(word.replace(" ", r"[ \t]*") + _WORD_END))
    for word in ("contains", "starts with", "ends with", "not in", "in")
)
_SYMBOLS = ("==", "!=", "&&", "||", "(", ")", "{", "}", ",", "!")
_STRING_OPERATORS = ("==", "!=", "contains", "starts with", "ends with")
_SET_OPERATORS = ("in", "not in")


class SelectorError(ValueError):
    """A selector that does not parse. Calico lets such a selector match nothing.

    Attributes: ``selector`` (the text), ``position`` (0-based), ``expected``, ``found``.
    """

    def __init__(self, selector: str, position: int, expected: str, found: str) -> None:
        self.selector = selector
        self.position = position
        self.expected = expected
        self.found = found
        super().__init__(
            f"selector {selector!r}, position {position}: expected {expected}, found {found}"
        )


@dataclass(frozen=True)
class _Everything:
    def matches(self, labels: Mapping[str, str]) -> bool:
        return True


@dataclass(frozen=True)
class _Has:
    key: str

    def matches(self, labels: Mapping[str, str]) -> bool:
        return self.key in labels


@dataclass(frozen=True)
class _Compare:
    key: str
    operator: str
    value: str

    def matches(self, labels: Mapping[str, str]) -> bool:
        found = labels.get(self.key)
        if found is None:
            return self.operator == "!="
        if self.operator == "==":
            return found == self.value
        if self.operator == "!=":
            return found != self.value
        if self.operator == "contains":
            return self.value in found
        if self.operator == "starts with":
            return found.startswith(self.value)
        return found.endswith(self.value)


@dataclass(frozen=True)
class _InSet:
    key: str
    values: frozenset[str]
    negated: bool

    def matches(self, labels: Mapping[str, str]) -> bool:
        found = labels.get(self.key)
        if found is None:
            return self.negated
        return (found in self.values) != self.negated


@dataclass(frozen=True)
class _Not:
    operand: _Expression

    def matches(self, labels: Mapping[str, str]) -> bool:
        return not self.operand.matches(labels)


@dataclass(frozen=True)
class _All:
    operands: tuple[_Expression, ...]

    def matches(self, labels: Mapping[str, str]) -> bool:
        for operand in self.operands:  # noqa: SIM110 - all() takes one more frame per level
            if not operand.matches(labels):
                return False
        return True


@dataclass(frozen=True)
class _Any:
    operands: tuple[_Expression, ...]

    def matches(self, labels: Mapping[str, str]) -> bool:
        for operand in self.operands:  # noqa: SIM110 - any() takes one more frame per level
            if operand.matches(labels):
                return True
        return False


_Expression = Union[_Everything, _Has, _Compare, _InSet, _Not, _All, _Any]


@dataclass(frozen=True)
class Selector:
    """A parsed selector.

    ``keys``: the labels it looks at, sorted. ``narrowing``: a label and the only values of it that
    can match, or None; lets an index skip most nodes.
    """

    text: str
    keys: tuple[str, ...]
    narrowing: tuple[str, frozenset[str]] | None
    _root: _Expression = field(repr=False, compare=False)

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether an object with these labels is selected."""
        return self._root.matches(labels)


class _Token(NamedTuple):
    kind: str  # a symbol or operator word, or: label, string, has, all, global, end
    value: str
    position: int

    def __str__(self) -> str:
        if self.kind == "end":
            return "the end"
        if self.kind in ("label", "string"):
            return f"{self.kind} {self.value!r}"
        return f"has({self.value})" if self.kind == "has" else repr(self.kind)


def parse_selector(text: str) -> Selector:
    """Parse a selector. Raises SelectorError with position, expected and found."""
    root = _Parser(text).parse()
    return Selector(text, tuple(sorted(_keys(root))), _narrowing(root), root)


def _tokenize(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    position = 0
    while True:
        position = _skip_blanks(text, position)
        if position == len(text):
            tokens.append(_Token("end", "", position))
            return tokens
        after_label = bool(tokens) and tokens[-1].kind == "label"
        token, position = _next_token(text, position, after_label)
        tokens.append(token)


def _next_token(text: str, position: int, after_label: bool) -> tuple[_Token, int]:
    first = text[position]
    if first in "'\"":
        end = text.find(first, position + 1)
        if end < 0:
            raise SelectorError(text, len(text), f"a closing {first}", "the end")
        return _Token("string", text[position + 1 : end], position), end + 1
    for symbol in _SYMBOLS:
        if text.startswith(symbol, position):
            return _Token(symbol, "", position), position + len(symbol)
    if first in "=&|":
        raise SelectorError(text, position, repr(first * 2), _rest(text, position))
    if after_label:
        for word, pattern in _OPERATOR_WORDS:
            match = pattern.match(text, position)
            if match:
                return _Token(word, "", position), match.end()
        raise SelectorError(text, position, "an operator after the label", _rest(text, position))
    for word in ("has", "all", "global"):
        if text.startswith(word + "(", position):
            return _function(text, position, word)
    label, end = _label(text, position)
    return _Token("label", label, position), end


def _function(text: str, position: int, word: str) -> tuple[_Token, int]:
    end = _skip_blanks(text, position + len(word) + 1)
    label = ""
    if word == "has":
        label, end = _label(text, end)
        end = _skip_blanks(text, end)
    if not text.startswith(")", end):
        raise SelectorError(text, end, f"')' after {word}({label}", _rest(text, end))
    return _Token(word, label, position), end + 1


def _label(text: str, position: int) -> tuple[str, int]:
    match = _LABEL.match(text, position)
    if not match:
        raise SelectorError(text, position, "a label or a function", _rest(text, position))
    if len(match.group()) > MAX_LABEL_LENGTH:
        raise SelectorError(
            text,
            position,
            f"a label of at most {MAX_LABEL_LENGTH} characters",
            f"one of {len(match.group())}",
        )
    return match.group(), match.end()


def _skip_blanks(text: str, position: int) -> int:
    while position < len(text) and text[position] in " \t":
        position += 1
    return position


def _rest(text: str, position: int) -> str:
    return repr(text[position : position + 20]) if position < len(text) else "the end"


@dataclass
class _Level:
    """What is open between one parenthesis and its end; the outermost level has no parenthesis."""

    negated: bool
    done: list[_Expression] = field(default_factory=list)  # operands of ||
    current: list[_Expression] = field(default_factory=list)  # operands of &&

    def close(self) -> _Expression:
        self.next_alternative()
        root = self.done[0] if len(self.done) == 1 else _Any(tuple(self.done))
        return _negate(root) if self.negated else root

    def next_alternative(self) -> None:
        self.done.append(self.current[0] if len(self.current) == 1 else _All(tuple(self.current)))
        self.current = []


class _Parser:
    """Reads tokens with its own stack: nesting is limited by the text, not by Python's stack."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = _tokenize(text)
        self._next = 0

    def parse(self) -> _Expression:
        if self._peek().kind == "end":
            return _Everything()
        levels = [_Level(negated=False)]
        while True:
            negated = self._negations()
            if self._peek().kind == "(":
                self._take()
                levels.append(_Level(negated))
                continue
            operand = self._operand()
            levels[-1].current.append(_negate(operand) if negated else operand)
            while self._peek().kind == ")" and len(levels) > 1:
                self._take()
                closed = levels.pop().close()
                levels[-1].current.append(closed)
            token = self._peek()
            if token.kind == "end" and len(levels) == 1:
                return levels[0].close()
            if token.kind == "||":
                levels[-1].next_alternative()
            elif token.kind != "&&":
                raise self._error("'&&', '||' or " + ("')'" if len(levels) > 1 else "the end"))
            self._take()

    def _negations(self) -> bool:
        negated = False
        while self._peek().kind == "!":
            self._take()
            negated = not negated
        return negated

    def _operand(self) -> _Expression:
        token = self._peek()
        if token.kind in ("all", "global"):
            self._take()
            return _Everything()
        if token.kind == "has":
            self._take()
            return _Has(token.value)
        if token.kind == "label":
            self._take()
            return self._comparison(token.value)
        raise self._error("a label, has(), all(), global(), '!' or '('")

    def _comparison(self, key: str) -> _Expression:
        operator = self._peek().kind
        if operator in _STRING_OPERATORS:
            self._take()
            return _Compare(key, operator, self._expect("string", "a quoted string").value)
        if operator in _SET_OPERATORS:
            self._take()
            return _InSet(key, self._string_set(), operator == "not in")
        raise self._error(f"an operator after the label {key!r}")

    def _string_set(self) -> frozenset[str]:
        self._expect("{", "'{'")
        values: list[str] = []
        while self._peek().kind == "string":
            values.append(self._take().value)
            if self._peek().kind != ",":
                break
            self._take()
        self._expect("}", "'}' or another quoted string")
        return frozenset(values)

    def _expect(self, kind: str, expected: str) -> _Token:
        if self._peek().kind != kind:
            raise self._error(expected)
        return self._take()

    def _peek(self) -> _Token:
        return self._tokens[self._next]

    def _take(self) -> _Token:
        token = self._tokens[self._next]
        self._next += 1
        return token

    def _error(self, expected: str) -> SelectorError:
        token = self._peek()
        return SelectorError(self._text, token.position, expected, str(token))


def _negate(expression: _Expression) -> _Expression:
    return expression.operand if isinstance(expression, _Not) else _Not(expression)


def _keys(root: _Expression) -> set[str]:
    keys: set[str] = set()
    pending: list[_Expression] = [root]
    while pending:
        expression = pending.pop()
        if isinstance(expression, (_All, _Any)):
            pending.extend(expression.operands)
        elif isinstance(expression, _Not):
            pending.append(expression.operand)
        elif not isinstance(expression, _Everything):
            keys.add(expression.key)
    return keys


def _narrowing(root: _Expression) -> tuple[str, frozenset[str]] | None:
    for operand in root.operands if isinstance(root, _All) else (root,):
        if isinstance(operand, _Compare) and operand.operator == "==":
            return operand.key, frozenset((operand.value,))
        if isinstance(operand, _InSet) and not operand.negated:
            return operand.key, operand.values
    return None
