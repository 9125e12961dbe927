# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What FRR's daemons tell about sessions and routes, without interpretation for RouterOS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from calico_lab.routeros.frr.vty import Vty

#: FRR's capability names by RouterOS's, in RouterOS's order.
_CAPABILITIES = {
    "mp": "multiprotocolExtensions",
    "rr": "routeRefresh",
    "enhe": "extendedNexthop",
    "gr": "gracefulRestart",
    "as4": "4byteAs",
    "ap": "addPath",
}
_FAMILIES = {"ipv4Unicast": "ip", "ipv6Unicast": "ipv6"}


@dataclass(frozen=True)
class Session:
    """A neighbor as bgpd sees it. Times are in milliseconds, ``since`` is a UNIX time.

    ``local_afi``, ``remote_afi`` and the capabilities are those of the OPEN messages.
    """

    address: str
    state: str
    remote_as: int
    local_as: int
    remote_id: str | None
    local_id: str
    local_address: str | None
    connected_once: bool
    internal: bool
    up_for: int
    since: int
    reset_ago: int | None
    hold: int
    keepalive: int
    prefixes: int
    messages: Mapping[str, int]
    local_capabilities: tuple[str, ...]
    remote_capabilities: tuple[str, ...]
    local_afi: tuple[str, ...]
    remote_afi: tuple[str, ...]
    remote_eor: tuple[str, ...]
    local_eor: tuple[str, ...]
    notification: tuple[str, int, int] | None

    @property
    def established(self) -> bool:
        return self.state == "established"


@dataclass(frozen=True)
class Path:
    """One way to a network that BGP knows. ``peer`` is None for what the router itself offers."""

    network: str
    peer: str | None
    internal: bool
    best: bool
    valid: bool
    next_hop: str | None
    local_pref: int | None
    metric: int | None
    origin: str
    as_path: str
    communities: str = ""
    originator: str | None = None
    cluster_list: tuple[str, ...] = ()
    filtered: bool = False

    @property
    def version(self) -> int:
        return 6 if ":" in self.network else 4


@dataclass(frozen=True)
class Hop:
    address: str | None
    interface: str | None
    active: bool


@dataclass(frozen=True)
class TableRoute:
    """A route of zebra's table: ``protocol`` connected, static, bgp, kernel, ..."""

    network: str
    protocol: str
    distance: int
    selected: bool
    installed: bool
    hops: tuple[Hop, ...]
    resolved: tuple[Hop, ...]
    blackhole: bool


@dataclass(frozen=True)
class BfdPeer:
    """A BFD session. Intervals are in milliseconds, ``up_for`` in seconds."""

    address: str
    local: str | None
    interface: str | None
    multihop: bool
    state: str
    up_for: int
    changes: int
    transmit: int
    receive: int
    multiplier: int
    remote_transmit: int
    remote_receive: int
    remote_multiplier: int
    packets_received: int
    packets_sent: int

    @property
    def up(self) -> bool:
        return self.state == "up"


def bfd_peers(bfdd: Vty) -> dict[str, BfdPeer]:
    """All BFD sessions by the other side's address."""
    counters = {row["peer"]: row for row in bfdd.show("show bfd peers counters")}
    found = {}
    for row in bfdd.show("show bfd peers"):
        count = counters.get(row["peer"], {})
        found[row["peer"]] = BfdPeer(
            address=row["peer"],
            local=row.get("local"),
            interface=row.get("interface"),
            multihop=bool(row["multihop"]),
            state=row["status"],
            up_for=row.get("uptime", 0),
            changes=count.get("session-up", 0) + count.get("session-down", 0),
            transmit=row["transmit-interval"],
            receive=row["receive-interval"],
            multiplier=row["detect-multiplier"],
            remote_transmit=row["remote-transmit-interval"],
            remote_receive=row["remote-receive-interval"],
            remote_multiplier=row["remote-detect-multiplier"],
            packets_received=count.get("control-packet-input", 0),
            packets_sent=count.get("control-packet-output", 0),
        )
    return found


@dataclass(frozen=True)
class OspfNeighbor:
    """A neighbor of ospfd; times are in milliseconds."""

    router_id: str
    address: str
    interface: str
    area: str
    priority: int
    state: str
    designated: str
    backup: str
    changes: int
    since: int
    dead_in: int
    retransmissions: int
    requests: int
    summaries: int


def ospf_neighbors(ospfd: Vty) -> list[OspfNeighbor]:
    """All OSPF neighbors."""
    answer = ospfd.show("show ip ospf neighbor detail").get("neighbors", {})
    return [
        OspfNeighbor(
            router_id=router_id,
            address=row["ifaceAddress"],
            interface=row["ifaceName"],
            area=row["areaId"].partition(" ")[0],
            priority=row["nbrPriority"],
            state=row["nbrState"].partition("/")[0],
            designated=row.get("routerDesignatedId", "0.0.0.0"),
            backup=row.get("routerDesignatedBackupId", "0.0.0.0"),
            changes=row["stateChangeCounter"],
            since=row.get("lastPrgrsvChangeMsec", 0),
            dead_in=row.get("routerDeadIntervalTimerDueMsec", 0),
            retransmissions=row.get("linkStateRetransmissionListCounter", 0),
            requests=row.get("linkStateRequestListCounter", 0),
            summaries=row.get("databaseSummaryListCounter", 0),
        )
        for router_id, rows in answer.items()
        for row in rows
    ]


def sessions(bgpd: Vty) -> dict[str, Session]:
    """All neighbors by address."""
    answer = bgpd.show("show bgp neighbors")
    return {
        address: _session(address, row) for address, row in answer.items() if isinstance(row, dict)
    }


def _session(address: str, row: Mapping[str, Any]) -> Session:
    state = str(row.get("bgpState", "Idle")).lower()
    counts = row.get("messageStats", {})
    offered = row.get("neighborCapabilities", {})
    families = offered.get("multiprotocolExtensions", {})
    restart = row.get("gracefulRestartInfo", {})
    return Session(
        address=address,
        state=state if state in _STATES else "idle",
        remote_as=row.get("remoteAs", 0),
        local_as=row.get("localAs", 0),
        remote_id=_identifier(row.get("remoteRouterId")),
        local_id=row.get("localRouterId", ""),
        local_address=row.get("hostLocal"),
        connected_once=bool(counts.get("opensSent") or counts.get("opensRecv")),
        internal="nbrInternalLink" in row,
        up_for=row.get("bgpTimerUpMsec", 0),
        since=row.get("bgpTimerUpEstablishedEpoch", 0),
        reset_ago=row.get("lastResetTimerMsecs") if row.get("connectionsDropped") else None,
        hold=row.get("bgpTimerHoldTimeMsecs", 0),
        keepalive=row.get("bgpTimerKeepAliveIntervalMsecs", 0),
        prefixes=sum(
            part.get("acceptedPrefixCounter", 0)
            for part in row.get("addressFamilyInfo", {}).values()
        ),
        messages={name: value for name, value in counts.items() if isinstance(value, int)},
        local_capabilities=_capabilities(offered, "advertised"),
        remote_capabilities=_capabilities(offered, "received"),
        local_afi=_afi(families, "advertised"),
        remote_afi=_afi(families, "received"),
        remote_eor=_ended(restart.get("endOfRibRecv", {})),
        local_eor=_ended(restart.get("endOfRibSend", {})),
        notification=_notification(row),
    )


_STATES = frozenset({"idle", "connect", "active", "opensent", "openconfirm", "established"})


def _identifier(text: str | None) -> str | None:
    return None if text in (None, "0.0.0.0") else text


def _capabilities(offered: Mapping[str, Any], side: str) -> tuple[str, ...]:
    return tuple(name for name, own in _CAPABILITIES.items() if _is_on(offered.get(own), side))


def _is_on(told: Any, side: str) -> bool:
    """Whether FRR's answer says that this side sent the capability."""
    if isinstance(told, str):
        return side in told.lower()
    if isinstance(told, dict):
        return any(_is_on(key, side) or _is_on(value, side) for key, value in told.items() if value)
    return False


def _afi(families: Mapping[str, Any], side: str) -> tuple[str, ...]:
    return tuple(own for name, own in _FAMILIES.items() if _is_on(families.get(name), side))


def _ended(families: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(own for name, own in _FAMILIES.items() if families.get(name))


def _notification(row: Mapping[str, Any]) -> tuple[str, int, int] | None:
    """(``received`` or ``sent``, code, subcode) of the last NOTIFICATION, if one ended it."""
    reason = str(row.get("lastResetDueTo", "")).lower()
    code = str(row.get("lastErrorCodeSubcode", ""))
    if "notification" not in reason or len(code) != 4:
        return None
    return "received" if "received" in reason else "sent", int(code[:2], 16), int(code[2:], 16)


def paths(bgpd: Vty, family: str = "ipv4") -> list[Path]:
    """All paths of BGP's table, with what only the detailed view has."""
    listed = bgpd.show(f"show bgp {family} unicast").get("routes", {})
    found = []
    for network in listed:
        answer = bgpd.show(f"show bgp {family} unicast {network}")
        found += [_path(network, row) for row in answer.get("paths", ())]
    return found


def _path(network: str, row: Mapping[str, Any]) -> Path:
    peer = row.get("peer", {})
    hops = row.get("nexthops", ())
    as_path = row.get("aspath", {}).get("string", "")
    return Path(
        network=network,
        peer=None if peer.get("peerId") in (None, "0.0.0.0", "::") else peer["peerId"],
        internal=peer.get("type") == "internal",
        best=bool(row.get("bestpath", {}).get("overall") or row.get("multipath")),
        valid=bool(row.get("valid")),
        next_hop=hops[0].get("ip") if hops else None,
        local_pref=row.get("locPrf"),
        metric=row.get("metric"),
        origin=str(row.get("origin", "")).lower(),
        as_path="" if as_path == "Local" else as_path.replace(" ", ","),
        communities=row.get("community", {}).get("string", "").replace(" ", ","),
        originator=row.get("originatorId"),
        cluster_list=tuple(row.get("clusterList", {}).get("list", ())),
    )


def filtered(bgpd: Vty, address: str, internal: bool, family: str = "ipv4") -> list[Path]:
    """What a neighbor sent and the input filter refused."""
    answer = bgpd.show(f"show bgp {family} unicast neighbors {address} filtered-routes")
    return [
        Path(
            network=row["network"],
            peer=address,
            internal=internal,
            best=False,
            valid=False,
            next_hop=row.get("nextHop"),
            local_pref=row.get("locPrf"),
            metric=row.get("metric"),
            origin=_ORIGINS.get(row.get("bgpOriginCode", ""), ""),
            as_path=row.get("path", "").replace(" ", ","),
            filtered=True,
        )
        for row in answer.get("receivedRoutes", {}).values()
    ]


_ORIGINS = {"i": "igp", "e": "egp", "?": "incomplete"}


def advertised(bgpd: Vty, address: str, family: str = "ipv4") -> list[Path]:
    """What the router sends to a neighbor."""
    answer = bgpd.show(f"show bgp {family} unicast neighbors {address} advertised-routes")
    return [
        Path(
            network=row["network"],
            peer=address,
            internal=False,
            best=True,
            valid=True,
            next_hop=row.get("nextHop"),
            local_pref=row.get("locPrf"),
            metric=row.get("metric"),
            origin=_ORIGINS.get(row.get("bgpOriginCode", ""), ""),
            as_path=row.get("path", "").replace(" ", ","),
        )
        for row in answer.get("advertisedRoutes", {}).values()
    ]


def table(zebra: Vty) -> list[TableRoute]:
    """zebra's tables of both versions."""
    found = []
    listed = [*zebra.show("show ip route").items(), *zebra.show("show ipv6 route").items()]
    for network, rows in listed:
        for row in rows:
            hops: Sequence[Mapping[str, Any]] = row.get("nexthops", ())
            found.append(
                TableRoute(
                    network=network,
                    protocol=row["protocol"],
                    distance=row.get("distance", 0),
                    selected=bool(row.get("selected")),
                    installed=bool(row.get("installed")),
                    hops=tuple(_hop(hop) for hop in hops if not hop.get("resolver")),
                    resolved=tuple(_hop(hop) for hop in hops if "interfaceName" in hop),
                    blackhole=any(hop.get("unreachable") for hop in hops),
                )
            )
    return found


def _hop(row: Mapping[str, Any]) -> Hop:
    return Hop(row.get("ip"), row.get("interfaceName"), bool(row.get("active")))
