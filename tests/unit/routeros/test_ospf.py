# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""OSPF that takes over routes from BGP: instances of others, and of our own."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._routeros.apply import (
    Outcome,
    converge,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._routeros.errors import (
    Refused,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._routeros.validation import (  # noqa: E501
    describe,
)

from tests.unit.routeros.fake_router import FakeRouter
from tests.unit.routeros.parameters import parameters

AREAS = [{"networks": ["192.168.0.0/24"]}]
CHAIN = "default-bgp-to-ospf"


def run(router: FakeRouter, **ospf: Any) -> Outcome:
    return converge(router, describe(parameters(ospf=ospf)))


def writes(router: FakeRouter) -> list[tuple[str, str, dict[str, str]]]:
    """Return the writes without comments, and forget them."""
    found = [
        (verb, menu, {name: text for name, text in values.items() if name != "comment"})
        for verb, menu, values in router.writes
    ]
    router.writes.clear()
    return found


def test_routeros_6_has_metric_and_type_on_the_instance() -> None:
    router = FakeRouter("6.49")
    run(router, redistribute_bgp=True, metric=33, metric_type=2, areas=AREAS)
    assert writes(router) == [
        ("set", "routing/ospf/instance", {"redistribute-bgp": "as-type-2", "metric-bgp": "33"}),
        ("set", "routing/ospf/area", {}),
        ("add", "routing/ospf/network", {"network": "192.168.0.0/24", "area": "backbone"}),
    ]
    run(router, redistribute_bgp=False, areas=AREAS)
    assert writes(router) == [
        ("set", "routing/ospf/instance", {"redistribute-bgp": "no", "metric-bgp": "auto"})
    ]


def test_routeros_7_has_them_in_a_filter() -> None:
    router = FakeRouter("7.18.2")
    run(router, redistribute_bgp=True, metric=33, metric_type=2, areas=AREAS)
    told = "if (protocol bgp) { set ospf-ext-metric 33; set ospf-ext-type type2 }"
    assert writes(router) == [
        ("add", "routing/filter/rule", {"chain": CHAIN, "rule": told}),
        ("add", "routing/filter/rule", {"chain": CHAIN, "rule": "accept"}),
        (
            "add",
            "routing/ospf/instance",
            {"name": "default", "redistribute": "bgp", "out-filter-chain": CHAIN},
        ),
        (
            "add",
            "routing/ospf/area",
            {"name": "backbone", "area-id": "0.0.0.0", "instance": "default"},
        ),
        (
            "add",
            "routing/ospf/interface-template",
            {"networks": "192.168.0.0/24", "area": "backbone"},
        ),
    ]
    run(router, redistribute_bgp=True, areas=AREAS)
    assert [write[:2] for write in writes(router)] == [
        ("set", "routing/ospf/instance"),
        ("remove", "routing/filter/rule"),
        ("remove", "routing/filter/rule"),
    ]
    converge(router, describe(parameters()), absent=True)
    assert [write[:2] for write in writes(router)] == [
        ("remove", "routing/ospf/interface-template"),
        ("remove", "routing/ospf/area"),
        ("remove", "routing/ospf/instance"),
    ]


def test_an_instance_of_others_keeps_what_it_redistributes_otherwise() -> None:
    router = FakeRouter("7.18.2")
    row = router.put("routing/ospf/instance", name="default", redistribute="static,connected")
    run(router, redistribute_bgp=True, metric=33)
    assert row["redistribute"] == "bgp,connected,static"
    assert row["out-filter-chain"] == CHAIN
    assert run(router, redistribute_bgp=True, metric=33).difference.commands == ()
    run(router, redistribute_bgp=False)
    assert row["redistribute"] == "connected,static"
    assert "out-filter-chain" not in row
    assert router.menus["routing/filter/rule"] == []


def test_an_output_filter_of_others_is_not_replaced_by_one_for_the_metric() -> None:
    router = FakeRouter("7.18.2")
    router.put("routing/ospf/instance", name="default", out_filter_chain="theirs")
    with pytest.raises(Refused, match="found out-filter-chain=theirs, which is not ours"):
        run(router, redistribute_bgp=True, metric=33)
    assert router.writes == []
    run(router, redistribute_bgp=True)
    assert [write[2] for write in writes(router)] == [{"redistribute": "bgp"}]


@pytest.mark.parametrize("release", ["6.49", "7.18.2"])
def test_an_area_of_others_with_the_name_is_not_moved(release: str) -> None:
    router = FakeRouter(release)
    row = {"name": "far", "area_id": "0.0.0.9", "instance": "default"}
    if not release.startswith("6"):
        router.put("routing/ospf/instance", name="default")
    router.put("routing/ospf/area", **row)
    with pytest.raises(Refused, match=r"OSPF area far: found area-id=0\.0\.0\.9, instance=def"):
        run(router, areas=[{"name": "far", "area_id": "0.0.0.1"}])
    assert router.writes == []


def test_without_areas_the_instance_must_be_there() -> None:
    with pytest.raises(Refused, match="the router has no OSPF instance 'inner'"):
        run(FakeRouter("7.18.2"), instance="inner", redistribute_bgp=True)


def test_other_filters_of_ours_are_left_where_only_ospf_is_described() -> None:
    router = FakeRouter("7.18.2")
    described = {"filters": [{"name": "in", "default": "accept"}]}
    converge(router, describe(parameters(**described)))
    run(router, redistribute_bgp=True, metric=33, areas=AREAS)
    assert [row["chain"] for row in router.menus["routing/filter/rule"]] == ["in", CHAIN, CHAIN]


@pytest.mark.parametrize("release", ["6.49", "7.18.2"])
def test_what_is_ours_of_ospf_goes_alone(release: str) -> None:
    router = FakeRouter(release)
    before = router.configuration()
    run(router, redistribute_bgp=True, metric=33, areas=AREAS)
    run(router, state="absent")
    for menu, rows in router.configuration().items():
        assert [{**row, "comment": ""} for row in rows] == [
            {**row, "comment": ""} for row in before[menu]
        ]
