# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting for sessions in slices, with a word in between."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.netfabric.calico_routeros.plugins.action import bird_info

from tests.unit.action.plugins import plugin

Answer = dict[str, Any]


class Node:
    """Answers the module with what it is told, the last one for ever; each takes its time."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.asked: list[dict[str, Any]] = []
        self.clock = 0.0
        self.said: list[str] = []

    def ask(self, module_name: str, module_args: dict[str, Any], task_vars: object) -> Answer:
        assert module_name == "netfabric.calico_routeros.bird_info"
        self.asked.append(module_args)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        good = not answer.get("failed") and not answer["missing"]
        self.clock += 0.1 if good else module_args["timeout"]
        if answer.get("missing") and module_args.get("on_timeout") != "report":
            return {"failed": True, "msg": f"not Established after {module_args['timeout']} s: x"}
        return dict(answer)


def wait(monkeypatch: pytest.MonkeyPatch, node: Node, **options: Any) -> Answer:
    monkeypatch.setattr(bird_info, "time", SimpleNamespace(monotonic=lambda: node.clock))
    monkeypatch.setattr(bird_info.display, "display", node.said.append)
    action = plugin(bird_info.ActionModule, **options)
    action._execute_module = node.ask
    result: Answer = action.run(task_vars={"inventory_hostname": "n1"})
    return result


GOOD = {"missing": [], "sessions": {"ipv4": []}, "changed": False}
SILENT = {"failed": True, "msg": "BIRD cannot be asked: no socket"}


def missing(*names: str) -> Answer:
    return {"missing": list(names), "sessions": {"ipv4": []}, "changed": False}


def test_without_sessions_to_wait_for_it_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    node = Node(GOOD)
    assert wait(monkeypatch, node, socket="/s")["sessions"] == {"ipv4": []}
    (asked,) = node.asked
    assert asked["socket"] == "/s"
    assert node.said == []


def test_progress_is_told_when_it_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    node = Node(missing("a", "b"), missing("a", "b"), missing("b"), GOOD)
    result = wait(monkeypatch, node, wait_for=["a", "b"], wait_for6=["c"], stable_for=6)
    assert not result.get("failed")
    assert result["waited"] == pytest.approx(9.1)
    assert node.said == ["n1: 1 of 3 established, 3 s", "n1: 2 of 3 established, 9 s"]
    assert {(a["timeout"], a["on_timeout"], a["stable_for"]) for a in node.asked} == {
        (3, "report", 6)
    }


def test_a_bird_that_starts_anew_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    node = Node(SILENT, SILENT, GOOD)
    result = wait(monkeypatch, node, wait_for=["a"])
    assert not result.get("failed")
    assert len(node.asked) == 3
    assert node.said == ["n1: 0 of 1 established, 3 s"]


def test_a_module_that_fails_otherwise_fails_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    node = Node({"failed": True, "msg": "no Python"})
    assert wait(monkeypatch, node, wait_for=["a"])["msg"] == "no Python"
    assert len(node.asked) == 1


@pytest.mark.parametrize("limit", [2, 10, 60])
def test_the_time_limit_is_kept_and_told(monkeypatch: pytest.MonkeyPatch, limit: int) -> None:
    node = Node(missing("a (Connect)"))
    result = wait(monkeypatch, node, wait_for=["a"], timeout=limit)
    assert result["failed"]
    assert f"after {limit} s" in result["msg"]
    assert node.clock == pytest.approx(limit, abs=1)


def test_a_report_at_the_end_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    node = Node(missing("a (Connect)"))
    result = wait(monkeypatch, node, wait_for=["a"], timeout=5, on_timeout="report")
    assert not result.get("failed")
    assert result["missing"] == ["a (Connect)"]


def test_names_may_be_one_text(monkeypatch: pytest.MonkeyPatch) -> None:
    node = Node(missing("a"), GOOD)
    wait(monkeypatch, node, wait_for="a")
    assert node.said == ["n1: 0 of 1 established, 3 s"]
