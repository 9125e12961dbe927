# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Routes: /ip/route and /routing/route rows from zebra's table, BGP's table and the kernel."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from calico_lab.routeros.frr.state import Path, TableRoute
from calico_lab.routeros.network import Assigned
from calico_lab.routeros.store import Row

Attributes = dict[str, str]
#: The manual's scopes: connected 10, OSPF 20, static 30, BGP 40. What iBGP learns resolves
#: through static routes too.
_CONNECTED_SCOPE = "10"
_OSPF_SCOPE = "20"
_BGP_SCOPE = "40"
_TARGET = {True: "30", False: "10"}


@dataclass(frozen=True)
class View:
    """Everything that route rows are made of, read at one time."""

    table: Sequence[TableRoute]
    paths: Sequence[Path]
    assigned: Sequence[Assigned]
    in_kernel: Collection[str]
    owners: Mapping[str, str]
    ospf_instance: str = ""

    def active(self, network: str, protocol: str) -> TableRoute | None:
        """The route of ``protocol`` that forwards, by zebra and by the kernel itself."""
        for route in self.table:
            if (
                route.network == network
                and route.protocol == protocol
                and route.selected
                and network in self.in_kernel
            ):
                return route
        return None

    def hops(self, network: str, protocol: str, distance: str) -> TableRoute | None:
        """The route of that distance, forwarding or not, if it has a usable next hop."""
        for route in self.table:
            found = (route.network, route.protocol, str(route.distance))
            if found == (network, protocol, distance) and any(hop.active for hop in route.hops):
                return route
        return None

    def distance(self, path: Path) -> int:
        for route in self.table:
            if route.network == path.network and route.protocol == "bgp" and path.best:
                return route.distance
        return 200 if path.internal else 20


def static_status(row: Row, everything: str, view: View, major: int) -> Attributes:
    """What the running router adds to a configured route.

    ``everything`` is the destination that a row without one has.
    """
    values = row.values
    network = values.get("dst-address", everything)
    active = None if row.disabled else view.active(network, "static")
    if active and str(active.distance) != values.get("distance", "1"):
        active = None
    out: Attributes = {"static": "true"}
    gateways = [part for part in values.get("gateway", "").split(",") if part]
    if major == 6:
        usable = view.hops(network, "static", values.get("distance", "1"))
        if gateways:
            out["gateway-status"] = ",".join(_gateway_status(g, usable) for g in gateways)
        for kind in ("blackhole", "unreachable", "prohibit"):
            if values.get("type") == kind:
                out[kind] = "true"
    else:
        out["dynamic"] = "false"
        out["inactive"] = "false" if active else "true"
        if active and active.resolved:
            out["immediate-gw"] = _immediate(active)
    if active:
        out["active"] = "true"
    return out


def dynamic_routes(view: View, major: int, version: int) -> Iterable[Attributes]:
    """Connected and BGP routes as /ip/route, or for version 6 /ipv6/route, shows them."""
    for entry in view.assigned:
        if entry.version == version:
            yield _connected(entry, view, major)
    for route in _by_ospf(view):
        if version == 4:
            yield _ospf(route, view, major)
    for path in view.paths:
        if path.peer is not None and not path.filtered and path.version == version:
            yield _learned6(path, view) if major == 6 else _learned7(path, view)


def table_rows(view: View, statics: Iterable[Attributes]) -> Iterable[Attributes]:
    """All rows of RouterOS 7's /routing/route, filtered ones too."""
    for row in statics:
        family = "ipv6" if ":" in row["dst-address"] else "ip"
        yield {**_without_table(row), "afi": family, "belongs-to": "static"}
    for entry in view.assigned:
        row = _without_table(_connected(entry, view, 7))
        family = "ip" if entry.version == 4 else "ipv6"
        yield {**row, "afi": family, "belongs-to": "connected"}
    for route in _by_ospf(view):
        row = _without_table(_ospf(route, view, 7))
        yield {**row, "afi": "ip", "belongs-to": view.ospf_instance}
    for path in view.paths:
        if path.peer is None:
            continue
        row = _without_table(_learned7(path, view))
        row["afi"] = "ip" if path.version == 4 else "ipv6"
        active = row.get("active") == "true"
        row["contribution"] = "filtered" if path.filtered else "active" if active else "candidate"
        if path.filtered:
            row["filtered"] = "true"
        row["belongs-to"] = f"bgp-{'IP' if path.version == 4 else 'IP6'}-{path.peer}"
        row["bgp.session"] = f"{view.owners.get(path.peer, path.peer)}-1"
        row.update(_bgp_attributes(path))
        yield row


def _bgp_attributes(path: Path) -> Attributes:
    found = {
        "bgp.as-path": path.as_path,
        "bgp.communities": path.communities,
        "bgp.local-pref": path.local_pref,
        "bgp.med": path.metric,
        "bgp.origin": path.origin,
        "bgp.originator-id": path.originator,
        "bgp.cluster-list": ",".join(path.cluster_list),
        "bgp.nexthop": path.next_hop,
    }
    return {name: str(value) for name, value in found.items() if value not in (None, "")}


def _without_table(row: Attributes) -> Attributes:
    return {name: value for name, value in row.items() if name != "inactive"}


def _connected(entry: Assigned, view: View, major: int) -> Attributes:
    network = entry.network
    active = view.active(network, "connected") is not None
    out: Attributes = {"dst-address": network}
    if major == 6:
        state = "reachable" if active else "unreachable"
        if entry.version == 4:
            out["pref-src"] = str(entry.ip)
        out["gateway"] = entry.interface
        out["gateway-status"] = f"{entry.interface} {state}"
        out["distance"] = "0" if active else "255"
        out["scope"] = _CONNECTED_SCOPE
    else:
        out["routing-table"] = "main"
        out["gateway"] = entry.interface
        if active:
            out["immediate-gw"] = entry.interface
        out["distance"] = "0"
        out["scope"] = _CONNECTED_SCOPE
        out["target-scope"] = "5"
        out["local-address"] = f"{entry.ip}%{entry.interface}"
        out["inactive"] = "false"
    out["dynamic"] = "true"
    out["connect"] = "true"
    if active:
        out["active"] = "true"
    return out


def _by_ospf(view: View) -> Iterable[TableRoute]:
    """What OSPF learned: the router's own networks are connected routes."""
    own = {entry.network for entry in view.assigned}
    return [item for item in view.table if item.protocol == "ospf" and item.network not in own]


def _ospf(route: TableRoute, view: View, major: int) -> Attributes:
    active = view.active(route.network, "ospf")
    gateway = ",".join(
        f"{hop.address}%{hop.interface}" if major == 7 else str(hop.address) for hop in route.hops
    )
    out: Attributes = {"dst-address": route.network}
    if major == 7:
        out["routing-table"] = "main"
    out["gateway"] = gateway
    if major == 6:
        out["gateway-status"] = ",".join(
            _gateway_status(part, active) for part in gateway.split(",")
        )
    elif active:
        out["immediate-gw"] = _immediate(active)
    out["distance"] = str(route.distance)
    out["scope"] = _OSPF_SCOPE
    out["target-scope"] = "10"
    if major == 7:
        out["inactive"] = "false"
    out["dynamic"] = "true"
    out["ospf"] = "true"
    if active:
        out["active"] = "true"
    return out


def _learned6(path: Path, view: View) -> Attributes:
    active = view.active(path.network, "bgp") if path.best else None
    gateway = path.next_hop or ""
    out: Attributes = {
        "dst-address": path.network,
        "gateway": gateway,
        "gateway-status": _gateway_status(gateway, active),
        "distance": str(view.distance(path)),
        "scope": _BGP_SCOPE,
        "target-scope": _TARGET[path.internal],
    }
    if path.as_path:
        out["bgp-as-path"] = path.as_path
    if path.local_pref is not None:
        out["bgp-local-pref"] = str(path.local_pref)
    if path.metric is not None:
        out["bgp-med"] = str(path.metric)
    out["bgp-origin"] = path.origin
    out["received-from"] = view.owners.get(path.peer or "", path.peer or "")
    out["dynamic"] = "true"
    out["bgp"] = "true"
    if active:
        out["active"] = "true"
    return out


def _learned7(path: Path, view: View) -> Attributes:
    active = view.active(path.network, "bgp") if path.best else None
    out: Attributes = {
        "dst-address": path.network,
        "routing-table": "main",
        "gateway": path.next_hop or "",
    }
    if active and active.resolved:
        out["immediate-gw"] = _immediate(active)
    out["distance"] = str(view.distance(path))
    out["scope"] = _BGP_SCOPE
    out["target-scope"] = _TARGET[path.internal]
    out["inactive"] = "false"
    out["dynamic"] = "true"
    out["bgp"] = "true"
    if active:
        out["active"] = "true"
    return out


def _immediate(route: TableRoute) -> str:
    return ",".join(
        f"{hop.address}%{hop.interface}" if hop.address else str(hop.interface)
        for hop in route.resolved
    )


def _gateway_status(gateway: str, route: TableRoute | None) -> str:
    if route is None:
        return f"{gateway} unreachable"
    for hop in route.resolved:
        if gateway == hop.interface:
            return f"{gateway} reachable"
        if gateway.partition("%")[0] == hop.address:
            return f"{gateway} reachable via  {hop.interface}"
    if route.resolved:
        hop = route.resolved[0]
        return f"{gateway} recursive via {hop.address} {hop.interface}"
    return f"{gateway} unreachable"
