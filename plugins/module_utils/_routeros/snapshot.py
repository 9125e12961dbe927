# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a router held before the first write, kept in a file.

The file is JSON with mode 0600, since the rows may hold TCP MD5 keys::

    {"format": "...", "taken": SECONDS, "booted": SECONDS or null,
     "identity": "ros", "release": "7.18.2",
     "menus": [{"menu": "ip/address", "queries": [], "rows": [{".id": "*1", ...}]}]}

Times are seconds since 1970. Rows are as the router printed them, in its order, without dynamic
ones.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from .errors import RouterError, SnapshotFailure
from .port import Row
from .release import Release

FORMAT = "netfabric.calico_routeros: rows of a router, 1"


@dataclass(frozen=True)
class SavedMenu:
    """Rows of a menu, and the queries that they were read with."""

    path: str
    queries: tuple[str, ...]
    rows: Sequence[Row] = field(repr=False)


@dataclass(frozen=True)
class Snapshot:
    """Rows of a router at one time.

    ``taken`` and ``booted`` (when the router started, if it says) are seconds since 1970.
    """

    identity: str
    release: Release
    taken: float
    booted: float | None
    menus: Sequence[SavedMenu]

    def same_boot(self, now: float, booted: float | None) -> bool:
        """Return whether the router has not restarted since; row IDs are good for that long.

        ``now`` and ``booted`` are seconds since 1970. Allows for the whole seconds that the router
        tells, delays, and clocks that drift apart.
        """
        if self.booted is None or booted is None:
            return False
        return abs(booted - self.booted) <= 5 + abs(now - self.taken) * 1e-4


def exists(path: str) -> bool:
    """Return whether there is a file. Raises SnapshotFailure for what can be none."""
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        return False
    except OSError as error:
        raise SnapshotFailure(
            f"snapshot: cannot look at {path}: {error.strerror}. Expected the path of a file on "
            "the host where this module runs; nothing was written"
        ) from error
    if not stat.S_ISREG(mode):
        raise SnapshotFailure(
            f"snapshot: {path} is no file, expected one, or none yet; nothing was written"
        )
    return True


def _make_folder(path: str) -> None:
    """Make a folder with those above it, readable by their owner alone."""
    if not path or os.path.isdir(path):
        return
    _make_folder(os.path.dirname(path))
    with suppress(FileExistsError):
        os.mkdir(path, 0o700)


def save(snapshot: Snapshot, path: str) -> None:
    """Write the file, all of it or nothing, mode 0600. Raises SnapshotFailure."""
    data = {
        "format": FORMAT,
        "taken": snapshot.taken,
        "booted": snapshot.booted,
        "identity": snapshot.identity,
        "release": str(snapshot.release),
        "menus": [
            {"menu": menu.path, "queries": list(menu.queries), "rows": list(menu.rows)}
            for menu in snapshot.menus
        ],
    }
    folder = os.path.dirname(os.path.abspath(path))
    # Always the same name, so that what a killed run left is cleared by the next.
    temporary = f"{path}.new"
    try:
        _make_folder(folder)
        with suppress(FileNotFoundError):
            os.unlink(temporary)
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump(data, stream, indent=1)
            stream.write("\n")
            stream.flush()
            os.fsync(stream.fileno())
        os.rename(temporary, path)
        _sync_folder(folder)
    except OSError as error:
        with suppress(OSError):
            os.unlink(temporary)
        raise SnapshotFailure(
            f"snapshot: cannot write {path}: {error.strerror}. Without it there would be no way "
            "back, so nothing was written to the router. Expected a folder with space that "
            "this module's user may write to"
        ) from error


def _sync_folder(folder: str) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _menu(item: Mapping[str, Any]) -> SavedMenu:
    rows = [{str(name): str(text) for name, text in row.items()} for row in item["rows"]]
    if not all(".id" in row for row in rows):
        raise ValueError("a row has no .id")
    return SavedMenu(str(item["menu"]), tuple(str(query) for query in item["queries"]), rows)


def load(path: str) -> Snapshot:
    """Read the file. Raises SnapshotFailure if it cannot be read, or is no snapshot."""
    try:
        with open(path, encoding="utf-8") as stream:
            data = json.load(stream)
        if data["format"] != FORMAT:
            raise ValueError(f"its format is {data['format']!r}")
        return Snapshot(
            identity=str(data["identity"]),
            release=Release.parse(str(data["release"])),
            taken=float(data["taken"]),
            booted=None if data["booted"] is None else float(data["booted"]),
            menus=tuple(_menu(item) for item in data["menus"]),
        )
    except OSError as error:
        raise SnapshotFailure(f"snapshot: cannot read {path}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError, RouterError) as error:
        raise SnapshotFailure(
            f"snapshot: {path} is no snapshot of a router (expected a file that this module "
            f"wrote, {FORMAT!r}): {type(error).__name__}. Nothing was written; name another file, "
            "or remove this one"
        ) from error
