# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What happens between two states: sessions that start, stop or restart, routes that are away."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from .plan_model import (
    FOREIGN_AS,
    FOREIGN_PASSWORD,
    GONE,
    RELOAD,
    RESTART,
    START,
    STOP,
    WAIT,
    Change,
    Consent,
    RouterWrite,
    SessionEffect,
)
from .plan_state import RELOADS, RESTARTS, ROUTER, End, Session, Situation, missing_keys


def session_effects(
    before: Situation, after: Situation, changes: Sequence[Change]
) -> tuple[SessionEffect, ...]:
    """Return what becomes of every session that does not simply stay, in order of place and name.

    A protocol of another name is another session to BIRD: one stops, the other starts.
    """
    found: dict[End, tuple[str, str]] = {}
    for end in [*before.sessions, *(end for end in after.sessions if end not in before.sessions)]:
        seen = _effect(before, after, end)
        if seen is not None:
            found[end] = seen
    for end in _restarted_by_router(after, changes):
        if end in before.up:
            found.setdefault(end, (RESTART, "the router's write"))
    _other_ends(before, after, found)
    effects = []
    for end, (effect, because) in found.items():
        session = after.sessions.get(end) or before.sessions[end]
        peer = after.places.get(session.neighbor, "")
        effects.append(SessionEffect(*end, session.neighbor, peer, effect, because))
    return tuple(sorted(effects))


def _effect(before: Situation, after: Situation, end: End) -> tuple[str, str] | None:
    was, is_ = before.sessions.get(end), after.sessions.get(end)
    was_up, is_up = end in before.up, end in after.up
    if was_up and not is_up:
        return STOP, after.waiting.get(end, GONE)
    if is_ is None:
        return None
    if is_up and not was_up:
        return START, "new" if was is None else "nothing holds it back any more"
    if not is_up:
        return (WAIT, after.waiting[end]) if was is None else None
    if was is None or (was.restarts == is_.restarts and was.reloads == is_.reloads):
        return None
    if was.restarts != is_.restarts:
        return RESTART, _differing(RESTARTS, was.restarts, is_.restarts)
    return RELOAD, _differing(RELOADS, was.reloads, is_.reloads)


def _differing(names: Mapping[str, str], was: tuple[object, ...], is_: tuple[object, ...]) -> str:
    return ", ".join(word for word, one, other in zip(names.values(), was, is_) if one != other)


def _restarted_by_router(after: Situation, changes: Sequence[Change]) -> Iterator[End]:
    for change in changes:
        if isinstance(change.write, RouterWrite) and change.write.restarts:
            for end, session in after.sessions.items():
                if session.place == change.write.host:
                    yield end


def _other_ends(before: Situation, after: Situation, found: dict[End, tuple[str, str]]) -> None:
    """Add the sessions that stay as they are, but whose other end goes down."""
    ends: dict[tuple[str, str], list[Session]] = {}
    for end in before.up:
        here = before.sessions[end]
        ends.setdefault((here.place, here.neighbor), []).append(here)
    for end, (effect, _because) in list(found.items()):
        if effect not in (RESTART, STOP):
            continue
        session = before.sessions[end]
        peer = before.places.get(session.neighbor)
        for other in ends.get((peer, session.own), ()) if peer else ():
            if other.end not in found and other.end in after.up:
                found[other.end] = (RESTART, f"{session.place} restarts it")


def routes_away(
    before: Situation, effects: Collection[SessionEffect]
) -> dict[str, tuple[str, ...]]:
    """Return the prefixes that each place loses while all sessions concerned are down at once."""
    down = [(e.place, e.family, e.name) for e in effects if e.effect in (STOP, RESTART)]
    if not down:
        return {}
    gone = missing_keys(before.routes_without(down)) - before.missing_keys
    away: dict[str, list[str]] = {}
    for _route, place, prefix in sorted(gone):
        away.setdefault(place, []).append(prefix)
    return {place: tuple(prefixes) for place, prefixes in away.items()}


def routes_replaced(effects: Iterable[SessionEffect], nodes: Collection[str]) -> bool:
    """Whether routes on nodes may be replaced: any session between nodes may bring another path.

    BIRD takes a route out of the kernel before it puts its successor in (1.6.8,
    sysdep/linux/netlink.c), and in between packets go by the default route. One of some ten
    million was seen to (make test-loss).
    """
    return any(
        e.effect in (START, STOP, RESTART) and e.place in nodes and e.peer in nodes for e in effects
    )


def left_to_others(
    before: Situation,
    after: Situation,
    effects: Collection[SessionEffect],
    down: Mapping[str, Collection[str]],
) -> frozenset[End]:
    """Return the sessions that start or restart, and whose other end decides when they come up.

    That end is neither node nor described router, and expects something else from now on, or its
    session was not up before the run; ``down`` names those by node.
    """
    found = set()
    for effect in effects:
        end = (effect.place, effect.family, effect.name)
        was, is_ = before.sessions.get(end), after.sessions.get(end)
        if effect.peer or effect.effect not in (START, RESTART):
            continue
        if effect.name in down.get(effect.place, ()) or _other_expectation(was, is_):
            found.add(end)
    return frozenset(found)


def _other_expectation(was: Session | None, is_: Session | None) -> bool:
    """Whether the other end has to be told something, before the session can come up again."""
    if was is None or is_ is None or is_.kind == ROUTER:
        return False
    return was.local_as != is_.local_as or was.option("password") != is_.option("password")


def consents(
    before: Situation, after: Situation, effects: Collection[SessionEffect]
) -> tuple[Consent, ...]:
    """Return what is done to neighbors that are neither nodes nor described routers."""
    found: dict[Consent, None] = {}
    for effect in effects:
        end = (effect.place, effect.family, effect.name)
        was, is_ = before.sessions.get(end), after.sessions.get(end)
        if effect.peer or was is None or is_ is None or is_.kind == ROUTER:
            continue
        who = f"neighbor {effect.neighbor}"
        if was.local_as != is_.local_as:
            reason = (
                f"it is not managed here and expects AS {was.local_as}; its sessions stay down "
                f"until it is told AS {is_.local_as}"
            )
            found[Consent(FOREIGN_AS, who, reason)] = None
        if was.option("password") != is_.option("password"):
            reason = (
                "it is not managed here and has the old password; its sessions stay down until it "
                "has the new one"
            )
            found[Consent(FOREIGN_PASSWORD, who, reason)] = None
    return tuple(found)


def relied_on(
    before: Situation, after: Situation, effects: Collection[SessionEffect]
) -> dict[str, dict[int, tuple[str, ...]]]:
    """Return the sessions that must be up already when a step takes others down.

    They are those over which routes come after the step that came another way before, from node to
    node up to the owner, without the sessions that the step itself starts or restarts.
    """
    if not any(effect.effect in (STOP, RESTART) for effect in effects):
        return {}
    anew = {(e.place, e.family, e.name) for e in effects}
    seen: set[tuple[str, str]] = set()
    ends: set[tuple[str, str]] = set()
    for node in after.cluster.nodes:
        was, is_ = before.propagation.routes[node.name], after.propagation.routes[node.name]
        for prefix, route in is_.items():
            known = was.get(prefix)
            if known is not None and known.neighbors != route.neighbors:
                _path(after, node.name, prefix, seen, ends)
    found: dict[str, dict[int, list[str]]] = {}
    for place, neighbor in sorted(ends):
        if place in after.routers:
            continue
        for session in after.towards(place, neighbor):
            if session.end in after.up and session.end not in anew:
                found.setdefault(place, {}).setdefault(session.family, []).append(session.name)
    return {
        place: {family: tuple(names) for family, names in families.items()}
        for place, families in found.items()
    }


def _path(
    state: Situation,
    place: str,
    prefix: str,
    seen: set[tuple[str, str]],
    ends: set[tuple[str, str]],
) -> None:
    """Add the ends of the sessions by which a prefix comes to a place."""
    todo = [place]
    while todo:
        here = todo.pop()
        route = None if (here, prefix) in seen else state.propagation.routes[here].get(prefix)
        seen.add((here, prefix))
        for neighbor in route.neighbors if route is not None else ():
            ends.add((here, neighbor))
            peer = state.places.get(neighbor)
            if peer is not None and peer in state.propagation.routes:
                todo.append(peer)
