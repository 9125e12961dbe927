# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""BFD of RouterOS 6: timers by interface, and the neighbors."""

from __future__ import annotations

from calico_lab.routeros.schema.types import (
    COMMENT,
    DISABLED,
    LIST_COMMANDS,
    READ_COMMANDS,
    Field,
    Menu,
)
from calico_lab.routeros.values import Fraction, Interface, Number

_TIMER = Fraction(0.01, 10)

MENUS = (
    Menu(
        "routing/bfd/interface",
        (
            Field("interface", Interface(("all",)), required="", fixed=True),
            Field("interval", _TIMER, default="0.2s", fixed=True),
            Field("min-rx", _TIMER, default="0.2s", fixed=True),
            Field("multiplier", Number(1, 100), default="5", fixed=True),
            COMMENT,
            DISABLED,
        ),
        commands=LIST_COMMANDS,
        unique=((("interface",), "failure: already have such entry"),),
        builtin=({"interface": "all"},),
    ),
    Menu("routing/bfd/neighbor", commands=READ_COMMANDS),
)
