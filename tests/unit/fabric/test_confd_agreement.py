# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The planner against what Calico's own confd rendered: every scenario, node and field."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.conformance import planner
from tests.conformance.__main__ import DATA, main
from tests.conformance.scenarios import Scenario, kind_of, read_scenarios

SCENARIOS = list(read_scenarios(DATA))


def _identifier(scenario: Scenario) -> str:
    return f"{scenario['calico_version']}-{scenario['name']}"


@pytest.mark.parametrize("scenario", SCENARIOS, ids=_identifier)
def test_agrees(scenario: Scenario) -> None:
    assert [str(difference) for difference in planner.disagreements(scenario)] == []


def test_all_kinds_of_scenarios_are_there() -> None:
    kinds = [kind_of(scenario) for scenario in SCENARIOS]
    assert {kind: kinds.count(kind) for kind in kinds} == {
        "ambiguous": 24,
        "determined": 304,
        "rejected": 1,
    }


def _change_session(scenario: dict[str, Any]) -> None:
    next(iter(scenario["expected"].values()))["ipv4"]["sessions"][0]["passive"] ^= True


def _drop_session(scenario: dict[str, Any]) -> None:
    next(iter(scenario["expected"].values()))["ipv4"]["sessions"].pop()


def _change_daemon(scenario: dict[str, Any]) -> None:
    next(iter(scenario["expected"].values()))["ipv4"]["bird_accepts"] ^= True


def _call_unstable(scenario: dict[str, Any]) -> None:
    scenario["unstable_nodes"] = [scenario["nodes"][0]["name"]]


def _call_rejected(scenario: dict[str, Any]) -> None:
    scenario["rejected"] = "forbidden"


@pytest.mark.parametrize(
    "spoil", [_change_session, _drop_session, _change_daemon, _call_unstable, _call_rejected]
)
def test_disagreement_is_seen(spoil: Callable[[dict[str, Any]], None]) -> None:
    scenario = copy.deepcopy(next(s for s in SCENARIOS if s["name"] == "a002-seed-mesh"))
    spoil(scenario)  # type: ignore[arg-type]
    assert list(planner.disagreements(scenario))


def test_command_reports_by_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--of", "planner", str(DATA)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == f"all: agree {len(SCENARIOS)} of {len(SCENARIOS)}"
    assert len(lines) == 1 + len({scenario["calico_version"] for scenario in SCENARIOS})


def test_command_wants_scenarios(tmp_path: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--of", "planner", str(tmp_path)]) == 2
    assert "found none" in capsys.readouterr().err


def test_command_tells_differences(tmp_path: Any, capsys: pytest.CaptureFixture[str]) -> None:
    import json

    scenario = copy.deepcopy(next(s for s in SCENARIOS if s["name"] == "a002-seed-mesh"))
    _change_session(scenario)  # type: ignore[arg-type]
    (tmp_path / "one.json").write_text(json.dumps([scenario]))
    assert main(["--of", "planner", str(tmp_path)]) == 1
    out = capsys.readouterr().out
    assert "a002-seed-mesh" in out
    assert "passive: expected" in out
    assert "all: agree 0 of 1" in out
