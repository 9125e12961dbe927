# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Action plugins without Ansible around them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any


def plugin(action: Any, check_mode: bool = False, **options: Any) -> Any:
    """An action plugin of a task with these options."""
    task = SimpleNamespace(args=options, check_mode=check_mode, async_val=0, action="a", diff=False)
    connection = SimpleNamespace(_shell=SimpleNamespace(tmpdir="unused"))
    return action(task, connection, SimpleNamespace(), None, None, None)


def run(
    action: Any,
    check_mode: bool = False,
    task_vars: dict[str, Any] | None = None,
    **options: Any,
) -> dict[str, Any]:
    """What an action plugin returns."""
    result: dict[str, Any] = plugin(action, check_mode, **options).run(task_vars=task_vars or {})
    return result
