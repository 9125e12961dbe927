# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action plugin that shows and keeps reports."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.errors import AnsibleActionFail
from ansible_collections.netfabric.calico_routeros.plugins.action.bgp_report import ActionModule

from tests.unit.plan.test_reports import FINDINGS, reference


def run(check_mode: bool = False, **options: Any) -> dict[str, Any]:
    task = SimpleNamespace(args=options, check_mode=check_mode, async_val=0, action="bgp_report")
    connection = SimpleNamespace(_shell=SimpleNamespace(tmpdir="unused"))
    plugin = ActionModule(task, connection, SimpleNamespace(), None, None, None)
    result: dict[str, Any] = plugin.run(task_vars={})
    return result


def test_no_folder_no_files() -> None:
    result = run(subject="plan", report=reference())
    assert (result["changed"], result["files"]) == (False, [])
    assert result["lines"][-1].startswith("3 steps.")


def test_files_are_written_once(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "reports"
    options = {"subject": "plan", "report": reference(), "dir": str(folder)}
    first = run(**options)
    assert first["files"] == [str(folder / "plan.json"), str(folder / "plan.md")]
    assert json.loads((folder / "plan.json").read_text()) == reference()
    assert (folder / "plan.md").read_text().startswith("# Plan\n\n3 steps.")
    again = run(**options)
    assert (again["changed"], again["files"]) == (False, [])


def test_check_mode_writes_no_file(tmp_path: Path) -> None:
    result = run(check_mode=True, subject="plan", report=reference(), dir=str(tmp_path / "reports"))
    assert result["changed"] is False
    assert list(tmp_path.iterdir()) == []


def test_a_verdict_is_reported_with_its_summary(tmp_path: Path) -> None:
    result = run(subject="verify", report={"findings": FINDINGS, "table": []}, dir=str(tmp_path))
    assert result["lines"][-1] == "NOT as expected. Of 3 findings: 1 missing, 2 ok."
    kept = json.loads((tmp_path / "verify.json").read_text())
    assert kept["summary"] == {"missing": 1, "ok": 2}
    assert set(kept) == {"ok", "summary", "findings"}


def test_lines_and_files_hold_what_the_filter_picks(tmp_path: Path) -> None:
    result = run(subject="plan", report=reference(), filter="steps[].title", dir=str(tmp_path))
    assert result["report"] == json.loads((tmp_path / "plan.json").read_text())
    assert result["report"][1] == "Promote n4 to route reflector"
    assert "Filter: `steps[].title`" in (tmp_path / "plan.md").read_text()


def test_a_bad_filter_fails() -> None:
    with pytest.raises(AnsibleActionFail, match="calico_bgp_report_filter: found 'steps\\['"):
        run(subject="plan", report=reference(), filter="steps[")


def test_a_folder_that_cannot_be_written_fails(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(AnsibleActionFail, match="calico_bgp_report_dir: found"):
        run(subject="plan", report=reference(), dir=str(tmp_path / "file"))
