# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan in plain data, as it is returned, written to a file and filtered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from .description import CalicoObject, NodePatch
from .plan_model import (
    LONGEST_GAP,
    RELOAD,
    RESTART,
    START,
    STOP,
    USUAL_GAP,
    WAIT,
    Change,
    Deletion,
    Plan,
    RouterWrite,
    SessionView,
    Step,
)

EFFECTS = (RESTART, STOP, START, RELOAD, WAIT)


def plan_data(plan: Plan) -> dict[str, Any]:
    """Return the plan as::

    {summary: {steps, restarted, stopped, started, consents, refusals},
     steps: [{number, title, role, roles, pins,
              changes: [{role, verb, kind, name, fields, actions}],
              sessions: [{place, family, name, neighbor, peer, effect, because}],
              routes_away: {place: [prefixes]}, gap: {usual, longest} in seconds, or null,
              routes_replaced: whether others may be away for a moment,
              wait_for: {node: {ipv4: [names], ipv6: [names]}}, relies_on, anew: the same,
              neighbors: {place: [addresses of wait_for]},
              consents: [{kind, subject, reason}], notes,
              apply: {objects, nodes, deletions, routers: {host: state}}}],
     sessions: {now: {place: [sessions]}, then: {place: [sessions]}},
     left_to_others: {node: [neighbors]},
     consents: [{step, kind, subject, reason}], notes,
     refusals: [{hosts, variable, found, expected, way_out}]}
    """
    steps = [_step(number, step) for number, step in enumerate(plan.steps, start=1)]
    consents = [
        {"step": step["number"], **consent} for step in steps for consent in step["consents"]
    ]
    count = {
        effect: sum(step.count(effect) for step in plan.steps) for effect in (RESTART, STOP, START)
    }
    return {
        "summary": {
            "steps": len(steps),
            "restarted": count[RESTART],
            "stopped": count[STOP],
            "started": count[START],
            "consents": len(consents),
            "refusals": len(plan.refusals),
        },
        "steps": steps,
        "sessions": {"now": _views(plan.now), "then": _views(plan.then)},
        "left_to_others": {node: list(neighbors) for node, neighbors in plan.left.items()},
        "consents": consents,
        "notes": list(plan.notes),
        "refusals": [{**asdict(fault), "hosts": list(fault.hosts)} for fault in plan.refusals],
    }


def _step(number: int, step: Step) -> dict[str, Any]:
    gap = {"usual": USUAL_GAP, "longest": LONGEST_GAP} if step.away else None
    writes = [change.write for change in step.changes]
    return {
        "number": number,
        "title": step.title,
        "role": step.role,
        "roles": list(step.roles),
        "pins": step.pins,
        "changes": [_change(change) for change in step.changes],
        "sessions": [effect._asdict() for effect in step.sessions],
        "routes_away": {place: list(prefixes) for place, prefixes in step.away.items()},
        "gap": gap,
        "routes_replaced": step.replaced,
        "wait_for": _by_family(step.wait_for),
        "neighbors": _neighbors(step),
        "relies_on": _by_family(step.relies_on),
        "anew": _by_family(step.anew),
        "consents": [asdict(consent) for consent in step.consents],
        "notes": list(step.notes),
        "apply": {
            "objects": [_write(item) for item in writes if isinstance(item, CalicoObject)],
            "nodes": [_write(item) for item in writes if isinstance(item, NodePatch)],
            "deletions": [item._asdict() for item in writes if isinstance(item, Deletion)],
            "routers": {item.host: item.state for item in writes if isinstance(item, RouterWrite)},
        },
    }


def _neighbors(step: Step) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for effect in step.sessions:
        known = found.setdefault(effect.place, [])
        if (effect.place, effect.family, effect.name) in step.left:
            continue
        if effect.effect in (START, RESTART) and effect.neighbor not in known:
            known.append(effect.neighbor)
    return {place: neighbors for place, neighbors in found.items() if neighbors}


def _write(item: CalicoObject | NodePatch) -> dict[str, Any]:
    return {**asdict(item), "restore": list(item.restore)}


def _by_family(
    places: Mapping[str, Mapping[int, tuple[str, ...]]],
) -> dict[str, dict[str, list[str]]]:
    return {
        place: {f"ipv{family}": list(families.get(family, ())) for family in (4, 6)}
        for place, families in places.items()
    }


def _change(change: Change) -> dict[str, Any]:
    actions = change.write.actions if isinstance(change.write, RouterWrite) else ()
    return {
        "role": change.role,
        "verb": change.verb,
        "kind": change.kind,
        "name": change.name,
        "fields": [field._asdict() for field in change.fields],
        "actions": list(actions),
    }


def _views(places: Mapping[str, tuple[SessionView, ...]]) -> dict[str, list[dict[str, Any]]]:
    return {place: [view._asdict() for view in views] for place, views in places.items()}
