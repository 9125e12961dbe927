# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses, routes, interfaces and address lists."""

from __future__ import annotations

from calico_lab.routeros.schema.types import (
    COMMENT,
    DISABLED,
    LIST_COMMANDS,
    READ_COMMANDS,
    Field,
    Menu,
    flag,
)
from calico_lab.routeros.values import (
    Address,
    AddressRange,
    Choice,
    Gateway,
    Interface,
    Number,
    Prefix,
    Reference,
    Text,
    Time,
)

_UNSETTABLE = {**LIST_COMMANDS, "unset": ""}
_EDIT = {name: span for name, span in LIST_COMMANDS.items() if name not in ("add", "remove")}
_DURATION = ("append", "as-value", "do", "duration", "file", "interval", "once", "without-paging")
_PACED = (*_DURATION, "proplist@7.19..", "freeze-frame-interval@7.21..")

_ADDRESS = Menu(
    "ip/address",
    (
        Field("address", Prefix(keep_host=True), required="", fixed=True),
        Field("netmask", Address()),
        Field("network", Address()),
        Field("broadcast", Address()),
        Field("interface", Interface(), required="", fixed=True),
        COMMENT,
        DISABLED,
    ),
    unique=((("address", "interface"), "failure: already have such address"),),
)

_ADDRESS_LIST = Menu(
    "ip/firewall/address-list",
    (
        Field("list", Text(), required="", fixed=True),
        Field("address", AddressRange(), required="", fixed=True),
        COMMENT,
        DISABLED,
        flag("dynamic", "7.0.."),
        Field("timeout", Time(0, 21474836)),
    ),
    commands={**LIST_COMMANDS, "unset": "..7.0"},
    unique=((("list", "address"), "failure: already have such entry"),),
)

_INTERFACE = Menu(
    "interface",
    (
        Field("name", Text(), fixed=True),
        Field("mtu", Choice(("auto@7.0..",), other=Number(68, 65535)), fixed=True),
        Field("l2mtu", Number(0, 65535), fixed=True),
        COMMENT,
        DISABLED,
    ),
    commands={
        **_EDIT,
        "export": "",
        "recursive-print": "7.20..",
        "blink": "",
        "monitor-traffic": "",
        "reset-counters": "",
    },
    arguments={
        "blink": ("numbers",),
        "reset-counters": ("numbers",),
        "monitor-traffic": ("interface", *_PACED),
    },
)

#: Arguments of routes that are of one form for both versions of IP.
_DISTANCES = (
    Field("distance", Number(1, 255), default="1"),
    Field("scope", Number(0, 255), default="30"),
    Field("target-scope", Number(0, 255), default="10"),
)
_BGP_OF_ROUTE6 = (
    Field("bgp-as-path", Text()),
    Field("bgp-communities", Text()),
    Field("bgp-local-pref", Number()),
    Field("bgp-med", Number()),
    Field("bgp-origin", Choice(("igp", "egp", "incomplete"))),
    Field("bgp-prepend", Number(0, 16)),
)
_TYPE = Field("type", Choice(("blackhole", "prohibit", "unicast", "unreachable")), void="unicast")

_ROUTE6 = Menu(
    "ip/route",
    (
        Field("dst-address", Prefix(), default="0.0.0.0/0", fixed=True),
        Field("gateway", Gateway()),
        Field("check-gateway", Choice(("arp", "ping", "none")), void="none"),
        *_DISTANCES,
        Field("pref-src", Address()),
        Field("routing-mark", Text()),
        Field("route-tag", Number()),
        _TYPE,
        Field("vrf-interface", Interface()),
        *_BGP_OF_ROUTE6,
        COMMENT,
        DISABLED,
    ),
    commands={**_UNSETTABLE, "check": ""},
    arguments={"check": ("dst-ip", "src-ip", *_DURATION)},
)

_ROUTE7 = Menu(
    "ip/route",
    (
        Field("dst-address", Prefix(), default="0.0.0.0/0", fixed=True),
        Field("gateway", Gateway()),
        Field("routing-table", Reference("routing/table"), default="main", fixed=True),
        flag("blackhole"),
        Field("check-gateway", Choice(("arp", "none", "ping")), void="none"),
        *_DISTANCES,
        Field("pref-src", Address()),
        # A router without a switch chip has no such argument from 7.21 on.
        flag("suppress-hw-offload", "..7.21", default="false", fixed=True),
        Field("vrf-interface", Interface()),
        COMMENT,
        DISABLED,
    ),
    commands={**_UNSETTABLE, "check": "7.15.."},
    arguments={"check": ("dst-ip", "src-ip", *_PACED)},
)

_ADDRESS_IPV6 = Menu(
    "ipv6/address",
    (
        Field("address", Prefix((6,), keep_host=True), required="", fixed=True),
        Field("from-pool", Text(), default="", fixed=True),
        Field("interface", Interface(), required="", fixed=True),
        flag("eui-64", default="false", fixed=True),
        flag("advertise", default="true", fixed=True),
        flag("no-dad", default="false", fixed=True),
        COMMENT,
        DISABLED,
    ),
    unique=((("address", "interface"), "failure: already have such address"),),
)

_ROUTE6_IPV6 = Menu(
    "ipv6/route",
    (
        Field("dst-address", Prefix((6,)), default="::/0", fixed=True),
        Field("gateway", Gateway(6)),
        Field("check-gateway", Choice(("arp", "ping", "none")), void="none"),
        *_DISTANCES,
        Field("route-tag", Number()),
        _TYPE,
        *_BGP_OF_ROUTE6,
        COMMENT,
        DISABLED,
    ),
    commands=_UNSETTABLE,
)

_ROUTE7_IPV6 = Menu(
    "ipv6/route",
    (
        Field("dst-address", Prefix((6,)), default="::/0", fixed=True),
        Field("gateway", Gateway(6)),
        Field("routing-table", Reference("routing/table"), default="main", fixed=True),
        flag("blackhole"),
        Field("check-gateway", Choice(("arp", "none", "ping")), void="none"),
        *_DISTANCES,
        Field("pref-src", Address((6,)), "7.20.."),
        # When it came is not published: 7.10.2 lacks it, 7.14.3 has it.
        flag("suppress-hw-offload", "7.11..7.21", default="false", fixed=True),
        Field("vrf-interface", Interface()),
        COMMENT,
        DISABLED,
    ),
    commands=_UNSETTABLE,
)

_ROUTES = Menu(
    "routing/route",
    (COMMENT, DISABLED),
    commands={
        **{name: span for name, span in _EDIT.items() if name != "export"},
        "unset": "",
    },
)

_TABLE = Menu(
    "routing/table",
    (
        Field("name", Text(), required="", fixed=True),
        flag("fib"),
        COMMENT,
        DISABLED,
    ),
    commands=_UNSETTABLE,
    unique=((("name",), "failure: already have such entry"),),
    builtin=({"name": "main", "fib": ""},),
)

_IDENTIFIER = Menu(
    "routing/id",
    (
        Field("name", Text(), required="", fixed=True),
        Field("id", Address()),
        Field(
            "select-dynamic-id",
            Choice(
                ("any", "only-static", "only-loopback", "only-vrf", "only-active", "lowest"),
                many=True,
            ),
        ),
        Field("select-from-vrf", Reference("ip/vrf", words=("main",))),
        COMMENT,
        DISABLED,
    ),
    commands=_UNSETTABLE,
    unique=((("name",), "failure: already have such entry"),),
    builtin=({"name": "main", "select-dynamic-id": "only-vrf", "select-from-vrf": "main"},),
)

COMMON = (_ADDRESS, _ADDRESS_IPV6, _ADDRESS_LIST, _INTERFACE)
MENUS6 = (*COMMON, _ROUTE6, _ROUTE6_IPV6)
MENUS7 = (*COMMON, _ROUTE7, _ROUTE7_IPV6, _ROUTES, _TABLE, _IDENTIFIER)

__all__ = ["COMMON", "MENUS6", "MENUS7", "READ_COMMANDS"]
