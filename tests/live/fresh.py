# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A lab of one's own, from its start to its end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from calico_lab.lab import Lab, open_lab

from tests.live import ROOT
from tests.live.shell import run


@contextmanager
def fresh_lab(name: str, workers: int, *, keep: bool = False) -> Iterator[Lab]:
    """A new lab of that name; one that there is already is ended first.

    :param keep: leave it running at the end.
    """
    program = str(ROOT / "lab" / "lab")
    run([program, "down", "--name", name, "--quiet"])
    try:
        run([program, "up", "--name", name, "--workers", str(workers), "--quiet"])
        yield open_lab(name)
    finally:
        if not keep:
            run([program, "down", "--name", name, "--quiet"])
