# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""RouterOS 7: connections with their templates, and from 7.20 on instances."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from calico_lab.routeros.bgp.bfd import permitted
from calico_lab.routeros.bgp.common import (
    FAMILIES,
    NO_AS,
    NO_ROUTER_ID,
    OFFERED,
    Surroundings,
    address_list,
    edition,
    families,
    offer,
    require_distinct,
    static_routes,
    timers,
)
from calico_lab.routeros.bgp.model import Bfd, Neighbor, Plan, Speaker
from calico_lab.routeros.errors import Unsupported
from calico_lab.routeros.filters import v7 as filters
from calico_lab.routeros.filters.program import InNetworks, Mark, Program, Span, Test, Verdict
from calico_lab.routeros.ospf import v7 as ospf
from calico_lab.routeros.store import Row, Store

CONNECTION = "routing/bgp/connection"
#: RFC 9234's roles by RouterOS's names.
_ROLES = {
    "ebgp-customer": "customer",
    "ebgp-peer": "peer",
    "ebgp-provider": "provider",
    "ebgp-rs": "rs-server",
    "ebgp-rs-client": "rs-client",
}
#: What FRR has nothing for, or only for the whole router.
_UNTRANSLATED = (
    "input.accept-communities",
    "input.accept-ext-communities",
    "input.accept-large-communities",
    "input.accept-unknown",
    "input.filter-communities",
    "input.filter-ext-communities",
    "input.filter-large-communities",
    "input.filter-nlri",
    "input.filter-unknown",
    "input.limit-process-routes-ipv4",
    "input.limit-process-routes-ipv6",
    "local.port",
    "output.filter-select",
    "remote.allowed-as",
    "remote.ttl",
    "save-to",
)
#: What only concerns RouterOS's own processes or the encoding of VPLS: without effect here.
_WITHOUT_EFFECT = ("input.affinity", "output.affinity", "cisco-vpls-nlri-len-fmt")
_SPEAKER_WIDE = ("cluster-id", "router-id", "input.ignore-as-path-len")

Values = Mapping[str, str]


@dataclass(frozen=True)
class Connection:
    """A connection with what it takes from its templates, and its instance from 7.20 on."""

    row: Row
    values: Values
    instance: Values

    @property
    def name(self) -> str:
        return self.row.values["name"]

    @property
    def own_as(self) -> int | None:
        text = self.values.get("as", self.instance.get("as"))
        return None if text is None else int(text)

    @property
    def role(self) -> str:
        return self.values["local.role"]

    @property
    def internal(self) -> bool:
        return self.role.startswith("ibgp")

    def wide(self, name: str) -> str | None:
        """A setting that is of the instance from 7.20 on, of the connection before."""
        own = name.removeprefix("input.")
        return self.instance.get(own, self.values.get(name))


def connections(store: Store) -> list[Connection]:
    """All enabled connections with their effective values."""
    found = []
    for row in store.active(CONNECTION):
        values = dict(row.values)
        _inherit(store, values, row.values.get("templates", ""), set())
        instance = store.find("routing/bgp/instance", values.get("instance", ""))
        found.append(Connection(row, values, instance.values if instance else {}))
    return found


def _inherit(store: Store, values: dict[str, str], templates: str, seen: set[str]) -> None:
    for name in filter(None, templates.split(",")):
        template = store.find("routing/bgp/template", name)
        if name in seen or template is None or template.disabled:
            continue
        seen.add(name)
        for key, value in template.values.items():
            if key not in ("name", "comment", "disabled", "templates"):
                values.setdefault(key, value)
        _inherit(store, values, template.values.get("templates", ""), seen)


def source_address(connection: Connection, around: Surroundings) -> str | None:
    """The session's own address; RouterOS picks one for iBGP, see the manual's peering page.

    Without ``local.address`` an iBGP session uses the highest loopback address, else the highest
    address of the router; an eBGP session that of the outgoing interface.
    """
    text = connection.values.get("local.address")
    remote = connection.values.get("remote.address")
    if text is not None or remote is None or not connection.internal:
        return text
    version = ipaddress.ip_interface(remote).version
    assigned = [entry for entry in around.assigned() if entry.version == version]
    loopback = [entry for entry in assigned if entry.interface == "lo"]
    addresses = [entry.ip for entry in loopback or assigned]
    return str(max(addresses, key=int)) if addresses else None


def plan(store: Store, around: Surroundings) -> Plan:
    """Translate the configuration; Unsupported for what FRR can not do here."""
    faults: dict[tuple[str, int], str] = {}
    ready = []
    for connection in connections(store):
        name = connection.instance.get("name")
        if connection.own_as is None:
            faults[CONNECTION, connection.row.number] = "no AS number"
        elif connection.instance.get("disabled") == "true":
            faults[CONNECTION, connection.row.number] = f"instance {name} is disabled"
        elif "remote.address" not in connection.values:
            faults[CONNECTION, connection.row.number] = "no remote address"
        else:
            ready.append(connection)
    for row in store.active("routing/filter/rule"):
        try:
            filters.parse(row.values.get("rule", ""))
        except filters.RuleFault as fault:
            faults["routing/filter/rule", row.number] = str(fault)
    router_id = _router_id(store, ready, around) if ready else NO_ROUTER_ID
    speaker = None
    if router_id == NO_ROUTER_ID:
        told = f"invalid value '{NO_ROUTER_ID}' of 'router-id'"
        faults.update({(CONNECTION, item.row.number): told for item in ready})
    else:
        speaker = _speaker(store, ready, router_id, around)
    return Plan(speaker, static_routes(store), faults, ospf.speaker(store, around))


def _speaker(
    store: Store, ready: list[Connection], router_id: str, around: Surroundings
) -> Speaker:
    own_as = _speaker_as(ready)
    require_distinct((item.name, remote_address(item)) for item in ready)
    paths = {item.instance.get("multipath", "1") for item in ready}
    if len(paths) > 1:
        raise Unsupported("BGP instances with different multipath")
    unreflected = [
        item for item in ready if _on(item.values, "output.no-client-to-client-reflection")
    ]
    if unreflected and len(unreflected) < len([item for item in ready if item.role == "ibgp-rr"]):
        raise Unsupported("output.no-client-to-client-reflection for some clients only")
    networks: set[str] = set()
    for item in ready:
        if _on(item.values, "output.network-blackhole"):
            networks.update(address_list(store, item.values.get("output.network", "")))
    if networks and any(not _on(i.values, "output.network-blackhole") for i in ready):
        raise Unsupported("output.network-blackhole for some connections only")
    return Speaker(
        own_as,
        router_id,
        cluster_id=_common(ready, "cluster-id"),
        reflect_between_clients=not unreflected,
        ignore_path_length=_common(ready, "input.ignore-as-path-len") == "true",
        multipath=int(paths.pop()),
        sources=frozenset(OFFERED),
        networks=tuple(sorted(networks)),
        neighbors=tuple(_neighbor(store, item, own_as, around) for item in ready),
    )


def _speaker_as(ready: Iterable[Connection]) -> int:
    """The speaker's AS: that of its iBGP sessions; others may be spoken with another own AS."""
    ready = list(ready)
    internal = sorted({item.own_as for item in ready if item.internal and item.own_as is not None})
    if len(internal) > 1:
        raise Unsupported(f"iBGP connections in several AS ({', '.join(map(str, internal))})")
    own = internal or [item.own_as for item in ready if item.own_as is not None]
    return own[0]


def _router_id(store: Store, ready: Iterable[Connection], around: Surroundings) -> str:
    found = set()
    for item in ready:
        text = item.wide("router-id") or "main"
        row = store.find("routing/id", text)
        if row is not None:
            text = row.values.get("id", "")
        found.add(text or around.own_router_id())
    if len(found) > 1:
        raise Unsupported(f"several router IDs ({', '.join(sorted(found))})")
    return found.pop()


def _common(ready: Iterable[Connection], name: str) -> str | None:
    found = {item.wide(name) for item in ready}
    if len(found) > 1 and name != "cluster-id":
        raise Unsupported(f"connections with different {name}")
    found.discard(None)
    if len(found) > 1:
        raise Unsupported(f"connections with different {name}")
    return found.pop() if found else None


def remote_address(connection: Connection) -> str:
    """The one address of the other side; Unsupported for a whole network."""
    text = connection.values["remote.address"]
    try:
        network = ipaddress.ip_network(text)
    except ValueError:
        raise Unsupported(f"remote.address={text}") from None
    if network.prefixlen != network.max_prefixlen:
        raise Unsupported(f"remote.address={text}: sessions with a whole network")
    return str(network.network_address)


def _neighbor(
    store: Store, connection: Connection, speaker_as: int, around: Surroundings
) -> Neighbor:
    values = connection.values
    for name in _UNTRANSLATED:
        if name in values:
            raise Unsupported(f"{name} of a BGP connection")
    for name in ("routing-table", "vrf"):
        if values.get(name, connection.instance.get(name, "main")) != "main":
            raise Unsupported(f"{name} of a BGP connection other than main")
    if values.get("listen") == "false":
        raise Unsupported("listen=no of a BGP connection")
    own_as = connection.own_as
    assert own_as is not None
    remote_as = _remote_as(connection, own_as)
    hold, keepalive = timers(values)
    originate = values.get("output.default-originate", "never")
    compiler = filters.Compiler(
        lambda chain: filters.rules(store, chain), lambda name: address_list(store, name), own_as
    )
    outbound = Program()
    offer(
        outbound,
        _listed(values, "output.redistribute"),
        address_list(store, values.get("output.network", "")),
        default=originate == "if-installed",
    )
    if int(values.get("output.default-prepend", "0")):
        raise Unsupported("output.default-prepend of a BGP connection")
    chain = values.get("output.filter-chain")
    if chain:
        compiler.chain(outbound, chain)
    else:
        outbound.add(Verdict(True))
    return Neighbor(
        connection.name,
        remote_address(connection),
        remote_as,
        edition=edition(values, connection.instance),
        local_as=own_as if own_as != speaker_as else None,
        source=source_address(connection, around),
        password=values.get("tcp-md5-key") or None,
        hold=hold,
        keepalive=keepalive,
        ttl=None if connection.internal else _ttl(values),
        passive=values.get("connect") == "false",
        port=int(values["remote.port"]) if "remote.port" in values else None,
        families=families(values.get("afi", values.get("address-families", "ip"))),
        reflector_client=connection.role == "ibgp-rr" and remote_as != NO_AS,
        next_hop=values.get("nexthop-choice", "default"),
        originate_default=originate == "always",
        remove_private_as=_on(values, "output.remove-private-as")
        or _on(values, "remove-private-as"),
        as_override=_on(values, "output.as-override") or _on(values, "as-override"),
        allow_as=int(values["input.allow-as"]) if "input.allow-as" in values else None,
        role=_ROLES.get(connection.role),
        bfd=bfd(store, connection, around),
        send_all_paths=FAMILIES
        if values.get("add-path-out") == "all"
        else _listed(values, "output.add-path"),
        take_all_paths=_listed(values, "input.add-path"),
        inbound=_inbound(store, compiler, values),
        outbound=outbound,
    )


def bfd(store: Store, connection: Connection, around: Surroundings) -> Bfd | None:
    """The BFD of a session; None where it is not wanted, or forbidden."""
    if not _on(connection.values, "use-bfd"):
        return None
    multihop = not connection.internal and _on(connection.values, "multihop")
    return permitted(store, remote_address(connection), multihop, around)


def _remote_as(connection: Connection, own_as: int) -> str:
    """The AS to expect: every session with another one ends with Bad Peer AS.

    Where the role contradicts the numbers that is every session: no AS is right.
    """
    text = connection.values.get("remote.as")
    if text is None:
        return "internal" if connection.internal else "external"
    return text if connection.internal == (int(text) == own_as) else NO_AS


def _inbound(store: Store, compiler: filters.Compiler, values: Values) -> Program | None:
    accepted = values.get("input.accept-nlri")
    chain = values.get("input.filter")
    if not accepted and not chain:
        return None
    program = Program()
    if accepted:
        passing = program.label()
        spans = [_exact(network) for network in address_list(store, accepted)]
        for version in (4, 6):
            group = tuple(span for span in spans if span.version == version)
            if group:
                program.add(Test(InNetworks(group), passing))
        program.add(Verdict(False), Mark(passing))
    if chain:
        compiler.chain(program, chain)
    else:
        program.add(Verdict(True))
    return program


def _exact(network: str) -> Span:
    length = int(network.partition("/")[2])
    return Span(network, length, length)


def _ttl(values: Values) -> int | None:
    if "local.ttl" in values:
        return int(values["local.ttl"])
    return 255 if _on(values, "multihop") else None


def _listed(values: Values, name: str) -> tuple[str, ...]:
    return tuple(filter(None, values.get(name, "").split(",")))


def _on(values: Values, name: str) -> bool:
    return values.get(name) == "true"
