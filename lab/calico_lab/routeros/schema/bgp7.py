# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""BGP menus of RouterOS 7."""

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
    Choice,
    Kind,
    Number,
    NumberRange,
    Prefix,
    Reference,
    Text,
    Time,
)

_FAMILIES = ("ip", "ipv6", "l2vpn", "l2vpn-cisco", "vpnv4", "vpnv6@7.15..", "evpn@7.20..")
_SOURCES = (
    "connected",
    "static",
    "rip",
    "ospf",
    "isis@7.16..",
    "bgp",
    "vpn",
    "dhcp",
    "fantasy",
    "modem",
    "bgp-mpls-vpn",
    "slaac@7.21.4..",
)
# When ibgp-rr-client went is not documented: 7.18.2 takes it, 7.21.4 does not.
_ROLES = (
    "ebgp",
    "ebgp-customer",
    "ebgp-peer",
    "ebgp-provider",
    "ebgp-rs",
    "ebgp-rs-client",
    "ibgp",
    "ibgp-rr",
    "ibgp-rr-client@..7.20",
)
_AFFINITY = ("afi", "alone", "instance", "main", "remote-as", "vrf")
_POWERS = tuple(str(10**power) for power in range(1, 8))
_UNTIL_INSTANCES = "7.0..7.20"
_INSTANCES = "7.20.."
_PATH_FAMILIES = Choice(("ip", "ipv6"), many=True)
_ATTRIBUTE_ERRORS = "7.20.8..7.21 7.21.2.."
_VRF = Reference("ip/vrf", words=("main",))
_TABLE = Reference("routing/table")

ROUTER_ID: Kind = Reference("routing/id", other=Address())

_SESSION_OPTIONS = (
    Field("add-path-out", Choice(("all", "none")), "..7.22"),
    Field("address-families", Choice(_FAMILIES, many=True), "..7.19"),
    Field("afi", Choice(_FAMILIES, many=True), "7.19.."),
    Field("as", Number()),
    flag("as-override", "..7.10"),
    Field("cisco-vpls-nlri-len-fmt", Choice(("auto-bits", "auto-bytes", "bits", "bytes"))),
    Field("cluster-id", Address(), _UNTIL_INSTANCES),
    COMMENT,
    DISABLED,
    Field("hold-time", Choice(("infinity",), other=Time(3, 3600)), "..7.12"),
    Field("hold-time", Choice(("infinity",), other=Time(3, 65535)), "7.12.."),
    Field("input.accept-communities", Text()),
    Field("input.accept-ext-communities", Text()),
    Field("input.accept-large-communities", Text()),
    Field("input.accept-nlri", Text()),
    Field("input.accept-unknown", Text(), "..7.19"),
    Field("input.add-path", _PATH_FAMILIES, "7.22.."),
    Field("input.affinity", Choice(_AFFINITY)),
    Field("input.allow-as", Number(0, 10)),
    Field(
        "input.attr-error-handling",
        Choice(("default", "revised")),
        _ATTRIBUTE_ERRORS,
        fixed=True,
    ),
    Field("input.filter", Text()),
    Field("input.filter-communities", Text(), "7.19.."),
    Field("input.filter-ext-communities", Text(), "7.19.."),
    Field("input.filter-large-communities", Text(), "7.19.."),
    Field("input.filter-nlri", Text(), _INSTANCES),
    Field("input.filter-unknown", Text(), "7.19.."),
    flag("input.ignore-as-path-len", _UNTIL_INSTANCES),
    Field("input.limit-process-routes-ipv4", Choice(_POWERS, other=Number())),
    Field("input.limit-process-routes-ipv6", Choice(_POWERS, other=Number())),
    Field("keepalive-time", Time(1, 1800)),
    flag("multihop"),
    Field("nexthop-choice", Choice(("default", "force-self", "propagate"))),
    Field("output.add-path", _PATH_FAMILIES, "7.22.."),
    Field("output.affinity", Choice((*_AFFINITY, "input"))),
    flag("output.as-override", "7.10.."),
    Field("output.default-originate", Choice(("always", "if-installed", "never"))),
    Field("output.default-prepend", Number(0, 255)),
    Field("output.filter-chain", Text()),
    Field("output.filter-select", Text()),
    flag("output.keep-sent-attributes"),
    Field("output.network", Text()),
    flag("output.network-blackhole", "7.20.1.."),
    flag("output.no-client-to-client-reflection"),
    flag("output.no-early-cut"),
    Field("output.redistribute", Choice(_SOURCES, many=True)),
    flag("output.remove-private-as", "7.10.."),
    flag("remove-private-as", "..7.10"),
    Field("router-id", ROUTER_ID, _UNTIL_INSTANCES),
    Field("routing-table", _TABLE),
    Field("save-to", Text()),
    Field("templates", Reference("routing/bgp/template", many=True)),
    flag("use-bfd"),
    Field("vrf", _VRF),
)

_OWN = (
    Field("name", Text(), required="", fixed=True),
    Field(
        "instance", Reference("routing/bgp/instance"), _INSTANCES, required=_INSTANCES, fixed=True
    ),
    flag("connect", fixed=True),
    flag("listen", fixed=True),
    Field("local.address", Address((4, 6)), "..7.19"),
    Field("local.address", Address((4, 6), interface=True), "7.19.."),
    Field("local.port", Number(0, 65535)),
    Field("local.role", Choice(_ROLES), required="", fixed=True),
    Field("local.ttl", Number(1, 255), fixed=True),
    # Up to 7.18 the address is a network, and print shows its length.
    Field("remote.address", Prefix((4, 6)), "..7.19", fixed=True),
    Field("remote.address", Prefix((4, 6), short=True, interface=True), "7.19..7.22", fixed=True),
    Field("remote.address", Prefix((4, 6), short=True, interface=True), "7.22.."),
    Field("remote.allowed-as", NumberRange(listed=True)),
    Field("remote.as", Number()),
    Field("remote.port", Number(0, 65535)),
    Field("remote.ttl", Number(1, 255), fixed=True),
    Field("tcp-md5-key", Text(80), secret=True),
)

_UNSETTABLE = {**LIST_COMMANDS, "unset": ""}

MENUS = (
    Menu(
        "routing/bgp/connection",
        _OWN + _SESSION_OPTIONS,
        commands=_UNSETTABLE,
        unique=((("name",), "failure: already have such entry"),),
    ),
    Menu(
        "routing/bgp/template",
        (Field("name", Text(), required="", fixed=True), *_SESSION_OPTIONS),
        commands=_UNSETTABLE,
        unique=((("name",), "failure: already have such entry"),),
        builtin=({"name": "default"},),
    ),
    Menu(
        "routing/bgp/instance",
        (
            Field("name", Text(), required="", fixed=True),
            Field("as", Number()),
            Field("cluster-id", Address()),
            COMMENT,
            DISABLED,
            flag("ignore-as-path-len"),
            Field("multipath", Number(1, 64), "7.22.."),
            Field("router-id", ROUTER_ID),
            Field("routing-table", _TABLE),
            Field("vrf", _VRF),
        ),
        _INSTANCES,
        commands=_UNSETTABLE,
        unique=((("name",), "failure: already have such entry"),),
    ),
    Menu(
        "routing/bgp/session",
        commands={
            **READ_COMMANDS,
            "clear": "",
            "dump-saved-advertisements": "",
            "refresh": "",
            "resend": "",
            "stop": "",
            "unset": "",
        },
        arguments={
            "clear": ("flag", "numbers"),
            "dump-saved-advertisements": ("numbers", "save-to"),
            "refresh": ("numbers", "address-family@..7.19", "afi@7.19.."),
            "resend": ("numbers", "address-family@..7.19", "afi@7.19..", "save-to@..7.24"),
            "stop": ("numbers",),
        },
    ),
    Menu("routing/bgp/advertisements", commands=READ_COMMANDS),
)
