# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a place does not learn a block, in words, and what helps.

The cause is found at the nearest session over which the route does not come although the neighbor
has it; whoever is fed only by such a place shares its cause.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from .propagation_ends import quote, unquote
from .propagation_links import FailedSession, Place
from .propagation_model import OWNER, PLACE
from .propagation_rules import (
    AS_LOOP,
    CLUSTER,
    FILTER,
    NOT_REFLECTED,
    OWN_BLOCK,
    OWN_ROUTE,
    POOL,
    WHITELIST,
    Stop,
)
from .propagation_topology import Channel, Topology
from .propagation_wave import Wave

# Kinds of causes beside those that stop a route at a session.
NO_ADDRESS = "no-address"
REFUSED = "refused"  # BIRD refuses the file of a node
NO_SESSION = "no-session"
SESSION_DOWN = "session-down"
UNREACHABLE = "unreachable"  # the next hop
APART = "apart"  # no chain of sessions

_URGENCY = {
    kind: number
    for number, kind in enumerate(
        (
            FILTER,
            POOL,
            WHITELIST,
            CLUSTER,
            SESSION_DOWN,
            AS_LOOP,
            OWN_BLOCK,
            NOT_REFLECTED,
            OWN_ROUTE,
        )
    )
}


class Cause(NamedTuple):
    """Texts with PLACE and OWNER; ``subjects``: what the cause is about, by name."""

    kind: str
    text: str
    way_out: str
    subjects: tuple[str, ...] = ()


class Missed(NamedTuple):
    """A route that does not reach everybody: one bit of a wave, and who announces it."""

    wave: Wave
    bit: int
    origin: str

    def reaches(self, name: str) -> bool:
        return self.wave.reaches(name, self.bit)

    def stops(self, channel: Channel) -> Iterator[Stop]:
        return self.wave.stops(channel, self.bit)


class Explainer:
    """Finds causes in one address family."""

    def __init__(self, topology: Topology) -> None:
        self._topology = topology
        self._links = topology.links
        self._failed: dict[str, list[FailedSession]] = {}
        for failed in topology.links.failed:
            self._failed.setdefault(failed.place, []).append(failed)
            if failed.other:
                self._failed.setdefault(failed.other, []).append(failed)

    def failed_at(self, place: str) -> frozenset[tuple[str, str]]:
        """The failed sessions of a place, in words that are the same for all of its kind."""
        return frozenset(
            (
                failed.other if failed.place == place else failed.place,
                unquote(failed.reason, {place: PLACE}),
            )
            for failed in self._failed.get(place, ())
        )

    def explain(
        self, route: Missed, labels: Mapping[str, Cause], place: str, owner: str, unreachable: str
    ) -> Cause:
        """Why ``place`` has no usable route to what ``owner`` announces."""
        found = self._explain(route, labels, place, owner, unreachable)
        names = {place: PLACE, owner: OWNER}
        return found._replace(
            text=unquote(found.text, names), way_out=unquote(found.way_out, names)
        )

    def labels(self, route: Missed, relevant: Collection[str]) -> dict[str, Cause]:
        """The nearest cause for every relevant place that the route does not reach.

        ``relevant`` holds all places that pass routes on and those that are asked about.
        """
        reached = {name: route.reaches(name) for name in relevant}
        before: dict[str, list[str]] = {}  # unreached place -> unreached neighbors that it feeds
        first: dict[str, Cause] = {}
        second: dict[str, Cause] = {}
        for here in sorted(relevant):
            if reached[here]:
                continue
            causes: list[Cause] = []
            for neighbor, found in self._before(route, here, reached):
                if found is None:
                    before.setdefault(neighbor, []).append(here)
                else:
                    causes.append(found)
            if causes:
                cause = min(causes, key=lambda cause: _URGENCY[cause.kind])
                weak = cause.kind in (NOT_REFLECTED, OWN_ROUTE)
                (second if weak else first)[here] = cause
        labels: dict[str, Cause] = {}
        for found_causes in (first, second):
            frontier = [name for name in found_causes if name not in labels]
            labels.update((name, found_causes[name]) for name in frontier)
            while frontier:
                following = []
                for name in frontier:
                    for fed in before.get(name, ()):
                        if fed not in labels:
                            labels[fed] = labels[name]
                            following.append(fed)
                frontier = following
        return labels

    def _explain(
        self, route: Missed, labels: Mapping[str, Cause], place: str, owner: str, unreachable: str
    ) -> Cause:
        for name in filter(None, (owner, place)):
            found = self._out_of_bgp(self._links.places[name])
            if found:
                return found
        if unreachable:
            return Cause(
                UNREACHABLE,
                f"the next hop {unreachable} is not reachable from {quote(place)}",
                "let whoever brings the route in announce itself as next hop (nextHopMode Self of "
                f"the BGPPeer, force-self on the router), or give {quote(place)} a route to "
                f"{unreachable}",
                (unreachable,),
            )
        return self._at_origin(route, owner) or labels.get(place) or self._apart(place, owner)

    def _out_of_bgp(self, where: Place) -> Cause | None:
        family = self._links.family
        if not where.address and where.is_node:
            return Cause(
                NO_ADDRESS,
                f"{quote(where.name)} has no IPv{family} address for BGP",
                f"let calico-node find one (IP{'' if family == 4 else 6}_AUTODETECTION_METHOD), or "
                f"set the annotation projectcalico.org/IPv{family}Address of {quote(where.name)}",
                (where.name,),
            )
        if not where.address:
            return Cause(
                NO_SESSION,
                f"router {quote(where.name)} has no IPv{family} session",
                f"add a connection with a reflector on {quote(where.name)}",
                (where.name,),
            )
        if where.refusal:
            return Cause(
                REFUSED,
                f"BIRD on {quote(where.name)} refuses its configuration ({where.refusal})",
                "mend that object; until then the node keeps its old sessions",
                (where.name,),
            )
        return None

    def _at_origin(self, route: Missed, owner: str) -> Cause | None:
        """The cause if the route does not even leave its owner."""
        if not owner:
            return None
        outgoing = self._topology.outgoing[owner]
        causes = []
        for channel in outgoing:
            stops = [stop for stop in route.stops(channel) if stop.kind in (FILTER, POOL)]
            if not stops:
                return None
            causes.append(self._stopped(route, channel, stops[0]))
        return causes[0] if causes and owner not in self._links.mesh.members else None

    def _before(
        self, route: Missed, here: str, reached: Mapping[str, bool]
    ) -> Iterator[tuple[str, Cause | None]]:
        """Neighbors of a place: with the cause if they have the route, else None."""
        for channel in route.wave.channels_to(here, route.bit):
            sender = channel.sender.place
            if reached.get(sender):
                for stop in route.stops(channel):
                    yield sender, self._stopped(route, channel, stop)
            elif sender in reached:
                yield sender, None
        for failed in self._failed.get(here, ()):
            other = failed.other if failed.place == here else failed.place
            if other in reached:
                yield other, self._down(failed) if reached[other] else None
        down = self._links.mesh.down
        origin = route.origin
        if frozenset((origin, here)) in down:
            reason = f"the session of {quote(origin)} with {quote(here)} is not Established"
            way_out = "find out with birdc why it stays down"
            yield origin, Cause(SESSION_DOWN, reason, way_out, (origin, here))

    def _down(self, failed: FailedSession) -> Cause:
        return Cause(
            SESSION_DOWN,
            f"no session: {failed.reason}",
            failed.way_out,
            tuple(filter(None, (failed.place, failed.other))),
        )

    def _apart(self, place: str, owner: str) -> Cause:
        """Nothing leads from the owner to the place."""
        for name in filter(None, (place, owner)):
            if self._topology.incoming[name] or name in self._links.mesh.members:
                continue
            if self._failed.get(name):
                return self._down(self._failed[name][0])
            return self._no_session(self._links.places[name])
        for name in filter(None, (place, owner)):
            if self._failed.get(name):
                return self._down(self._failed[name][0])
        start = f"from {quote(owner)} " if owner else ""
        return Cause(
            APART,
            f"no chain of sessions leads {start}to {quote(place)}",
            "let the reflectors that serve the two peer with each other, with different cluster "
            "IDs",
        )

    def _no_session(self, where: Place) -> Cause:
        name = quote(where.name)
        if not where.is_node:
            return Cause(
                NO_SESSION,
                f"no session: router {name} peers with nobody",
                f"add a connection with a reflector on {name}, and a BGPPeer for the reflector",
                (where.name,),
            )
        if where.cluster_id:
            reason = (
                f"no session: {name} has cluster ID {where.cluster_id}, which takes it out of the "
                "mesh, and no BGPPeer selects it"
            )
        elif self._links.mesh_enabled:
            reason = f"no session: {name} has nobody to mesh with"
        else:
            reason = f"no session: mesh is off and no reflector serves {name}"
        return Cause(
            NO_SESSION,
            reason,
            f"add a BGPPeer whose nodeSelector matches {name} and whose peerSelector matches a "
            "reflector, or leave the mesh on",
            (where.name,),
        )

    def _stopped(self, route: Missed, channel: Channel, stop: Stop) -> Cause:
        sender, receiver = channel.sender.place, channel.receiver.place
        session = f"the session {quote(sender)} -> {quote(receiver)}"
        if stop.kind == FILTER:
            return Cause(
                FILTER,
                f"BGPFilter {stop.subject} rejects it on {session}",
                f"let BGPFilter {stop.subject} accept it, or take the filter off that BGPPeer",
                (stop.subject,),
            )
        if stop.kind == POOL:
            return Cause(
                POOL,
                f"pool {stop.subject} is not exported (disableBGPExport)",
                f"set disableBGPExport of IPPool {stop.subject} to false",
                (stop.subject,),
            )
        if stop.kind == WHITELIST:
            return Cause(
                WHITELIST,
                f"{quote(sender)} passes on only what is inside IPPools and service ranges, and it "
                "is in none",
                f"create an IPPool around it, or accept it in an export BGPFilter of {session}",
                (sender,),
            )
        if stop.kind == CLUSTER:
            return self._cluster(route, channel, stop.subject)
        if stop.kind == AS_LOOP:
            return Cause(
                AS_LOOP,
                f"{quote(receiver)} drops it: its own AS {stop.subject} is in the AS path",
                "set numAllowedLocalASNumbers on that BGPPeer, or let the nodes of this AS learn "
                "from each other over iBGP",
                (receiver,),
            )
        if stop.kind == OWN_BLOCK:
            return Cause(
                OWN_BLOCK,
                f"{quote(sender)} holds a larger block around it and keeps what is beneath",
                "release one of the two blocks (calicoctl ipam check)",
                (sender,),
            )
        found = self._links.places[sender]
        if found.cluster_id and found.cluster_id == self._links.places[receiver].cluster_id:
            text = (
                f"reflectors {quote(sender)} and {quote(receiver)} share cluster ID "
                f"{found.cluster_id}, so neither is a client of the other, and {quote(sender)} "
                "has it from a neighbor that is no client of it either"
            )
            way_out = (
                f"give {quote(sender)} and {quote(receiver)} different cluster IDs, or let every "
                "client of one be a client of the other too"
            )
            return Cause(CLUSTER, text, way_out, tuple(sorted({sender, receiver})))
        return Cause(
            stop.kind,
            f"{quote(sender)} has it over iBGP and does not pass it on to {quote(receiver)}: "
            f"{quote(sender)} is no route reflector for either side",
            f"make {quote(sender)} a route reflector (cluster ID), or peer {quote(receiver)} with "
            "one that has the route",
            (sender,),
        )

    def _cluster(self, route: Missed, channel: Channel, cluster_id: str) -> Cause:
        """Two reflectors that share an ID but not their clients."""
        sender, receiver = channel.sender.place, channel.receiver.place
        if channel.receiver.loop_id == cluster_id and channel.sender.loop_id != cluster_id:
            here, served = receiver, ""
        else:
            here, served = sender, receiver
        others = [
            name
            for name, found in self._links.places.items()
            if name != here and found.cluster_id == cluster_id and route.reaches(name)
        ]
        direct = set(route.wave.senders(here, route.bit))
        others.sort(key=lambda name: (name not in direct, name))
        other = others[0] if others else here
        text = f"reflectors {quote(here)} and {quote(other)} share cluster ID {cluster_id}"
        if served:
            text += f" but {quote(other)} does not serve {quote(served)}"
        else:
            text += f", so {quote(here)} drops what {quote(other)} reflected"
        way_out = (
            f"give {quote(here)} and {quote(other)} different cluster IDs, or let every client "
            "of one be a client of the other too"
        )
        return Cause(CLUSTER, text, way_out, tuple(sorted({here, other})))
