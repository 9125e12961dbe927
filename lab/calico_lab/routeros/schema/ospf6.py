# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The OSPF instance of RouterOS 6: its redistribution settings, which alone do nothing."""

from __future__ import annotations

from calico_lab.routeros.schema.types import COMMENT, DISABLED, LIST_COMMANDS, Field, Menu
from calico_lab.routeros.values import Address, Choice, Number, Text

_REDISTRIBUTE = Choice(("no", "as-type-1", "as-type-2"))
_AUTO = Choice(("auto",), other=Number(0, 16777215))

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
)
