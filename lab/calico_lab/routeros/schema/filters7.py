# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Routing filters, BFD and OSPF menus of RouterOS 7."""

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
    Interface,
    Number,
    NumberRange,
    Prefix,
    Reference,
    Text,
    Time,
)

_MOVABLE = {**LIST_COMMANDS, "move": ""}
_ALL = {**_MOVABLE, "unset": ""}
_LISTS = ("all", "dynamic", "none", "static")
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
_VRF = Reference("ip/vrf", words=("main",))
_COMMUNITIES = (
    Field("communities", Text()),
    COMMENT,
    DISABLED,
    Field("list", Text(), required="", fixed=True),
    Field("regexp", Text()),
)
_NO_COMMENT_BEFORE_711 = Field("comment", Text(), "7.11..")

MENUS = (
    Menu(
        "routing/filter/rule",
        (
            Field("chain", Text(), required="", fixed=True),
            COMMENT,
            DISABLED,
            Field("rule", Text(), fixed=True),
        ),
        commands=_MOVABLE,
        ordered=True,
    ),
    Menu("routing/filter/chain", commands=READ_COMMANDS),
    Menu(
        "routing/filter/num-list",
        (
            COMMENT,
            DISABLED,
            Field("list", Text(), required="", fixed=True),
            Field("range", NumberRange(), fixed=True),
        ),
        commands=_MOVABLE,
        ordered=True,
    ),
    Menu("routing/filter/community-list", _COMMUNITIES, commands=_ALL, ordered=True),
    Menu("routing/filter/community-ext-list", _COMMUNITIES, commands=_ALL, ordered=True),
    Menu(
        "routing/filter/community-large-list",
        _COMMUNITIES,
        commands=_ALL,
        ordered=True,
    ),
    Menu(
        "routing/bfd/configuration",
        (
            Field("address-list", Text()),
            Field("addresses", Prefix((4, 6), listed=True)),
            _NO_COMMENT_BEFORE_711,
            DISABLED,
            flag("forbid-bfd"),
            Field("interfaces", Interface(_LISTS, many=True)),
            Field("min-rx", Time()),
            Field("min-tx", Time()),
            Field("multiplier", Number(1, 255)),
            Field("vrf", _VRF),
        ),
        commands={**_ALL, "comment": "7.11.."},
        ordered=True,
    ),
    Menu("routing/bfd/session", commands=READ_COMMANDS),
    Menu(
        "routing/ospf/instance",
        (
            Field("name", Text(), required="", fixed=True),
            COMMENT,
            DISABLED,
            Field("domain-id", Text()),
            Field("domain-tag", Number()),
            Field("in-filter-chain", Text()),
            Field("mpls-te-address", Address()),
            Field("mpls-te-area", Address()),
            Field("originate-default", Choice(("always", "if-installed", "never"))),
            Field("out-filter-chain", Text()),
            Field("out-filter-select", Text()),
            Field("redistribute", Choice(_SOURCES, many=True)),
            Field(
                "router-id", Reference("routing/id", other=Address()), default="main", fixed=True
            ),
            Field("routing-table", Reference("routing/table")),
            flag("use-dn"),
            Field("version", Choice(("2", "3")), default="2", fixed=True),
            Field("vrf", _VRF, default="main", fixed=True),
        ),
        commands={**LIST_COMMANDS, "unset": ""},
        unique=((("name",), "failure: already have such entry"),),
    ),
    Menu(
        "routing/ospf/area",
        (
            Field("name", Text(), required="", fixed=True),
            Field("area-id", Address(), fixed=True),
            COMMENT,
            Field("default-cost", Number(0, 16777215)),
            DISABLED,
            Field("instance", Reference("routing/ospf/instance"), required="", fixed=True),
            flag("no-summaries"),
            Field("nssa-translator", Choice(("candidate", "no", "yes"))),
            Field("type", Choice(("default", "nssa", "stub")), fixed=True),
        ),
        commands={**LIST_COMMANDS, "unset": ""},
        unique=((("name",), "failure: already have such entry"),),
    ),
)
