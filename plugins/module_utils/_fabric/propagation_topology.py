# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Directed sessions, and which places pass on what they learn."""

from __future__ import annotations

from .bgp_prefix import Prefix, address_number
from .propagation_ends import End
from .propagation_links import Links


class Channel:
    """One direction of a session. Channels of one ``group`` carry the same routes, but for those
    that their own receiver sent."""

    __slots__ = ("group", "number", "receiver", "reverse", "sender")

    def __init__(self, number: int, sender: End, receiver: End, group: int) -> None:
        self.number = number
        self.sender = sender
        self.receiver = receiver
        self.group = group
        self.reverse = number ^ 1  # number of the other direction


#: Numbers beside those of channels.
OWN = -1  # nobody sent it: the place announces it itself
MESH = -4  # any session of the mesh of equals


class Topology:
    """Places and channels of one address family.

    ``transit``: who passes routes on, that is reflectors and whoever speaks eBGP beside other
    sessions. All others only take and announce.
    """

    def __init__(self, links: Links) -> None:
        self.links = links
        self.transit = _transit(links)
        links.spell_out_mesh(self.transit)
        self.channels: list[Channel] = []
        self.outgoing: dict[str, list[Channel]] = {name: [] for name in links.places}
        self.incoming: dict[str, list[Channel]] = {name: [] for name in links.places}
        groups: dict[tuple[End, bool], int] = {}
        for one, other in links.explicit:
            for sender, receiver in ((one, other), (other, one)):
                group = groups.setdefault((sender, receiver.bird), len(groups))
                channel = Channel(len(self.channels), sender, receiver, group)
                self.channels.append(channel)
                self.outgoing[sender.place].append(channel)
                self.incoming[receiver.place].append(channel)
        self.between_transit = {
            name: [c for c in self.outgoing[name] if c.receiver.place in self.transit]
            for name in self.transit
        }
        self._numbers: dict[str, int] = {}

    def number(self, address: str) -> int:
        """An address as a number, to compare by."""
        known = self._numbers.get(address)
        if known is None:
            known = self._numbers[address] = address_number(address)[0]
        return known

    def mesh_channel(self, sender: str, receiver: str) -> Channel:
        """A session of the mesh of equals."""
        links = self.links
        return Channel(MESH, links.mesh_end(sender), links.mesh_end(receiver), MESH)

    def inside(self, address: str, network: Prefix) -> bool:
        host = Prefix(network.family, self.number(address), network.bits)
        return bool(address) and host.inside(network)


def _transit(links: Links) -> frozenset[str]:
    ends: dict[str, list[End]] = {}
    for pair in links.explicit:
        for end in pair:
            ends.setdefault(end.place, []).append(end)
    found = set()
    for name, own in ends.items():
        in_mesh = name in links.mesh.members
        speakers = [*own, links.mesh_end(name)] if in_mesh else own
        mixed = len({end.local_as for end in speakers}) > 1 or any(
            not end.internal for end in speakers
        )
        if any(end.rr_client for end in own) or (mixed and len(speakers) > 1):
            found.add(name)
    return frozenset(found)
