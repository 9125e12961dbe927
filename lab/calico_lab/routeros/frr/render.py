# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""FRR's configuration for a plan.

Route maps, prefix lists and the like are named by a digest of their content. So a changed filter
is a new object beside the old one, and a neighbor moves from one to the other without a moment in
which neither holds.
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from calico_lab.routeros.bgp.model import Bfd, Neighbor, Plan, Speaker, StaticRoute
from calico_lab.routeros.errors import Unsupported
from calico_lab.routeros.filters.program import (
    AsPath,
    Change,
    FromSource,
    Goto,
    HasCommunities,
    InNetworks,
    Label,
    Mark,
    Match,
    Operation,
    Plain,
    Program,
    Test,
    Verdict,
)
from calico_lab.routeros.ospf.model import Ospf, OspfInterface

#: Tags by which a route map tells where a route came into BGP from.
TAGS = {"connected": 101, "static": 102, "ospf": 103, "rip": 104, "isis": 105}
_REDISTRIBUTED = ("connected", "static", "ospf")
_UNREACHED = 65535

#: By key: the line that sets, and the one that undoes it.
Settings = dict[str, tuple[str, str]]


@dataclass(frozen=True)
class Object:
    """A named part of the configuration: the lines that make it, and the one that removes it."""

    lines: tuple[str, ...]
    removal: str


@dataclass(frozen=True)
class NeighborConfig:
    """A neighbor's lines by address family (empty: the session's own), and its policies.

    ``bfd`` is the name of its BFD profile, if it has BFD.
    """

    session: tuple[str, ...]
    families: dict[str, tuple[str, ...]]
    policies: dict[str, tuple[str, ...]]
    edition: str
    bfd: str | None = None


@dataclass
class BgpConfig:
    """Everything below ``router bgp``. Settings are by key, with their undoing."""

    as_number: int
    settings: Settings = field(default_factory=dict)
    family_settings: dict[str, Settings] = field(default_factory=dict)
    neighbors: dict[str, NeighborConfig] = field(default_factory=dict)


@dataclass
class OspfConfig:
    """What is below ``router ospf`` and below each interface, by key with its undoing."""

    settings: Settings = field(default_factory=dict)
    interfaces: dict[str, Settings] = field(default_factory=dict)
    objects: dict[str, Object] = field(default_factory=dict)


@dataclass
class Config:
    """The whole configuration: of bgpd, its objects by name, and the other daemons' lines.

    The profiles of bfdd are lines by their name.
    """

    bgp: BgpConfig | None = None
    bfd_profiles: dict[str, tuple[str, ...]] = field(default_factory=dict)
    objects: dict[str, Object] = field(default_factory=dict)
    routes: tuple[str, ...] = ()
    ospf: OspfConfig | None = None


def render(plan: Plan) -> Config:
    """The configuration for ``plan``; Unsupported where FRR has no words for it."""
    config = Config(routes=tuple(line for route in plan.routes for line in _route(route)))
    if plan.speaker:
        config.bgp = _bgp(plan.speaker, config.objects)
        for neighbor in plan.speaker.neighbors:
            if neighbor.bfd:
                lines = _bfd_profile(neighbor.bfd)
                config.bfd_profiles[_named("bfd", lines)] = lines
    if plan.ospf:
        config.ospf = _ospf(plan.ospf)
    return config


def _ospf(ospf: Ospf) -> OspfConfig:
    config = OspfConfig()
    chosen = config.settings
    chosen["router-id"] = (f"ospf router-id {ospf.router_id}", "no ospf router-id")
    # The RFC's five seconds between two editions of an LSA would make every change wait.
    chosen["throttle"] = ("timers throttle lsa all 1500", "no timers throttle lsa all")
    for area in ospf.areas:
        line = f"area {area.number} {area.kind}"
        if area.kind != "default":
            summary = " no-summary" if area.no_summaries else ""
            chosen[f"area {area.number}"] = (f"{line}{summary}", f"no {line}")
        if area.default_cost is not None:
            line = f"area {area.number} default-cost"
            chosen[line] = (f"{line} {area.default_cost}", f"no {line}")
    for item in ospf.redistributed:
        line = f"redistribute {item.source}"
        words = [line, f"metric-type {item.external_type}"]
        if item.metric is not None:
            words.append(f"metric {item.metric}")
        if item.policy:
            words.append(f"route-map {_route_map(item.policy, config.objects)}")
        chosen[line] = (" ".join(words), f"no {line}")
    if ospf.default:
        line = "default-information originate"
        words = [line, *(["always"] if ospf.default.always else [])]
        if ospf.default.metric is not None:
            words.append(f"metric {ospf.default.metric}")
        words.append(f"metric-type {ospf.default.external_type}")
        chosen[line] = (" ".join(words), f"no {line}")
    for interface in ospf.interfaces:
        config.interfaces[interface.name] = _ospf_interface(interface)
    return config


def _ospf_interface(interface: OspfInterface) -> Settings:
    chosen: Settings = {}
    for key, value in (
        ("cost", interface.cost),
        ("priority", interface.priority),
        ("hello-interval", interface.hello),
        ("dead-interval", interface.dead),
        ("retransmit-interval", interface.retransmit),
        ("transmit-delay", interface.delay),
        ("network", interface.network_type),
    ):
        if value is not None:
            chosen[key] = (f"ip ospf {key} {value}", f"no ip ospf {key}")
    if interface.passive:
        chosen["passive"] = ("ip ospf passive", "no ip ospf passive")
    if interface.key:
        number, key = interface.key
        if not key or any(c.isspace() or not c.isprintable() for c in key):
            raise Unsupported("an OSPF key that is empty or holds white space")
        kind = "" if number is None else " message-digest"
        chosen["authentication"] = (f"ip ospf authentication{kind}", "no ip ospf authentication")
        line = "ip ospf authentication-key"
        if number is not None:
            line = f"ip ospf message-digest-key {number}"
        secret = key if number is None else f"md5 {key}"
        # Another key of the same number has to take the place of the first.
        chosen[f"{line} {secret}"] = (f"{line} {secret}", f"no {line}")
    # Last, so that no packet is sent before the rest is set.
    chosen["area"] = (f"ip ospf area {interface.area}", "no ip ospf area")
    return chosen


def _bfd_profile(bfd: Bfd) -> tuple[str, ...]:
    # RouterOS has no limit to the hops of a session.
    return (
        f"detect-multiplier {bfd.multiplier}",
        f"receive-interval {bfd.receive}",
        f"transmit-interval {bfd.transmit}",
        "minimum-ttl 1",
    )


def _route(route: StaticRoute) -> Iterable[str]:
    start = f"{'ipv6' if ':' in route.network else 'ip'} route {route.network}"
    if route.blackhole:
        yield f"{start} {route.blackhole} {route.distance}"
    for address, interface in route.hops:
        yield f"{start} {' '.join(filter(None, (address, interface)))} {route.distance}"


def _bgp(speaker: Speaker, objects: dict[str, Object]) -> BgpConfig:
    config = BgpConfig(speaker.as_number)
    chosen = config.settings
    for line in (
        "no bgp ebgp-requires-policy",
        "no bgp default ipv4-unicast",
        "no bgp network import-check",
        "no bgp suppress-duplicates",
    ):
        chosen[line] = (line, line.removeprefix("no "))
    chosen["router-id"] = (f"bgp router-id {speaker.router_id}", "no bgp router-id")
    if speaker.cluster_id:
        chosen["cluster-id"] = (f"bgp cluster-id {speaker.cluster_id}", "no bgp cluster-id")
    if not speaker.reflect_between_clients:
        line = "bgp client-to-client reflection"
        chosen["reflection"] = (f"no {line}", line)
    if speaker.ignore_path_length:
        line = "bgp bestpath as-path ignore"
        chosen["path-length"] = (line, f"no {line}")
    for family in ("ipv4", "ipv6"):
        config.family_settings[family] = _family(speaker, family, objects)
    for neighbor in speaker.neighbors:
        config.neighbors[neighbor.address] = _neighbor(neighbor, objects)
    return config


def _family(speaker: Speaker, family: str, objects: dict[str, Object]) -> Settings:
    chosen: Settings = {}
    for source in _REDISTRIBUTED:
        # The lab's OSPF is version 2, which is of IPv4.
        if source in speaker.sources and (source, family) != ("ospf", "ipv6"):
            name = f"from-{source}"
            # FRR prefers what it redistributes to what it learned; RouterOS leaves that to the
            # distances in its routing table, so what is redistributed must lose here.
            lines = (f"set tag {TAGS[source]}", "set weight 0", "set local-preference 0")
            objects[name] = Object(
                (f"route-map {name} permit 1", *lines, "exit"), f"no route-map {name}"
            )
            line = f"redistribute {source}"
            chosen[source] = (f"{line} route-map {name}", f"no {line}")
    if speaker.multipath > 1:
        for kind in ("", " ibgp"):
            line = f"maximum-paths{kind} {speaker.multipath}"
            chosen[f"paths{kind}"] = (line, f"no maximum-paths{kind}")
    version = 4 if family == "ipv4" else 6
    for network in speaker.networks:
        if ipaddress.ip_network(network).version == version:
            chosen[f"network {network}"] = (f"network {network}", f"no network {network}")
    for aggregate in speaker.aggregates:
        if ipaddress.ip_network(aggregate.network).version == version:
            line = f"aggregate-address {aggregate.network}"
            summary = " summary-only" if aggregate.summary_only else ""
            chosen[line] = (f"{line}{summary}", f"no {line}")
    return chosen


def _neighbor(neighbor: Neighbor, objects: dict[str, Object]) -> NeighborConfig:
    start = f"neighbor {neighbor.address}"
    session = [
        f"{start} remote-as {neighbor.remote_as}",
        f"{start} timers {neighbor.keepalive} {neighbor.hold}",
        f"{start} timers connect 2",
    ]
    for wanted, line in (
        (neighbor.local_as, f"local-as {neighbor.local_as} no-prepend replace-as"),
        (neighbor.source, f"update-source {neighbor.source}"),
        (neighbor.password, f"password {neighbor.password}"),
        (neighbor.ttl, f"ebgp-multihop {neighbor.ttl}"),
        (neighbor.passive, "passive"),
        (neighbor.port, f"port {neighbor.port}"),
        (neighbor.role, f"local-role {neighbor.role}"),
    ):
        if wanted:
            session.append(f"{start} {line}")
    if neighbor.password and any(c.isspace() or not c.isprintable() for c in neighbor.password):
        raise Unsupported("white space in tcp-md5-key")
    families: dict[str, tuple[str, ...]] = {}
    policies: dict[str, tuple[str, ...]] = {}
    for name in neighbor.families:
        family = "ipv4" if name == "ip" else "ipv6"
        families[family] = tuple(_family_lines(start, neighbor, name))
        policies[family] = tuple(
            f"{start} route-map {_route_map(program, objects)} {direction}"
            for program, direction in ((neighbor.inbound, "in"), (neighbor.outbound, "out"))
            if program
        )
    bfd = None
    if neighbor.bfd:
        bfd = _named("bfd", _bfd_profile(neighbor.bfd))
    return NeighborConfig(tuple(session), families, policies, neighbor.edition, bfd)


def _family_lines(start: str, neighbor: Neighbor, family: str) -> Iterable[str]:
    yield f"{start} activate"
    # Keeps what a filter refused, so that it can be shown and reconsidered.
    yield f"{start} soft-reconfiguration inbound"
    if family not in neighbor.take_all_paths:
        yield f"{start} disable-addpath-rx"
    for wanted, line in (
        (neighbor.reflector_client, "route-reflector-client"),
        (neighbor.next_hop == "force-self", "next-hop-self force"),
        (neighbor.next_hop == "propagate", "attribute-unchanged next-hop"),
        (neighbor.originate_default, "default-originate"),
        (neighbor.remove_private_as, "remove-private-AS"),
        (neighbor.as_override, "as-override"),
        (family in neighbor.send_all_paths, "addpath-tx-all-paths"),
    ):
        if wanted:
            yield f"{start} {line}"
    if neighbor.allow_as:
        yield f"{start} allowas-in {neighbor.allow_as}"
    if neighbor.limit is not None:
        restart = f" restart {neighbor.limit_restart}" if neighbor.limit_restart else ""
        yield f"{start} maximum-prefix {neighbor.limit}{restart}"


def _route_map(program: Program, objects: dict[str, Object]) -> str:
    """Add the route map of ``program``, and the lists that it needs; its name."""
    operations = [*program.operations, Verdict(False)]
    entries: list[Operation] = [item for item in operations if not isinstance(item, Mark)]
    if len(entries) >= _UNREACHED:
        raise Unsupported(f"a filter of {len(entries)} steps")
    places = _places(operations)
    blocks: list[list[str]] = []
    for number, item in enumerate(entries, 1):
        blocks.append(_entry(number, item, places, objects))
    name = _named("map", [line for block in blocks for line in block])
    lines = tuple(line.replace("{name}", name) for block in blocks for line in (*block, "exit"))
    objects[name] = Object(lines, f"no route-map {name}")
    return name


def _places(operations: Sequence[Operation]) -> dict[Label, int]:
    places: dict[Label, int] = {}
    number = 1
    for item in operations:
        if isinstance(item, Mark):
            places[item.label] = number
        else:
            number += 1
    return places


def _entry(
    number: int, item: Operation, places: dict[Label, int], objects: dict[str, Object]
) -> list[str]:
    if isinstance(item, Verdict):
        return [f"route-map {{name}} {'permit' if item.accept else 'deny'} {number}"]
    lines = [f"route-map {{name}} permit {number}"]
    if isinstance(item, Change):
        return [*lines, *(f"set {words}" for words in item.settings), "on-match next"]
    if isinstance(item, Goto):
        return [*lines, f"on-match goto {places[item.label]}"]
    if isinstance(item, Test):
        match = _match(item.match, objects)
        if match is None:
            # Nothing can match: an entry that is never taken keeps the numbering.
            match = f"match ip address prefix-list {_nothing(objects)}"
        return [*lines, match, f"on-match goto {places[item.label]}"]
    raise AssertionError(item)


def _match(match: Match, objects: dict[str, Object]) -> str | None:
    if isinstance(match, FromSource):
        if match.source == "bgp":
            raise Unsupported("filter condition protocol=bgp of a BGP filter")
        return f"match tag {TAGS[match.source]}" if match.source in TAGS else None
    if isinstance(match, Plain):
        return f"match {match.words}"
    if isinstance(match, AsPath):
        line = f"permit {match.expression}"
        name = _named("path", [line])
        start = f"bgp as-path access-list {name}"
        objects[name] = Object((f"{start} {line}",), f"no {start}")
        return f"match as-path {name}"
    if isinstance(match, HasCommunities):
        line = f"permit {' '.join(match.communities)}"
        name = _named("comm", [line])
        start = f"bgp community-list standard {name}"
        objects[name] = Object((f"{start} {line}",), f"no {start}")
        return f"match community {name}{' exact-match' if match.exact else ''}"
    family = "ip" if match.spans[0].version == 4 else "ipv6"
    lines = [line for line in map(_span, _usable(match)) if line]
    if not lines:
        return None
    return f"match {family} address prefix-list {_prefix_list(family, lines, objects)}"


def _usable(match: InNetworks) -> Iterable[tuple[str, int, int]]:
    for span in match.spans:
        length = int(span.network.partition("/")[2])
        if max(span.low, length) <= span.high:
            yield span.network, max(span.low, length), span.high


def _span(span: tuple[str, int, int]) -> str:
    network, low, high = span
    length = int(network.partition("/")[2])
    if low == high == length:
        return f"permit {network}"
    return f"permit {network}{f' ge {low}' if low > length else ''} le {high}"


def _prefix_list(family: str, lines: Sequence[str], objects: dict[str, Object]) -> str:
    name = _named(f"{family}list", lines)
    start = f"{family} prefix-list {name}"
    objects[name] = Object(
        tuple(f"{start} seq {number} {line}" for number, line in enumerate(lines, 1)), f"no {start}"
    )
    return name


def _nothing(objects: dict[str, Object]) -> str:
    return _prefix_list("ip", ["deny any"], objects)


def _named(kind: str, content: Sequence[str]) -> str:
    return f"{kind}-{hashlib.sha256(chr(10).join(content).encode()).hexdigest()[:12]}"
