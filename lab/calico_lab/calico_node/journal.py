# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One line per event on standard output, with the time; some events only once."""

from __future__ import annotations

import sys
from datetime import datetime


class Journal:
    """Writes events. May be shared by threads: a line is one write."""

    def __init__(self) -> None:
        self._said: set[str] = set()

    def say(self, event: str) -> None:
        """Write an event."""
        now = datetime.now().isoformat(sep=" ", timespec="milliseconds")
        try:
            sys.stdout.write(f"{now} {event}\n")
            sys.stdout.flush()
        except OSError:
            # Whoever read our output is gone; the node must go on all the same.
            return

    def say_once(self, event: str) -> None:
        """Write an event unless it was written before."""
        if event not in self._said:
            self._said.add(event)
            self.say(event)
