# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which boundaries of a run are worth a kill."""

from __future__ import annotations

from tests.live.playbook import Boundary, Run


def chosen_boundaries(recorded: Run, which: str) -> list[Boundary]:
    """Boundaries of an undisturbed run at which the next ones are killed.

    :param which: `all`; `around`: those before and after each task that changed something;
        `writes`: that before the first such task, and that after each. Up to the next such task
        all objects, rules and files stay the same, so every gap between two of them has its kill,
        at the end of the gap where sessions are still on their way.
    """
    if which == "all":
        return recorded.boundaries
    around = {number + 1 for number in recorded.writing}
    around |= recorded.writing if which == "around" else {min(recorded.writing, default=0)}
    return [boundary for boundary in recorded.boundaries if boundary.number in around]


def short_name(name: str) -> str:
    """A task's name without its collection."""
    return name.replace("netfabric.calico_routeros.", "")
