# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""OSPF of RouterOS 6 (manual, "Routing/OSPF")."""

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
    Prefix,
    Reference,
    Text,
    Time,
)

_REDISTRIBUTE = Choice(("no", "as-type-1", "as-type-2"))
_AUTO = Choice(("auto",), other=Number(0, 16777215))

_SECONDS = Time(1, 65535)

MENUS = (
    Menu(
        "routing/ospf/instance",
        (
            Field("name", Text(), required="", fixed=True),
            Field("router-id", Address(), default="0.0.0.0"),
            Field(
                "distribute-default",
                Choice(
                    (
                        "never",
                        "always-as-type-1",
                        "always-as-type-2",
                        "if-installed-as-type-1",
                        "if-installed-as-type-2",
                    )
                ),
                default="never",
            ),
            *(
                Field(f"redistribute-{source}", _REDISTRIBUTE, default="no")
                for source in ("connected", "static", "rip", "bgp", "other-ospf")
            ),
            Field("metric-default", Number(0, 16777215), default="1"),
            *(
                Field(f"metric-{source}", _AUTO, default="20")
                for source in ("connected", "static", "rip")
            ),
            *(Field(f"metric-{source}", _AUTO, default="auto") for source in ("bgp", "other-ospf")),
            Field("in-filter", Text(), default="ospf-in"),
            Field("out-filter", Text(), default="ospf-out"),
            Field("routing-table", Text()),
            COMMENT,
            DISABLED,
        ),
        commands={**LIST_COMMANDS, "unset": ""},
        unique=((("name",), "failure: already have such entry"),),
        builtin=({"name": "default"},),
    ),
    Menu(
        "routing/ospf/area",
        (
            Field("name", Text(), required="", fixed=True),
            Field("instance", Reference("routing/ospf/instance"), default="default", fixed=True),
            Field("area-id", Address(), default="0.0.0.0", fixed=True),
            Field("type", Choice(("default", "nssa", "stub")), default="default", fixed=True),
            Field(
                "translator-role",
                Choice(("translate-always", "translate-candidate", "translate-never")),
            ),
            flag("inject-summary-lsas"),
            Field("default-cost", Number(0, 16777215)),
            COMMENT,
            DISABLED,
        ),
        commands={**LIST_COMMANDS, "unset": ""},
        unique=((("name",), "failure: already have such entry"),),
        builtin=({"name": "backbone", "area-id": "0.0.0.0"},),
    ),
    Menu(
        "routing/ospf/network",
        (
            Field("network", Prefix(), required="", fixed=True),
            Field("area", Reference("routing/ospf/area"), required="", fixed=True),
            COMMENT,
            DISABLED,
        ),
        unique=((("network",), "failure: already have such entry"),),
    ),
    Menu(
        "routing/ospf/interface",
        (
            Field("interface", Interface(("all",)), required="", fixed=True),
            Field("cost", Number(1, 65535), default="10", fixed=True),
            Field("priority", Number(0, 255), default="1", fixed=True),
            Field("authentication", Choice(("none", "simple", "md5")), default="none", fixed=True),
            Field("authentication-key", Text(), default="", fixed=True, secret=True),
            Field("authentication-key-id", Number(0, 255), default="1", fixed=True),
            Field(
                "network-type",
                Choice(("default", "broadcast", "nbma", "point-to-point", "ptmp")),
                default="default",
                fixed=True,
            ),
            flag("passive", default="false", fixed=True),
            flag("use-bfd", default="false", fixed=True),
            Field("retransmit-interval", _SECONDS, default="5s", fixed=True),
            Field("transmit-delay", _SECONDS, default="1s", fixed=True),
            Field("hello-interval", _SECONDS, default="10s", fixed=True),
            Field("dead-interval", _SECONDS, default="40s", fixed=True),
            COMMENT,
            DISABLED,
        ),
        unique=((("interface",), "failure: already have such entry"),),
    ),
    Menu("routing/ospf/neighbor", commands=READ_COMMANDS),
)
