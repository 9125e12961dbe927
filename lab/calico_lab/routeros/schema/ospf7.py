# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""OSPF menus of RouterOS 7."""

from __future__ import annotations

from calico_lab.routeros.schema.types import (
    COMMENT,
    DISABLED,
    LIST_COMMANDS,
    Field,
    Menu,
    flag,
)
from calico_lab.routeros.values import (
    Address,
    Choice,
    Flag,
    Interface,
    Number,
    Prefix,
    Reference,
    Text,
    Time,
)

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
_LISTS = ("all", "dynamic", "none", "static")
_SECONDS = Time(1, 65535)
_VIRTUAL = "..7.24"

MENUS = (
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
    Menu(
        "routing/ospf/interface-template",
        (
            Field("area", Reference("routing/ospf/area"), required="", fixed=True),
            Field("auth", Choice(("md5", "sha1", "sha256", "sha384", "sha512", "simple"))),
            Field("auth-id", Number(0, 255)),
            Field("auth-key", Text(), secret=True),
            COMMENT,
            Field("cost", Number(1, 65535), default="1", fixed=True),
            Field("dead-interval", _SECONDS, default="40s", fixed=True),
            DISABLED,
            Field("hello-interval", _SECONDS, default="10s", fixed=True),
            Field("instance-id", Number(0, 255), default="0", fixed=True),
            Field("interfaces", Interface(_LISTS, many=True)),
            Field("networks", Prefix((4, 6), listed=True)),
            Field("passive", Flag(bare=True)),
            Field("prefix-list", Text()),
            Field("priority", Number(0, 255), default="128", fixed=True),
            Field("retransmit-interval", _SECONDS, default="5s", fixed=True),
            Field("transmit-delay", _SECONDS, default="1s", fixed=True),
            Field(
                "type",
                Choice(
                    (
                        "broadcast",
                        "nbma",
                        "ptmp",
                        "ptmp-broadcast",
                        "ptp",
                        "ptp-unnumbered",
                        "virtual-link",
                    )
                ),
                default="broadcast",
                fixed=True,
            ),
            flag("use-bfd"),
            Field("vlink-neighbor-id", Address(), _VIRTUAL),
            Field("vlink-transit-area", Reference("routing/ospf/area"), _VIRTUAL),
        ),
        commands={**LIST_COMMANDS, "move": "", "unset": ""},
        ordered=True,
    ),
    Menu(
        "routing/ospf/neighbor",
        (COMMENT,),
        commands=dict.fromkeys(("comment", "edit", "find", "get", "print", "reset", "set"), ""),
    ),
)
