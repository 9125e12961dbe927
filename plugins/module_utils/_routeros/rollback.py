# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The way back: keeping a router's rows before the first write, and returning to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from .access import read_scope, read_scopes
from .changes import Difference
from .errors import Refused
from .port import RouterApi, Row
from .release import Release
from .render import MenuScope, render_absence
from .restoration import restoration
from .snapshot import SavedMenu, Snapshot, exists, load, save
from .values import Kind, parse_duration, read

#: Path of a menu and the queries that it is read with.
MenuQuery = tuple[str, tuple[str, ...]]


def _started(api: RouterApi, now: float) -> float | None:
    """Return when the router started, in seconds since 1970, if it says."""
    rows = api.rows("system/resource", fields=("uptime",))
    try:
        return now - parse_duration(rows[0]["uptime"])
    except (IndexError, KeyError, ValueError):
        return None


def _identity(api: RouterApi) -> str:
    rows = api.rows("system/identity")
    return rows[0].get("name", "") if rows else ""


def keep_rows(
    api: RouterApi,
    path: str,
    scopes: Sequence[MenuScope],
    known: Mapping[MenuQuery, list[Row]],
    clock: Callable[[], float],
    release: Release,
) -> bool:
    """Write a snapshot unless the file is there; return whether it was written.

    ``known`` holds rows that need not be read again. Raises SnapshotFailure.
    """
    if exists(path):
        load(path)
        return False
    menus = []
    for scope in scopes:
        rows = known.get((scope.menu.path, scope.queries))
        rows = read_scope(api, scope) if rows is None else rows
        static = [row for row in rows if read(Kind.FLAG, row.get("dynamic", "no")) is not True]
        menus.append(SavedMenu(scope.menu.path, scope.queries, static))
    identity, now = _identity(api), clock()
    save(Snapshot(identity, release, now, _started(api, now), menus), path)
    return True


def _menus_of(saved: Snapshot, release: Release, identity: str) -> list[MenuScope]:
    """Return the menus of a snapshot as the router has them. Raises Refused if it differs."""
    faults = []
    if identity != saved.identity:
        faults.append(
            f"snapshot: it is of the router {saved.identity!r}, but this one is {identity!r} "
            "(/system/identity); name the snapshot of this router"
        )
    scopes = {scope.menu.path: scope for scope in render_absence("", release).scopes}
    before = {scope.menu.path: scope for scope in render_absence("", saved.release).scopes}
    if before != scopes or {menu.path for menu in saved.menus} - set(scopes):
        faults.append(
            f"snapshot: it is of RouterOS {saved.release}, whose menus are not those of RouterOS "
            f"{release}, which the router has now; go back to that release, or use state=absent"
        )
    if faults:
        raise Refused(faults)
    return [replace(scopes[menu.path], queries=menu.queries) for menu in saved.menus]


def way_back(
    api: RouterApi,
    saved: Snapshot,
    release: Release,
    owner: str,
    always_write_password: bool,
    clock: Callable[[], float],
) -> Difference:
    """Return the commands that make the router's rows those of a snapshot.

    Raises Refused if it is of another router, or of menus that the release does not have.
    """
    scopes = _menus_of(saved, release, _identity(api))
    now = clock()
    return restoration(
        [scope.menu for scope in scopes],
        {menu.path: menu.rows for menu in saved.menus},
        read_scopes(api, scopes),
        owner,
        ids_hold=saved.same_boot(now, _started(api, now)),
        always_write_password=always_write_password,
        keep_address=api.peer_address,
    )
