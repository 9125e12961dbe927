# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One state of cluster and routers, and what follows from it: which sessions are up, which wait."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from .addresses import family_of
from .calico_objects import CalicoCluster
from .calico_version import CalicoVersion
from .plan_model import SessionView
from .propagation import BgpRouter, Block, Propagation, propagate
from .propagation_ends import Half, mismatch, node_half, router_half, unquote
from .session_model import BgpSession
from .sessions import SessionPlan, plan_sessions

Raw = Mapping[str, Any]
#: Place, address family and name of a session.
End = tuple[str, int, str]

ROUTER = "Router"
#: Of several sessions to one neighbor the one that was there first holds the connection.
_FIRST = {"Mesh": 0, "Global": 1, "Node": 2, ROUTER: 3}

#: Options of which a change restarts a session, in words. BIRD 1.6, proto/bgp/bgp.c,
#: bgp_reconfigure: everything in struct bgp_config up to the password.
RESTARTS: Mapping[str, str] = {
    "neighbor": "neighbor",
    "port": "port",
    "remote_as": "AS number of the neighbor",
    "local_as": "own AS number",
    "source_address": "source address",
    "passive": "which end opens it",
    "rr_client": "reflector client",
    "rr_cluster_id": "cluster ID",
    "next_hop": "next hop mode",
    "ttl_security": "TTL security",
    "multihop": "multihop",
    "multihop_hops": "hops",
    "password": "password",
    "graceful_restart_time": "graceful restart time",
    "keepalive_time": "keepalive time",
    "allow_local_as": "allowed local AS numbers",
}
#: Options of which a change only filters the routes anew.
RELOADS: Mapping[str, str] = {
    "import_filters": "import filters",
    "export_filters": "export filters",
    "export_internal": "iBGP or eBGP export rules",
}


class Session(NamedTuple):
    """A session at one end. ``own`` is the address of that end.

    ``restarts`` and ``reloads`` hold the values of :data:`RESTARTS` and :data:`RELOADS`.
    """

    place: str
    family: int
    name: str
    kind: str
    own: str
    neighbor: str
    local_as: int
    remote_as: int
    rr_client: bool
    restarts: tuple[Any, ...]
    reloads: tuple[Any, ...]

    @property
    def end(self) -> End:
        return self.place, self.family, self.name

    def option(self, name: str) -> Any:
        """Return the value of one of :data:`RESTARTS`."""
        return self.restarts[_POSITION[name]]


_POSITION = {name: place for place, name in enumerate(RESTARTS)}


class Situation:
    """A state and its consequences, each worked out when first asked for.

    ``routers`` are the routers as they are configured in this state, ``addresses`` the address of
    every described router, configured or not. ``before`` is the state out of which this one came:
    where two sessions to one neighbor compete, the one that was up stays up.
    """

    def __init__(
        self,
        version: CalicoVersion,
        raw: Sequence[Raw],
        blocks: Sequence[Block],
        routers: Mapping[str, BgpRouter],
        addresses: Mapping[str, str],
        backend: str = "bird",
        before: Situation | None = None,
    ) -> None:
        self.version = version
        self.raw = raw
        self.objects = {(str(item["kind"]), str(item["name"])): item for item in raw}
        self.blocks = blocks
        self.routers = routers
        self.addresses = addresses
        self.backend = backend
        self._was_up = before.up if before is not None else None

    @cached_property
    def cluster(self) -> CalicoCluster:
        return CalicoCluster.from_objects(self.version, [*self.raw, *_secrets(self.raw)])

    @cached_property
    def plan(self) -> SessionPlan:
        return plan_sessions(self.cluster)

    @cached_property
    def places(self) -> Mapping[str, str]:
        """Node or router by its address."""
        found = {address: host for host, address in self.addresses.items()}
        for node in self.cluster.nodes:
            for family in (4, 6):
                if node.address(family):
                    found[node.address(family)] = node.name
        return found

    @cached_property
    def sessions(self) -> Mapping[End, Session]:
        """Every session that is configured, at each of its ends."""
        found = [*_node_sessions(self.cluster, self.plan), *_router_sessions(self.routers)]
        return {session.end: session for session in found}

    @cached_property
    def _towards(self) -> Mapping[tuple[str, str], Sequence[Session]]:
        """The sessions of a place with a neighbor address."""
        found: dict[tuple[str, str], list[Session]] = {}
        for session in self.sessions.values():
            found.setdefault((session.place, session.neighbor), []).append(session)
        return found

    def towards(self, place: str, neighbor: str) -> Sequence[Session]:
        """Return the sessions of a place with a neighbor address."""
        return self._towards.get((place, neighbor), ())

    @cached_property
    def failing(self) -> Mapping[End, str]:
        """The sessions that no session of the other end fits, and why."""
        found = {}
        for end, session in self.sessions.items():
            peer = self.places.get(session.neighbor)
            if peer is not None and peer != session.place:
                reason = self._no_match(session, peer)
                if reason:
                    found[end] = reason
        return found

    @cached_property
    def doubled(self) -> Mapping[End, str]:
        """The sessions that stand behind another one with the same neighbor, and which that is."""
        found = {}
        for here in self._towards.values():
            if len(here) > 1:
                possible = [session for session in here if session.end not in self.failing]
                possible.sort(key=self._precedence)
                for session in possible[1:]:
                    found[session.end] = possible[0].name
        return found

    def rivals(self, end: End) -> Sequence[str]:
        """Return the names of the other sessions of a place that could hold its connection."""
        session = self.sessions.get(end)
        if session is None:
            return ()
        beside = self.towards(session.place, session.neighbor)
        return [s.name for s in beside if s.end != end and s.end not in self.failing]

    @cached_property
    def waiting(self) -> Mapping[End, str]:
        """The sessions that cannot come up, and why."""
        behind = {end: f"{name} holds the connection" for end, name in self.doubled.items()}
        return {**self.failing, **behind}

    def _precedence(self, session: Session) -> tuple[bool, int]:
        was_up = self._was_up is not None and session.end in self._was_up
        return not was_up, _FIRST[session.kind]

    @cached_property
    def up(self) -> Collection[End]:
        """The sessions that come up if every machine is well."""
        return {end for end in self.sessions if end not in self.waiting}

    @cached_property
    def propagation(self) -> Propagation:
        """The routes of every place, and those that are missing."""
        return self.routes_without(())

    @cached_property
    def missing_keys(self) -> frozenset[tuple[str, str, str]]:
        """``("route", place, prefix)`` of every route that is missing."""
        return missing_keys(self.propagation)

    def routes_without(self, down: Iterable[End]) -> Propagation:
        """The same while some sessions are down."""
        gone = {(place, name) for place, _family, name in (*self.doubled, *down)}
        routers = tuple(self.routers.values())
        return propagate(self.cluster, self.blocks, routers, self.plan, gone, backend=self.backend)

    def _no_match(self, session: Session, peer: str) -> str:
        """Say why no session of the other end fits; "" if one does."""
        back = self._towards.get((peer, session.own), ())
        if not back:
            return f"{peer} has no session back"
        reasons = []
        for other in back:
            # Spares a large mesh most of the work.
            if session.kind == other.kind == "Mesh" and session.local_as == other.local_as:
                return ""
            found = mismatch(self._half(session), self._half(other))
            if found is None:
                return ""
            reasons.append(unquote(found.reason))
        return reasons[0]

    def _half(self, session: Session) -> Half:
        if session.kind == ROUTER:
            router = self.routers[session.place]
            connection = next(
                found for found in router.connections if found.remote_address == session.neighbor
            )
            return router_half(
                router.name,
                router.as_number,
                0,
                router.cluster_id or router.router_id,
                connection,
            )
        daemon = self.plan[session.place].daemon(session.family)
        found = next(s for s in daemon.sessions if s.name == session.name)
        # Router IDs are compared where routes are worked out; here each is its own.
        return node_half(session.place, session.own, id(session), daemon, found)

    def views(self) -> Mapping[str, tuple[SessionView, ...]]:
        """Return the sessions of every node and router as a plan shows them."""
        shown: dict[str, list[SessionView]] = {
            name: [] for name in (*(node.name for node in self.cluster.nodes), *self.addresses)
        }
        for session in self.sessions.values():
            shown.setdefault(session.place, []).append(
                SessionView(
                    session.name,
                    session.kind,
                    session.family,
                    session.neighbor,
                    self.places.get(session.neighbor, ""),
                    session.remote_as,
                    session.rr_client,
                    self.waiting.get(session.end, ""),
                )
            )
        return {place: tuple(sessions) for place, sessions in shown.items()}


def missing_keys(found: Propagation) -> frozenset[tuple[str, str, str]]:
    """Return ``("route", place, prefix)`` of every route that is missing."""
    return frozenset(("route", route.place, route.prefix) for route in found.missing)


def _node_sessions(cluster: CalicoCluster, plan: SessionPlan) -> Iterator[Session]:
    for node in cluster.nodes:
        bgp = plan[node.name]
        for family in (4, 6):
            daemon = bgp.daemon(family)
            for session in daemon.sessions:
                yield _node_session(
                    node.name, family, node.address(family), session, daemon.local_as or 0
                )


def _node_session(
    place: str, family: int, own: str, session: BgpSession, daemon_as: int
) -> Session:
    local_as = session.local_as or daemon_as
    values = [getattr(session, name) for name in RESTARTS]
    values[_POSITION["local_as"]] = local_as
    return Session(
        place,
        family,
        session.name,
        session.kind,
        own,
        session.neighbor,
        local_as,
        session.remote_as,
        session.rr_client,
        tuple(values),
        tuple(getattr(session, name) for name in RELOADS),
    )


def _router_sessions(routers: Mapping[str, BgpRouter]) -> Iterator[Session]:
    for host, router in routers.items():
        for connection in router.connections:
            values: list[Any] = [None] * len(RESTARTS)
            values[_POSITION["remote_as"]] = connection.remote_as
            values[_POSITION["local_as"]] = router.as_number
            values[_POSITION["rr_client"]] = connection.route_reflector_client
            yield Session(
                host,
                family_of(connection.remote_address),
                connection.remote_address,
                ROUTER,
                connection.local_address,
                connection.remote_address,
                router.as_number,
                connection.remote_as,
                connection.route_reflector_client,
                tuple(values),
                (),
            )


def _secrets(raw: Iterable[Raw]) -> Iterator[Raw]:
    """Stand in for the Secrets that are referred to: another Secret is another password.

    The passwords themselves are nobody's business here.
    """
    names = set()
    for item in raw:
        spec = item.get("spec") or {}
        for field in ("password", "nodeMeshPassword"):
            reference = (spec.get(field) or {}).get("secretKeyRef") or {}
            if reference:
                names.add((str(reference.get("name")), str(reference.get("key"))))
    for name in sorted({name for name, _key in names}):
        values = {key: f"{name}/{key}" for owner, key in names if owner == name}
        yield {
            "kind": "Secret",
            "metadata": {"name": name, "namespace": "kube-system"},
            "stringData": values,
        }
