# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What there is to say of a step beside its sessions and routes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from .plan_model import WAIT, Change, SessionEffect
from .plan_state import Situation
from .report import counted


def step_notes(
    before: Situation,
    after: Situation,
    changes: Sequence[Change],
    effects: Sequence[SessionEffect],
    away: Mapping[str, Sequence[str]],
) -> Iterator[str]:
    """Yield a sentence for each thing worth knowing about a step."""
    yield from _waiting(changes, effects)
    yield from _replaced(before, after, away)
    yield from _routers(away, after)


def _waiting(changes: Sequence[Change], effects: Sequence[SessionEffect]) -> Iterable[str]:
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


def _replaced(
    before: Situation, after: Situation, away: Mapping[str, Sequence[str]]
) -> Iterable[str]:
    """Say how many routes come another way from now on, beside those that are away meanwhile."""
    count = 0
    for node in after.cluster.nodes:
        was, is_ = before.propagation.routes[node.name], after.propagation.routes[node.name]
        count += sum(
            1
            for prefix, route in is_.items()
            if prefix in was
            and was[prefix].neighbors != route.neighbors
            and prefix not in away.get(node.name, ())
        )
    if count:
        yield (
            f"{counted(count, 'route')} on nodes come another way from now on: without a pin each "
            "is away for the moment in which BIRD replaces it"
        )


def _routers(away: Iterable[str], after: Situation) -> Iterable[str]:
    routers = [place for place in away if place in after.addresses]
    if routers:
        yield (
            f"{', '.join(routers)}: nothing is pinned on routers; while these sessions are down "
            "they need another route to the pods, such as a floating static one"
        )


def _pairs(effects: Iterable[SessionEffect]) -> int:
    """Count both ends of a session once."""
    return len({(e.family, frozenset((e.place, e.peer or e.neighbor))) for e in effects})


def _encapsulation(item: Change) -> bool:
    return bool({"ipipMode", "vxlanMode"} & {field.name for field in item.fields})
