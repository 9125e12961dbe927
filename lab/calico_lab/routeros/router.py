# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The router behind the menus: kernel and FRR made to follow the configuration, and read back."""

from __future__ import annotations

import contextlib
import ipaddress
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from calico_lab.routeros import network
from calico_lab.routeros.bgp import common, v6, v7
from calico_lab.routeros.bgp.model import Plan
from calico_lab.routeros.defaults import ensure_user, first_configuration
from calico_lab.routeros.engine import Attributes
from calico_lab.routeros.errors import Trap, Unsupported
from calico_lab.routeros.frr import apply, state
from calico_lab.routeros.frr.daemons import Daemons
from calico_lab.routeros.frr.render import Config, render
from calico_lab.routeros.frr.vty import VtyFault
from calico_lab.routeros.network import Assigned
from calico_lab.routeros.schema import Profile
from calico_lab.routeros.status import bfd, ospf, routes, sessions, system
from calico_lab.routeros.store import Row, Store

_ROUTER_ID_NOTE = "router-id"
#: Menus of addresses and of routes, with their version of IP and its default destination.
_ADDRESSES = {"ip/address": 4, "ipv6/address": 6}
_ROUTES = {"ip/route": (4, "0.0.0.0/0"), "ipv6/route": (6, "::/0")}


class Around:
    """What a translation needs to know besides the configuration that is being translated."""

    def __init__(self, store: Store, links: Sequence[network.Link]) -> None:
        self._store = store
        self._links = {link.name for link in links}

    def assigned(self) -> list[Assigned]:
        off = {row.values["name"] for row in self._store.menu("interface") if row.disabled}
        return [
            entry
            for entry in configured_addresses(self._store)
            if entry.interface in self._links and entry.interface not in off
        ]

    def own_router_id(self) -> str:
        """The highest loopback address, else the highest; kept as long as the router has it."""
        assigned = [entry for entry in self.assigned() if entry.version == 4]
        kept = self._store.notes.get(_ROUTER_ID_NOTE)
        if kept in {str(entry.ip) for entry in assigned}:
            return str(kept)
        loopback = [entry for entry in assigned if entry.interface == "lo"]
        chosen = max((entry.ip for entry in loopback or assigned), key=int, default=None)
        if chosen is None:
            self._store.notes.pop(_ROUTER_ID_NOTE, None)
            return common.NO_ROUTER_ID
        self._store.notes[_ROUTER_ID_NOTE] = str(chosen)
        return str(chosen)


def configured_addresses(store: Store) -> list[Assigned]:
    return [
        Assigned(row.values["address"], row.values["interface"])
        for path in _ADDRESSES
        for row in store.active(path)
    ]


def _address_facts(entry: Assigned) -> Attributes:
    """The network of an IPv4 address; of an IPv6 address, whether it is of the link alone."""
    if entry.version == 4:
        return {"network": str(ipaddress.ip_network(entry.network).network_address)}
    return {"link-local": "true" if entry.ip.is_link_local else "false"}


class LabRouter:
    """The router of one namespace, with FRR in ``folder`` and the configuration in ``file``."""

    def __init__(self, profile: Profile, folder: Path, file: Path) -> None:
        self._profile = profile
        self._release = profile.release
        self._file = file
        self._daemons = Daemons(folder)
        self._links = network.links()
        self._config = Config()
        self._plan = Plan(None)
        self._store = Store()
        #: Whether FRR's configuration is unknown, so that it must be started afresh.
        self._broken = False
        self._started = time.monotonic()
        self._sessions: dict[str, state.Session] = {}
        self._view: routes.View | None = None
        self._numbers: dict[tuple[str, ...], int] = {}

    # starting and ending

    def start(self, identity: str, user: tuple[str, str] | None) -> Store:
        """Load or make the configuration, start FRR and apply it; the configuration."""
        store = Store.load(self._file)
        if store is None:
            # What the interfaces already hold is the router's configuration from now on.
            held = [
                entry
                for entry in network.addresses()
                if entry.interface != "lo" and not entry.ip.is_link_local
            ]
            store = first_configuration(self._profile, identity, held)
        self._adopt_interfaces(store)
        ensure_user(store, user)
        self._daemons.start()
        self.realise(store)
        return store

    def stop(self) -> None:
        self._daemons.stop()

    def watch(self) -> None:
        """Start FRR afresh with the running configuration when a daemon of it died."""
        if self._broken or not self._daemons.alive():
            self._start_afresh(render(self._plan))

    def _adopt_interfaces(self, store: Store) -> None:
        known = {row.values["name"] for row in store.menu("interface")}
        for link in self._links:
            if link.name in known or (link.loopback and not self._release.within("7.14..")):
                continue
            store.menu("interface").append(Row(link.index, {"name": link.name}, builtin=True))

    # making it so

    def realise(self, draft: Store) -> None:
        """Make ``draft`` the running and the saved configuration; a Trap leaves all as it was."""
        self._links = network.links()
        plan = self._translate(draft)
        config = render(plan)
        before = self._store
        try:
            self._enter_interfaces(before, draft)
            network.set_addresses(configured_addresses(before), configured_addresses(draft))
            self._enter(config)
        except (Trap, VtyFault) as fault:
            self._restore(before, draft)
            if isinstance(fault, VtyFault):
                raise Unsupported(str(fault)) from None
            raise
        draft.save(self._file)
        self._plan, self._store = plan, draft
        self._view = None

    def _translate(self, store: Store) -> Plan:
        around = Around(store, self._links)
        common.check_addresses(store)
        translate = v6.plan if self._release.major == 6 else v7.plan
        return translate(store, around)

    def _enter(self, config: Config) -> None:
        terminals = self._daemons.terminals
        if not self._config.bgp and not self._config.objects:
            # RouterOS resolves next hops through the default route too.
            terminals["zebra"].configure(
                ("ip nht resolve-via-default", "ipv6 nht resolve-via-default")
            )
        wanted = {
            name for name, part in (("bfdd", config.bfd_profiles), ("ospfd", config.ospf)) if part
        }
        self._daemons.need(wanted)
        terminals["bfdd"].configure(apply.bfdd_additions(self._config, config))
        terminals["staticd"].configure(apply.staticd_commands(self._config, config))
        terminals["ospfd"].configure(apply.ospfd_commands(self._config.ospf, config.ospf))
        terminals["bgpd"].configure(apply.bgpd_commands(self._config, config))
        terminals["bfdd"].configure(apply.bfdd_removals(self._config, config))
        self._daemons.spare(wanted)
        self._config = config

    def _enter_interfaces(self, before: Store, after: Store) -> None:
        known = {row.values["name"]: row for row in before.menu("interface")}
        links = {link.name: link for link in self._links}
        for row in after.menu("interface"):
            name = row.values["name"]
            old = known.get(name)
            mtu = row.values.get("mtu")
            changed = old is None or (old.disabled, old.values.get("mtu")) != (row.disabled, mtu)
            if changed and name in links:
                number = int(mtu) if mtu and mtu.isdigit() else None
                network.set_link(name, not row.disabled, number)
        if {row.values["name"] for row in after.menu("interface")} != set(known) and known:
            raise Unsupported("renaming an interface")

    def _restore(self, before: Store, draft: Store) -> None:
        with contextlib.suppress(Trap):
            network.set_addresses(configured_addresses(draft), configured_addresses(before))
            self._enter_interfaces(draft, before)
        self._start_afresh(render(self._plan))

    def _start_afresh(self, config: Config) -> None:
        self._broken = True
        self._daemons.stop()
        self._daemons.start()
        self._config = Config()
        self._enter(config)
        self._broken = False

    # reading back

    def refresh(self) -> None:
        """Forget what was read: the rows of one command come from one moment, of its own."""
        self._view = None

    def interfaces(self) -> list[str]:
        return [row.values["name"] for row in self._store.menu("interface")]

    def status(self, path: str, row: Row) -> Attributes:
        """What the running router adds to a configured row."""
        if path == "system/resource":
            return system.resource(self._release, self._started)
        if path == "interface":
            self._links = network.links()
            named = {link.name: link for link in self._links}
            return system.interface(row, named.get(row.values["name"]))
        if path in _ADDRESSES:
            return self._address_status(path, row)
        if path == "ip/firewall/address-list":
            return {} if "dynamic" in row.values else {"dynamic": "false"}
        if path in _ROUTES:
            _, everything = _ROUTES[path]
            return routes.static_status(row, everything, self._routes(), self._release.major)
        if path == "routing/bgp/peer":
            address = row.values["remote-address"]
            return sessions.peer_status(row, self._all_sessions().get(address))
        if path == v7.CONNECTION:
            return self._connection_status(row)
        if path == "routing/id" and row.values["name"] == "main":
            around = Around(self._store, self._links)
            return {"dynamic": "true", "dynamic-id": around.own_router_id()}
        if (path, row.number) in self._plan.faults:
            return {"inactive": "true", ".about": self._plan.faults[path, row.number]}
        return {}

    def dynamic(self, path: str) -> Iterable[Attributes]:
        """The rows that the running router itself adds."""
        if path in _ADDRESSES:
            return self._foreign_addresses(path)
        if path in _ROUTES:
            version, _ = _ROUTES[path]
            found = routes.dynamic_routes(self._routes(), self._release.major, version)
            return self._numbered(path, found)
        if path == "routing/route":
            return self._numbered(path, self._routing_table())
        if path == "routing/bgp/session":
            return self._session_rows()
        if path == "routing/bgp/advertisements":
            return self._advertisements()
        if path == "routing/ospf/neighbor":
            return self._numbered(path, self._ospf_neighbors())
        if path == "routing/bfd/session":
            return self._numbered(path, bfd.session_rows(self._bfd_peers(), self._forbidden_bfd()))
        if path == "routing/bfd/neighbor":
            return self._numbered(path, bfd.neighbor_rows(self._bfd_peers()))
        if path == "routing/filter/chain":
            rules = self._store.menu("routing/filter/rule")
            names = dict.fromkeys(row.values["chain"] for row in rules)
            return self._numbered(path, [{"name": name, "dynamic": "true"} for name in names])
        return ()

    def act(
        self, path: str, command: str, rows: Sequence[Attributes], arguments: Attributes
    ) -> None:
        """Refresh or resend; nothing else has a counterpart in FRR."""
        directions = {"refresh": "in", "resend": "out", "refresh-all": "in", "resend-all": "out"}
        if path not in ("routing/bgp/session", "routing/bgp/peer") or command not in directions:
            raise Unsupported(f"command {command} of /{path}")
        for row in rows:
            address = row.get("remote.address", row.get("remote-address", ""))
            try:
                self._daemons.terminals["bgpd"].run(f"clear bgp {address} {directions[command]}")
            except VtyFault as fault:
                raise Trap(f"failure: {fault}") from None

    def _read(self) -> None:
        if self._view is not None:
            return
        bgpd = self._daemons.terminals["bgpd"]
        found: dict[str, state.Session] = {}
        paths: list[state.Path] = []
        owners: dict[str, str] = {}
        speaker = self._plan.speaker
        try:
            if speaker:
                found = state.sessions(bgpd)
                families = {family for item in speaker.neighbors for family in item.families}
                owners = {item.address: item.owner for item in speaker.neighbors}
                for family in sorted(families):
                    name = "ipv4" if family == "ip" else "ipv6"
                    paths += state.paths(bgpd, name)
                    for item in speaker.neighbors:
                        session = found.get(item.address)
                        if item.inbound and family in item.families and session:
                            paths += state.filtered(bgpd, item.address, session.internal, name)
            table = state.table(self._daemons.terminals["zebra"])
        except VtyFault as fault:
            raise Trap(f"failure: {fault}") from None
        assigned = Around(self._store, self._links).assigned()
        in_kernel = network.installed_routes()
        instance = self._plan.ospf.instance if self._plan.ospf else ""
        self._view = routes.View(table, paths, assigned, in_kernel, owners, instance)
        self._sessions = found

    def _all_sessions(self) -> dict[str, state.Session]:
        self._read()
        return self._sessions

    def _routes(self) -> routes.View:
        self._read()
        assert self._view is not None
        return self._view

    def _address_status(self, path: str, row: Row) -> Attributes:
        entry = Assigned(row.values["address"], row.values["interface"])
        present = any(link.name == entry.interface for link in self._links)
        status = _address_facts(entry)
        if "network" in row.values:
            status["network"] = row.values["network"]
        return {
            **status,
            "actual-interface": entry.interface,
            "invalid": "false" if present else "true",
            "dynamic": "false",
        }

    def _foreign_addresses(self, path: str) -> Iterable[Attributes]:
        own = {(row.values["address"], row.values["interface"]) for row in self._store.menu(path)}
        rows: list[Attributes] = []
        for entry in network.addresses():
            if entry.version != _ADDRESSES[path] or entry.interface == "lo":
                continue
            if (entry.address, entry.interface) not in own:
                rows.append(
                    {
                        "address": entry.address,
                        **_address_facts(entry),
                        "interface": entry.interface,
                        "actual-interface": entry.interface,
                        "invalid": "false",
                        "dynamic": "true",
                        "disabled": "false",
                    }
                )
        return self._numbered(path, rows)

    def _connection_status(self, row: Row) -> Attributes:
        fault = self._plan.faults.get((v7.CONNECTION, row.number))
        if fault:
            return {"inactive": "true", ".about": fault}
        out: Attributes = {}
        for connection in v7.connections(self._store):
            if connection.row is row and "local.address" not in connection.values:
                source = v7.source_address(connection, Around(self._store, self._links))
                if source:
                    out["local.default-address"] = source
        return out

    def _session_rows(self) -> Iterable[Attributes]:
        found = self._all_sessions()
        owners = dict(self._owners())
        peers = self._bfd_peers()
        for connection in v7.connections(self._store):
            for address, owner in owners.items():
                session = found.get(address)
                if owner == connection.name and session and session.connected_once:
                    number = connection.row.number
                    up = address in peers and peers[address].up
                    yield sessions.session_row(number, connection, session, self._release, up)

    def _bfd_peers(self) -> dict[str, state.BfdPeer]:
        if not self._config.bfd_profiles:
            return {}
        try:
            return state.bfd_peers(self._daemons.terminals["bfdd"])
        except VtyFault as fault:
            raise Trap(f"failure: {fault}") from None

    def _ospf_neighbors(self) -> Iterable[Attributes]:
        running = self._plan.ospf
        if running is None:
            return ()
        try:
            found = state.ospf_neighbors(self._daemons.terminals["ospfd"])
        except VtyFault as fault:
            raise Trap(f"failure: {fault}") from None
        areas = {
            row.values.get("area-id", "0.0.0.0"): row.values["name"]
            for row in self._store.menu("routing/ospf/area")
        }
        return ospf.neighbor_rows(found, running.instance, areas, self._release.major)

    def _forbidden_bfd(self) -> Iterable[str]:
        """The addresses of sessions that want BFD and may not have it."""
        speaker = self._plan.speaker
        allowed = {item.owner: item.bfd for item in speaker.neighbors} if speaker else {}
        for connection in v7.connections(self._store):
            wanted = connection.values.get("use-bfd") == "true"
            if wanted and connection.name in allowed and allowed[connection.name] is None:
                yield v7.remote_address(connection)

    def _owners(self) -> Iterable[tuple[str, str]]:
        speaker = self._plan.speaker
        return [(item.address, item.owner) for item in speaker.neighbors] if speaker else []

    def _advertisements(self) -> Iterable[Attributes]:
        found = self._all_sessions()
        kept = None
        if self._release.major == 7:
            kept = {
                item.name
                for item in v7.connections(self._store)
                if item.values.get("output.keep-sent-attributes") == "true"
            }
        number = 0
        for address, owner in self._owners():
            session = found.get(address)
            if session is None or not session.established:
                continue
            if kept is not None and owner not in kept:
                continue
            for family in session.remote_afi:
                name = "ipv4" if family == "ip" else "ipv6"
                for path in state.advertised(self._daemons.terminals["bgpd"], address, name):
                    number += 1
                    yield sessions.advertisement(number, owner, path, session, self._release)

    def _routing_table(self) -> Iterable[Attributes]:
        view = self._routes()
        statics = [
            {
                "dst-address": row.values.get("dst-address", everything),
                "routing-table": row.values.get("routing-table", "main"),
                **{k: row.values[k] for k in ("gateway", "comment") if k in row.values},
                "distance": row.values.get("distance", "1"),
                "scope": row.values.get("scope", "30"),
                "target-scope": row.values.get("target-scope", "10"),
                **routes.static_status(row, everything, view, 7),
            }
            for path, (_, everything) in _ROUTES.items()
            for row in self._store.active(path)
        ]
        return routes.table_rows(view, statics)

    def _numbered(self, path: str, rows: Iterable[Attributes]) -> Iterable[Attributes]:
        """Give dynamic rows an ``.id`` that stays while the router runs."""
        for row in rows:
            names = ("dst-address", "address", "gateway", "interface", "name", "bgp.session")
            key = (path, *(row.get(name, "") for name in (*names, "received-from")))
            number = self._numbers.setdefault(key, 0x20000000 + 0x1000 * len(self._numbers))
            yield {".id": f"*{number:X}", **row}
