# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each RouterOS release offers: menus, commands, arguments, values, defaults.

The tables state public facts of the devices per release; a span such as ``7.19..`` is half open.
"""

from __future__ import annotations

from collections.abc import Mapping

from calico_lab.routeros.release import Release
from calico_lab.routeros.schema import bfd6, bgp6, bgp7, filters7, ip, ospf6, ospf7, system
from calico_lab.routeros.schema.types import Menu, MenuProfile


class Profile:
    """The menus of one release."""

    def __init__(self, release: Release) -> None:
        self.release = release
        if release.major == 6:
            menus: tuple[Menu, ...] = (*system.MENUS, *ip.MENUS6, *bgp6.MENUS, *bfd6.MENUS)
            menus = (*menus, *ospf6.MENUS)
            elsewhere: tuple[str, ...] = (*system.ELSEWHERE, *system.ELSEWHERE6)
        else:
            menus = (*system.MENUS, *ip.MENUS7, *bgp7.MENUS, *filters7.MENUS)
            menus = (*menus, *ospf7.MENUS)
            evpn = ("routing/bgp/evpn",) if release.within("7.20..") else ()
            elsewhere = (*system.ELSEWHERE, *system.ELSEWHERE7, *evpn)
        self.menus: Mapping[str, MenuProfile] = {
            menu.path: menu.for_release(release) for menu in menus if release.within(menu.span)
        }
        self.elsewhere = frozenset(elsewhere) - frozenset(self.menus)
        self.folders = frozenset(
            path[:end]
            for path in (*self.menus, *self.elsewhere)
            for end in range(len(path))
            if path[end] == "/"
        )
