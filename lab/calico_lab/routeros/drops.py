# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cutting a client off in the middle of its writes, for tests of what it does then.

A file holds the number of writes that are still carried out. With the last of them, whose answer
is not sent, its client's TCP session is reset; with 0 the next write is not carried out either.
Then the file is gone, and all goes on as before.
"""

from __future__ import annotations

from pathlib import Path


class Drops:
    """Counts writes down in ``file``, which may appear while the router runs."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def before_write(self) -> bool:
        """Whether the client is cut off before its write is carried out."""
        return self._spend(0)

    def after_write(self) -> bool:
        """Count a write that was carried out; whether its client is cut off."""
        return self._spend(1)

    def _spend(self, count: int) -> bool:
        try:
            text = self._file.read_text(encoding="ascii")
        except FileNotFoundError:
            return False
        if not text.strip().isdigit():
            # A number that is being written; it counts from the next write on.
            return False
        left = int(text) - count
        if left > 0:
            if count:
                self._file.write_text(f"{left}\n", encoding="ascii")
            return False
        self._file.unlink()
        return True
