# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""RouterOS 6: instance, areas, networks and interfaces."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence

from calico_lab.routeros.bgp.common import NO_ROUTER_ID, Surroundings
from calico_lab.routeros.errors import Unsupported
from calico_lab.routeros.filters import v6 as filters
from calico_lab.routeros.filters.program import Program, from_source
from calico_lab.routeros.ospf.model import (
    Area,
    DefaultRoute,
    Ospf,
    OspfInterface,
    Redistribution,
)
from calico_lab.routeros.store import Store
from calico_lab.routeros.values import seconds

INSTANCE = "routing/ospf/instance"
SOURCES = ("connected", "static", "bgp")
_NETWORK_TYPES = {
    "broadcast": "broadcast",
    "nbma": "non-broadcast",
    "point-to-point": "point-to-point",
    "ptmp": "point-to-multipoint",
}

Values = Mapping[str, str]


def speaker(store: Store, around: Surroundings) -> Ospf | None:
    """The OSPF speaker; None without a network in it. Unsupported for what ospfd can not do."""
    instances = {row.values["name"]: row.values for row in store.active(INSTANCE)}
    areas = {
        row.values["name"]: row.values
        for row in store.active("routing/ospf/area")
        if row.values.get("instance", "default") in instances
    }
    interfaces = _interfaces(store, areas, around)
    used = {areas[name].get("instance", "default") for name, _ in interfaces}
    if not used:
        return None
    if len(used) > 1:
        raise Unsupported(f"networks in several OSPF instances ({', '.join(sorted(used))})")
    instance = instances[used.pop()]
    if instance.get("routing-table"):
        raise Unsupported("an OSPF instance in another routing table")
    chain = instance.get("in-filter", "ospf-in")
    if filters.rules(store, chain):
        raise Unsupported(f"rules in the in-filter {chain} of an OSPF instance")
    router_id = instance.get("router-id", NO_ROUTER_ID)
    if router_id == NO_ROUTER_ID:
        router_id = around.own_router_id()
    if router_id == NO_ROUTER_ID:
        return None
    return Ospf(
        instance["name"],
        router_id,
        tuple(
            _area(values)
            for values in areas.values()
            if values.get("instance", "default") == instance["name"]
        ),
        tuple(item for _, item in interfaces),
        tuple(_redistributed(store, instance)),
        _default(instance),
    )


def _area(values: Values) -> Area:
    if values.get("translator-role", "translate-candidate") != "translate-candidate":
        raise Unsupported("translator-role of an OSPF area")
    cost = values.get("default-cost")
    return Area(
        values.get("area-id", "0.0.0.0"),
        values.get("type", "default"),
        values.get("inject-summary-lsas") == "false",
        None if cost is None else int(cost),
    )


def _interfaces(
    store: Store, areas: Mapping[str, Values], around: Surroundings
) -> list[tuple[str, OspfInterface]]:
    found: dict[str, tuple[str, OspfInterface]] = {}
    settings = {
        row.values["interface"]: row.values for row in store.active("routing/ospf/interface")
    }
    for row in store.active("routing/ospf/network"):
        area = row.values.get("area", "")
        network = ipaddress.ip_network(row.values["network"])
        for entry in around.assigned():
            name = entry.interface
            if area in areas and entry.ip in network and name not in ("lo", *found):
                number = areas[area].get("area-id", "0.0.0.0")
                values = settings.get(name, settings.get("all", {}))
                found[name] = area, _interface(values, name, number)
    return list(found.values())


def _interface(values: Values, name: str, area: str) -> OspfInterface:
    if values.get("use-bfd") == "true":
        raise Unsupported("use-bfd of an OSPF interface")
    kind = values.get("network-type", "default")
    return OspfInterface(
        name,
        area,
        cost=int(values.get("cost", "10")),
        priority=int(values.get("priority", "1")),
        hello=seconds(values.get("hello-interval", "10s")),
        dead=seconds(values.get("dead-interval", "40s")),
        retransmit=seconds(values.get("retransmit-interval", "5s")),
        delay=seconds(values.get("transmit-delay", "1s")),
        network_type=_NETWORK_TYPES.get(kind),
        passive=values.get("passive") == "true",
        key=_key(values),
    )


def _key(values: Values) -> tuple[int | None, str] | None:
    kind = values.get("authentication", "none")
    if kind == "none":
        return None
    number = int(values.get("authentication-key-id", "1")) if kind == "md5" else None
    return number, values.get("authentication-key", "")


def _redistributed(store: Store, instance: Values) -> Sequence[Redistribution]:
    found = []
    chain = instance.get("out-filter", "ospf-out")
    for source in SOURCES:
        kind = instance.get(f"redistribute-{source}", "no")
        if kind == "no":
            continue
        policy = Program()
        compiler = filters.Compiler(lambda name: filters.rules(store, name), None)
        compiler.chain(policy, chain)
        metric = instance.get(f"metric-{source}", "auto" if source == "bgp" else "20")
        found.append(
            Redistribution(
                source,
                int(kind[-1]),
                None if metric == "auto" else int(metric),
                from_source(policy, source),
            )
        )
    return found


def _default(instance: Values) -> DefaultRoute | None:
    text = instance.get("distribute-default", "never")
    if text == "never":
        return None
    return DefaultRoute(
        text.startswith("always"), int(text[-1]), int(instance.get("metric-default", "1"))
    )
