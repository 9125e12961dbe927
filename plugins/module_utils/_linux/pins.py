# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pins: copies of the routes that BIRD programmed, which carry on while BGP sessions restart.

They lie in a spare table. Pairs of rules, one pair for each prefix length among the pins and the
longest first, ask ``main`` and then the spare table for a route at least as specific::

    1000: from all lookup main suppress_prefixlength 25
    1001: from all lookup 900

is what blocks of /26 need. So a packet takes the longest match of both tables, and ``main`` wins
where both know the same prefix: live routes always win, pins fill gaps and nothing else changes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from .pins_state import (
    PROTOCOL,
    PROTOCOL_BIRD,
    TABLE_MAIN,
    THROW,
    UNICAST,
    Network,
    PinCommandFailed,
    Route,
    Rule,
    Runner,
    Situation,
)

_RESERVED = {0: "unspec", 253: "default", TABLE_MAIN: "main", 255: "local"}
_PRIORITY_MAIN = 32766


class PinsRefused(Exception):
    """Pins would disturb others; ``faults`` says all that is in the way."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = tuple(faults)


@dataclass(frozen=True)
class PinOptions:
    """``priority`` is that of the first rule; ``felix_tables`` are first and last of each of
    Felix's routeTableRanges; ``wireguard_priority`` is Felix's wireguardRoutingRulePriority."""

    table: int = 900
    priority: int = 1000
    felix_tables: tuple[tuple[int, int], ...] = ((1, 250),)
    wireguard_priority: int = 99


@dataclass(frozen=True)
class PinPlan:
    """``commands`` are arguments of ``ip``, the family first, in the order to be run. ``hidden``
    are pins that cannot carry, each with why."""

    pins: tuple[Route, ...]
    rules: tuple[Rule, ...]
    commands: tuple[tuple[str, ...], ...]
    hidden: tuple[str, ...]


def plan_pins(situation: Situation, options: PinOptions, refresh: bool = False) -> PinPlan:
    """Return what pinning changes.

    Pins that are there stay as they are; with ``refresh`` they become what is live, except where
    nothing is live, for the table main may have gaps by now.

    Raises:
        PinsRefused: the table or a priority is somebody else's.
    """
    pins = _wanted_pins(situation, options, refresh)
    rules = _wanted_rules(pins, options)
    faults = _table_faults(situation, options) + _priority_faults(situation, options, rules)
    if faults:
        raise PinsRefused(faults)
    there = situation.our_routes
    old = [rule for rule in situation.our_rules if rule not in rules]
    keys = {(pin.network, pin.metric) for pin in pins}
    # Rules come in ascending order and go in descending order: the spare table is at no time
    # asked before main.
    commands = [_command("route replace", pin) for pin in pins if pin not in there]
    commands += [_command("rule add", r) for r in rules if r not in situation.our_rules]
    commands += [_command("rule del", r) for r in sorted(old, key=_priority, reverse=True)]
    commands += [_command("route del", r) for r in there if (r.network, r.metric) not in keys]
    return PinPlan(tuple(pins), tuple(rules), tuple(commands), tuple(_hidden(situation, pins)))


def plan_unpin(situation: Situation) -> PinPlan:
    """Return how to remove what is ours, complete or half-made, whatever table it is in."""
    # Rules on an empty table change nothing, so the routes go first.
    commands = [_command("route del", route) for route in situation.our_routes]
    rules = sorted(situation.our_rules, key=_priority, reverse=True)
    commands += [_command("rule del", rule) for rule in rules]
    return PinPlan((), (), tuple(commands), ())


def _priority(rule: Rule) -> int:
    return rule.priority


def _command(verb: str, what: Route | Rule) -> tuple[str, ...]:
    words = what.words()
    if verb == "route del" and isinstance(what, Route):
        words = replace(what, hops=(), source=None, attributes=()).words()
    return (f"-{what.family}", *verb.split(), *words)


def _wanted_pins(situation: Situation, options: PinOptions, refresh: bool) -> list[Route]:
    live = [
        replace(route, table=options.table, protocol=PROTOCOL)
        for route in situation.main
        if route.protocol == PROTOCOL_BIRD and route.kind == UNICAST and route.hops
    ]
    there = [pin for pin in situation.our_routes if pin.table == options.table]
    if refresh:
        renewed = {pin.network for pin in live}
        return [pin for pin in there if pin.network not in renewed] + live
    known = {pin.network for pin in there}
    return there + [pin for pin in live if pin.network not in known]


def _wanted_rules(pins: Sequence[Route], options: PinOptions) -> list[Rule]:
    rules = []
    for family in (4, 6):
        lengths = sorted({p.network.prefixlen for p in pins if p.family == family}, reverse=True)
        for index, length in enumerate(lengths):
            suppress = length - 1 if length else None
            first = options.priority + 2 * index
            rules.append(Rule(family, first, TABLE_MAIN, suppress))
            last = length == lengths[-1]
            rules.append(Rule(family, first + 1, options.table, None if last else suppress))
    return rules


def _table_faults(situation: Situation, options: PinOptions) -> list[str]:
    table = options.table
    faults = []
    if table in _RESERVED:
        faults.append(f"table {table} is the kernel's ({_RESERVED[table]}): choose another table")
        return faults
    faults += [
        f"table {table} lies in Felix's routeTableRanges {first}-{last}, whose tables Felix "
        "empties: choose another table"
        for first, last in options.felix_tables
        if first <= table <= last
    ]
    foreign = [r for r in situation.spare if r.table == table and r.protocol != PROTOCOL]
    if foreign:
        shown = ", ".join(f"{r.network} of protocol {r.protocol}" for r in foreign[:3])
        faults.append(
            f"table {table} must be empty and holds {len(foreign)} routes of others ({shown}): "
            "choose another table"
        )
    faults += [
        f"rule '{' '.join(rule.words())}' of IPv{rule.family} is not ours and consults table "
        f"{table}: choose another table"
        for rule in situation.rules
        if rule.table == table and rule.protocol != PROTOCOL
    ]
    elsewhere = sorted({r.table for r in situation.our_routes if r.table != table})
    if elsewhere:
        faults.append(
            f"pins of an earlier run are in table {', '.join(map(str, elsewhere))}, not {table}: "
            "remove them first (state: absent)"
        )
    return faults


def _priority_faults(
    situation: Situation, options: PinOptions, wanted: Sequence[Rule]
) -> list[str]:
    faults = []
    if options.wireguard_priority in {rule.priority for rule in wanted}:
        faults.append(
            f"priority {options.wireguard_priority} is that of Felix's WireGuard rule: "
            "choose another priority"
        )
    for family in (4, 6):
        ours = [rule.priority for rule in wanted if rule.family == family]
        others = [r for r in situation.rules if r.family == family and r.protocol != PROTOCOL]
        if ours:
            faults += _clashes(family, ours, others)
    return faults


def _clashes(family: int, ours: Sequence[int], others: Sequence[Rule]) -> list[str]:
    main = min(
        (
            r.priority
            for r in others
            if r.table == TABLE_MAIN and r.suppress is None and not r.selects
        ),
        default=_PRIORITY_MAIN,
    )
    if not 0 < ours[0] <= ours[-1] < main:
        return [
            f"rules need the priorities {ours[0]}-{ours[-1]}, which must lie between 1 and "
            f"{main - 1}, before IPv{family}'s lookup of main: choose a lower priority"
        ]
    faults = []
    highest = max((r.priority for r in others if r.priority < main), default=0)
    way_out = (
        f"choose a priority from {highest + 1} to {main - len(ours)}"
        if highest + len(ours) < main
        else "no priority is free between that and main"
    )
    for rule in others:
        text = f"rule '{' '.join(rule.words())}' of IPv{family}"
        if rule.priority in ours:
            faults.append(f"priority {rule.priority} is taken by {text}: {way_out}")
        elif ours[0] < rule.priority < main:
            faults.append(f"pins at priority {ours[0]} would come before {text}: {way_out}")
    return faults


def _hidden(situation: Situation, pins: Sequence[Route]) -> list[str]:
    # suppress_prefixlength does not suppress blackhole, unreachable and prohibit: they end the
    # lookup (net/core/fib_rules.c asks only after a lookup without error).
    ends: dict[Network, bool] = {}
    for route in situation.main:
        if route.kind == UNICAST and route.protocol == PROTOCOL_BIRD:
            continue
        ends[route.network] = route.kind not in (UNICAST, THROW)
    lengths = sorted({network.prefixlen for network in ends}, reverse=True)
    found = []
    for pin in pins:
        covers = (
            pin.network.supernet(new_prefix=length)
            for length in lengths
            if length <= pin.network.prefixlen
        )
        nearest = next((network for network in covers if network in ends), None)
        if nearest is not None and ends[nearest]:
            found.append(
                f"{pin.network}: a route in main that discards {nearest} is asked before its pin"
            )
    return found


def apply(run: Runner, plan: PinPlan) -> None:
    """Run the commands of a plan, one iproute2 for each run of commands of a family.

    Raises:
        PinCommandFailed: names the command that failed; those after it were not run.
    """
    for family, batch in _batches(plan.commands):
        text = "".join(" ".join(words[1:]) + "\n" for words in batch)
        status, _out, err = run(["ip", family, "-batch", "-"], text)
        if status != 0:
            line = re.search(r"Command failed -:(\d+)", err)
            at = int(line.group(1)) - 1 if line else 0
            raise PinCommandFailed(f"'ip {' '.join(batch[at])}' failed: {' '.join(err.split())}")


def _batches(
    commands: Sequence[tuple[str, ...]],
) -> list[tuple[str, list[tuple[str, ...]]]]:
    batches: list[tuple[str, list[tuple[str, ...]]]] = []
    for family in ("-4", "-6"):
        own = [command for command in commands if command[0] == family]
        if own:
            batches.append((family, own))
    return batches


def pins_text(routes: Sequence[Route], rules: Sequence[Rule]) -> str:
    """Return pins and rules, a line each as iproute2 is told them, for showing a difference."""
    lines = [f"rule -{rule.family} {' '.join(rule.words())}\n" for rule in rules]
    return "".join(lines) + "".join(
        sorted(f"route -{route.family} {' '.join(route.words())}\n" for route in routes)
    )
