# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Identity, resources, users and services."""

from __future__ import annotations

from calico_lab.routeros.schema.types import (
    COMMENT,
    DISABLED,
    LIST_COMMANDS,
    Field,
    Menu,
)
from calico_lab.routeros.values import Choice, Prefix, Reference, Text, Time

#: Policies that a user group may hold, with the releases that know them.
POLICIES = (
    "local",
    "telnet",
    "ssh",
    "ftp",
    "reboot",
    "read",
    "write",
    "policy",
    "test",
    "winbox",
    "password",
    "web",
    "sniff",
    "sensitive",
    "api",
    "romon",
    "dude@..7.0",
    "tikapp@..7.0",
    "rest-api@7.0..",
)
_MONITOR = (
    "append",
    "as-value",
    "do",
    "duration",
    "file",
    "interval",
    "once",
    "without-paging",
    "proplist@7.19..",
    "freeze-frame-interval@7.21..",
)
_READ_GROUP = "local,telnet,ssh,reboot,read,test,winbox,password,web,sniff,sensitive,api,romon"
_WRITE_GROUP = f"{_READ_GROUP},write"
_FULL_GROUP = f"{_WRITE_GROUP},ftp,policy"
_SKIN = Field("skin", Text(), default="default")

MENUS = (
    Menu(
        "system/resource",
        commands={"export": "7.0..", "get": "", "monitor": "", "print": ""},
        arguments={"monitor": _MONITOR},
        single=True,
    ),
    Menu(
        "system/identity",
        (Field("name", Text(64), default="MikroTik", fixed=True),),
        commands={"edit": "", "export": "", "get": "", "print": "", "reset": "7.21..", "set": ""},
        single=True,
    ),
    Menu(
        "user",
        (
            Field("name", Text(), required="", fixed=True),
            Field("group", Reference("user/group"), required="", fixed=True),
            Field("address", Prefix((4, 6), listed=True), default="", fixed=True, void=""),
            COMMENT,
            DISABLED,
            Field(
                "inactivity-policy",
                Choice(("lockscreen", "logout", "none")),
                "7.16..",
                default="none",
                fixed=True,
            ),
            Field("inactivity-timeout", Time(60, 86400), "7.16..", default="10m", fixed=True),
            Field("password", Text(), secret=True, hidden=True, fixed=True),
        ),
        commands={**LIST_COMMANDS, "expire-password": "7.0..", "recursive-print": "7.20.."},
        arguments={"expire-password": ("numbers",)},
        unique=((("name",), "failure: user with the same name already exists"),),
        policy="policy",
    ),
    Menu(
        "user/group",
        (
            Field("name", Text(), required="", fixed=True),
            Field("policy", Text(), default="", fixed=True),
            _SKIN,
            COMMENT,
        ),
        commands={
            name: span for name, span in LIST_COMMANDS.items() if name not in ("disable", "enable")
        },
        unique=((("name",), "failure: group with the same name already exists"),),
        builtin=(
            {"name": "read", "policy": _READ_GROUP},
            {"name": "write", "policy": _WRITE_GROUP},
            {"name": "full", "policy": _FULL_GROUP},
        ),
        policy="policy",
    ),
)

#: Menus of RouterOS that the lab does not have, so that it can say so instead of denying them.
ELSEWHERE = (
    "certificate",
    "file",
    "interface/bridge",
    "interface/ethernet",
    "interface/list",
    "interface/vlan",
    "ip/dhcp-client",
    "ip/dns",
    "ip/firewall/filter",
    "ip/firewall/mangle",
    "ip/firewall/nat",
    "ip/neighbor",
    "ip/service",
    "ip/settings",
    "ipv6/firewall",
    "ipv6/nd",
    "ipv6/settings",
    "log",
    "system/clock",
    "system/health",
    "system/license",
    "system/ntp/client",
    "system/package",
    "system/routerboard",
    "system/script",
    "tool",
)
ELSEWHERE6 = (
    "ip/route/rule",
    "ip/route/vrf",
    "routing/bgp/vpnv4-route",
    "routing/ospf/area/range",
)
ELSEWHERE7 = (
    "ip/vrf",
    "routing/bgp/vpls",
    "routing/bgp/vpn",
    "routing/filter/select-rule",
    "routing/ospf/area/range",
    "routing/ospf/interface",
    "routing/ospf/static-neighbor",
    "routing/route/rule",
    "routing/rule",
    "routing/settings",
    "routing/stats/process",
)
