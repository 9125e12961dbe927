# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""RouterOS 7: instance, areas and interface templates."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence

from calico_lab.routeros.bgp.common import NO_ROUTER_ID, Surroundings, address_list
from calico_lab.routeros.errors import Unsupported
from calico_lab.routeros.filters import v7 as filters
from calico_lab.routeros.filters.program import Program, from_source
from calico_lab.routeros.network import Assigned
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
#: What of a routing table ospfd can redistribute here; the lab has no route of another kind.
SOURCES = ("connected", "static", "bgp")
#: Without a filter that says otherwise; published values are not to be had, these are ospfd's own.
_EXTERNAL_TYPE = 2
_UNTRANSLATED = (
    "domain-id",
    "domain-tag",
    "in-filter-chain",
    "mpls-te-address",
    "mpls-te-area",
    "out-filter-select",
    "use-dn",
)
_EVERY = ("all", "static")
_NETWORK_TYPES = {
    "broadcast": "broadcast",
    "nbma": "non-broadcast",
    "ptmp": "point-to-multipoint",
    "ptp": "point-to-point",
}

Values = Mapping[str, str]


def speaker(store: Store, around: Surroundings) -> Ospf | None:
    """The OSPF speaker; None without an interface in it. Unsupported for what ospfd can not do."""
    instances = {row.values["name"]: row.values for row in store.active(INSTANCE)}
    areas = {
        row.values["name"]: row.values
        for row in store.active("routing/ospf/area")
        if row.values.get("instance") in instances
    }
    interfaces = _interfaces(store, areas, around)
    used = {areas[name]["instance"] for name, _ in interfaces}
    if not used:
        return None
    if len(used) > 1:
        raise Unsupported(f"interfaces in several OSPF instances ({', '.join(sorted(used))})")
    instance = instances[used.pop()]
    router_id = _router_id(store, instance, around)
    if router_id == NO_ROUTER_ID:
        return None
    _refuse(instance)
    return Ospf(
        instance["name"],
        router_id,
        tuple(_area(values) for values in areas.values() if values["instance"] == instance["name"]),
        tuple(item for _, item in interfaces),
        tuple(_redistributed(store, instance)),
        _default(instance.get("originate-default", "never")),
    )


def _refuse(instance: Values) -> None:
    for name in _UNTRANSLATED:
        if name in instance:
            raise Unsupported(f"{name} of an OSPF instance")
    if instance.get("version", "2") != "2":
        raise Unsupported(f"OSPF version {instance['version']}")
    for name in ("vrf", "routing-table"):
        if instance.get(name, "main") != "main":
            raise Unsupported(f"{name} of an OSPF instance other than main")


def _router_id(store: Store, instance: Values, around: Surroundings) -> str:
    text = instance.get("router-id", "main")
    row = store.find("routing/id", text)
    if row is not None:
        text = row.values.get("id", "")
    return text or around.own_router_id()


def _area(values: Values) -> Area:
    if "nssa-translator" in values:
        raise Unsupported("nssa-translator of an OSPF area")
    cost = values.get("default-cost")
    return Area(
        values.get("area-id", "0.0.0.0"),
        values.get("type", "default"),
        values.get("no-summaries") == "true",
        None if cost is None else int(cost),
    )


def _interfaces(
    store: Store, areas: Mapping[str, Values], around: Surroundings
) -> list[tuple[str, OspfInterface]]:
    """Each interface with the first template that fits, and the name of that one's area."""
    found: dict[str, tuple[str, OspfInterface]] = {}
    for row in store.active("routing/ospf/interface-template"):
        area = row.values.get("area", "")
        if area not in areas:
            continue
        for entry in around.assigned():
            fits = entry.version == 4 and _fits(row.values, entry)
            if fits and entry.interface != "lo" and entry.interface not in found:
                number = areas[area].get("area-id", "0.0.0.0")
                found[entry.interface] = area, _interface(row.values, entry.interface, number)
    return list(found.values())


def _fits(values: Values, entry: Assigned) -> bool:
    if "interfaces" in values:
        wanted = values["interfaces"].split(",")
        if not any(word in (*_EVERY, entry.interface) for word in wanted):
            return False
    if "networks" in values:
        networks = [ipaddress.ip_network(text) for text in values["networks"].split(",")]
        return any(entry.ip in network for network in networks)
    return True


def _interface(values: Values, name: str, area: str) -> OspfInterface:
    for option in ("prefix-list", "vlink-neighbor-id", "vlink-transit-area"):
        if option in values:
            raise Unsupported(f"{option} of an OSPF interface template")
    if values.get("use-bfd") == "true":
        raise Unsupported("use-bfd of an OSPF interface template")
    if values.get("instance-id", "0") != "0":
        raise Unsupported("instance-id of an OSPF interface template")
    kind = values.get("type", "broadcast")
    if kind not in _NETWORK_TYPES:
        raise Unsupported(f"OSPF network type {kind}")
    return OspfInterface(
        name,
        area,
        cost=int(values.get("cost", "1")),
        priority=int(values.get("priority", "128")),
        hello=seconds(values.get("hello-interval", "10s")),
        dead=seconds(values.get("dead-interval", "40s")),
        retransmit=seconds(values.get("retransmit-interval", "5s")),
        delay=seconds(values.get("transmit-delay", "1s")),
        network_type=_NETWORK_TYPES[kind],
        passive=values.get("passive") == "true",
        key=_key(values),
    )


def _key(values: Values) -> tuple[int | None, str] | None:
    kind = values.get("auth")
    if kind is None:
        return None
    if kind not in ("simple", "md5"):
        raise Unsupported(f"OSPF authentication {kind}")
    number = int(values.get("auth-id", "0")) if kind == "md5" else None
    return number, values.get("auth-key", "")


def _redistributed(store: Store, instance: Values) -> Sequence[Redistribution]:
    chain = instance.get("out-filter-chain")
    wanted = instance.get("redistribute", "").split(",")
    found = []
    for source in SOURCES:
        if source not in wanted:
            continue
        policy = None
        if chain:
            policy = Program()
            compiler = filters.Compiler(
                lambda name: filters.rules(store, name),
                lambda name: address_list(store, name),
                None,
            )
            compiler.chain(policy, chain)
            policy = from_source(policy, source)
        found.append(Redistribution(source, _EXTERNAL_TYPE, policy=policy))
    return found


def _default(text: str) -> DefaultRoute | None:
    return None if text == "never" else DefaultRoute(text == "always", _EXTERNAL_TYPE)
