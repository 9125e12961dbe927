# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pins of this host: read, plan, arm their end, write."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass

from .pins import PinOptions, PinPlan, apply, pins_text, plan_pins, plan_unpin
from .pins_expiry import Expiry
from .pins_state import PinCommandFailed, Runner, Situation, read_situation


@dataclass(frozen=True)
class PinOutcome:
    """``actions`` were done, or would be; ``pinned`` are the prefixes pinned afterwards;
    ``expires_in`` is None where no pin is left, or nothing will remove it."""

    actions: tuple[str, ...]
    before: str
    after: str
    pinned: tuple[str, ...]
    hidden: tuple[str, ...]
    expires_in: int | None


def pin(
    run: Runner, expiry: Expiry, options: PinOptions, seconds: int, refresh: bool, dry: bool
) -> PinOutcome:
    """Pin what BIRD programmed; ``dry`` only says what would be done. Safe to repeat.

    That pins are given more time does not count as an action.

    Raises:
        PinsRefused: they would disturb others; nothing was written.
        PinCommandFailed: pins of this call were taken away again.
    """
    situation = read_situation(run, options.table)
    plan = plan_pins(situation, options, refresh)
    if not plan.pins:
        return unpin(run, expiry, options.table, dry)
    extra = [] if expiry.armed() else [f"remove the pins in {seconds} s whatever happens"]
    if dry:
        left = expiry.seconds_left() or 0
        return _outcome(situation, plan, extra, max(seconds, left))
    expiry.arm(seconds)
    # The time of earlier pins may have come since.
    plan = plan_pins(read_situation(run, options.table), options, refresh)
    try:
        apply(run, plan)
    except PinCommandFailed:
        if not situation.our_rules:
            with contextlib.suppress(PinCommandFailed):
                unpin(run, expiry, options.table, False)
        raise
    return _outcome(situation, plan, extra, expiry.seconds_left())


def unpin(run: Runner, expiry: Expiry, table: int, dry: bool) -> PinOutcome:
    """Remove pins, complete or half-made, and what would have removed them. Safe to repeat.

    Raises:
        PinCommandFailed: some are left; their time limit still runs.
    """
    situation = read_situation(run, table)
    plan = plan_unpin(situation)
    extra = ["end the time limit of the pins"] if expiry.present() else []
    if not dry:
        try:
            apply(run, plan)
        except PinCommandFailed:
            # Their time may have come just now, or a link went and took its routes along.
            apply(run, plan_unpin(read_situation(run, table)))
        expiry.disarm()
    return _outcome(situation, plan, [], None, extra)


def _outcome(
    situation: Situation,
    plan: PinPlan,
    first: Sequence[str],
    expires_in: int | None,
    last: Sequence[str] = (),
) -> PinOutcome:
    commands = [" ".join(("ip", *command)) for command in plan.commands]
    return PinOutcome(
        actions=(*first, *commands, *last),
        before=pins_text(situation.our_routes, situation.our_rules),
        after=pins_text(plan.pins, plan.rules),
        pinned=tuple(str(pin.network) for pin in plan.pins),
        hidden=plan.hidden,
        expires_in=expires_in,
    )
