# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which BFD a session gets: RouterOS 7's list of permissions, RouterOS 6's timers by interface."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping

from calico_lab.routeros.bgp.common import Surroundings, address_list
from calico_lab.routeros.bgp.model import Bfd
from calico_lab.routeros.store import Store
from calico_lab.routeros.values import milliseconds

CONFIGURATION = "routing/bfd/configuration"
INTERFACE = "routing/bfd/interface"
_DEFAULT = Bfd()
#: Words for interface lists; all interfaces of the lab's router are static ones.
_EVERY = ("all", "static")


def permitted(store: Store, remote: str, multihop: bool, around: Surroundings) -> Bfd | None:
    """RouterOS 7: the timers of the first entry that fits; None where none does, or it forbids.

    An entry with interfaces fits neighbors on their networks only: a session over several hops
    is fitted by addresses (manual, "BFD").
    """
    interface = None if multihop else interface_towards(remote, around)
    for row in store.active(CONFIGURATION):
        values = row.values
        if not _fits(store, values, remote, interface):
            continue
        if values.get("forbid-bfd") == "true":
            return None
        return Bfd(
            _time(values, "min-tx", _DEFAULT.transmit),
            _time(values, "min-rx", _DEFAULT.receive),
            int(values.get("multiplier", _DEFAULT.multiplier)),
        )
    return None


def of_interface(store: Store, remote: str, around: Surroundings) -> Bfd | None:
    """RouterOS 6: the timers of the neighbor's interface, else those of all interfaces."""
    rows = {row.values["interface"]: row for row in store.active(INTERFACE)}
    row = rows.get(interface_towards(remote, around) or "", rows.get("all"))
    if row is None:
        return None
    return Bfd(
        _time(row.values, "interval", _DEFAULT.transmit),
        _time(row.values, "min-rx", _DEFAULT.receive),
        int(row.values.get("multiplier", _DEFAULT.multiplier)),
    )


def interface_towards(remote: str, around: Surroundings) -> str | None:
    """The interface on whose network ``remote`` is, if it is on one of the router's."""
    address = ipaddress.ip_address(remote)
    for entry in around.assigned():
        if address in ipaddress.ip_network(entry.network):
            return entry.interface
    return None


def _fits(store: Store, values: Mapping[str, str], remote: str, interface: str | None) -> bool:
    wanted = values.get("interfaces", "").split(",")
    if "interfaces" in values and (
        interface is None or not any(word in (*_EVERY, interface) for word in wanted)
    ):
        return False
    if "addresses" in values and not _holds(values["addresses"].split(","), remote):
        return False
    listed = values.get("address-list")
    if listed is not None and not _holds(address_list(store, listed), remote):
        return False
    return values.get("vrf", "main") == "main"


def _holds(networks: list[str], remote: str) -> bool:
    address = ipaddress.ip_address(remote)
    return any(address in ipaddress.ip_network(network) for network in networks)


def _time(values: Mapping[str, str], name: str, default: int) -> int:
    return milliseconds(values[name]) or default if name in values else default
