# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make a router what a description says: read, compare, write the difference."""

from __future__ import annotations

from dataclasses import dataclass

from .command import Command
from .description import Description
from .difference import Difference, difference
from .errors import ApplyFailure, CommandRefused, NotPermitted, Refused, RouterError
from .port import RouterApi, Row
from .release import Release
from .render import MenuScope, Rendering, render, render_absence


@dataclass(frozen=True)
class Outcome:
    """What was (or in check mode would be) done."""

    release: Release
    difference: Difference
    warnings: tuple[str, ...]


def read_release(api: RouterApi) -> Release:
    """Return the router's release."""
    rows = api.rows("system/resource", fields=("version",))
    if not rows or "version" not in rows[0]:
        raise RouterError("/system/resource has no version, expected a RouterOS release")
    return Release.parse(rows[0]["version"])


def rows_if_present(api: RouterApi, menu: str, *queries: str) -> list[Row]:
    """Return the rows of a menu; a menu that the router lacks has none."""
    try:
        return api.rows(menu, *queries)
    except NotPermitted:
        raise
    except CommandRefused as refusal:
        if "no such command" in refusal.reason:
            return []
        raise


def _read(api: RouterApi, scope: MenuScope) -> list[Row]:
    if scope.optional:
        return rows_if_present(api, scope.menu.path, *scope.queries)
    try:
        return api.rows(scope.menu.path, *scope.queries)
    except CommandRefused as refusal:
        if "no such command" not in refusal.reason:
            raise
        raise RouterError(
            f"The router has no /{scope.menu.path} ({refusal.reason}). Expected its package to be "
            "installed and enabled (/system/package/print; RouterOS 6 needs routing)"
        ) from refusal


def _compare(
    api: RouterApi, rendering: Rendering, owner: str, always_write_password: bool
) -> Difference:
    if rendering.faults:
        raise Refused(rendering.faults)
    rows = {scope.menu.path: _read(api, scope) for scope in rendering.scopes}
    return difference(rendering, rows, owner, always_write_password, api.peer_address)


def _send(api: RouterApi, command: Command) -> None:
    if command.verb == "add":
        api.add(command.menu.path, command.values)
    elif command.verb == "set":
        api.change(command.menu.path, command.row_id, command.values)
    else:
        api.remove(command.menu.path, command.row_id)


def _carry_out(api: RouterApi, commands: tuple[Command, ...]) -> None:
    for position, command in enumerate(commands):
        try:
            _send(api, command)
        except RouterError as error:
            raise ApplyFailure(error, str(command), position, len(commands)) from error


def converge(
    api: RouterApi,
    description: Description,
    *,
    absent: bool = False,
    always_write_password: bool = False,
    check_mode: bool = False,
) -> Outcome:
    """Make the router what the description says, or with ``absent`` remove all rows of its owner.

    Every menu is read once; in check mode nothing is written. Raises Refused before the first
    write if the release or the router's rows do not allow the description, ApplyFailure if a write
    fails.
    """
    release = read_release(api)
    rendering = (render_absence if absent else render)(description, release)
    found = _compare(api, rendering, description.owner, always_write_password)
    if not check_mode:
        _carry_out(api, found.commands)
    return Outcome(release, found, rendering.warnings + found.warnings)
