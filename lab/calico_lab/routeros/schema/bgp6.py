# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""BGP menus and routing filters of RouterOS 6."""

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
    Number,
    NumberRange,
    Prefix,
    Reference,
    Text,
    Time,
)

_FAMILIES = ("ip", "ipv6", "l2vpn", "l2vpn-cisco", "vpnv4")
_INSTANCE = Reference("routing/bgp/instance")
_UNSETTABLE = {**LIST_COMMANDS, "unset": ""}
_ORDERED = {**LIST_COMMANDS, "move": "", "unset": ""}

_INSTANCE_FIELDS = (
    Field("name", Text(), required="", fixed=True),
    Field("as", Number(), default="65530", fixed=True),
    Field("router-id", Address(), default="0.0.0.0"),
    flag("redistribute-connected", default="false"),
    flag("redistribute-static", default="false"),
    flag("redistribute-rip", default="false"),
    flag("redistribute-ospf", default="false"),
    flag("redistribute-other-bgp", default="false"),
    Field("out-filter", Text(), default=""),
    flag("client-to-client-reflection", default="true"),
    Field("cluster-id", Address()),
    Field("confederation", Number()),
    Field("confederation-peers", NumberRange(listed=True)),
    flag("ignore-as-path-len", default="false"),
    Field("routing-table", Text(), default=""),
    COMMENT,
    DISABLED,
)

_PEER_FIELDS = (
    Field("name", Text(), fixed=True),
    Field("instance", _INSTANCE, default="default", fixed=True),
    Field("remote-address", Address((4, 6)), required="", fixed=True),
    Field("remote-port", Number(0, 65535)),
    Field("remote-as", Number(), required="", fixed=True),
    Field("tcp-md5-key", Text(80), default="", secret=True),
    Field("nexthop-choice", Choice(("default", "force-self", "propagate")), default="default"),
    flag("multihop", default="false"),
    flag("route-reflect", default="false"),
    Field("hold-time", Choice(("infinity",), other=Time(3, 65535)), default="3m"),
    Field("keepalive-time", Time(1, 1800)),
    Field("ttl", Choice(("default",), other=Number(1, 255)), default="default"),
    Field("max-prefix-limit", Number()),
    Field("max-prefix-restart-time", Choice(("infinity",), other=Time())),
    Field("in-filter", Text(), default=""),
    Field("out-filter", Text(), default=""),
    Field("allow-as-in", Number(0, 10)),
    Field("address-families", Choice(_FAMILIES, many=True), default="ip"),
    Field("cisco-vpls-nlri-len-fmt", Choice(("auto-bits", "auto-bytes", "bits", "bytes"))),
    Field("update-source", Choice(("none",), other=Address((4, 6), interface=True)), void="none"),
    Field("default-originate", Choice(("always", "if-installed", "never")), default="never"),
    flag("remove-private-as", default="false"),
    flag("as-override", default="false"),
    flag("passive", default="false"),
    flag("use-bfd", default="false"),
    COMMENT,
    DISABLED,
)

_ACTIONS = ("accept", "discard", "jump", "log", "passthrough", "reject", "return")
_FAMILY = Choice(("ip", "ipv6", "l2vpn", "l2vpn-cisco", "vpnv4"))
_PROTOCOL = Choice(("bgp", "connect", "ospf", "rip", "static"), many=True)

_FILTER_FIELDS = (
    Field("chain", Text(), required="", fixed=True),
    Field("action", Choice(_ACTIONS), default="passthrough"),
    Field("address-family", _FAMILY),
    Field("append-bgp-communities", Text()),
    Field("append-route-targets", Text()),
    Field("bgp-as-path", Text()),
    Field("bgp-as-path-length", NumberRange()),
    Field("bgp-atomic-aggregate", Choice(("absent", "present"))),
    Field("bgp-communities", Text()),
    Field("bgp-local-pref", NumberRange()),
    Field("bgp-med", NumberRange()),
    Field("bgp-origin", Choice(("igp", "egp", "incomplete"), many=True)),
    Field("bgp-weight", NumberRange()),
    COMMENT,
    DISABLED,
    Field("distance", NumberRange(255)),
    flag("invert-match", default="false"),
    Field("jump-target", Text()),
    flag("locally-originated-bgp"),
    Field("match-chain", Text()),
    Field("ospf-type", Text()),
    Field("pref-src", Prefix()),
    Field("prefix", Prefix((4, 6))),
    Field("prefix-length", NumberRange(128)),
    Field("protocol", _PROTOCOL),
    Field("route-comment", Text()),
    Field("route-tag", NumberRange()),
    Field("route-targets", Text()),
    Field("routing-mark", Text()),
    Field("scope", NumberRange(255)),
    Field("set-bgp-communities", Text()),
    Field("set-bgp-local-pref", Number()),
    Field("set-bgp-med", Number()),
    Field("set-bgp-prepend", Number(0, 16)),
    Field("set-bgp-prepend-path", Text()),
    Field("set-bgp-weight", Number()),
    Field("set-check-gateway", Choice(("arp", "none", "ping"))),
    flag("set-disabled"),
    Field("set-distance", Number(0, 255)),
    Field("set-in-nexthop", Address()),
    Field("set-in-nexthop-direct", Text()),
    Field("set-in-nexthop-ipv6", Address((6,))),
    Field("set-in-nexthop-linklocal", Text()),
    Field("set-out-nexthop", Address()),
    Field("set-out-nexthop-ipv6", Address((6,))),
    Field("set-out-nexthop-linklocal", Text()),
    Field("set-pref-src", Address()),
    Field("set-route-comment", Text()),
    Field("set-route-tag", Number()),
    Field("set-route-targets", Text()),
    Field("set-routing-mark", Text()),
    Field("set-scope", Number(0, 255)),
    Field("set-site-of-origin", Text()),
    Field("set-target-scope", Number(0, 255)),
    Field("set-type", Choice(("blackhole", "prohibit", "unicast", "unreachable"))),
    flag("set-use-te-nexthop"),
    Field("site-of-origin", Text()),
    Field("target-scope", NumberRange(255)),
)

_AGGREGATE_FIELDS = (
    Field("instance", _INSTANCE, required="", fixed=True),
    Field("prefix", Prefix((4, 6)), required="", fixed=True),
    Field("advertise-filter", Text(), default=""),
    Field("attribute-filter", Text(), default=""),
    Field("suppress-filter", Text(), default=""),
    flag("include-igp", default="false"),
    flag("inherit-attributes", default="true"),
    flag("summary-only", default="true"),
    COMMENT,
    DISABLED,
)

MENUS = (
    Menu(
        "routing/bgp/instance",
        _INSTANCE_FIELDS,
        commands=_UNSETTABLE,
        unique=((("name",), "failure: already have such entry"),),
        builtin=({"name": "default", "as": "65530"},),
    ),
    Menu(
        "routing/bgp/peer",
        _PEER_FIELDS,
        commands={**_UNSETTABLE, "refresh": "", "refresh-all": "", "resend": "", "resend-all": ""},
        arguments={
            "refresh": ("numbers", "address-family"),
            "refresh-all": ("address-family",),
            "resend": ("numbers", "address-family"),
            "resend-all": ("address-family",),
        },
        unique=((("name",), "failure: already have such entry"),),
    ),
    Menu(
        "routing/bgp/network",
        (
            Field("network", Prefix((4, 6)), required="", fixed=True),
            flag("synchronize", default="true"),
            COMMENT,
            DISABLED,
        ),
        commands=_UNSETTABLE,
        unique=((("network",), "failure: already have such entry"),),
    ),
    Menu("routing/bgp/aggregate", _AGGREGATE_FIELDS, commands=_UNSETTABLE),
    Menu("routing/bgp/advertisements", commands=READ_COMMANDS),
    Menu("routing/filter", _FILTER_FIELDS, commands=_ORDERED, ordered=True),
)
