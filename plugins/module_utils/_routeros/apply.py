# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make a router what a description says: read, compare, write the difference."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from .access import carry_out, read_release, read_scopes
from .changes import Difference
from .description import Description
from .difference import difference
from .entry import Entry
from .errors import Refused, RuleInactive
from .port import RouterApi, Row
from .release import Release
from .render import Rendering, all_scopes, render, render_absence
from .rollback import keep_rows, way_back
from .snapshot import Snapshot


@dataclass(frozen=True)
class Outcome:
    """What was (or in check mode would be) done; ``snapshot`` is whether one was written."""

    release: Release
    difference: Difference
    warnings: tuple[str, ...]
    snapshot: bool = False


def converge(
    api: RouterApi,
    description: Description,
    *,
    absent: bool = False,
    purge: bool = True,
    always_write_password: bool = False,
    check_mode: bool = False,
    snapshot: str | None = None,
    clock: Callable[[], float] = time.time,
) -> Outcome:
    """Make the router what the description says, or with ``absent`` remove all rows of its owner.

    Without ``purge`` rows of the owner stay that the description does not name.

    Every menu is read once; in check mode nothing is written. ``snapshot`` is the path of a file
    that keeps the rows as they are before the first write, unless it is there already.
    Raises Refused before the first write if the release or the router's rows do not allow the
    description, SnapshotFailure if that file cannot be written, ApplyFailure if a write fails,
    RuleInactive if the router does not understand a filter rule of ours.
    """
    release = read_release(api)
    if absent:
        rendering = render_absence(description.owner, release)
    else:
        rendering = render(description, release)
    if rendering.faults:
        raise Refused(rendering.faults)
    rows = read_scopes(api, rendering.scopes)
    found = difference(
        rendering, rows, description.owner, always_write_password, api.peer_address, purge or absent
    )
    kept = False
    if found.commands and not check_mode:
        if snapshot is not None:
            known = {(s.menu.path, s.queries): rows[s.menu.path] for s in rendering.scopes}
            scopes = all_scopes(description, release)
            kept = keep_rows(api, snapshot, scopes, known, clock, release)
        carry_out(api, found.commands)
        written = {command.menu.path for command in found.commands}
        again = [s for s in rendering.scopes if s.menu.ordered and s.menu.path in written]
        rows.update(read_scopes(api, again))
    if not check_mode:
        _check_rules(rendering, rows, description.owner)
    return Outcome(release, found, rendering.warnings + found.warnings, kept)


def _check_rules(rendering: Rendering, rows: Mapping[str, Sequence[Row]], owner: str) -> None:
    """Raise RuleInactive if the router holds a filter rule of ours, but does not follow it."""
    for menu in (scope.menu for scope in rendering.scopes if scope.menu.ordered):
        for row in rows[menu.path]:
            entry = Entry(menu, row, owner)
            if entry.owned and entry.inactive:
                raise RuleInactive(entry.title, row.get("rule", ""), row.get("about", ""))


def restore(
    api: RouterApi,
    saved: Snapshot,
    owner: str,
    *,
    always_write_password: bool = False,
    check_mode: bool = False,
    clock: Callable[[], float] = time.time,
) -> Outcome:
    """Make the router's rows what a snapshot says; rows of others that are new stay.

    Raises Refused before the first write if the snapshot is of another router or of menus that
    this release does not have, ApplyFailure if a write fails.
    """
    release = read_release(api)
    found = way_back(api, saved, release, owner, always_write_password, clock)
    if not check_mode:
        carry_out(api, found.commands)
    return Outcome(release, found, found.warnings)
