# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""RouterOS 6: instances, peers, networks and aggregates."""

from __future__ import annotations

from collections.abc import Sequence

from calico_lab.routeros.bgp.bfd import of_interface
from calico_lab.routeros.bgp.common import (
    NO_ROUTER_ID,
    OFFERED,
    Surroundings,
    families,
    known_sources,
    offer,
    require_distinct,
    static_routes,
    timers,
)
from calico_lab.routeros.bgp.model import Aggregate, Neighbor, Plan, Speaker
from calico_lab.routeros.errors import Unsupported
from calico_lab.routeros.filters import v6 as filters
from calico_lab.routeros.filters.program import Mark, Program, Verdict
from calico_lab.routeros.ospf import v6 as ospf
from calico_lab.routeros.store import Row, Store
from calico_lab.routeros.values import seconds

_SOURCES = ("connected", "static", "rip", "ospf", "other-bgp")


def plan(store: Store, around: Surroundings) -> Plan:
    """Translate the configuration; Unsupported for what FRR can not do here."""
    return Plan(_speaker(store, around), static_routes(store), ospf=ospf.speaker(store, around))


def _speaker(store: Store, around: Surroundings) -> Speaker | None:
    instances = {row.values["name"]: row for row in store.active("routing/bgp/instance")}
    peers = [
        row
        for row in store.active("routing/bgp/peer")
        if row.values.get("instance", "default") in instances
    ]
    used = {row.values.get("instance", "default") for row in peers}
    if not used:
        return None
    if len(used) > 1:
        raise Unsupported(f"peers in several BGP instances ({', '.join(sorted(used))})")
    instance = instances[used.pop()].values
    for name in ("confederation", "confederation-peers"):
        if name in instance:
            raise Unsupported(f"{name} of a BGP instance")
    if instance.get("routing-table"):
        raise Unsupported("a BGP instance in another routing table")
    router_id = instance.get("router-id", NO_ROUTER_ID)
    if router_id == NO_ROUTER_ID:
        router_id = around.own_router_id()
    if router_id == NO_ROUTER_ID:
        return None
    own_as = int(instance.get("as", "65530"))
    require_distinct((row.values["name"], row.values["remote-address"]) for row in peers)
    networks = store.active("routing/bgp/network")
    checked = [row.values["network"] for row in networks if _synchronised(row)]
    sources = [source for source in _SOURCES if instance.get(f"redistribute-{source}") == "true"]
    aggregates = tuple(_aggregate(row) for row in store.active("routing/bgp/aggregate"))
    conditional = any(row.values.get("default-originate") == "if-installed" for row in peers)
    return Speaker(
        own_as,
        router_id,
        cluster_id=instance.get("cluster-id"),
        reflect_between_clients=instance.get("client-to-client-reflection") != "false",
        ignore_path_length=instance.get("ignore-as-path-len") == "true",
        sources=known_sources(sources, bool(checked) or conditional)
        if aggregates
        else frozenset(OFFERED),
        networks=tuple(row.values["network"] for row in networks if not _synchronised(row)),
        aggregates=aggregates,
        neighbors=tuple(
            _neighbor(store, row, own_as, instance.get("out-filter", ""), sources, checked, around)
            for row in peers
        ),
    )


def _synchronised(row: Row) -> bool:
    return row.values.get("synchronize", "true") == "true"


def _aggregate(row: Row) -> Aggregate:
    values = row.values
    for name in ("advertise-filter", "attribute-filter", "suppress-filter"):
        if values.get(name):
            raise Unsupported(f"{name} of a BGP aggregate")
    if values.get("include-igp") == "true":
        raise Unsupported("include-igp of a BGP aggregate")
    return Aggregate(values["prefix"], values.get("summary-only") != "false")


def _neighbor(
    store: Store,
    row: Row,
    own_as: int,
    instance_filter: str,
    sources: Sequence[str],
    networks: Sequence[str],
    around: Surroundings,
) -> Neighbor:
    values = row.values
    hold, keepalive = timers(values)
    internal = int(values["remote-as"]) == own_as
    originate = values.get("default-originate", "never")
    outbound = Program()
    offer(outbound, sources, networks, default=originate == "if-installed")
    for name in filter(None, (instance_filter, values.get("out-filter", ""))):
        _through(store, own_as, outbound, name)
    outbound.add(Verdict(True))
    inbound = None
    if values.get("in-filter"):
        inbound = Program()
        _compiler(store, own_as).chain(inbound, values["in-filter"])
    restart = values.get("max-prefix-restart-time")
    return Neighbor(
        values["name"],
        values["remote-address"],
        values["remote-as"],
        source=values.get("update-source"),
        password=values.get("tcp-md5-key") or None,
        hold=hold,
        keepalive=keepalive,
        ttl=None if internal else _ttl(values.get("ttl", "default"), values.get("multihop")),
        passive=values.get("passive") == "true",
        port=int(values["remote-port"]) if "remote-port" in values else None,
        families=families(values.get("address-families", "ip")),
        reflector_client=internal and values.get("route-reflect") == "true",
        next_hop=values.get("nexthop-choice", "default"),
        originate_default=originate == "always",
        remove_private_as=values.get("remove-private-as") == "true",
        as_override=values.get("as-override") == "true",
        allow_as=int(values["allow-as-in"]) if "allow-as-in" in values else None,
        limit=int(values["max-prefix-limit"]) if "max-prefix-limit" in values else None,
        limit_restart=_minutes(restart) if restart and restart != "infinity" else None,
        bfd=of_interface(store, values["remote-address"], around)
        if values.get("use-bfd") == "true"
        else None,
        inbound=inbound,
        outbound=outbound,
    )


def _ttl(text: str, multihop: str | None) -> int | None:
    if text == "default":
        return 255 if multihop == "true" else None
    return int(text)


def _minutes(text: str) -> int:
    return max(1, round(seconds(text) / 60))


def _compiler(store: Store, own_as: int) -> filters.Compiler:
    return filters.Compiler(lambda name: filters.rules(store, name), own_as)


def _through(store: Store, own_as: int, program: Program, chain: str) -> None:
    """Add a chain whose accepted routes go on to what follows in the program."""
    onward = program.label()
    _compiler(store, own_as).chain(program, chain, onward)
    program.add(Mark(onward))
