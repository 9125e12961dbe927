# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading scopes of menus from a router, and carrying commands out on it."""

from __future__ import annotations

from collections.abc import Sequence

from .command import Command
from .errors import ApplyFailure, CommandRefused, NotPermitted, RouterError
from .port import RouterApi, Row
from .release import Release
from .render import MenuScope


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


def read_scope(api: RouterApi, scope: MenuScope) -> list[Row]:
    """Return the rows of a scope. Raises RouterError if the router lacks a menu that it needs."""
    try:
        return api.rows(scope.menu.path, *scope.queries)
    except NotPermitted:
        raise
    except CommandRefused as refusal:
        if scope.optional:
            # Whatever the router's reason, a menu that it cannot print holds no row of ours.
            return []
        if "no such command" not in refusal.reason:
            raise
        raise RouterError(
            f"The router has no /{scope.menu.path} ({refusal.reason}). Expected its package to be "
            "installed and enabled (/system/package/print; RouterOS 6 needs routing)"
        ) from refusal


def read_scopes(api: RouterApi, scopes: Sequence[MenuScope]) -> dict[str, list[Row]]:
    """Return the rows of scopes, by the path of their menu."""
    return {scope.menu.path: read_scope(api, scope) for scope in scopes}


def _send(api: RouterApi, command: Command) -> None:
    if command.verb == "add":
        api.add(command.menu.path, command.values)
    elif command.verb == "set":
        api.change(command.menu.path, command.row_id, command.values)
    else:
        api.remove(command.menu.path, command.row_id)


def carry_out(api: RouterApi, commands: Sequence[Command]) -> None:
    """Send commands in their order. Raises ApplyFailure at the first that fails."""
    for position, command in enumerate(commands):
        try:
            _send(api, command)
        except RouterError as error:
            raise ApplyFailure(error, str(command), position, len(commands)) from error
