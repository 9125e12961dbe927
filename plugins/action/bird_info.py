# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import time
from typing import Any

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

display = Display()

#: Seconds for which the module waits on the node before it is time for a word here.
SLICE = 3


class ActionModule(ActionBase):
    """Run the module of the same name in slices, and say in between how far the sessions are."""

    TRANSFERS_FILES = False
    _supports_check_mode = True

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        options = dict(self._task.args)
        wanted = len(_names(options, "wait_for")) + len(_names(options, "wait_for6"))
        limit = int(options.get("timeout", 60))
        start = time.monotonic()
        shown = None
        while wanted:
            elapsed = time.monotonic() - start
            if elapsed + SLICE >= limit:
                break
            found = self._ask({**options, "timeout": SLICE, "on_timeout": "report"}, task_vars)
            waited = round(time.monotonic() - start, 1)
            if found.get("failed") and not _silent(found):
                return {**result, **found}
            if not found.get("failed") and not found["missing"]:
                return {**result, **found, "waited": waited}
            up = wanted - len(found.get("missing", range(wanted)))
            if up != shown:
                host = (task_vars or {}).get("inventory_hostname", "")
                display.display(f"{host}: {up} of {wanted} established, {waited:.0f} s")
                shown = up
        left = max(1, round(limit - (time.monotonic() - start)))
        last = self._ask({**options, "timeout": left if wanted else limit}, task_vars)
        if last.get("failed") and wanted and "msg" in last:
            last["msg"] = str(last["msg"]).replace(f"after {left} s", f"after {limit} s", 1)
        return {**result, **last}

    def _ask(self, options: dict[str, Any], task_vars: dict[str, Any] | None) -> dict[str, Any]:
        found: dict[str, Any] = self._execute_module(
            module_name="netfabric.calico_routeros.bird_info",
            module_args=options,
            task_vars=task_vars,
        )
        return found


def _names(options: dict[str, Any], key: str) -> list[Any]:
    value = options.get(key) or []
    return value if isinstance(value, list) else [value]


def _silent(found: dict[str, Any]) -> bool:
    """Whether the module failed only since BIRD does not answer, as while it starts anew."""
    return "BIRD cannot be asked" in str(found.get("msg", ""))
