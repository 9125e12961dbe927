# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens to one route at one session: sent with which attributes, taken, or stopped by what.

BIRD 1.6: bgp_import_control, bgp_update_attrs and bgp_decode_attrs (proto/bgp/attrs.c); RFC 4271
5.1.3 and 9.1.2, RFC 4456 8. Where BIRD is laxer than RFC 4456 (it looks for its own cluster ID only
on sessions with its clients) BIRD is right here.
"""

from __future__ import annotations

from typing import NamedTuple, Union

from .bgp_filter import MAX_PRIORITY, Route
from .bgp_path import (
    BGP_PREFERENCE,
    DEFAULT_LOCAL_PREF,
    NO_COMMUNITIES,
    STATIC_PREFERENCE,
    Attributes,
)
from .bgp_prefix import Prefix
from .propagation_ends import End
from .propagation_export import ExportRules, PrefixClass
from .propagation_links import Links

# What stops a route; in the order in which causes are named if there are several.
FILTER = "filter"  # a BGPFilter, by name
POOL = "pool"  # disableBGPExport of a pool, by name
WHITELIST = "whitelist"  # outside pools and service ranges
CLUSTER = "cluster"  # the cluster ID is in the cluster list
AS_LOOP = "as-loop"  # the AS number is in the AS path
OWN_BLOCK = "own-block"  # part of a block of the sender
NOT_REFLECTED = "not-reflected"  # iBGP to iBGP without a reflector client
OWN_ROUTE = "own-route"  # the route came from the receiver

NORMAL_PRIORITY = 1024


class Stop(NamedTuple):
    """Why a route does not pass."""

    kind: str
    subject: str = ""


Received = tuple[Attributes, int]  # with BIRD's preference
Sent = Union[Attributes, Stop]


class Subject(NamedTuple):
    """The prefix, or one that stands for many of the same kind and origin.

    ``origins``: who announces it by itself, if several do. ``holders``: who has a larger block
    around it.
    ``for_all``: a service range, of which those that announce it learn nothing of use.
    """

    prefix: Prefix
    kind: PrefixClass
    origins: frozenset[str]
    holders: frozenset[str] = frozenset()
    for_all: bool = False


class Speakers:
    """The rules of all speakers of one address family."""

    def __init__(self, links: Links, rules: ExportRules) -> None:
        self._links = links
        self._rules = rules
        #: Filters can change attributes, so that a path may come back better than it went.
        self.rewrites = rules.filters.rewrites
        self._own_local_pref = (
            MAX_PRIORITY - NORMAL_PRIORITY if rules.uses_priority else DEFAULT_LOCAL_PREF
        )

    def send(
        self,
        subject: Subject,
        came: tuple[End, End] | None,
        found: Attributes | None,
        out: End,
        near: bool = True,
    ) -> Sent:
        """What goes out over a session.

        ``came``: the session over which the route was learned, sender's end first; None if it is
        the speaker's own. ``found``: its attributes there. ``near``: if the next hop is a symbol,
        whether it stands for an address on the speaker's network.
        """
        if not out.bird:
            return self._send_router(came, found, out, near)
        reflected = False
        if came is None or found is None:
            attributes = Attributes(
                next_hop=out.address,
                as_path=() if out.internal else (out.local_as,),
                local_pref=self._own_local_pref,
                clusters=(),
                originator=None,
                communities=NO_COMMUNITIES,
            )
        else:
            if out.loop_id and out.loop_id in found.clusters:
                return Stop(CLUSTER, out.loop_id)
            own = came[1]
            if own.internal and out.internal and own.local_as == out.local_as:
                if not (own.rr_client or out.rr_client):
                    return Stop(NOT_REFLECTED)
                reflected = True
            attributes = self._passed_on(came, found, out, reflected, near)
        return self._exported(subject, came is not None, attributes, out)

    def receive(self, subject: Subject, attributes: Attributes, own: End) -> Received | Stop:
        """What arrives at the other end of the session, or what stops it there."""
        if not own.internal and attributes.local_pref != DEFAULT_LOCAL_PREF:
            attributes = attributes._replace(local_pref=DEFAULT_LOCAL_PREF)
        if attributes.as_path and attributes.as_path.count(own.local_as) > own.allow_local_as:
            return Stop(AS_LOOP, str(own.local_as))
        if attributes.originator == own.router_id:
            return Stop(OWN_ROUTE)
        if own.loop_id and own.loop_id in attributes.clusters:
            return Stop(CLUSTER, own.loop_id)
        if own.import_filters:
            interface = self._links.places[own.place].interface
            route = Route(subject.prefix, True, interface, own.internal)
            verdict = self._rules.filters.judge("import", own.import_filters, route, attributes)
            if verdict.accepted is False:
                return Stop(FILTER, verdict.name)
            if verdict.accepted:
                # The function ends the filter: the preference is left as it is.
                return verdict.attributes, BGP_PREFERENCE
            attributes = verdict.attributes
        preference = BGP_PREFERENCE
        if self._rules.uses_priority and attributes.local_pref > self._own_local_pref:
            preference = STATIC_PREFERENCE
        return attributes, preference

    def _passed_on(
        self, came: tuple[End, End], found: Attributes, out: End, reflected: bool, near: bool
    ) -> Attributes:
        sender, own = came
        next_hop = found.next_hop
        keeps = out.next_hop == "keep" or out.internal
        if out.direct and not keeps:
            keeps = self._on_link(next_hop, out) if next_hop else near
        if out.next_hop == "self" or not keeps:
            next_hop = out.address
        clusters, originator = found.clusters, found.originator
        if reflected:
            clusters = (own.cluster_id if own.rr_client else out.cluster_id, *clusters)
            originator = sender.router_id if originator is None else originator
        if not out.internal:
            # Attributes of reflection do not leave the AS.
            clusters, originator = (), None
        return Attributes(
            next_hop=next_hop,
            as_path=found.as_path if out.internal else (out.local_as, *found.as_path),
            local_pref=found.local_pref,
            clusters=clusters,
            originator=originator,
            communities=found.communities,
        )

    def _exported(self, subject: Subject, learned: bool, attributes: Attributes, out: End) -> Sent:
        """BGPFilters, then Calico's whitelist."""
        if out.export_filters:
            interface = self._links.places[out.place].interface if learned else None
            route = Route(subject.prefix, learned, interface, out.internal)
            verdict = self._rules.filters.judge("export", out.export_filters, route, attributes)
            if verdict.accepted is False:
                return Stop(FILTER, verdict.name)
            if verdict.accepted:
                return verdict.attributes
            attributes = verdict.attributes
        kind = subject.kind
        if kind.refused_pool:
            return Stop(POOL, kind.refused_pool)
        if kind.advertisements:
            added = self._rules.communities(out.place, subject.prefix)
            attributes = attributes._replace(communities=attributes.communities | added)
        place = out.place
        if not learned:
            return attributes
        if place in subject.holders:
            return Stop(OWN_BLOCK)
        where = self._links.places[place]
        if (
            kind.exported
            or place in subject.origins
            or (kind.service and where.advertises_ranges)
            or (kind.reflected_service and where.cluster_id)
        ):
            return attributes
        return Stop(WHITELIST)

    def _send_router(
        self, came: tuple[End, End] | None, found: Attributes | None, out: End, near: bool
    ) -> Sent:
        if came is None or found is None:
            return Attributes(
                next_hop=out.address,
                as_path=() if out.internal else (out.local_as,),
                local_pref=DEFAULT_LOCAL_PREF,
                clusters=(),
                originator=None,
                communities=NO_COMMUNITIES,
            )
        own = came[1]
        reflected = own.internal and out.internal
        if reflected and not (own.rr_client or out.rr_client):
            return Stop(NOT_REFLECTED)
        return self._passed_on(came, found, out, reflected, near)

    def _on_link(self, next_hop: str, out: End) -> bool:
        return self._links.metric(self._links.places[out.place], next_hop) == 0
