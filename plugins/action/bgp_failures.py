# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible.plugins.action import ActionBase

from ..plugin_utils.role_variables import plain


class ActionModule(ActionBase):
    """Collect what failed on any host of the play, from the results that tasks registered."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        _spec, options = self.validate_argument_spec(
            {"results": {"type": "list", "elements": "str", "required": True}}
        )
        variables = task_vars or {}
        hosts = [str(host) for host in variables["ansible_play_hosts_all"]]
        found: list[str] = []
        for name in options["results"]:
            texts: dict[str, list[str]] = {}
            for host in hosts:
                for text in _failures(variables["hostvars"][host].get(str(name))):
                    texts.setdefault(text, []).append(host)
            # What a task said once for all hosts is said once.
            found += [f"{', '.join(names)}: {text}" for text, names in texts.items()]
        result.update(changed=False, failures=found)
        return result


def _failures(registered: Any) -> Iterator[str]:
    if not isinstance(registered, Mapping):
        return
    results = registered.get("results")
    if isinstance(results, list):
        for item in results:
            yield from _failures(item)
    elif registered.get("failed") or registered.get("unreachable"):
        yield str(plain(registered.get("msg") or "failed without a message")).strip()
