# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""BGPFilter rules: which route they match, and what they make of it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.bgp_filter import (
    MAX_PRIORITY,
    FilterBook,
    Route,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.bgp_path import (
    NO_COMMUNITIES,
    Attributes,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.bgp_prefix import (
    Prefix,
    parse_prefix,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.calico_objects import (  # noqa: E501
    BgpFilter,
)

PATH = Attributes("192.168.0.11", (65000, 64999), 100, (), None, frozenset({"65000:1"}))


def _accepted(
    rule: dict[str, Any],
    prefix: str = "10.20.1.0/26",
    learned: bool = True,
    interface: str | None = "eth0",
    internal: bool = True,
    rich: bool = True,
) -> bool | None:
    family = 6 if ":" in prefix else 4
    found = BgpFilter("f", **{f"export_v{family}": (rule,)})
    book = FilterBook([found], family, rich)
    route = Route(parse_prefix(prefix), learned, interface, internal)
    return book.judge("export", ["f"], route, PATH).accepted


def _reject(**rule: Any) -> dict[str, Any]:
    return {"action": "Reject", **rule}


def _cidr(operator: str, cidr: str, **length: int) -> dict[str, Any]:
    rule = _reject(matchOperator=operator, cidr=cidr)
    return {**rule, "prefixLength": length} if length else rule


@pytest.mark.parametrize(
    ("operator", "cidr", "length", "matches"),
    [
        ("In", "10.20.0.0/16", {}, True),
        ("In", "10.20.1.0/26", {}, True),
        ("In", "10.20.1.0/27", {}, False),
        ("NotIn", "10.20.0.0/16", {}, False),
        ("NotIn", "10.21.0.0/16", {}, True),
        ("Equal", "10.20.1.0/26", {}, True),
        ("Equal", "10.20.0.0/16", {}, False),
        ("NotEqual", "10.20.0.0/16", {}, True),
        ("In", "10.20.0.0/16", {"min": 26, "max": 26}, True),
        ("In", "10.20.0.0/16", {"min": 27}, False),
        ("In", "10.20.0.0/16", {"max": 25}, False),
        ("NotIn", "10.20.0.0/16", {"min": 27}, True),
        # To BIRD a prefix and a set of prefixes are never equal.
        ("Equal", "10.20.1.0/26", {"min": 26}, False),
        ("NotEqual", "10.20.1.0/26", {"min": 26}, True),
    ],
)
def test_prefixes(operator: str, cidr: str, length: dict[str, int], matches: bool) -> None:
    assert (_accepted(_cidr(operator, cidr, **length)) is False) == matches


def test_ipv6_prefixes() -> None:
    assert _accepted(_cidr("In", "fd20::/48"), "fd20::40/122") is False
    assert _accepted(_cidr("In", "fd21::/48"), "fd20::40/122") is None


@pytest.mark.parametrize(
    ("rule", "matches"),
    [
        ({"source": "RemotePeers"}, True),
        ({"interface": "eth0"}, True),
        ({"interface": "eth*"}, True),
        ({"interface": "eth?"}, True),
        ({"interface": "*.calico"}, False),
        ({"peerType": "iBGP"}, True),
        ({"peerType": "eBGP"}, False),
        ({"asPathPrefix": [65000]}, True),
        ({"asPathPrefix": [65000, 64999]}, True),
        ({"asPathPrefix": [64999]}, False),
        ({"communities": {"values": ["65000:1"]}}, True),
        ({"communities": {"values": ["65000:2"]}}, False),
        ({"priority": MAX_PRIORITY - 100}, True),
        ({"priority": 1024}, False),
    ],
)
def test_other_conditions(rule: dict[str, Any], matches: bool) -> None:
    assert (_accepted(_reject(**rule)) is False) == matches


def test_own_routes_have_no_interface_and_no_remote_peer() -> None:
    assert _accepted(_reject(source="RemotePeers"), learned=False) is None
    assert _accepted(_reject(interface="*"), learned=False, interface=None) is None


def test_an_unknown_interface_matches_only_what_matches_any() -> None:
    assert _accepted(_reject(interface="*"), interface="") is False
    assert _accepted(_reject(interface="eth*"), interface="") is None


def test_older_releases_do_not_know_the_peer_type() -> None:
    assert _accepted(_reject(peerType="eBGP"), rich=False) is False


def test_the_first_rule_that_matches_decides() -> None:
    rules = (
        {"action": "Accept", "matchOperator": "In", "cidr": "10.20.1.0/24"},
        {"action": "Reject"},
    )
    book = FilterBook([BgpFilter("one", import_v4=rules), BgpFilter("two")], 4, True)
    inside = Route(parse_prefix("10.20.1.0/26"), True, "", True)
    outside = inside._replace(prefix=parse_prefix("10.20.2.0/26"))
    assert book.judge("import", ["two", "one"], inside, PATH).accepted is True
    verdict = book.judge("import", ["two", "one"], outside, PATH)
    assert (verdict.accepted, verdict.name) == (False, "one")
    assert book.judge("export", ["one"], outside, PATH).accepted is None


def test_operations() -> None:
    rule = {
        "action": "Accept",
        "operations": [
            {"addCommunity": {"value": "65000:2"}},
            {"prependASPath": {"prefix": [1, 2]}},
            {"setPriority": {"value": 512}},
        ],
    }
    book = FilterBook([BgpFilter("f", import_v4=(rule,))], 4, True)
    route = Route(parse_prefix("10.20.1.0/26"), True, "", True)
    changed = book.judge("import", ["f"], route, PATH._replace(communities=NO_COMMUNITIES))
    assert changed.attributes.communities == {"65000:2"}
    assert changed.attributes.as_path == (1, 2, 65000, 64999)
    assert changed.attributes.local_pref == MAX_PRIORITY - 512


@pytest.mark.parametrize(
    "text", ["10.20.0.0/33", "10.20.0/16", "10.20.0.0/x", "pods", "fd20::/129"]
)
def test_what_is_no_prefix(text: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        parse_prefix(text)


def test_prefixes_are_networks() -> None:
    assert parse_prefix("10.20.1.77/26") == parse_prefix("10.20.1.64/26")
    assert parse_prefix("10.20.1.1") == Prefix(4, 0x0A140101, 32)
    assert not parse_prefix("10.20.0.0/16").inside(parse_prefix("10.20.0.0/17"))
    assert not parse_prefix("::/0").inside(parse_prefix("0.0.0.0/0"))
