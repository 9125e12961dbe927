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

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from . import objects as wished
from .calico_version import CalicoVersion
from .description import Description, NodePatch
from .faults import Fault, combine
from .plan_effects import consents, routes_away, session_effects
from .plan_model import (
    RESTART,
    START,
    WAIT,
    Change,
    Deletion,
    Plan,
    RouterWrite,
    SessionEffect,
    Step,
)
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
from .plan_wish import ONE_BY_ONE, Move, Phase, as_objects, change, moves, written
from .propagation import BgpRouter, Block, RouterConnection
from .work import bgp_router, overlay

Raw = Mapping[str, Any]
Key = tuple[Any, ...]


def make_plan(
    description: Description,
    observed: Raw,
    routers: Mapping[str, Raw] | None = None,
) -> Plan:
    """Return the plan. Reads nothing and writes nothing.

    ``observed`` is what the module calico_info returns. ``routers`` maps routers to what
    routeros_bgp answered in check mode (``actions``, ``restarts``) with the ``sessions`` of
    routeros_bgp_info; a router that is not in it is taken to be as described if Calico's half of
    its peering is, else not to be configured at all.
    """
    return _Planner(description, observed, routers or {}).plan()


def plan_refusals(description: Description, observed: Raw) -> list[Fault]:
    """Return only why the plan is refused, in much less time than the plan itself."""
    return _Planner(description, observed, {}).refused()


class Tried(NamedTuple):
    """Moves, the state after them, and what would be wrong in it."""

    group: Sequence[Move]
    after: Situation
    problems: set[Key]


class _Planner:
    def __init__(self, description: Description, observed: Raw, routers: Mapping[str, Raw]) -> None:
        self.description = description
        self.observed = observed
        self.hosts = Hosts(description)
        self.version = CalicoVersion.parse(observed["calico_version"])
        raw = as_objects(observed)
        self.addresses = {router.host: router.local_address for router in description.routers}
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
        pending = self._pending(raw, routers)
        self.moves = moves(description, observed, self.as_number, pending)
        now = {host: router for host, router in self.described.items() if host not in pending}
        for host in pending:
            known = _observed_router(host, self.described[host], routers.get(host, {}))
            if known is not None:
                now[host] = known
        self.unanswered = {
            host: str(routers[host]["error"])
            for host in self.described
            if routers.get(host, {}).get("error")
        }
        self.now = self._situation(raw, now)
        self.end = self._applied(self.now, self.moves)

    def _situation(
        self,
        raw: Sequence[Raw],
        routers: Mapping[str, BgpRouter],
        before: Situation | None = None,
    ) -> Situation:
        backend = str(self.observed.get("backend") or "bird")
        return Situation(self.version, raw, self.blocks, routers, self.addresses, backend, before)

    def _pending(self, raw: Sequence[Raw], routers: Mapping[str, Raw]) -> dict[str, RouterWrite]:
        """Return the routers that are not as described, with what they said would change."""
        objects = {(str(item["kind"]), str(item["name"])): item for item in raw}
        pending = {}
        for host in self.described:
            if host in routers and "actions" in routers[host]:
                actions = tuple(map(str, routers[host]["actions"]))
                restarts = tuple(map(str, routers[host].get("restarts") or ()))
                if actions:
                    pending[host] = RouterWrite(host, actions, restarts)
                continue
            half = moves(self.description, self.observed, self.as_number, {})
            if any(change(objects, move) for move in half if move.phase is Phase.ROUTERS):
                pending[host] = RouterWrite(host)
        return pending

    def _applied(self, state: Situation, group: Iterable[Move]) -> Situation:
        writes = [move.write for move in group]
        objects, patches, deletions = written(writes)
        routers = dict(state.routers)
        for write in writes:
            if isinstance(write, RouterWrite):
                routers[write.host] = self.described[write.host]
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
        steps = []
        state = self.now
        for after, changes in self._walk():
            steps.append(self._step(state, after, changes))
            state = after
        return Plan(
            steps=tuple(steps),
            refusals=tuple(combine(self.refusals)),
            notes=tuple(self._notes()),
            now=self.now.views(),
            then=state.views(),
        )

    def refused(self) -> list[Fault]:
        for _step in self._walk():
            pass
        return combine(self.refusals)

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
            group, after, problems = self._next(state, todo)
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
            if not tried[-1].problems:
                return tried[-1]
        return self._mended(state, tried[0].group, todo) or tried[0]

    def _try(self, state: Situation, group: Sequence[Move]) -> Tried:
        ordered = sorted(group, key=lambda move: move.phase)
        after = self._applied(state, ordered)
        return Tried(ordered, after, self._problems(state, after))

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
            if not best.problems:
                break
        else:
            return None
        for move in drawn[:-1]:
            fewer = [other for other in drawn if other is not move]
            tried = self._try(state, [*group, *fewer])
            if not tried.problems:
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

    def _step(self, before: Situation, after: Situation, changes: Sequence[Change]) -> Step:
        effects = session_effects(before, after, changes)
        return Step(
            title=title(changes, self.description),
            changes=tuple(changes),
            sessions=effects,
            away=routes_away(before, effects),
            wait_for=_wait_for(effects),
            consents=consents(before, after, effects),
            notes=tuple(_step_notes(changes, effects)),
        )

    def _notes(self) -> Iterable[str]:
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


def _goes_with(move: Move) -> bool:
    """Whether a write of a later phase may be drawn into an earlier step."""
    write = move.write
    if isinstance(write, (Deletion, RouterWrite)):
        return True
    if isinstance(write, NodePatch):
        return move.phase is Phase.ROUTERS
    return write.kind == "BGPPeer"


def _wait_for(effects: Iterable[SessionEffect]) -> dict[str, dict[int, tuple[str, ...]]]:
    found: dict[str, dict[int, list[str]]] = {}
    for effect in effects:
        if effect.effect in (START, RESTART):
            found.setdefault(effect.place, {}).setdefault(effect.family, []).append(effect.name)
    return {
        place: {family: tuple(names) for family, names in families.items()}
        for place, families in found.items()
    }


def _step_notes(changes: Sequence[Change], effects: Sequence[SessionEffect]) -> Iterable[str]:
    waiting = [effect for effect in effects if effect.effect == WAIT]
    doubled = [effect for effect in waiting if effect.because.endswith("holds the connection")]
    if doubled:
        yield (
            f"{_pairs(doubled)} of the new sessions stand beside another one with the same "
            "neighbor and come up when that ends; until then BIRD tries in vain, which disturbs "
            "nothing"
        )
    for reason in sorted({effect.because for effect in waiting if effect not in doubled}):
        alike = [effect for effect in waiting if effect.because == reason]
        yield f"{_pairs(alike)} of the new sessions wait: {reason}"
    if any(change.kind == "IPPool" and _encapsulation(change) for change in changes):
        yield "Felix sets the tunnels of the pool anew on every node; BGP is not concerned"


def _pairs(effects: Iterable[SessionEffect]) -> int:
    """Count both ends of a session once."""
    return len({(e.family, frozenset((e.place, e.peer or e.neighbor))) for e in effects})


def _encapsulation(item: Change) -> bool:
    return bool({"ipipMode", "vxlanMode"} & {field.name for field in item.fields})


def _observed_router(host: str, described: BgpRouter, found: Raw) -> BgpRouter | None:
    """Return a router as its sessions show it, or None if it has none that is switched on."""
    sessions = [
        s
        for s in found.get("sessions") or ()
        if s.get("remote_as") and s.get("state") != "disabled"
    ]
    if not sessions:
        return None
    local = described.connections[0].local_address if described.connections else ""
    own = next((s["local_as"] for s in sessions if s.get("local_as")), described.as_number)
    return BgpRouter(
        name=host,
        as_number=int(own),
        router_id=described.router_id,
        connections=tuple(
            RouterConnection(
                str(s["remote_address"]), int(s["remote_as"]), str(s.get("local_address") or local)
            )
            for s in sessions
        ),
    )
