# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The configuration of a router that was never configured."""

from __future__ import annotations

from collections.abc import Iterable

from calico_lab.routeros.access import builtin_policies
from calico_lab.routeros.network import Assigned
from calico_lab.routeros.schema import Profile
from calico_lab.routeros.store import Store


def first_configuration(profile: Profile, identity: str, assigned: Iterable[Assigned]) -> Store:
    """The built-in rows of the release, and ``assigned`` as the router's addresses."""
    store = Store()
    for path, menu in profile.menus.items():
        for values in menu.menu.builtin:
            own = dict(values)
            if path == "user/group":
                own["policy"] = builtin_policies(own["policy"], profile.release)
            store.add(path, own, builtin=True)
    if profile.release.major == 6:
        # A captured RouterOS 6 counts its peers from 0.
        store.counters["routing/bgp/peer"] = 0
    store.add("system/identity", {"name": identity}, builtin=True)
    for entry in assigned:
        path = "ip/address" if entry.version == 4 else "ipv6/address"
        store.add(path, {"address": entry.address, "interface": entry.interface})
    return store


def ensure_user(store: Store, user: tuple[str, str] | None) -> None:
    """The user that the emulator was started with, else RouterOS's own admin at first."""
    if user is None:
        if not store.menu("user"):
            store.add("user", {"name": "admin", "group": "full", "password": ""})
        return
    name, password = user
    row = store.find("user", name)
    if row is None:
        store.add("user", {"name": name, "group": "full", "password": password})
    else:
        row.values["password"] = password
