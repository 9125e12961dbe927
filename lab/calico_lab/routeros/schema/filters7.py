# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Routing filters and BFD menus of RouterOS 7."""

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
_VRF = Reference("ip/vrf", words=("main",))
_COMMUNITIES = (
    Field("communities", Text()),
    COMMENT,
    DISABLED,
    Field("list", Text(), required="", fixed=True),
    Field("regexp", Text()),
)
#: No earlier release is known to have the menu.
_BFD = "7.10.."
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
        _BFD,
        commands={**_ALL, "comment": "7.11.."},
        ordered=True,
    ),
    Menu("routing/bfd/session", span=_BFD, commands=READ_COMMANDS),
)
