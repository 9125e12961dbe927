# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From module parameters to an OSPF instance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from .description import Ospf, OspfArea
from .faults import Faults, a_name, identifier

#: Metric of an external route (RFC 2328, A.4.5): three octets, all ones is unreachable.
MAX_METRIC = 2**24 - 2


def _areas(items: Sequence[Mapping[str, Any]], faults: Faults) -> tuple[OspfArea, ...]:
    areas = []
    for position, item in enumerate(items):
        where = f"ospf.areas[{position}]"
        networks = [
            faults.check(
                f"{where}.networks[{place}]",
                text,
                lambda value: str(IPv4Network(value)),
                "an IPv4 network without host bits, such as 192.168.0.0/24",
            )
            for place, text in enumerate(item["networks"] or ())
        ]
        areas.append(
            OspfArea(
                faults.check(f"{where}.name", item["name"], a_name, "a name") or "",
                faults.check(
                    f"{where}.area_id",
                    item["area_id"],
                    lambda text: str(IPv4Address(text)),
                    "an area ID in the form of an IPv4 address, such as 0.0.0.0",
                )
                or "",
                tuple(network for network in networks if network),
            )
        )
    faults.duplicates("ospf.areas", [area.name for area in areas], "name")
    faults.duplicates("ospf.areas", [area.area_id for area in areas if area.area_id], "area_id")
    everywhere = [network for area in areas for network in area.networks]
    faults.duplicates("ospf.areas", everywhere, "network")
    return tuple(areas)


def check_ospf(item: Mapping[str, Any], faults: Faults) -> Ospf:
    """Return the OSPF instance that module parameters make."""
    if item["state"] == "absent":
        return Ospf(item["instance"], absent=True)
    metric = faults.number("ospf.metric", item["metric"], 0, MAX_METRIC)
    kind = item["metric_type"]
    for name, value in (("metric", metric), ("metric_type", kind)):
        if value is not None and not item["redistribute_bgp"]:
            faults.add(f"ospf.{name}", value, "redistribute_bgp true, as it is for such routes")
    return Ospf(
        instance=faults.check("ospf.instance", item["instance"], a_name, "a name") or "",
        redistribute_bgp=item["redistribute_bgp"],
        metric=metric,
        metric_type=kind,
        output_filter=item["output_filter"] or None,
        router_id=faults.check(
            "ospf.router_id",
            item["router_id"],
            identifier,
            "a plain IPv4 address other than 0.0.0.0",
        ),
        areas=None if item["areas"] is None else _areas(item["areas"], faults),
        comment=item["comment"],
    )
