# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""OSPF version 2, as far as it takes over routes from BGP: menus and rows of RouterOS 6 and 7.

RouterOS 6 keeps metric and type of such routes on the instance, 7 in the instance's output filter.
RouterOS 6 has an instance ``default`` and an area ``backbone`` that cannot be removed.
Facts: captured rows and exports of RouterOS 6, argument lists of real routers for 7.
"""

from __future__ import annotations

from .description import Ospf, OspfArea
from .filters import ospf_chain
from .menus import COMMON, V6_FILTER, V7_FILTER, Menu, Property, text_property
from .release import Release
from .values import Kind, Value

_INSTANCE, _AREA = "routing/ospf/instance", "routing/ospf/area"

_V6_INSTANCE = Menu(
    _INSTANCE,
    "OSPF instance",
    "name",
    {
        "name": text_property(),
        "router-id": Property(Kind.ADDRESS, "0.0.0.0", "0.0.0.0"),
        "redistribute-bgp": text_property("no", "no"),
        "metric-bgp": text_property("auto", "auto"),
        "out-filter": text_property("ospf-out", "ospf-out"),
        **COMMON,
    },
    (("name",),),
    frozenset(
        {
            "distribute-default",
            "in-filter",
            "metric-connected",
            "metric-default",
            "metric-other-ospf",
            "metric-rip",
            "metric-static",
            "redistribute-connected",
            "redistribute-other-ospf",
            "redistribute-rip",
            "redistribute-static",
            "routing-table",
        }
    ),
    refers={"out-filter": V6_FILTER},
    builtin="default",
)

_V7_INSTANCE = Menu(
    _INSTANCE,
    "OSPF instance",
    "name",
    {
        "name": text_property(),
        "router-id": Property(Kind.ADDRESS, "main", "main"),
        "redistribute": Property(Kind.NAMES),
        "out-filter-chain": text_property(),
        **COMMON,
    },
    (("name",),),
    frozenset(
        {
            "domain-id",
            "domain-tag",
            "in-filter-chain",
            "mpls-te-address",
            "mpls-te-area",
            "originate-default",
            "out-filter-select",
            "routing-table",
            "use-dn",
            "version",
            "vrf",
        }
    ),
    refers={"out-filter-chain": V7_FILTER},
)

_V6_AREA = Menu(
    _AREA,
    "OSPF area",
    "name",
    {
        "name": text_property(),
        "area-id": Property(Kind.ADDRESS, "0.0.0.0", "0.0.0.0"),
        "instance": text_property("default", "default"),
        **COMMON,
    },
    (("name",),),
    frozenset({"default-cost", "inject-summary-lsas", "translator-role", "type"}),
    refers={"instance": _INSTANCE},
    builtin="backbone",
)

_V7_AREA = Menu(
    _AREA,
    "OSPF area",
    "name",
    {
        "name": text_property(),
        "area-id": Property(Kind.ADDRESS, "0.0.0.0", "0.0.0.0"),
        "instance": text_property(),
        **COMMON,
    },
    (("name",),),
    frozenset({"default-cost", "no-summaries", "nssa-translator", "type"}),
    refers={"instance": _INSTANCE},
)

_V6_NETWORK = Menu(
    "routing/ospf/network",
    "OSPF network",
    "network",
    {"network": Property(Kind.PREFIX), "area": text_property(), **COMMON},
    (("network",),),
    refers={"area": _AREA},
)

_V7_TEMPLATE = Menu(
    "routing/ospf/interface-template",
    "OSPF interface template",
    "networks",
    {"networks": Property(Kind.PREFIX), "area": text_property(), **COMMON},
    (("networks", "area"),),
    frozenset(
        {
            "auth",
            "auth-id",
            "auth-key",
            "cost",
            "dead-interval",
            "hello-interval",
            "instance-id",
            "interfaces",
            "passive",
            "prefix-list",
            "priority",
            "retransmit-interval",
            "transmit-delay",
            "type",
            "use-bfd",
            "vlink-neighbor-id",
            "vlink-transit-area",
        }
    ),
    refers={"area": _AREA},
)


def ospf_menus(release: Release) -> tuple[Menu, Menu, Menu]:
    """Return the menus of instances, of areas, and of the networks in areas."""
    if release.major == 6:
        return _V6_INSTANCE, _V6_AREA, _V6_NETWORK
    return _V7_INSTANCE, _V7_AREA, _V7_TEMPLATE


def instance_row(ospf: Ospf, release: Release) -> dict[str, Value]:
    """Return the properties of the instance; ``None`` is not named."""
    row: dict[str, Value] = {
        "name": ospf.instance,
        "router-id": ospf.router_id,
        "disabled": False,
    }
    if release.major == 6:
        if ospf.redistribute_bgp is not None:
            kind = f"as-type-{ospf.metric_type or 1}"
            row["redistribute-bgp"] = kind if ospf.redistribute_bgp else "no"
        row["metric-bgp"] = None if ospf.metric is None else str(ospf.metric)
        row["out-filter"] = ospf.output_filter
        return row
    if ospf.redistribute_bgp is not None:
        row["redistribute"] = ("bgp",) if ospf.redistribute_bgp else ()
    row["out-filter-chain"] = ospf_chain(ospf)
    return row


def area_row(ospf: Ospf, area: OspfArea) -> dict[str, Value]:
    """Return the properties of an area."""
    return {
        "name": area.name,
        "area-id": area.area_id,
        "instance": ospf.instance,
        "disabled": False,
    }


def network_row(release: Release, area: OspfArea, network: str) -> dict[str, Value]:
    """Return the properties of a network in an area."""
    name = "network" if release.major == 6 else "networks"
    return {name: network, "area": area.name, "disabled": False}
