# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A description in the terms of one release: the rows that the router must have.

RouterOS 6 keeps redistribution, router ID and cluster ID on the instance and neighbours in
``peer``; 7.0 to 7.19 have no instance and keep all on the connection; from 7.20 on the instance is
back, mandatory, and holds AS, router ID and cluster ID. The address families are ``afi`` from 7.19.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from ipaddress import ip_interface, ip_network

from .description import Connection, Description, Instance, InterfaceAddress, Ospf
from .fields import instance_fields, v6_peer, v6_redistribution, v7_connection
from .filters import filter_menu, filters_of, named_chains, ospf_chain, own_chain, rows_of
from .limits import (
    connection_faults,
    filter_faults,
    instance_faults,
    ospf_faults,
    shared_redistribution_faults,
)
from .menus import (
    Menu,
    address_menu,
    bfd_menu,
    connection_menu,
    instance_menu,
    network_menu,
)
from .ospf import area_row, instance_row, network_row, ospf_menus
from .release import Release
from .values import Value

#: Releases before could only log in by the challenge of old.
FIRST_RELEASE = (6, 43)


@dataclass(frozen=True)
class Wish:
    """A row that the router must have.

    ``fields`` are the properties that the description names, in normal form; ``None`` asks for
    the default. A row of others may not differ in ``exclusive`` properties, and of ``shared``
    properties only the word given there is ours to add and take away. ``initial``
    are texts for a new row that are nobody's concern later. A row that is ``missing`` is a fault.
    """

    menu: Menu
    fields: Mapping[str, Value]
    comment: str
    exclusive: tuple[str, ...] = ()
    initial: Mapping[str, str] = field(default_factory=dict)
    shared: Mapping[str, str] = field(default_factory=dict)
    missing: str | None = None

    @property
    def title(self) -> str:
        """The row in messages, such as ``connection rr1``."""
        return f"{self.menu.word} {self.fields[self.menu.naming]}"


@dataclass(frozen=True)
class MenuScope:
    """A menu to read: all rows, or those of one list or with our marker only.

    ``optional`` menus may be missing from a router (RouterOS 6 without its ipv6 package). Where
    ``titles`` are given, only rows of these names are looked after; others are read, and left.
    """

    menu: Menu
    queries: tuple[str, ...] = ()
    optional: bool = False
    titles: frozenset[str] | None = None


@dataclass(frozen=True)
class Need:
    """A row that must be there, of anyone's: ``title`` in a menu; ``fault`` says who needs it."""

    menu: Menu
    title: str
    fault: str


@dataclass(frozen=True)
class Rendering:
    """Scopes and wishes in the order of their dependencies, and what cannot be said."""

    scopes: tuple[MenuScope, ...]
    wishes: tuple[Wish, ...]
    faults: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    needs: tuple[Need, ...] = ()


def marked(comment: str | None, owner: str) -> str:
    """Return the comment of a row of ours."""
    return f"{comment} ({owner})" if comment else owner


def network_list(instance: Instance) -> str:
    """Return the name of the address list that holds an instance's networks (RouterOS 7)."""
    return f"bgp-{instance.name}-networks"


def _named(fields: Mapping[str, Value]) -> dict[str, Value]:
    """Drop what is not named; a text or list emptied on purpose asks for the default."""
    return {
        name: None if value in ("", ()) else value
        for name, value in fields.items()
        if value is not None
    }


class _Renderer:
    """Collects scopes, wishes, faults and warnings of one description."""

    def __init__(
        self, description: Description, release: Release, versions: tuple[int, ...]
    ) -> None:
        self.description = description
        self.release = release
        self.versions = versions
        self.scopes: list[MenuScope] = []
        self.wishes: list[Wish] = []
        self.faults: list[str] = []
        self.warnings: list[str] = []
        self.needs: list[Need] = []

    def wish(
        self,
        menu: Menu,
        fields: Mapping[str, Value],
        comment: str | None = None,
        exclusive: tuple[str, ...] = (),
        initial: Mapping[str, str] | None = None,
        shared: Mapping[str, str] | None = None,
        missing: str | None = None,
    ) -> None:
        text = marked(comment, self.description.owner)
        self.wishes.append(
            Wish(menu, _named(fields), text, exclusive, initial or {}, shared or {}, missing)
        )

    def addresses(self, entries: tuple[InterfaceAddress, ...]) -> None:
        for version in self.versions:
            menu = address_menu(version)
            self.scopes.append(MenuScope(menu, optional=version == 6))
            for entry in entries:
                if ip_interface(entry.address).version != version:
                    continue
                fields: dict[str, Value] = {
                    "address": entry.address,
                    "interface": entry.interface,
                    "disabled": False,
                }
                self.wish(
                    menu,
                    fields,
                    comment=entry.comment,
                    exclusive=("address", "interface"),
                    # An advertised prefix would give hosts on the link addresses and a route.
                    initial={"advertise": "no"} if version == 6 else None,
                )

    def filters(self, whole: bool) -> None:
        """Wish for the rows of the filters, and look for the chains that are only referred to."""
        description, menu = self.description, filter_menu(self.release)
        filters = filters_of(description, self.release)
        self.faults += filter_faults(self.release, filters)
        own = {entry.name for entry in filters}
        foreign = {n: where for n, where in named_chains(description).items() if n not in own}
        titles = None if description.filters is not None else self.chains_of_ospf(own)
        if not (whole or own or foreign or titles or description.filters is not None):
            return
        queries = [f"comment={description.owner}"]
        for name in sorted(own | set(foreign)):
            queries += [f"chain={name}", "#|"]
        self.scopes.append(MenuScope(menu, tuple(queries), titles=titles))
        for entry in filters:
            for row in rows_of(entry, description, self.release):
                self.wish(menu, row)
        for name, where in foreign.items():
            self.needs.append(
                Need(
                    menu,
                    name,
                    f"{where}: found {name!r}, but the router has no rule in a filter chain of "
                    "this name; describe it in filters, or correct the name",
                )
            )

    def chains_of_ospf(self, own: set[str]) -> frozenset[str]:
        """Return the chains to look after where the filters as a whole are not."""
        ospf = self.description.ospf
        return frozenset(own | {own_chain(ospf)} if ospf else own)

    def instance(self, instance: Instance | None) -> None:
        menu = instance_menu(self.release)
        if menu is not None:
            self.scopes.append(MenuScope(menu))
        if instance is None:
            return
        self.faults += instance_faults(self.release, instance)
        if menu is None:
            return
        redistribute: dict[str, Value] = {}
        if self.release.major == 6:
            connections = self.description.connections or ()
            self.faults += shared_redistribution_faults(self.release, connections)
            redistribute = v6_redistribution(connections)
        fields = instance_fields(self.release, instance, redistribute)
        self.wish(menu, fields, comment=instance.comment)

    def networks(self, networks: tuple[str, ...], instance: Instance | None) -> None:
        for version in self.versions:
            menu = network_menu(self.release, version)
            if self.release.major == 6:
                if version == 4:
                    self.scopes.append(MenuScope(menu))
            else:
                queries = [f"comment={self.description.owner}"]
                if instance is not None:
                    queries += [f"list={network_list(instance)}", "#|"]
                self.scopes.append(MenuScope(menu, tuple(queries), optional=version == 6))
            for network in networks:
                if ip_network(network).version != version or instance is None:
                    continue
                if self.release.major == 6:
                    fields: dict[str, Value] = {"network": network, "disabled": False}
                    self.wish(menu, fields)
                else:
                    listed: dict[str, Value] = {
                        "list": network_list(instance),
                        "address": _list_address(network),
                        "disabled": False,
                    }
                    self.wish(menu, listed)

    def bfd(self, connections: tuple[Connection, ...]) -> None:
        if not self.release.at_least(7, 11):
            return
        menu = bfd_menu()
        self.scopes.append(MenuScope(menu))
        for connection in connections:
            if connection.bfd:
                fields: dict[str, Value] = {
                    "addresses": connection.remote_address,
                    "disabled": False,
                }
                self.wish(menu, fields)

    def connections(self, connections: tuple[Connection, ...], instance: Instance | None) -> None:
        menu = connection_menu(self.release)
        self.scopes.append(MenuScope(menu))
        for position, connection in enumerate(connections):
            if instance is None:
                raise ValueError("connections need an instance")
            where = f"connections[{position}] ({connection.name})"
            self.faults += connection_faults(self.release, where, connection, instance)
            if self.release.major == 6:
                fields = v6_peer(connection, instance)
            else:
                fields = v7_connection(self.release, connection, instance)
                if self.description.networks is not None:
                    fields["output.network"] = (
                        network_list(instance) if self.description.networks else ""
                    )
                if connection.local_address is None and fields["local.role"] != "ebgp":
                    self.warnings.append(
                        f"{where}.local_address is not named: RouterOS 7 takes its highest "
                        "loopback or other address for an iBGP session, which the neighbour may "
                        "refuse"
                    )
            self.wish(menu, fields, comment=connection.comment)

    def ospf(self, ospf: Ospf | None) -> None:
        for menu in ospf_menus(self.release):
            self.scopes.append(MenuScope(menu, optional=ospf is None or ospf.absent))
        if ospf is None or ospf.absent:
            return
        self.faults += ospf_faults(self.release, ospf, self.description)
        instances, areas, networks = ospf_menus(self.release)
        shared = {"redistribute": "bgp", "out-filter-chain": own_chain(ospf)}
        own_filter = self.release.major != 6 and not ospf.output_filter
        self.wish(
            instances,
            instance_row(ospf, self.release),
            comment=ospf.comment,
            exclusive=("out-filter-chain",) if own_filter and ospf_chain(ospf) else (),
            shared={} if self.release.major == 6 else shared,
            missing=None
            if ospf.areas is not None
            else f"ospf.instance: the router has no OSPF instance {ospf.instance!r}; correct the "
            "name, or describe its areas to set one up",
        )
        for area in ospf.areas or ():
            self.wish(areas, area_row(ospf, area), exclusive=("area-id", "instance"))
        for area in ospf.areas or ():
            for network in area.networks:
                row = network_row(self.release, area, network)
                self.wish(networks, row, exclusive=("area",))


def _list_address(network: str) -> str:
    """Return a network as address lists print it: host networks without length."""
    parsed = ip_network(network)
    single = parsed.prefixlen == parsed.max_prefixlen
    return str(parsed.network_address) if single else str(parsed)


def _ip_versions(description: Description) -> tuple[int, ...]:
    """Return the IP versions whose menus matter: 6 only where the description names such."""
    named = [entry.address for entry in description.addresses or ()]
    named += [entry.remote_address for entry in description.connections or ()]
    named += list(description.networks or ())
    return (4, 6) if any(ip_interface(text).version == 6 for text in named) else (4,)


def _render(
    description: Description, release: Release, versions: tuple[int, ...], whole: bool
) -> Rendering:
    out = _Renderer(description, release, versions)
    if not release.at_least(*FIRST_RELEASE):
        first = ".".join(str(part) for part in FIRST_RELEASE)
        return Rendering((), (), (f"RouterOS {release} is too old; {first} is the first we know",))
    if description.addresses is not None:
        out.addresses(description.addresses)
    out.filters(whole)
    if description.instance is not None or whole:
        out.instance(description.instance)
    if description.networks is not None:
        out.networks(description.networks, description.instance)
    if description.connections is not None:
        out.bfd(description.connections)
        out.connections(description.connections, description.instance)
    if description.ospf is not None or whole:
        out.ospf(description.ospf)
    return Rendering(
        tuple(out.scopes),
        tuple(out.wishes),
        tuple(out.faults),
        tuple(out.warnings),
        tuple(out.needs),
    )


def render(description: Description, release: Release) -> Rendering:
    """Return the rows of a description that the router must have.

    Raises nothing: what the release cannot do is in ``faults``, all of it.
    """
    return _render(description, release, _ip_versions(description), whole=False)


def render_absence(owner: str, release: Release) -> Rendering:
    """Return what to read so that everything of the owner can go: every menu, no wish."""
    nothing = Description(addresses=(), filters=(), connections=(), networks=(), owner=owner)
    return _render(nothing, release, (4, 6), whole=True)


def all_scopes(description: Description, release: Release) -> tuple[MenuScope, ...]:
    """Return every menu that descriptions can touch, in the order of their dependencies.

    Of address lists it is the rows of the owner, and those of the instance's list.
    """
    empty = replace(description, addresses=(), filters=(), connections=(), networks=(), ospf=None)
    return _render(empty, release, (4, 6), whole=True).scopes
