# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan: ordered steps from the observed cluster to the described one, proven step by step.

A state is sound if BIRD and the API take it, no session is up to chance, and no place has lost a
route that it had in the state before and will have in the end. Every step ends in a sound state.
Where a single write would not, writes that mend it are drawn into the same step; where none does,
the plan is refused.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from . import objects as wished
from .calico_version import CalicoVersion
from .description import Description, NodePatch
from .faults import Fault, combine
from .overlay import overlay
from .plan_back import moves_back
from .plan_effects import (
    consents,
    left_to_others,
    relied_on,
    routes_away,
    routes_replaced,
    session_effects,
)
from .plan_model import (
    RESTART,
    START,
    Change,
    Deletion,
    Plan,
    RouterWrite,
    SessionEffect,
    Step,
)
from .plan_notes import step_notes
from .plan_pins import PinAnswers, pin_consents, pin_faults
from .plan_refusals import (
    Hosts,
    configuration_problems,
    missing_routes,
    no_answer,
    no_use_for_reflectors,
    pod_pools,
    refused_writes,
)
from .plan_state import Situation
from .plan_title import title
from .plan_wish import ONE_BY_ONE, ROLES, Move, Phase, as_objects, change, moves, written
from .propagation import BgpRouter, Block, RouterConnection
from .work import bgp_router

Raw = Mapping[str, Any]
Key = tuple[Any, ...]


def make_plan(
    description: Description,
    observed: Raw,
    routers: Mapping[str, Raw] | None = None,
    pins: PinAnswers | None = None,
    roles: Collection[str] = ROLES,
) -> Plan:
    """Return the plan. Reads nothing and writes nothing.

    ``observed`` is what the module calico_info returns. ``routers`` maps routers to what
    routeros_bgp answered in check mode (``actions``, ``restarts``) with the ``sessions`` of
    routeros_bgp_info; a router that is not in it is taken to be as described if Calico's half of
    its peering is, else not to be configured at all. ``pins`` says which nodes can pin routes;
    None if they were not asked. ``roles`` are those that run.
    """
    down = pins.down if pins is not None else {}
    return _Planner(description, observed, routers or {}, pins, roles=roles, down=down).plan()


def plan_back(
    description: Description,
    observed: Raw,
    snapshot: Raw,
    down: Mapping[str, Sequence[str]] | None = None,
) -> Plan:
    """Return the plan from what is observed back to a snapshot of :mod:`.plan_back`.

    ``down`` names, by node, the sessions that were not Established before the run.
    Where no order is proven safe, as from a state that somebody else has changed since, all is
    taken back in one step.
    """
    planner = _Planner(description, observed, {}, snapshot=snapshot, down=down or {})
    plan = planner.plan()
    return planner.at_once() if plan.refusals else plan


class Tried(NamedTuple):
    """Moves, the state after them, what would be wrong in it, and whether sessions compete.

    Where a session restarts beside another one with the same neighbor, either may come up.
    """

    group: Sequence[Move]
    after: Situation
    problems: set[Key]
    contested: bool = False


class _Planner:
    def __init__(
        self,
        description: Description,
        observed: Raw,
        routers: Mapping[str, Raw],
        pins: PinAnswers | None = None,
        snapshot: Raw | None = None,
        roles: Collection[str] = ROLES,
        *,
        down: Mapping[str, Sequence[str]],
    ) -> None:
        self.description = description
        self.observed = observed
        self.pins = pins
        self.down = down
        self.roles = roles
        self.hosts = Hosts(description)
        self.version = CalicoVersion.parse(observed["calico_version"])
        raw = as_objects(observed)
        routers_known = (*description.routers, *description.absent_routers)
        self.addresses = {router.host: router.local_address for router in routers_known}
        self.blocks = tuple(Block(b["node"], b["cidr"]) for b in observed["blocks"])
        settled = self._situation(overlay(raw, wished.configuration(description)), {})
        self.as_number = settled.cluster.as_number
        nodes = {node.name: node.address(4) for node in settled.cluster.nodes}
        self.described = {
            router.host: bgp_router(
                router.host,
                wished.router_connections(description, router, self.as_number, nodes),
            )
            for router in description.routers
        }
        self.unanswered = {
            host: str(answer["error"]) for host, answer in routers.items() if answer.get("error")
        }
        #: What routers become when they are written; None is without sessions.
        self.targets: dict[RouterWrite, BgpRouter | None] = {}
        now = self._forward(raw, routers) if snapshot is None else self._backward(snapshot)
        self.now = self._situation(raw, now)
        self.end = self._applied(self.now, self.moves)

    def _forward(self, raw: Sequence[Raw], routers: Mapping[str, Raw]) -> dict[str, BgpRouter]:
        """Find the moves to what is described; return the routers as they are now."""
        pending = self._pending(raw, routers)
        wish = moves(self.description, self.observed, self.as_number, pending)
        self.moves = [move for move in wish if move.role in self.roles]
        now = {host: router for host, router in self.described.items() if host not in pending}
        for host, writes in pending.items():
            described = self.described.get(host)
            known = _observed_router(host, described, routers.get(host, {}))
            if known is not None:
                now[host] = known
            for write in writes:
                self.targets[write] = described
                if write.state == "extended" and known is not None and described is not None:
                    self.targets[write] = _extended(described, known)
        return now

    def _backward(self, snapshot: Raw) -> dict[str, BgpRouter]:
        """Find the moves to the snapshot; the routers are taken to be as described."""
        self.moves = moves_back(self.observed, snapshot)
        for write in (move.write for move in self.moves):
            if isinstance(write, RouterWrite):
                described, answer = self.described.get(write.host), snapshot["routers"][write.host]
                self.targets[write] = _observed_router(write.host, described, answer)
        return dict(self.described)

    def _situation(
        self,
        raw: Sequence[Raw],
        routers: Mapping[str, BgpRouter],
        before: Situation | None = None,
    ) -> Situation:
        backend = str(self.observed.get("backend") or "bird")
        return Situation(self.version, raw, self.blocks, routers, self.addresses, backend, before)

    def _pending(
        self, raw: Sequence[Raw], routers: Mapping[str, Raw]
    ) -> dict[str, tuple[RouterWrite, ...]]:
        """Return the routers that are not as described, with what they said would change."""
        objects = {(str(item["kind"]), str(item["name"])): item for item in raw}
        pending: dict[str, tuple[RouterWrite, ...]] = {}
        for host in (router.host for router in self.description.absent_routers):
            answer = routers.get(host, {})
            actions = tuple(map(str, answer.get("actions") or ()))
            if actions:
                pending[host] = (RouterWrite(host, actions, state="absent"),)
        for host in self.described:
            if host in routers and "actions" in routers[host]:
                writes = _router_writes(host, self.described[host], routers[host])
                if writes:
                    pending[host] = writes
                continue
            half = moves(self.description, self.observed, self.as_number, {})
            if any(change(objects, move) for move in half if move.phase is Phase.ROUTERS):
                pending[host] = (RouterWrite(host),)
        return pending

    def _applied(self, state: Situation, group: Iterable[Move]) -> Situation:
        writes = [move.write for move in group]
        objects, patches, deletions = written(writes)
        routers = dict(state.routers)
        for write in writes:
            if isinstance(write, RouterWrite):
                target = self.targets[write]
                if target is None:
                    routers.pop(write.host, None)
                else:
                    routers[write.host] = target
        raw = overlay(state.raw, objects, patches, deletions)
        return self._situation(raw, routers, state)

    # Soundness

    def _problems(self, before: Situation, after: Situation) -> set[Key]:
        """Return keys of what is wrong after a step, was not so before and is not so in the end."""
        found = {problem.key for problem in configuration_problems(after, self.hosts)}
        lost = after.missing_keys - before.missing_keys - self.end.missing_keys
        return found - self.known | lost

    # Steps

    def plan(self) -> Plan:
        steps: list[Step] = []
        state, role = self.now, ROLES[0]
        for after, changes in self._walk():
            role = max([role, *(change.role for change in changes[:1])], key=ROLES.index)
            steps.append(self._step(state, after, changes, role))
            state = after
        if self.pins is not None:
            self.refusals += pin_faults(self.pins, steps, self.hosts)
        return self._plan(steps, self.refusals, state)

    def at_once(self) -> Plan:
        """Return all writes as one step, whatever happens between them."""
        changes = [item for m in self.moves if (item := change(self.now.objects, m)) is not None]
        steps = [self._step(self.now, self.end, changes, ROLES[0])] if changes else []
        return self._plan(steps, (), self.end)

    def _plan(self, steps: Iterable[Step], refusals: Iterable[Fault], then: Situation) -> Plan:
        return Plan(
            steps=tuple(steps),
            refusals=tuple(combine(refusals)),
            notes=tuple(self._notes()),
            now=self.now.views(),
            then=then.views(),
            left=self._left(steps, then),
        )

    def _left(self, steps: Iterable[Step], then: Situation) -> dict[str, tuple[str, ...]]:
        """Return the neighbors of each node whose sessions nobody here can bring up."""
        ends = {end for step in steps for end in step.left}
        for end, session in then.sessions.items():
            known = then.places.get(session.neighbor) or end[0] in then.routers
            if not known and session.name in self.down.get(end[0], ()):
                ends.add(end)
        found: dict[str, tuple[str, ...]] = {}
        for end in sorted(ends & set(then.sessions)):
            found[end[0]] = (*found.get(end[0], ()), then.sessions[end].neighbor)
        return found

    def _walk(self) -> Iterator[tuple[Situation, tuple[Change, ...]]]:
        """Yield the state after each step and what is written in it; collect the refusals."""
        self.refusals = no_use_for_reflectors(self.description, self.observed, self.end)
        self.refusals += no_answer(self.unanswered)
        final = list(configuration_problems(self.end, self.hosts))
        self.refusals += [problem.fault for problem in final]
        self.refusals += missing_routes(self.end.propagation.missing, self.hosts, "in the end")
        now = configuration_problems(self.now, self.hosts)
        self.known: set[Key] = {problem.key for problem in (*now, *final)}
        state, todo = self.now, [m for m in self.moves if change(self.now.objects, m)]
        number = 0
        while todo:
            number += 1
            group, after, problems, _compete = self._next(state, todo)
            found = (change(state.objects, move) for move in group)
            changes = tuple(item for item in found if item is not None)
            self.refusals += refused_writes(after, changes)
            if problems:
                self.refusals += self._boundary_faults(after, problems, number)
            yield after, changes
            left = [move for move in todo if move not in group]
            state, todo = after, [move for move in left if change(after.objects, move)]

    def _next(self, state: Situation, todo: Sequence[Move]) -> Tried:
        """Return the moves of the next step: the first that are safe, else some that mend it."""
        phase = todo[0].phase
        groups: dict[str, list[Move]] = {}
        for move in todo:
            if move.phase is phase:
                groups.setdefault(move.group if phase in ONE_BY_ONE else "", []).append(move)
        tried = []
        for group in groups.values():
            tried.append(self._try(state, group))
            if not tried[-1].problems and not tried[-1].contested:
                return tried[-1]
        tried.sort(key=lambda found: bool(found.problems))
        return self._mended(state, tried[0].group, todo) or tried[0]

    def _try(self, state: Situation, group: Sequence[Move]) -> Tried:
        ordered = sorted(group, key=lambda move: move.phase)
        after = self._applied(state, ordered)
        problems = self._problems(state, after)
        return Tried(ordered, after, problems, not problems and _contested(state, after))

    def _mended(
        self, state: Situation, group: Sequence[Move], todo: Sequence[Move]
    ) -> Tried | None:
        """Draw in other writes until the end of the group is sound; None if it never is."""
        phase = group[0].phase
        others = [move for move in todo if move not in group]
        others = [move for move in others if move.phase is phase or _goes_with(move)]
        others.sort(key=lambda m: (m.phase is not phase, m.phase is Phase.ROUTERS, m.phase))
        drawn: list[Move] = []
        for move in others:
            drawn.append(move)
            best = self._try(state, [*group, *drawn])
            if not best.problems and not best.contested:
                break
        else:
            return None
        for move in drawn[:-1]:
            fewer = [other for other in drawn if other is not move]
            tried = self._try(state, [*group, *fewer])
            if not tried.problems and not tried.contested:
                best, drawn = tried, fewer
        return best

    def _boundary_faults(self, after: Situation, problems: set[Key], number: int) -> list[Fault]:
        faults = [
            problem.fault
            for problem in configuration_problems(after, self.hosts)
            if problem.key in problems
        ]
        self.known |= problems
        when = f"after step {number}"
        return faults + missing_routes(after.propagation.missing, self.hosts, when, problems)

    def _step(
        self, before: Situation, after: Situation, changes: Sequence[Change], role: str
    ) -> Step:
        effects = session_effects(before, after, changes)
        away = routes_away(before, effects)
        nodes = [node.name for node in after.cluster.nodes]
        replaced = routes_replaced(effects, nodes)
        left = left_to_others(before, after, effects, self.down)
        ours = [e for e in effects if (e.place, e.family, e.name) not in left]
        agree = list(consents(before, after, effects))
        if self.pins is not None:
            felix = self.observed.get("felix") or {}
            nodes = [node.name for node in after.cluster.nodes]
            agree += pin_consents(self.pins, away, nodes, self.hosts, felix)
        return Step(
            title=title(changes, self.description),
            changes=tuple(changes),
            sessions=effects,
            away=away,
            wait_for=_wait_for(ours, after),
            anew=_by_place(ours, (RESTART,)),
            relies_on=relied_on(before, after, effects),
            role=role,
            left=left,
            pins=self._pinned(away, replaced, nodes),
            replaced=replaced,
            consents=tuple(agree),
            notes=tuple(step_notes(before, after, changes, effects, away)),
        )

    def _pinned(self, away: Iterable[str], replaced: bool, nodes: Sequence[str]) -> bool:
        """Whether routes are away on nodes meanwhile, or may be replaced."""
        mode = self.pins.mode if self.pins is not None else "auto"
        return mode == "always" or (
            mode == "auto" and (replaced or any(place in nodes for place in away))
        )

    def _notes(self) -> Iterable[str]:
        for node, neighbors in self._left((), self.end).items():
            yield (
                f"{self.hosts(node)}: the session with {', '.join(neighbors)}, which is not "
                "managed here, is not Established now; nobody waits for it"
            )
        for text, error in self.end.plan.selector_errors.items():
            yield f"selector {text!r} of a BGPPeer does not parse and matches no node: {error}"
        felix = [
            pool.name
            for pool in pod_pools(self.end)
            if pool.vxlan_mode != "Never"
            or (pool.ipip_mode != "Never" and self._felix_programs_ipip())
        ]
        if felix:
            yield (
                f"IP pools {', '.join(felix)}: Felix sets the routes between nodes, so pods reach "
                "each other without BGP; only routers need these sessions"
            )

    def _felix_programs_ipip(self) -> bool:
        """From Calico 3.33 on, unless BGPConfiguration leaves it to BIRD."""
        programs = self.end.cluster.configuration().program_cluster_routes
        return self.version.at_least(3, 33) and programs in (None, "EnabledNoEncapOnly", "Disabled")


def _contested(before: Situation, after: Situation) -> bool:
    """Whether a session restarts beside another one with the same neighbor."""
    if not after.doubled:
        return False
    return any(
        effect.effect == RESTART and after.rivals((effect.place, effect.family, effect.name))
        for effect in session_effects(before, after, ())
    )


def _goes_with(move: Move) -> bool:
    """Whether a write of a later phase may be drawn into an earlier step."""
    write = move.write
    if isinstance(write, (Deletion, RouterWrite)):
        return True
    if isinstance(write, NodePatch):
        return move.phase is Phase.ROUTERS
    return write.kind == "BGPPeer" or move.phase is Phase.RESTORED


Names = dict[str, dict[int, tuple[str, ...]]]


def _by_place(effects: Iterable[SessionEffect], wanted: Collection[str]) -> Names:
    found: dict[str, dict[int, list[str]]] = {}
    for effect in effects:
        if effect.effect in wanted:
            found.setdefault(effect.place, {}).setdefault(effect.family, []).append(effect.name)
    return _frozen(found)


def _wait_for(effects: Iterable[SessionEffect], after: Situation) -> Names:
    """Return the sessions that start or restart; of several with one neighbor any will do."""
    found: dict[str, dict[int, list[str]]] = {}
    for effect in effects:
        if effect.effect in (START, RESTART):
            beside = after.rivals((effect.place, effect.family, effect.name))
            name = "|".join(sorted({effect.name, *beside}))
            names = found.setdefault(effect.place, {}).setdefault(effect.family, [])
            if name not in names:
                names.append(name)
    return _frozen(found)


def _frozen(found: Mapping[str, Mapping[int, Sequence[str]]]) -> Names:
    return {
        place: {family: tuple(names) for family, names in families.items()}
        for place, families in found.items()
    }


def _router_writes(host: str, described: BgpRouter, answer: Raw) -> tuple[RouterWrite, ...]:
    """Return the writes of a router; two where a reflector takes the place of another one.

    Then the router keeps its connection to the old one until that to the new one has come up.
    """
    actions = tuple(map(str, answer["actions"]))
    leftovers = tuple(map(str, answer.get("leftovers") or ()))
    restarts = tuple(map(str, answer.get("restarts") or ()))
    if not actions:
        return ()
    wanted = {connection.remote_address for connection in described.connections}
    known = {str(session["remote_address"]) for session in answer.get("sessions") or ()}
    first = tuple(action for action in actions if action not in leftovers)
    if leftovers and first and wanted - known and known - wanted:
        return RouterWrite(host, first, restarts, "extended"), RouterWrite(host, leftovers)
    return (RouterWrite(host, actions, restarts),)


def _extended(described: BgpRouter, known: BgpRouter) -> BgpRouter:
    """Return a router as described that still has its other connections."""
    wanted = {connection.remote_address for connection in described.connections}
    kept = (c for c in known.connections if c.remote_address not in wanted)
    return replace(described, connections=(*described.connections, *kept))


def _observed_router(host: str, described: BgpRouter | None, found: Raw) -> BgpRouter | None:
    """Return a router as its sessions show it, or None if it has none that is switched on.

    ``described`` gives what sessions do not tell; None if the router is described no more.
    """
    sessions = [
        s
        for s in found.get("sessions") or ()
        if s.get("remote_as") and s.get("state") != "disabled"
    ]
    if not sessions:
        return None
    known = described.connections if described is not None else ()
    local = known[0].local_address if known else ""
    first = sessions[0]["remote_as"] if described is None else described.as_number
    own = next((s["local_as"] for s in sessions if s.get("local_as")), first)
    return BgpRouter(
        name=host,
        as_number=int(own),
        router_id=described.router_id if described is not None else local,
        connections=tuple(
            RouterConnection(
                str(s["remote_address"]), int(s["remote_as"]), str(s.get("local_address") or local)
            )
            for s in sessions
        ),
    )
