# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filters in both languages, and how a chain is brought to what is wished."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._routeros.apply import (
    Outcome,
    converge,
    restore,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._routeros.errors import (
    ApplyFailure,
    Refused,
    RuleInactive,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._routeros.sequence import (
    align,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._routeros.snapshot import (
    load,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._routeros.validation import (  # noqa: E501
    describe,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._routeros.values import (
    Kind,
    read,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.routeros.fake_router import FakeRouter
from tests.unit.routeros.parameters import parameters, reference

OURS = "managed by netfabric.calico_routeros"
PODS = {"prefix": "10.20.0.0/16", "min_length": 16, "max_length": 32}


def accept(*prefixes: dict[str, Any], **settings_: Any) -> dict[str, Any]:
    rule: dict[str, Any] = {"action": "accept", "set": settings_ or None}
    if prefixes:
        rule["match"] = {"prefixes": list(prefixes)}
    return rule


def chain(*rules: dict[str, Any], name: str = "in", default: str = "reject") -> dict[str, Any]:
    return {"name": name, "rules": list(rules), "default": default}


def run(router: FakeRouter, *filters: dict[str, Any], **options: Any) -> Outcome:
    return converge(router, describe(parameters(filters=list(filters), **options)))


def rules(router: FakeRouter, name: str = "in") -> list[str]:
    """Return the rules of a chain: texts of RouterOS 7, properties of 6 as text."""
    menu = router.menus.get("routing/filter/rule")
    if menu is not None:
        return [row["rule"] for row in menu if row["chain"] == name]
    hidden = (".id", "chain", "comment", "disabled")
    return [
        " ".join(f"{key}={value}" for key, value in row.items() if key not in hidden)
        for row in router.menus["routing/filter"]
        if row["chain"] == name
    ]


@pytest.mark.parametrize(
    ("rule", "six", "seven"),
    [
        (
            accept(PODS, local_preference=200),
            ["action=accept set-bgp-local-pref=200 prefix=10.20.0.0/16 prefix-length=16-32"],
            ["if (dst in 10.20.0.0/16 && dst-len in 16-32) { set bgp-local-pref 200; accept }"],
        ),
        (
            accept({"prefix": "10.96.0.0/12"}, {"prefix": "fd00::/64", "min_length": 64}),
            [
                "action=accept prefix=10.96.0.0/12 prefix-length=12",
                "action=accept prefix=fd00::/64 prefix-length=64-128",
            ],
            [
                "if (dst == 10.96.0.0/12) { accept }",
                "if (dst in fd00::/64 && dst-len in 64-128) { accept }",
            ],
        ),
        (
            accept(med=5, communities=["2:2", "1:1"], next_hop="10.0.0.1"),
            [
                "action=accept set-bgp-med=5 set-bgp-communities=1:1,2:2 "
                "set-in-nexthop=10.0.0.1 set-out-nexthop=10.0.0.1"
            ],
            ["set bgp-med 5; set bgp-communities 1:1,2:2; set gw 10.0.0.1; accept"],
        ),
        (
            accept(append_communities=["no-export"], next_hop="fd00::1"),
            [
                "action=accept append-bgp-communities=no-export set-in-nexthop-ipv6=fd00::1 "
                "set-out-nexthop-ipv6=fd00::1"
            ],
            ["append bgp-communities no-export; set gw fd00::1; accept"],
        ),
        (
            {"match": {"communities": ["63400:7", "63400:8"]}, "action": "reject"},
            ["action=reject bgp-communities=63400:7,63400:8"],
            ["if (bgp-communities includes 63400:7,63400:8) { reject }"],
        ),
    ],
)
def test_a_rule_in_both_languages(rule: dict[str, Any], six: list[str], seven: list[str]) -> None:
    for release, expected, last in (
        ("6.49", six, "action=reject"),
        ("7.18.2", seven, "reject"),
    ):
        router = FakeRouter(release)
        run(router, chain(rule))
        assert rules(router) == [*expected, last]
        assert run(router, chain(rule)).difference.commands == ()


@pytest.mark.parametrize(("release", "last"), [("6.49", "action=accept"), ("7.1.5", "accept")])
def test_the_default_is_written_out(release: str, last: str) -> None:
    router = FakeRouter(release)
    run(router, chain(default="accept"))
    assert rules(router) == [last]


@pytest.mark.parametrize(
    ("remote_as", "expected"),
    [(63400, "set bgp-med 5; accept"), (65001, "set bgp-out-med 5; accept")],
)
def test_med_towards_ebgp_neighbours_is_another_property(remote_as: int, expected: str) -> None:
    params = reference(remote_as=remote_as, output_filter="out")
    params["filters"] = parameters(filters=[chain(accept(med=5), name="out")])["filters"]
    router = FakeRouter("7.18.2")
    converge(router, describe(params))
    assert rules(router, "out")[0] == expected


@pytest.mark.parametrize("release", ["6.49", "7.18.2"])
class TestChanges:
    def test_an_inserted_rule_is_one_add_before_the_next(self, release: str) -> None:
        router = FakeRouter(release)
        run(router, chain(accept(PODS)))
        (first, _last) = (row for menu in filters(router) for row in menu)
        router.writes.clear()
        run(router, chain(accept({"prefix": "10.1.0.0/16"}), accept(PODS)))
        ((verb, _menu, values),) = router.writes
        assert (verb, values["place-before"]) == ("add", first[".id"])
        assert "10.1.0.0" in rules(router)[0]

    def test_a_changed_one_is_one_set_of_what_differs(self, release: str) -> None:
        router = FakeRouter(release)
        run(router, chain(accept(PODS, med=5), accept({"prefix": "10.1.0.0/16"})))
        router.writes.clear()
        run(router, chain(accept(PODS, med=6), accept({"prefix": "10.1.0.0/16"})))
        ((verb, _menu, values),) = router.writes
        assert verb == "set"
        assert len(values) == 1

    def test_a_removed_one_is_one_remove(self, release: str) -> None:
        router = FakeRouter(release)
        run(router, chain(accept(PODS), accept({"prefix": "10.1.0.0/16"})))
        router.writes.clear()
        run(router, chain(accept({"prefix": "10.1.0.0/16"})))
        assert [write[0] for write in router.writes] == ["remove"]

    def test_a_setting_that_goes_is_unset(self, release: str) -> None:
        router = FakeRouter(release)
        run(router, chain(accept(PODS, med=5, local_preference=7)))
        run(router, chain(accept(PODS)))
        fresh = FakeRouter(release)
        run(fresh, chain(accept(PODS)))
        assert rules(router) == rules(fresh)

    def test_chains_of_others_are_left_and_their_order_with_ours_does_not_matter(
        self, release: str
    ) -> None:
        router = FakeRouter(release)
        router.put_chains("isp", "other")
        run(router, chain(accept(PODS)))
        run(router, chain(accept(PODS, med=1)), chain(accept(), name="second"))
        run(router)
        assert [row["chain"] for menu in filters(router) for row in menu] == ["isp", "other"]

    def test_rules_of_others_in_a_chain_are_refused(self, release: str) -> None:
        router = FakeRouter(release)
        router.put_chains("in")
        with pytest.raises(Refused, match="the chain in has a rule that is not ours"):
            run(router, chain(accept(PODS)))
        assert router.writes == []

    def test_a_chain_of_others_that_says_the_same_is_used(self, release: str) -> None:
        router = FakeRouter(release)
        router.put_chains("in")
        assert run(router, chain(default="accept")).difference.commands == ()

    def test_without_the_option_nobody_looks_after_filters(self, release: str) -> None:
        router = FakeRouter(release)
        run(router, chain(accept(PODS)))
        router.writes.clear()
        converge(router, describe(parameters(instance={"as_number": 63400})))
        converge(router, describe(reference(input_filter="in")))
        assert not [write for write in router.writes if "filter" in write[1]]

    def test_a_filter_that_a_connection_of_others_uses_stays(self, release: str) -> None:
        router = FakeRouter(release)
        run(router, chain(accept(PODS)))
        if release.startswith("6"):
            router.put("routing/bgp/peer", name="isp", remote_address="10.0.0.1", in_filter="in")
        else:
            row = {"remote__address": "10.0.0.1", "input__filter": "in"}
            router.put("routing/bgp/connection", name="isp", **row)
        outcome = converge(router, describe(parameters()), absent=True)
        assert outcome.warnings == ("filter rule in stays: other rows use it: isp",)
        assert len(rules(router)) == 2

    def test_what_was_written_is_put_back_in_order(self, release: str, tmp_path: Any) -> None:
        router, path = FakeRouter(release), str(tmp_path / "ros.json")
        run(router, chain(accept(PODS), accept({"prefix": "10.1.0.0/16"}), accept(med=1)))
        before = rules(router)
        params = parameters(filters=[chain(accept({"prefix": "10.2.0.0/16"}), accept(med=2))])
        converge(router, describe(params), snapshot=path)
        assert rules(router) != before
        restore(router, load(path), OURS)
        assert rules(router) == before


def filters(router: FakeRouter) -> list[list[dict[str, str]]]:
    return [rows for menu, rows in router.menus.items() if menu.startswith("routing/filter")]


def test_a_rule_that_the_router_does_not_follow_is_an_error() -> None:
    router = FakeRouter("7.18.2")
    run(router, chain(accept(PODS)))
    row = router.menus["routing/filter/rule"][0]
    row.update(inactive="true", about="unknown property")
    with pytest.raises(RuleInactive, match=r"not follow the rule 'if .*unknown property"):
        run(router, chain(accept(PODS)))


@pytest.mark.parametrize(
    "text",
    [
        "if (dst in 10.20.0.0/16 && dst-len in 16-32) { set bgp-local-pref 200; accept }",
        "if(dst in 10.20.0.0/16&&dst-len in 16-32){set bgp-local-pref 200;accept;}",
        "  if ( dst in 10.20.0.0/16  && dst-len in 16-32 )\n{ set bgp-local-pref 200; accept; };",
    ],
)
def test_spellings_of_a_rule_are_one(text: str) -> None:
    expected = "if (dst in 10.20.0.0/16 && dst-len in 16-32) { set bgp-local-pref 200; accept }"
    assert read(Kind.RULE, text) == expected
    assert read(Kind.RULE, "if (x == 1) {accept} else {reject}") == (
        "if (x == 1) { accept } else { reject }"
    )


def test_a_rule_for_the_default_route_that_becomes_one_for_all_is_made_anew() -> None:
    router = FakeRouter("6.49")
    run(router, chain(accept({"prefix": "0.0.0.0/0"}, med=1)))
    run(router, chain(accept(med=1)))
    assert rules(router) == ["action=accept set-bgp-med=1", "action=reject"]


LETTERS = st.lists(st.sampled_from("abcd"), max_size=7)


def longest_common(old: list[str], new: list[str]) -> int:
    if not old or not new:
        return 0
    if old[0] == new[0]:
        return 1 + longest_common(old[1:], new[1:])
    return max(longest_common(old[1:], new), longest_common(old, new[1:]))


@given(LETTERS, LETTERS)
def test_alignment_keeps_the_order_and_as_much_as_possible(old: list[str], new: list[str]) -> None:
    pairs = align(old, new, lambda a, b: a == b, lambda _a, _b: True)
    places = sorted(pairs)
    assert [pairs[place] for place in places] == sorted(pairs.values())
    assert len(set(pairs.values())) == len(pairs)
    equal = sum(old[pairs[place]] == new[place] for place in places)
    assert equal == longest_common(old, new)


PREFIXES = st.sampled_from([PODS, {"prefix": "10.1.0.0/16"}, {"prefix": "0.0.0.0/0"}])
RULES = st.builds(
    lambda prefixes, communities, action, options: {
        "match": {
            **({"prefixes": prefixes} if prefixes else {}),
            **({"communities": communities} if communities else {}),
        },
        "action": action,
        "set": options if action == "accept" else None,
    },
    st.lists(PREFIXES, max_size=2, unique_by=lambda entry: entry["prefix"]),
    st.sampled_from([None, ["63400:7"]]),
    st.sampled_from(["accept", "reject"]),
    st.fixed_dictionaries(
        {},
        optional={
            "local_preference": st.sampled_from([100, 200]),
            "med": st.sampled_from([0, 5]),
            "append_communities": st.sampled_from([["1:1"], ["1:1", "2:2"]]),
            "next_hop": st.just("10.0.0.1"),
        },
    ),
)
CHAINS = st.lists(
    st.builds(
        lambda name, found, default: chain(*found, name=name, default=default),
        st.sampled_from(["in", "out", "third"]),
        st.lists(RULES, max_size=4),
        st.sampled_from(["accept", "reject"]),
    ),
    max_size=2,
    unique_by=lambda entry: entry["name"],
)


@settings(deadline=None)
@given(
    st.sampled_from(["6.43", "7.10.2", "7.24"]), st.lists(CHAINS, min_size=1, max_size=4), st.data()
)
def test_any_way_between_filters_ends_at_the_very_chain(
    release: str, steps: list[list[dict[str, Any]]], data: st.DataObject
) -> None:
    router = FakeRouter(release)
    router.put_chains("isp")
    for step in steps:
        if data.draw(st.booleans()):
            router.break_after = len(router.writes) + data.draw(st.integers(0, 3))
        try:
            run(router, *step)
        except ApplyFailure:
            router.break_after = None
            run(router, *step)
        router.break_after = None
        assert run(router, *step).difference.commands == ()
        fresh = FakeRouter(release)
        run(fresh, *step)
        for name in ("in", "out", "third"):
            assert ordered(rules(router, name)) == ordered(rules(fresh, name))
    run(router)
    assert [row["chain"] for menu in filters(router) for row in menu] == ["isp"]


def ordered(found: list[str]) -> list[list[str]]:
    """Return rules as sorted words, as the order of RouterOS 6's properties means nothing."""
    return [sorted(rule.split(" ")) for rule in found]
