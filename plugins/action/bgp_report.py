# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ..module_utils._fabric.report import filtered_lines, filtered_markdown, json_text
from ..module_utils._fabric.report_filter import BadFilter, apply_filter
from ..module_utils._fabric.report_plan import plan_lines, plan_markdown
from ..module_utils._fabric.report_verdict import (
    verdict_data,
    verdict_lines,
    verdict_markdown,
)
from ..plugin_utils.role_variables import plain

_LINES = {"plan": plan_lines, "verify": verdict_lines}
_MARKDOWN = {"plan": plan_markdown, "verify": verdict_markdown}


class ActionModule(ActionBase):
    """Render a plan or a verdict, and keep it in files on the controller."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        _spec, options = self.validate_argument_spec(
            {
                "subject": {"type": "str", "choices": list(_LINES), "required": True},
                "report": {"type": "dict", "required": True},
                "filter": {"type": "str"},
                "dir": {"type": "path"},
            }
        )
        subject, expression = options["subject"], options["filter"]
        report = plain(options["report"])
        if subject == "verify":
            report = verdict_data(report["findings"], report.get("ok"))
        if expression:
            try:
                report = apply_filter(str(expression), report)
            except BadFilter as exc:
                raise AnsibleActionFail(str(exc)) from None
            lines = filtered_lines(report)
            markdown = filtered_markdown(subject.capitalize(), str(expression), report)
        else:
            lines = _LINES[subject](report)
            markdown = _MARKDOWN[subject](report)
        files = {f"{subject}.json": json_text(report), f"{subject}.md": markdown}
        written = []
        if options["dir"] and not self._task.check_mode:
            written = list(_write(Path(options["dir"]), files))
        result.update(changed=bool(written), lines=lines, files=written, report=report)
        return result


def _write(folder: Path, files: Mapping[str, str]) -> Iterator[str]:
    """Write the files that differ from what is there; yield their paths."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            path = folder / name
            if not path.is_file() or path.read_text(encoding="utf-8") != text:
                path.write_text(text, encoding="utf-8")
                yield str(path)
    except OSError as exc:
        raise AnsibleActionFail(
            f"calico_bgp_report_dir: found {folder}, expected a folder that the controller can "
            f"write to: {exc.strerror or exc}"
        ) from None
