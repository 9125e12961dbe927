# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which boundaries of a run are worth a kill."""

from __future__ import annotations

from tests.live.playbook import Boundary, Run


def chosen_boundaries(recorded: Run, which: str) -> list[Boundary]:
    """Boundaries of an undisturbed run at which the next ones are killed.

    :param which: `all`; or `writes`: those before and after each task that changed something.
    """
    if which == "all":
        return recorded.boundaries
    around = {number + side for number in recorded.writing for side in (0, 1)}
    return [boundary for boundary in recorded.boundaries if boundary.number in around]


def short_name(name: str) -> str:
    """A task's name without its collection."""
    return name.replace("netfabric.calico_routeros.", "")
