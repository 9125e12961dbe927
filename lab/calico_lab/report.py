# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Progress on the terminal: one line a step, with its time."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)


class Report:
    """Says on stderr what is being done, so that stdout stays free for results."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._console = Console(stderr=True, quiet=quiet, highlight=False)
        self._begin = time.monotonic()

    @contextlib.contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Show `title` while the body runs, then keep it as a line with the time that it took."""
        begin = time.monotonic()
        with self._console.status(f"{title} ..."):
            yield
        self._console.print(f"  {title}  [dim]{time.monotonic() - begin:.1f} s[/dim]")

    def note(self, text: str) -> None:
        self._console.print(f"  {text}")

    def done(self, text: str) -> None:
        self._console.print(f"{text}  [dim]{time.monotonic() - self._begin:.1f} s in all[/dim]")

    @contextlib.contextmanager
    def bar(self) -> Iterator[BuildBar]:
        """A bar for steps that can be counted."""
        columns = (
            TextColumn("  {task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=self._console) as progress:
            yield BuildBar(progress, self._console)


class BuildBar:
    """What `build_binaries` reports to; where there is no terminal, a line every tenth."""

    def __init__(self, progress: Progress, console: Console) -> None:
        self._progress = progress
        self._console = console
        self._tasks: dict[str, TaskID] = {}
        self._shown: dict[str, int] = {}

    def __call__(self, title: str, done: int, total: int) -> None:
        if not self._console.is_terminal:
            tenth = 10 * done // total if total else 0
            if self._shown.get(title) != tenth:
                self._shown[title] = tenth
                self._console.print(f"  {title}: {done} of {total}")
            return
        if title not in self._tasks:
            self._tasks[title] = self._progress.add_task(title, total=total or None)
        self._progress.update(self._tasks[title], completed=done)
