# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The menus that we use, per release: their properties, and what an absent one means.

Facts: argument lists of real routers per release (7.10.2 to 7.24), captured RouterOS 6 rows, and
MikroTik's manual for defaults. Only properties that a description can name are here; others are
never written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .release import Release
from .values import Kind, Value


@dataclass(frozen=True)
class Property:
    """A property of a row.

    ``default`` is what an absent one means. ``reset`` is the text that brings the default back;
    ``None`` stands for unsetting it. ``permanent`` ones can be changed but not brought back: the
    row is added anew. Some releases print the default as one of ``alias``.
    """

    kind: Kind
    default: Value = None
    reset: str | None = None
    permanent: bool = False
    alias: tuple[Value, ...] = ()


@dataclass(frozen=True)
class Menu:
    """A menu: path without leading slash, word for messages, property that names a row.

    ``identities`` are sets of properties by which a row is recognised, the best first. ``further``
    properties can be set too, but no description names them; they are written only when a row that
    is gone is added again. The order of rows counts where ``ordered``. ``refers`` has the path of
    the menu whose row a property names. The row named ``builtin`` cannot be removed.
    """

    path: str
    word: str
    naming: str
    properties: Mapping[str, Property] = field(default_factory=dict)
    identities: tuple[tuple[str, ...], ...] = ()
    further: frozenset[str] = frozenset()
    ordered: bool = False
    refers: Mapping[str, str] = field(default_factory=dict)
    builtin: str | None = None

    def knows(self, name: str) -> bool:
        """Return whether rows can have the property."""
        return name in self.properties


def text_property(default: str | None = None, reset: str | None = None) -> Property:
    """Return a property that holds any text."""
    return Property(Kind.TEXT, default, reset)


def flag_property(default: bool) -> Property:
    """Return a property that is yes or no, and printed always."""
    return Property(Kind.FLAG, default, "yes" if default else "no")


#: What the rows of every menu have.
COMMON = {"disabled": flag_property(False), "comment": text_property(None, "")}


def address_menu(version: int) -> Menu:
    """Return the menu of interface addresses of an IP version (4 or 6)."""
    path = "ip/address" if version == 4 else "ipv6/address"
    properties = {
        "address": Property(Kind.INTERFACE_ADDRESS),
        "interface": text_property(),
        **COMMON,
    }
    further = {"network"} if version == 4 else {"advertise", "eui-64", "no-dad"}
    return Menu(path, "address", "address", properties, (("address",),), frozenset(further))


def network_menu(release: Release, version: int) -> Menu:
    """Return the menu that lists the networks to advertise."""
    if release.major == 6:
        properties = {"network": Property(Kind.PREFIX), **COMMON}
        further = frozenset({"synchronize"})
        return Menu(
            "routing/bgp/network", "network", "network", properties, (("network",),), further
        )
    path = "ip/firewall/address-list" if version == 4 else "ipv6/firewall/address-list"
    return Menu(
        path,
        "network",
        "address",
        # IPv4 host networks are printed without length there, so the address form is normal.
        {"list": text_property(), "address": Property(Kind.ADDRESS), **COMMON},
        (("list", "address"),),
    )


def bfd_menu() -> Menu:
    """Return the menu of neighbours that BFD is allowed with (RouterOS 7.11 and later)."""
    return Menu(
        "routing/bfd/configuration",
        "BFD neighbour",
        "addresses",
        {"addresses": Property(Kind.ADDRESS), **COMMON},
        (("addresses",),),
        frozenset(
            {"address-list", "forbid-bfd", "interfaces", "min-rx", "min-tx", "multiplier", "vrf"}
        ),
    )


#: Paths of the menus of filter rules.
V6_FILTER, V7_FILTER = "routing/filter", "routing/filter/rule"

#: Neutral word to the RouterOS 6 property of the instance.
V6_REDISTRIBUTE = {
    "connected": "redistribute-connected",
    "static": "redistribute-static",
    "rip": "redistribute-rip",
    "ospf": "redistribute-ospf",
    "bgp": "redistribute-other-bgp",
}

_V6_INSTANCE = Menu(
    "routing/bgp/instance",
    "instance",
    "name",
    {
        "name": text_property(),
        "as": Property(Kind.NUMBER, 65530, "65530"),
        "router-id": Property(Kind.ADDRESS, "0.0.0.0", "0.0.0.0"),
        "cluster-id": Property(Kind.ADDRESS),
        "client-to-client-reflection": flag_property(True),
        "ignore-as-path-len": flag_property(False),
        **{name: flag_property(False) for name in V6_REDISTRIBUTE.values()},
        **COMMON,
    },
    (("name",),),
    frozenset({"confederation", "confederation-peers", "out-filter", "routing-table"}),
)

_V6_PEER = Menu(
    "routing/bgp/peer",
    "peer",
    "name",
    {
        "name": text_property(),
        "instance": text_property("default", "default"),
        "remote-address": Property(Kind.ADDRESS),
        "remote-as": Property(Kind.NUMBER),
        "remote-port": Property(Kind.NUMBER, alias=(179,)),
        "update-source": Property(Kind.ADDRESS, None, "none", alias=("none",)),
        "route-reflect": flag_property(False),
        "address-families": Property(Kind.NAMES, ("ip",), "ip"),
        "hold-time": Property(Kind.DURATION, 180, "3m"),
        "keepalive-time": Property(Kind.DURATION),
        "tcp-md5-key": Property(Kind.SECRET, None, ""),
        "multihop": flag_property(False),
        "ttl": Property(Kind.TEXT, "default", "default", alias=("255",)),
        "use-bfd": flag_property(False),
        "nexthop-choice": text_property("default", "default"),
        "default-originate": text_property("never", "never"),
        "in-filter": text_property(None, ""),
        "out-filter": text_property(None, ""),
        "passive": flag_property(False),
        **COMMON,
    },
    (("name",), ("remote-address",)),
    frozenset(
        {
            "allow-as-in",
            "as-override",
            "cisco-vpls-nlri-len-fmt",
            "max-prefix-limit",
            "max-prefix-restart-time",
            "remove-private-as",
        }
    ),
    refers={
        "instance": "routing/bgp/instance",
        "in-filter": V6_FILTER,
        "out-filter": V6_FILTER,
    },
)

_V7_CONNECTION: dict[str, Property] = {
    "name": text_property(),
    "remote.address": Property(Kind.ADDRESS),
    "remote.as": Property(Kind.NUMBER),
    "remote.port": Property(Kind.NUMBER, alias=(179,)),
    "local.address": Property(Kind.ADDRESS),
    "local.role": text_property(),
    "local.ttl": Property(Kind.NUMBER, permanent=True),
    "as": Property(Kind.NUMBER),
    "hold-time": Property(Kind.DURATION, 180),
    "keepalive-time": Property(Kind.DURATION),
    "tcp-md5-key": Property(Kind.SECRET),
    "multihop": Property(Kind.FLAG),
    "use-bfd": Property(Kind.FLAG, False),
    "nexthop-choice": text_property("default"),
    "output.default-originate": text_property("never"),
    "output.redistribute": Property(Kind.NAMES),
    "output.network": text_property(),
    "output.no-client-to-client-reflection": Property(Kind.FLAG, False),
    "output.filter-chain": text_property(),
    "input.filter": text_property(),
    "templates": Property(Kind.SEQUENCE),
    "listen": flag_property(True),
    "connect": flag_property(True),
    **COMMON,
}

_V7_CONNECTION_FURTHER = frozenset(
    {
        "add-path-out",
        "cisco-vpls-nlri-len-fmt",
        "input.accept-communities",
        "input.accept-ext-communities",
        "input.accept-large-communities",
        "input.accept-nlri",
        "input.accept-unknown",
        "input.add-path",
        "input.affinity",
        "input.allow-as",
        "input.attr-error-handling",
        "input.filter-communities",
        "input.filter-ext-communities",
        "input.filter-large-communities",
        "input.filter-nlri",
        "input.filter-unknown",
        "input.limit-process-routes-ipv4",
        "input.limit-process-routes-ipv6",
        "local.port",
        "output.add-path",
        "output.affinity",
        "output.as-override",
        "output.default-prepend",
        "output.filter-select",
        "output.keep-sent-attributes",
        "output.network-blackhole",
        "output.no-early-cut",
        "output.remove-private-as",
        "remote.allowed-as",
        "remote.ttl",
        "routing-table",
        "save-to",
        "vrf",
    }
)


def instance_menu(release: Release) -> Menu | None:
    """Return the menu of BGP instances; 7.0 to 7.19 have none."""
    if release.major == 6:
        return _V6_INSTANCE
    if not release.at_least(7, 20):
        return None
    properties = {
        "name": text_property(),
        "as": Property(Kind.NUMBER),
        "router-id": Property(Kind.ADDRESS),
        "cluster-id": Property(Kind.ADDRESS),
        "ignore-as-path-len": Property(Kind.FLAG, False),
        **COMMON,
    }
    if release.at_least(7, 22):
        properties["multipath"] = Property(Kind.NUMBER)
    further = frozenset({"routing-table", "vrf"})
    return Menu("routing/bgp/instance", "instance", "name", properties, (("name",),), further)


def families_property(release: Release) -> str:
    """Return the name of the address family property: ``afi`` from 7.19 on."""
    return "afi" if release.at_least(7, 19) else "address-families"


def connection_menu(release: Release) -> Menu:
    """Return the menu of neighbours: ``peer`` in RouterOS 6, ``connection`` in 7."""
    if release.major == 6:
        return _V6_PEER
    refers = {"input.filter": V7_FILTER, "output.filter-chain": V7_FILTER}
    properties = {**_V7_CONNECTION, families_property(release): Property(Kind.NAMES, ("ip",))}
    if release.at_least(7, 20):
        properties["instance"] = Property(Kind.TEXT, permanent=True)
        refers["instance"] = "routing/bgp/instance"
    else:
        properties["router-id"] = Property(Kind.ADDRESS)
        properties["cluster-id"] = Property(Kind.ADDRESS)
        # Always has a value, so there is nothing to unset.
        properties["input.ignore-as-path-len"] = flag_property(False)
    return Menu(
        "routing/bgp/connection",
        "connection",
        "name",
        properties,
        (("name",), ("remote.address",)),
        _V7_CONNECTION_FURTHER,
        refers=refers,
    )
