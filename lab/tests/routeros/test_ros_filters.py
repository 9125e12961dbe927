# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters of both languages, run on routes by an interpreter of the translated program."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pytest
from calico_lab.routeros.errors import Unsupported
from calico_lab.routeros.filters import v6, v7
from calico_lab.routeros.filters.program import (
    AsPath,
    Change,
    FromSource,
    Goto,
    HasCommunities,
    InNetworks,
    Label,
    Mark,
    Match,
    Operation,
    Plain,
    Program,
    Test,
    Verdict,
)
from calico_lab.routeros.filters.v7 import RuleFault, parse

Test.__test__ = False  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Route:
    network: str
    source: str = "bgp"
    communities: tuple[str, ...] = ()


def judge(operations: Sequence[Operation], route: Route) -> tuple[bool, list[str]]:
    """Whether a program accepts a route, and the attributes that it sets on the way."""
    marks: dict[Label, int] = {
        item.label: place for place, item in enumerate(operations) if isinstance(item, Mark)
    }
    settings: list[str] = []
    place = 0
    while True:
        item = operations[place]
        place += 1
        if isinstance(item, Verdict):
            return item.accept, settings
        if isinstance(item, Change):
            settings += item.settings
        elif isinstance(item, Goto) or (isinstance(item, Test) and holds(item.match, route)):
            assert marks[item.label] >= place, "a route map only goes forward"
            place = marks[item.label]


def holds(match: Match, route: Route) -> bool:
    if isinstance(match, InNetworks):
        network = ipaddress.ip_network(route.network)
        return any(
            network.version == span.version
            and network.subnet_of(ipaddress.ip_network(span.network))  # type: ignore[arg-type]
            and span.low <= network.prefixlen <= span.high
            for span in match.spans
        )
    if isinstance(match, FromSource):
        return match.source == route.source
    if isinstance(match, HasCommunities):
        return set(match.communities) <= set(route.communities)
    assert not isinstance(match, (AsPath, Plain))
    raise AssertionError(match)


def seven(chains: Mapping[str, Sequence[str]], route: Route) -> tuple[bool, list[str]]:
    lists = {"nets": ["10.96.0.0/12", "10.20.0.0/16"]}
    compiler = v7.Compiler(lambda name: chains.get(name, ()), lambda name: lists[name], 63400)
    program = Program()
    compiler.chain(program, "main")
    return judge(program.operations, route)


BLOCK, OTHER, DEFAULT = Route("10.20.1.0/26"), Route("10.30.0.0/16"), Route("0.0.0.0/0")
REFERENCE = (
    "if (dst in 10.20.0.0/16 && dst-len in 16-32) { set bgp-local-pref 200; accept }"
    " else { reject }"
)


@pytest.mark.parametrize(
    ("rules", "accepted", "refused"),
    [
        ([], [], [BLOCK, OTHER]),
        (["accept"], [BLOCK, OTHER], []),
        ([REFERENCE], [BLOCK, Route("10.20.0.0/16")], [OTHER, DEFAULT, Route("10.0.0.0/8")]),
        (["if (dst == 10.20.0.0/16) { accept; }"], [Route("10.20.0.0/16")], [BLOCK]),
        (["if (dst in nets) {accept}"], [Route("10.96.0.0/12")], [BLOCK, Route("10.96.0.0/16")]),
        (["if (not dst in 10.20.0.0/16) {accept}"], [OTHER, DEFAULT], [BLOCK]),
        (["if (dst != 0.0.0.0/0) accept"], [BLOCK, OTHER], [DEFAULT]),
        (["if (dst-len > 25) { accept }"], [BLOCK, Route("fd00::/64")], [OTHER]),
        (["if (dst-len <= 16 || dst in 10.20.0.0/16) {accept}"], [BLOCK, OTHER], []),
        (
            ["if ((dst in 10.20.0.0/16 || dst in 10.30.0.0/16) && !(dst-len == 26)) {accept}"],
            [OTHER],
            [BLOCK, DEFAULT],
        ),
        (
            ["if (dst-len < 8) {reject} elseif (dst in 10.20.0.0/16) {accept} else {reject}"],
            [BLOCK],
            [OTHER, DEFAULT],
        ),
        (["if (afi ipv6) {accept}"], [Route("fd00::/64")], [BLOCK]),
        (["if (protocol static) {accept}"], [Route("10.0.0.0/8", "static")], [BLOCK]),
        (["if (protocol bgp) {accept}"], [BLOCK], [Route("10.0.0.0/8", "static")]),
        (
            ["if (bgp-communities includes 63400:1) {accept}"],
            [Route("10.0.0.0/8", communities=("63400:1", "63400:2"))],
            [BLOCK],
        ),
        # A rule that is none is passed over.
        (["if dst in 10.0.0.0/8 accept", "accept"], [BLOCK], []),
    ],
)
def test_rules_of_routeros_7(rules: list[str], accepted: list[Route], refused: list[Route]) -> None:
    for route in accepted + refused:
        assert seven({"main": rules}, route)[0] is (route in accepted), route


def test_a_jump_comes_back_unless_the_route_was_judged() -> None:
    chains = {
        "main": ["jump marks", "if (dst in 10.20.0.0/16) {accept}"],
        "marks": [
            "if (dst == 10.30.0.0/16) {accept}",
            "if (dst-len == 26) {set bgp-local-pref 300; return}",
            "set bgp-med 5",
        ],
    }
    assert seven(chains, BLOCK) == (True, ["local-preference 300"])
    assert seven(chains, OTHER) == (True, [])
    assert seven(chains, Route("10.20.0.0/16")) == (True, ["metric 5"])
    assert seven(chains, DEFAULT)[0] is False


def test_attributes_are_set_in_order() -> None:
    rules = [
        "set bgp-path-prepend 2; append bgp-communities 63400:7; set bgp-communities 1:1,2:2",
        "set gw 192.168.0.15; accept",
    ]
    assert seven({"main": rules}, BLOCK)[1] == [
        "as-path prepend 63400 63400",
        "community 63400:7 additive",
        "community 1:1 2:2",
        "ip next-hop 192.168.0.15",
    ]


@pytest.mark.parametrize(
    "rule",
    [
        "",
        "permit",
        "if (dst in 10.0.0.0/8) { accept",
        "if (colour red) {accept}",
        "if (dst in 10.0.0.0/8) { set colour 5 }",
        "jump",
        "accept now",
        "if (dst in 10.0.0.0/8 &&) {accept}",
    ],
)
def test_what_is_no_rule(rule: str) -> None:
    with pytest.raises(RuleFault):
        parse(rule)


@pytest.mark.parametrize(
    "rule",
    [
        "if (rpki invalid) {reject}",
        "set bgp-med +5",
        "delete bgp-communities all",
        "if (bgp-path-len > 3) {reject}",
        "jump main",
    ],
)
def test_what_frr_can_not_do_is_refused(rule: str) -> None:
    with pytest.raises(Unsupported, match="not supported by the lab"):
        seven({"main": [rule]}, BLOCK)


def six(chains: Mapping[str, Sequence[dict[str, str]]], route: Route) -> tuple[bool, list[str]]:
    compiler = v6.Compiler(lambda name: chains.get(name, ()), 63400)
    program = Program()
    compiler.chain(program, "main")
    return judge(program.operations, route)


POD = {"prefix": "10.20.0.0/16", "prefix-length": "16-32"}


@pytest.mark.parametrize(
    ("rows", "accepted", "refused"),
    [
        ([], [BLOCK, OTHER], []),
        ([{**POD, "action": "accept"}, {"action": "discard"}], [BLOCK], [OTHER]),
        ([{**POD, "action": "discard"}], [OTHER], [BLOCK]),
        (
            [{"prefix": "10.20.0.0/16", "action": "discard"}],
            [BLOCK],
            [Route("10.20.0.0/16")],
        ),
        ([{"prefix-length": "0-16", "action": "reject"}], [BLOCK], [OTHER, DEFAULT]),
        ([{**POD, "action": "discard", "invert-match": "true"}], [BLOCK], [OTHER]),
        (
            [{**POD, "bgp-communities": "1:1", "action": "discard", "invert-match": "true"}],
            [Route("10.20.1.0/26", communities=("1:1",))],
            [BLOCK, OTHER],
        ),
        (
            [{"protocol": "connect,static", "action": "discard"}],
            [BLOCK],
            [Route("10.0.0.0/8", "static"), Route("10.0.0.0/8", "connected")],
        ),
    ],
)
def test_rows_of_routeros_6(
    rows: list[dict[str, str]], accepted: list[Route], refused: list[Route]
) -> None:
    for route in accepted + refused:
        assert six({"main": rows}, route)[0] is (route in accepted), route


def test_jumps_and_passing_through_of_routeros_6() -> None:
    chains = {
        "main": [
            {"set-bgp-med": "5"},
            {**POD, "action": "jump", "jump-target": "pods"},
            {"action": "discard"},
        ],
        "pods": [
            {"prefix": "10.20.1.0/26", "action": "accept", "set-bgp-local-pref": "200"},
            {"prefix": "10.20.2.0/26", "action": "return"},
            {"action": "accept", "set-bgp-local-pref": "50"},
        ],
    }
    assert six(chains, BLOCK) == (True, ["metric 5", "local-preference 200"])
    assert six(chains, Route("10.20.2.0/26"))[0] is False
    assert six(chains, Route("10.20.3.0/26"))[1] == ["metric 5", "local-preference 50"]
    assert six(chains, OTHER)[0] is False


@pytest.mark.parametrize("row", [{"set-routing-mark": "x"}, {"route-tag": "5"}])
def test_what_frr_can_not_do_in_routeros_6(row: dict[str, str]) -> None:
    with pytest.raises(Unsupported, match="not supported by the lab"):
        six({"main": [row]}, BLOCK)
