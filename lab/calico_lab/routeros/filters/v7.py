# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""RouterOS 7's filter rules: ``if (dst in 10.20.0.0/16 && dst-len in 16-32) { accept }``."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from calico_lab.routeros.errors import Unsupported
from calico_lab.routeros.filters.program import (
    Change,
    FromSource,
    Goto,
    HasCommunities,
    InNetworks,
    Label,
    Mark,
    Match,
    Plain,
    Program,
    Span,
    Verdict,
    whole,
)
from calico_lab.routeros.store import Store

_TOKEN = re.compile(r'\s*(?:("[^"]*")|(&&|\|\||==|!=|<=|>=|[(){};<>!])|([^\s(){};<>!&|="]+))')
_COMPARISONS = {"==", "!=", "<", ">", "<=", ">="}
_WORD_OPERATORS = {"in", "equal", "includes", "any", "subset", "equal-list", "includes-list"}
_WORD_OPERATORS |= {"any-list", "subset-list", "any-regexp", "find"}
_STARTERS = ("if", "accept", "reject", "return", "jump", "unset", "set", "append", "filter")
_ACTIONS = frozenset({*_STARTERS, "delete", "rpki-verify"}) - {"if"}
_PROPERTIES = frozenset(
    {
        "active",
        "afi",
        "append",
        "chain",
        "comment",
        "distance",
        "dst",
        "dst-len",
        "gw",
        "gw-check",
        "gw-interface",
        "pref-src",
        "protocol",
        "rpki",
        "rtab",
        "scope",
        "scope-target",
        "suppress-hw-offload",
        "use-te-nexthop",
        "vrf",
    }
    | {
        "bgp-as-path",
        "bgp-as-path-peer-prepend",
        "bgp-as-path-slow",
        "bgp-atomic-aggregate",
        "bgp-cluster-list",
        "bgp-communities",
        "bgp-ext-communities",
        "bgp-igp-metric",
        "bgp-input-local-addr",
        "bgp-input-local-as",
        "bgp-input-remote-addr",
        "bgp-input-remote-as",
        "bgp-large-communities",
        "bgp-local-pref",
        "bgp-med",
        "bgp-network",
        "bgp-nexthop",
        "bgp-origin",
        "bgp-originator-id",
        "bgp-out-med",
        "bgp-out-nexthop",
        "bgp-output-local-addr",
        "bgp-output-local-as",
        "bgp-output-remote-addr",
        "bgp-output-remote-as",
        "bgp-path-len",
        "bgp-path-peer-prepend",
        "bgp-path-prepend",
        "bgp-weight",
    }
    | {
        "ospf-dn",
        "ospf-ext-metric",
        "ospf-ext-tag",
        "ospf-ext-type",
        "ospf-fwd",
        "ospf-metric",
        "ospf-tag",
        "ospf-type",
    }
    | {"rip-ext-metric", "rip-ext-tag", "rip-metric", "rip-tag"}
)
_ORIGINS = ("igp", "egp", "incomplete")
#: Where a route in BGP's table may come from, by RouterOS's name.
SOURCES = ("connected", "static", "ospf", "rip", "isis", "dhcp", "vpn")

AddressList = Callable[[str], Sequence[str]]


class RuleFault(Exception):
    """The text is no filter rule; RouterOS keeps such a rule, but inactive."""


@dataclass(frozen=True)
class Atom:
    subject: str
    operator: str
    value: str


@dataclass(frozen=True)
class Not:
    inner: Condition


@dataclass(frozen=True)
class Both:
    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class Either:
    parts: tuple[Condition, ...]


Condition = Atom | Not | Both | Either


@dataclass(frozen=True)
class Action:
    words: tuple[str, ...]


@dataclass(frozen=True)
class If:
    condition: Condition
    then: tuple[Statement, ...]
    otherwise: tuple[Statement, ...] = ()


Statement = Action | If


def parse(text: str) -> tuple[Statement, ...]:
    """The statements of a rule; RuleFault with the reason when it is none."""
    reader = _Reader(_tokens(text))
    statements = reader.statements(closing=None)
    if not statements:
        raise RuleFault("empty rule")
    return statements


def rules(store: Store, chain: str) -> list[str]:
    """The texts of a chain's enabled rules, in order."""
    return [
        row.values.get("rule", "")
        for row in store.active("routing/filter/rule")
        if row.values.get("chain") == chain
    ]


class Compiler:
    """Translates chains of rules. ``rules`` are the texts of a chain's enabled rules, in order.

    Without ``own_as`` the chains are OSPF's: they know what OSPF knows of a route.
    """

    def __init__(
        self, rules: Callable[[str], Sequence[str]], address_list: AddressList, own_as: int | None
    ) -> None:
        self._rules = rules
        self._list = address_list
        self._own_as = own_as

    def chain(self, program: Program, name: str, callers: tuple[str, ...] = ()) -> None:
        """Add chain ``name``. A chain's end rejects; a jumped-to one's goes back."""
        if name in callers:
            raise Unsupported(f"chain {name} jumps to itself")
        back = program.label() if callers else None
        for text in self._rules(name):
            try:
                statements = parse(text)
            except RuleFault:
                continue
            for statement in statements:
                self._statement(program, statement, (*callers, name), back)
        program.add(Mark(back) if back else Verdict(False))

    def _statement(
        self, program: Program, statement: Statement, chains: tuple[str, ...], back: Label | None
    ) -> None:
        if isinstance(statement, If):
            then, otherwise, end = program.label(), program.label(), program.label()
            self._condition(program, statement.condition, then, otherwise)
            program.add(Mark(then))
            for inner in statement.then:
                self._statement(program, inner, chains, back)
            program.add(Goto(end), Mark(otherwise))
            for inner in statement.otherwise:
                self._statement(program, inner, chains, back)
            program.add(Mark(end))
            return
        word, *rest = statement.words
        if word in ("accept", "reject"):
            program.add(Verdict(word == "accept"))
        elif word == "return":
            program.add(Goto(back) if back else Verdict(False))
        elif word == "jump":
            self.chain(program, rest[0], chains)
        else:
            program.add(Change(self._settings(word, rest)))

    def _settings(self, word: str, rest: Sequence[str]) -> tuple[str, ...]:
        told = " ".join((word, *rest))
        if len(rest) != 2 or word not in ("set", "append"):
            raise Unsupported(f"filter action {told!r}")
        subject, value = rest
        if self._own_as is None:
            return (_ospf_setting(word, subject, value, told),)
        if subject == "bgp-communities":
            communities = value.replace(",", " ")
            return (f"community {communities}{' additive' if word == 'append' else ''}",)
        if word == "set" and subject in ("gw", "bgp-nexthop", "bgp-out-nexthop"):
            try:
                version = ipaddress.ip_address(value).version
            except ValueError:
                raise Unsupported(f"filter action {told!r}") from None
            return (f"ip next-hop {value}" if version == 4 else f"ipv6 next-hop global {value}",)
        if word == "set" and subject == "bgp-origin" and value in _ORIGINS:
            return (f"origin {value}",)
        if word == "set" and value.isdigit():
            if subject == "bgp-path-prepend":
                return (f"as-path prepend {' '.join([str(self._own_as)] * int(value))}",)
            own = {
                "bgp-local-pref": "local-preference",
                "bgp-med": "metric",
                "bgp-out-med": "metric",
                "bgp-weight": "weight",
                "distance": "distance",
            }.get(subject)
            if own:
                return (f"{own} {value}",)
        raise Unsupported(f"filter action {told!r}")

    def _condition(
        self, program: Program, condition: Condition, then: Label, otherwise: Label
    ) -> None:
        if isinstance(condition, Not):
            self._condition(program, condition.inner, otherwise, then)
        elif isinstance(condition, (Both, Either)):
            for part in condition.parts[:-1]:
                following = program.label()
                if isinstance(condition, Both):
                    self._condition(program, part, following, otherwise)
                else:
                    self._condition(program, part, then, following)
                program.add(Mark(following))
            self._condition(program, condition.parts[-1], then, otherwise)
        else:
            if condition.operator == "!=":
                then, otherwise = otherwise, then
            self._atom(program, condition, then, otherwise)

    def _atom(self, program: Program, atom: Atom, then: Label, otherwise: Label) -> None:
        subject, value = atom.subject, atom.value
        operator = "==" if atom.operator == "!=" else atom.operator
        if subject == "dst" and operator in ("in", "=="):
            program.any_of(self._networks(value, operator == "=="), then, otherwise)
        elif subject == "dst-len":
            low, high = _bounds(operator, value)
            program.any_of((whole(4, low, high), whole(6, low, high)), then, otherwise)
        elif subject == "protocol" and operator == "==":
            sources = [FromSource(source) for source in SOURCES]
            if value == "bgp":
                program.any_of(sources, otherwise, then)
            elif value in SOURCES:
                program.any_of((FromSource(value),), then, otherwise)
            else:
                program.add(Goto(otherwise))
        elif subject == "afi" and operator == "==" and value in ("ipv4", "ip4", "ip", "ipv6"):
            program.any_of((whole(6 if value == "ipv6" else 4),), then, otherwise)
        elif self._own_as is None:
            raise Unsupported(f"filter condition {subject} {operator} {value} of an OSPF filter")
        else:
            program.any_of((_attribute(subject, operator, value),), then, otherwise)

    def _networks(self, value: str, exact: bool) -> list[Match]:
        try:
            networks = [str(ipaddress.ip_network(value, strict=False))]
        except ValueError:
            networks, exact = list(self._list(value)), True
        spans = [_span(network, exact) for network in networks]
        by_version = (tuple(s for s in spans if s.version == version) for version in (4, 6))
        return [InNetworks(group) for group in by_version if group]


def _ospf_setting(word: str, subject: str, value: str, told: str) -> str:
    kinds = {"type1": "type-1", "type2": "type-2"}
    if word == "set" and subject == "ospf-ext-type" and value in kinds:
        return f"metric-type {kinds[value]}"
    own = {"ospf-ext-metric": "metric", "ospf-ext-tag": "tag"}.get(subject)
    if word == "set" and own and value.isdigit():
        return f"{own} {value}"
    raise Unsupported(f"filter action {told!r} of an OSPF filter")


def _span(network: str, exact: bool) -> Span:
    found = ipaddress.ip_network(network)
    return Span(network, found.prefixlen, found.prefixlen if exact else found.max_prefixlen)


def _bounds(operator: str, value: str) -> tuple[int, int]:
    form = re.fullmatch(r"(\d{1,3})(?:-(\d{1,3}))?", value)
    if not form:
        raise Unsupported(f"filter condition dst-len {operator} {value}")
    low, high = int(form[1]), int(form[2] or form[1])
    bounds = {
        "in": (low, high),
        "==": (low, high),
        "<": (0, low - 1),
        "<=": (0, low),
        ">": (low + 1, 128),
        ">=": (low, 128),
    }
    return bounds[operator]


def _attribute(subject: str, operator: str, value: str) -> Match:
    if subject == "bgp-communities" and operator in ("includes", "equal", "=="):
        return HasCommunities(tuple(value.split(",")), exact=operator != "includes")
    if operator == "==":
        if subject == "bgp-origin" and value in _ORIGINS:
            return Plain(f"origin {value}")
        own = {"bgp-local-pref": "local-preference", "bgp-med": "metric"}.get(subject)
        if own and value.isdigit():
            return Plain(f"{own} {value}")
    raise Unsupported(f"filter condition {subject} {operator} {value}")


def _tokens(text: str) -> list[str]:
    found: list[str] = []
    position = 0
    text = text.rstrip()
    while position < len(text):
        form = _TOKEN.match(text, position)
        if not form:
            raise RuleFault(f"unexpected {text[position]!r} at {position + 1}")
        found.append(next(group for group in form.groups() if group))
        position = form.end()
    return found


class _Reader:
    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._at = 0

    def _peek(self) -> str | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _next(self) -> str:
        token = self._peek()
        if token is None:
            raise RuleFault("the rule ends too early")
        self._at += 1
        return token

    def _expect(self, token: str) -> None:
        found = self._next()
        if found != token:
            raise RuleFault(f"expected {token!r}, found {found!r}")

    def statements(self, closing: str | None) -> tuple[Statement, ...]:
        out: list[Statement] = []
        while self._peek() != closing:
            if self._peek() == ";":
                self._at += 1
                continue
            out.append(self._statement())
        if closing:
            self._expect(closing)
        return tuple(out)

    def _statement(self) -> Statement:
        word = self._next()
        if word == "if":
            return self._if()
        if word not in _ACTIONS:
            raise RuleFault(f"expected an action, found {word!r}")
        words = [word]
        while self._peek() not in (None, ";", "}", "{", "(", ")", "else", "elseif"):
            words.append(self._next())
        counts = {"accept": (1,), "reject": (1,), "return": (1,), "jump": (2,)}
        if len(words) not in counts.get(word, range(2, 20)):
            raise RuleFault(f"action {' '.join(words)!r} has the wrong number of words")
        if word in ("set", "append", "unset", "delete") and words[1] not in _PROPERTIES:
            raise RuleFault(f"{words[1]!r} is no property of a route")
        return Action(tuple(word.strip('"') for word in words))

    def _if(self) -> If:
        self._expect("(")
        condition = self._either()
        self._expect(")")
        then = self._block()
        otherwise: tuple[Statement, ...] = ()
        if self._peek() == "else":
            self._at += 1
            otherwise = self._block()
        elif self._peek() == "elseif":
            self._at += 1
            otherwise = (self._if(),)
        return If(condition, then, otherwise)

    def _block(self) -> tuple[Statement, ...]:
        if self._peek() == "{":
            self._at += 1
            return self.statements("}")
        return (self._statement(),)

    def _either(self) -> Condition:
        parts = [self._both()]
        while self._peek() == "||":
            self._at += 1
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _both(self) -> Condition:
        parts = [self._single()]
        while self._peek() == "&&":
            self._at += 1
            parts.append(self._single())
        return parts[0] if len(parts) == 1 else Both(tuple(parts))

    def _single(self) -> Condition:
        token = self._next()
        if token in ("!", "not"):
            return Not(self._single())
        if token == "(":
            inner = self._either()
            self._expect(")")
            return inner
        if token not in _PROPERTIES:
            raise RuleFault(f"{token!r} is no property of a route")
        operator = self._peek()
        if operator in _COMPARISONS or operator in _WORD_OPERATORS:
            self._at += 1
            return Atom(token, str(operator), self._next().strip('"'))
        return Atom(token, "==", self._next().strip('"'))
