# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is pinned, by which rules, and when it is refused."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._linux.pins import (
    PinOptions,
    PinsRefused,
    plan_pins,
    plan_unpin,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._linux.pins_state import (
    PROTOCOL,
    PROTOCOL_BIRD,
    TABLE_MAIN,
    Hop,
    PinCommandFailed,
    Route,
    Rule,
    Situation,
    parse_routes,
    parse_rule,
    read_situation,
)
from hypothesis import given
from hypothesis import strategies as st

_DATA = Path(__file__).parents[2] / "data/iproute2"


def _rows(name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads((_DATA / f"{name}.json").read_text("ascii"))
    return rows


def _node(**changes: tuple[object, ...]) -> Situation:
    main = parse_routes(_rows("main_ipv4"), 4, TABLE_MAIN)
    main += parse_routes(_rows("main_ipv6"), 6, TABLE_MAIN)
    rules = [parse_rule(row, 4) for row in _rows("rules_ipv4")]
    return replace(Situation(tuple(main), (), tuple(rules)), **changes)  # type: ignore[arg-type]


def _text(commands: Sequence[Sequence[str]]) -> list[str]:
    return [" ".join(words) for words in commands]


def _bird(prefix: str, table: int = TABLE_MAIN, protocol: int = PROTOCOL_BIRD) -> Route:
    hop = Hop("192.0.2.2", "eth0", 1, False)
    return Route(ipaddress.ip_network(prefix), table, protocol, 1024, hops=(hop,))


def test_node_of_the_lab() -> None:
    plan = plan_pins(_node(), PinOptions())
    assert [str(pin.network) for pin in plan.pins] == [
        "10.20.44.128/26",
        "10.20.89.128/26",
        "10.20.142.64/26",
        "10.20.195.0/26",
        "10.20.247.192/26",
    ]
    text = _text(plan.commands)
    assert text[0] == (
        "-4 route replace 10.20.44.128/26 table 900 protocol 199 metric 1024 "
        "via 192.168.0.10 dev eth0"
    )
    assert text[5:] == [
        "-4 rule add pref 1000 lookup main suppress_prefixlength 25 protocol 199",
        "-4 rule add pref 1001 lookup 900 protocol 199",
    ]
    assert plan.hidden == ()


def test_next_hops_are_kept_and_blackholes_are_not_pinned() -> None:
    main = parse_routes(_rows("next_hops_ipv4"), 4, TABLE_MAIN)
    main += parse_routes(_rows("next_hops_ipv6"), 6, TABLE_MAIN)
    text = _text(plan_pins(_node(main=tuple(main)), PinOptions()).commands)
    assert [line.partition("protocol 199 ")[2] for line in text if "route" in line] == [
        "metric 1024 nexthop via 192.0.2.2 dev eth0 weight 1 "
        "nexthop via 192.0.2.3 dev eth0 weight 3",
        "metric 1024 via 10.9.9.9 dev eth1 onlink",
        "dev eth1",
        "src 192.0.2.1 mtu 1400 via inet6 2001:db8::2 dev eth0",
        "metric 1024 nexthop via 2001:db8::2 dev eth0 weight 1 "
        "nexthop via 2001:db8::3 dev eth0 weight 1",
        "metric 1024 via 2001:db8:9::9 dev eth1 onlink",
        "metric 1024 dev eth1",
    ]
    assert "-6 rule add pref 1000 lookup main suppress_prefixlength 121 protocol 199" in text


def test_next_hops_of_an_older_iproute2_are_joined() -> None:
    row = {"dst": "2001:db8:1::/122", "dev": "eth0", "protocol": "bird", "metric": 1024}
    rows = [{**row, "gateway": f"2001:db8::{n}", "flags": []} for n in (2, 3)]
    (route,) = parse_routes(rows, 6, TABLE_MAIN)
    assert [hop.via for hop in route.hops] == ["2001:db8::2", "2001:db8::3"]
    assert route.protocol == PROTOCOL_BIRD


def _pinned(situation: Situation, options: PinOptions | None = None) -> Situation:
    plan = plan_pins(situation, options or PinOptions())
    others = [rule for rule in situation.rules if rule.protocol != PROTOCOL]
    return replace(situation, spare=plan.pins, rules=(*others, *plan.rules))


def test_again() -> None:
    pinned = _pinned(_node())
    assert plan_pins(pinned, PinOptions()).commands == ()
    # Killed between routes and rules.
    half = replace(pinned, rules=_node().rules)
    assert [words[1:3] for words in plan_pins(half, PinOptions()).commands] == [("rule", "add")] * 2
    # A session restarts: its routes are gone from main and stay pinned.
    restarting = replace(pinned, main=())
    assert plan_pins(restarting, PinOptions()).pins == pinned.spare
    assert plan_pins(restarting, PinOptions(), refresh=True).commands == ()
    moved = replace(pinned, main=tuple(replace(r, metric=7) for r in pinned.main))
    assert plan_pins(moved, PinOptions()).commands == ()
    assert "metric 7" in _text(plan_pins(moved, PinOptions(), refresh=True).commands)[0]


def test_unpin_takes_ours_only() -> None:
    pinned = _pinned(_node())
    foreign = _bird("10.9.0.0/16", 900, 4)
    text = _text(plan_unpin(replace(pinned, spare=(*pinned.spare, foreign))).commands)
    assert len(text) == 7
    assert text[-2:] == [
        "-4 rule del pref 1001 lookup 900 protocol 199",
        "-4 rule del pref 1000 lookup main suppress_prefixlength 25 protocol 199",
    ]
    assert not any("10.9.0.0" in line for line in text)
    assert plan_unpin(_node()).commands == ()


@pytest.mark.parametrize(
    ("changes", "options", "message"),
    [
        ({}, PinOptions(table=254), r"table 254 is the kernel's \(main\)"),
        ({}, PinOptions(table=200), "Felix's routeTableRanges 1-250"),
        ({}, PinOptions(felix_tables=((1, 250), (800, 999))), "routeTableRanges 800-999"),
        ({}, PinOptions(priority=98), "priority 99 is that of Felix's WireGuard rule"),
        ({}, PinOptions(priority=32765), "must lie between 1 and 32765"),
        ({"spare": (_bird("10.9.0.0/16", 900, 4),)}, PinOptions(), "10.9.0.0/16 of protocol 4"),
        ({"spare": (_bird("10.9.0.0/16", 901, 199),)}, PinOptions(), "in table 901, not 900"),
        ({"rules": (Rule(4, 50, 900, None, 4),)}, PinOptions(), "consults table 900"),
        (
            {"rules": (Rule(4, 1001, 7, None, 4, "src 10.0.0.1"),)},
            PinOptions(),
            "1001 is taken by .*src 10.0.0.1.*from 1002 to 32764",
        ),
        (
            {"rules": (Rule(4, 5210, 52, None, 0),)},
            PinOptions(),
            "would come before .*from 5211 to 32764",
        ),
    ],
)
def test_refused(changes: dict[str, Any], options: PinOptions, message: str) -> None:
    node = _node()
    if "rules" in changes:
        changes = {"rules": node.rules + changes["rules"]}
    with pytest.raises(PinsRefused, match=message):
        plan_pins(replace(node, **changes), options)


def test_all_faults_at_once() -> None:
    rules = (*_node().rules, *(parse_rule(row, 4) for row in _rows("rules_wireguard")))
    with pytest.raises(PinsRefused) as refused:
        plan_pins(_node(rules=rules), PinOptions(table=200, priority=98))
    assert len(refused.value.faults) == 3


def test_pins_that_cannot_carry_are_named() -> None:
    discards = Route(ipaddress.ip_network("10.0.0.0/8"), TABLE_MAIN, 4, kind=6)
    node = _node()
    assert len(plan_pins(replace(node, main=(*node.main, discards)), PinOptions()).hidden) == 5
    # A throw ends the lookup in main only; a longer route of another shields from the discard.
    throws = replace(discards, kind=9)
    shield = replace(_bird("10.20.0.0/16"), protocol=4)
    for routes in ((throws,), (discards, shield)):
        assert plan_pins(replace(node, main=node.main + routes), PinOptions()).hidden == ()
    borrowed = _bird("10.20.36.200/32")
    (text,) = plan_pins(replace(node, main=(*node.main, borrowed)), PinOptions()).hidden
    assert text.startswith("10.20.36.200/32: a route in main that discards 10.20.36.192/26")


def test_iproute2_fails() -> None:
    with pytest.raises(PinCommandFailed, match=r"rule show.*status 255: no -N.*iproute2 5.0"):
        read_situation(lambda _command, _text: (255, "", "no -N"), 900)


_prefixes = st.builds(
    lambda bits, length: ipaddress.ip_network((bits << 24, length), strict=False),
    st.integers(0, 255),
    st.sampled_from([0, 1, 2, 4, 6, 8]),
)


def _match(prefixes: set[Any], suppress: int | None, address: Any) -> Any:
    """Longest match of a table, as a rule with suppress_prefixlength lets it through."""
    found = max((p for p in prefixes if address in p), key=lambda p: p.prefixlen, default=None)
    return (
        None
        if found is None or found.prefixlen <= (-1 if suppress is None else suppress)
        else found
    )


@given(
    live=st.sets(_prefixes, min_size=1, max_size=6),
    gone=st.sets(_prefixes, max_size=6),
    others=st.sets(_prefixes, max_size=4),
    last=st.integers(0, 255),
)
def test_longest_match_of_both_tables(
    live: set[Any], gone: set[Any], others: set[Any], last: int
) -> None:
    """Whatever goes away, the longest match of live routes and pins is taken, live ones first."""
    routes = [_bird(str(p)) for p in sorted(live, key=str)]
    routes += [replace(_bird(str(p)), protocol=4) for p in others - live]
    plan = plan_pins(Situation(tuple(routes), (), ()), PinOptions())
    tables = {TABLE_MAIN: (live - gone) | others, 900: {pin.network for pin in plan.pins}}
    address = ipaddress.ip_address((last << 24) + 1)
    taken: tuple[int | None, Any] = (None, None)
    for rule in [*plan.rules, Rule(4, 32766, TABLE_MAIN)]:
        assert rule.table is not None
        found = _match(tables[rule.table], rule.suppress, address)
        if found is not None:
            taken = (rule.table, found)
            break
    best = _match(tables[TABLE_MAIN] | tables[900], None, address)
    assert taken[1] == best
    if best in tables[TABLE_MAIN]:
        assert taken[0] == TABLE_MAIN
