# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two ends of a session: what each is told, and whether they agree.

BIRD 1.6 (proto/bgp): a neighbor is known by its address alone; TTL security compares the TTL of
what arrives; AS numbers are checked in OPEN, equal router IDs are refused inside an AS (RFC 6286).
"""

from __future__ import annotations

from typing import NamedTuple

from .peerings import BGP_PORT
from .propagation_model import RouterConnection
from .secret import Secret
from .session_model import BgpDaemon, BgpSession

_LONGEST_PASSWORD = 80  # bytes, TCP MD5 in Linux
_DEFAULT_HOPS = 64  # of ``multihop`` without a number
_FULL_TTL = 255

_QUOTE = "\x03"


class End(NamedTuple):
    """One end of a session, as its speaker sees it."""

    place: str
    address: str
    router_id: int
    bird: bool  # BIRD with ADD-PATH; else a router with one path
    local_as: int
    internal: bool
    rr_client: bool  # the neighbor is a reflector client of this speaker
    cluster_id: str  # what this speaker adds when it reflects over this session
    loop_id: str  # what in a cluster list makes this end drop the path; "" = it does not look
    next_hop: str  # "", self, keep
    direct: bool  # eBGP over one hop: a next hop on the shared network is kept
    import_filters: tuple[str, ...]
    export_filters: tuple[str, ...]
    export_internal: bool
    allow_local_as: int

    @property
    def profile(self) -> tuple[object, ...]:
        """What decides how routes pass, without the names."""
        return self[3:]


class Half(NamedTuple):
    """One end of a session with what its speaker expects of the other end."""

    end: End
    neighbor: str
    name: str  # of the protocol in BIRD; "" at a router
    origin: str  # the object that asks for it
    remote_as: int
    password: Secret | None
    password_known: bool
    passive: bool
    dials: int  # port
    listens: int  # port
    ttl: int  # of what it sends
    least_ttl: int  # of what it takes


class Mismatch(NamedTuple):
    """Why a session stays down. Names of places stand in ``quote`` marks."""

    reason: str
    way_out: str


def quote(name: str) -> str:
    """Mark a place's name in a text, so that another one of the same kind can replace it."""
    return f"{_QUOTE}{name}{_QUOTE}"


def unquote(text: str, replaced: dict[str, str] | None = None) -> str:
    """Put the names, or what replaces them, into a text."""
    for name, replacement in (replaced or {}).items():
        text = text.replace(quote(name), replacement)
    return text.replace(_QUOTE, "")


def node_half(place: str, own: str, router_id: int, daemon: BgpDaemon, session: BgpSession) -> Half:
    """A session of a node's BIRD."""
    local_as = session.local_as or daemon.local_as or 0
    internal = session.remote_as == local_as
    # BIRD: iBGP is multihop unless told otherwise, eBGP is not.
    hops = 1
    if session.multihop or internal:
        hops = session.multihop_hops or _DEFAULT_HOPS
    secured = session.ttl_security == "on"
    end = End(
        place=place,
        address=own,
        router_id=router_id,
        bird=True,
        local_as=local_as,
        internal=internal,
        rr_client=session.rr_client,
        cluster_id=session.rr_cluster_id or "",
        # BIRD looks at the cluster list only on sessions with its clients.
        loop_id=session.rr_cluster_id or "",
        next_hop=session.next_hop or "",
        direct=not (session.multihop or internal),
        import_filters=session.import_filters,
        export_filters=session.export_filters,
        export_internal=session.export_internal,
        allow_local_as=session.allow_local_as or 0,
    )
    origin = "the node-to-node mesh (BGPConfiguration default)"
    if session.bgppeers:
        origin = f"BGPPeer {session.bgppeers[0]}"
    return Half(
        end=end,
        neighbor=session.neighbor,
        name=session.name,
        origin=origin,
        remote_as=session.remote_as,
        password=session.password or None,
        password_known=True,
        passive=session.passive,
        dials=session.port or BGP_PORT,
        listens=daemon.listen_port or BGP_PORT,
        ttl=_FULL_TTL if secured else hops,
        least_ttl=_FULL_TTL + 1 - hops if secured else 0,
    )


def router_half(
    place: str, as_number: int, router_id: int, cluster_id: str, connection: RouterConnection
) -> Half:
    """A connection of a router."""
    internal = connection.remote_as == as_number
    end = End(
        place=place,
        address=connection.local_address,
        router_id=router_id,
        bird=False,
        local_as=as_number,
        internal=internal,
        rr_client=connection.route_reflector_client and internal,
        cluster_id=cluster_id,
        loop_id=cluster_id if internal else "",
        next_hop={"force-self": "self", "propagate": "keep"}.get(connection.next_hop, ""),
        direct=not internal,
        import_filters=(),
        export_filters=(),
        export_internal=internal,
        allow_local_as=0,
    )
    return Half(
        end=end,
        neighbor=connection.remote_address,
        name="",
        origin=f"the connection of router {place}",
        remote_as=connection.remote_as,
        password=connection.password or None,
        password_known=connection.password_known,
        passive=connection.passive,
        dials=connection.remote_port,
        listens=connection.local_port,
        ttl=_FULL_TTL,
        least_ttl=0,
    )


def mismatch(one: Half, other: Half) -> Mismatch | None:
    """Why these two do not become a session; None if they do."""
    for here, there in ((one, other), (other, one)):
        if here.remote_as != there.end.local_as:
            return Mismatch(
                f"the ends disagree about the AS: {quote(here.end.place)} expects AS "
                f"{here.remote_as} of {quote(there.end.place)}, which is in AS "
                f"{there.end.local_as}",
                f"set the AS number in {here.origin} to {there.end.local_as}",
            )
    places = f"{quote(one.end.place)} and {quote(other.end.place)}"
    found = _password_mismatch(one, other, places)
    if found:
        return found
    for here, there in ((one, other), (other, one)):
        if there.ttl < here.least_ttl:
            return Mismatch(
                f"{quote(here.end.place)} has TTL security on and takes nothing below TTL "
                f"{here.least_ttl}, {quote(there.end.place)} sends TTL {there.ttl}",
                f"set ttlSecurity on both ends alike: {one.origin}, {other.origin}",
            )
    if one.end.internal and one.end.router_id == other.end.router_id:
        return Mismatch(
            f"{places} have the same router ID",
            "give each a router ID of its own (CALICO_ROUTER_ID of calico-node: unset or hash)",
        )
    return _connection_mismatch(one, other, places)


def _password_mismatch(one: Half, other: Half, places: str) -> Mismatch | None:
    if not (one.password_known and other.password_known):
        return None
    way_out = f"put one password into {one.origin} and {other.origin}"
    if one.password != other.password:
        lacking = [half for half in (one, other) if half.password is None]
        if lacking:
            return Mismatch(
                f"only one end has a password: {quote(lacking[0].end.place)} has none", way_out
            )
        return Mismatch(f"{places} have different passwords for each other", way_out)
    if one.password and len(one.password.reveal().encode()) > _LONGEST_PASSWORD:
        return Mismatch(
            f"the password is longer than {_LONGEST_PASSWORD} characters, which TCP MD5 does not "
            "take",
            f"choose a shorter password for {one.origin} and {other.origin}",
        )
    return None


def _connection_mismatch(one: Half, other: Half, places: str) -> Mismatch | None:
    if one.passive and other.passive:
        return Mismatch(
            f"{places} both wait for the other to connect",
            f"let one end connect: {one.origin}, {other.origin}",
        )
    if any(
        not here.passive and here.dials == there.listens
        for here, there in ((one, other), (other, one))
    ):
        return None
    dialling, waiting = (other, one) if one.passive else (one, other)
    return Mismatch(
        f"{quote(dialling.end.place)} connects to port {dialling.dials}, "
        f"{quote(waiting.end.place)} listens on port {waiting.listens}",
        f"set the port in {dialling.origin} to {waiting.listens}, or listenPort of the "
        "BGPConfiguration",
    )
