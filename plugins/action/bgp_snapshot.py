# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ..module_utils._fabric.plan_back import joined, snapshot_name, snapshot_of
from ..plugin_utils.role_variables import plain


class ActionModule(ActionBase):
    """Keep what a plan is going to change, on the controller, until the run is over."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        _spec, options = self.validate_argument_spec(
            {
                "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
                "dir": {"type": "path", "required": True},
                "cluster": {"type": "dict", "required": True},
                "plan": {"type": "dict"},
                "routers": {"type": "dict", "default": {}},
            }
        )
        cluster = plain(options["cluster"])
        path = Path(options["dir"]) / f"{snapshot_name(cluster)}.json"
        if options["state"] == "absent":
            there = path.is_file()
            try:
                if there and not self._task.check_mode:
                    path.unlink()
            except OSError as exc:
                raise AnsibleActionFail(
                    f"localhost: calico_bgp_snapshot_dir: found {path}, which cannot be removed: "
                    f"{exc.strerror or exc}. The run is over; remove it."
                ) from None
            result.update(changed=False, path=str(path), removed=there)
            return result
        plan = plain(options["plan"] or {"steps": []})
        changes = [change for step in plan["steps"] for change in step["changes"]]
        touched = [(c["kind"], c["name"]) for c in changes if c["kind"] != "Router"]
        hosts = {c["name"] for c in changes if c["kind"] == "Router"}
        answers = plain(options["routers"])
        routers = {
            host: {"sessions": answers.get(host, {}).get("sessions", [])} for host in sorted(hosts)
        }
        snapshot = snapshot_of(cluster, touched, routers)
        older = _read(path)
        if older is not None:
            snapshot = joined(older, snapshot)
        if not self._task.check_mode:
            _write(path, snapshot)
        result.update(
            changed=False, path=str(path), snapshot=snapshot, interrupted=older is not None
        )
        return result


def _read(path: Path) -> dict[str, Any] | None:
    """Return what a run that was killed left; what cannot be read is nothing to go back to."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    complete = isinstance(found, dict) and {"objects", "nodes", "touched", "routers"} <= set(found)
    return found if complete else None


def _write(path: Path, snapshot: dict[str, Any]) -> None:
    """Write whole or not at all, for nobody else to read."""
    text = json.dumps(snapshot, sort_keys=True)
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as exc:
        if temporary is not None:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
        raise AnsibleActionFail(
            f"localhost: calico_bgp_snapshot_dir: found {path.parent}, expected a folder on the "
            f"controller with room for {len(text)} bytes: {exc.strerror or exc}. Nothing was "
            "written. Make room, or set calico_bgp_snapshot_dir to another folder."
        ) from None
