# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stand-in against what Calico's own confd rendered, every field of every scenario."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from calico_lab.calico_node.conformance import render_scenario

DATA = Path(__file__).resolve().parents[3] / "tests" / "data" / "confd_sessions"

Scenario = dict[str, Any]


def _scenarios(pattern: str) -> Iterator[Any]:
    for path in sorted(DATA.glob(pattern)):
        for scenario in json.loads(path.read_text()):
            name = f"{scenario['calico_version']}-{scenario['name']}"
            yield pytest.param(scenario, id=name)


def test_data_is_there() -> None:
    assert len(list(_scenarios("designed_*.json"))) > 200
    assert len(list(_scenarios("random_*.json"))) > 30
    assert len(list(_scenarios("ambiguous.json"))) > 20


@pytest.mark.parametrize("scenario", [*_scenarios("designed_*.json"), *_scenarios("random_*.json")])
def test_renders_what_confd_rendered(scenario: Scenario) -> None:
    assert render_scenario(scenario) == scenario["expected"]


@pytest.mark.parametrize("scenario", [*_scenarios("ambiguous.json")])
def test_renders_one_of_what_confd_rendered(scenario: Scenario) -> None:
    found = render_scenario(scenario)
    for node, alternatives in scenario["alternatives"].items():
        result = {family: _seen(facts) for family, facts in found[node].items()}
        assert result in alternatives, node


def _seen(facts: dict[str, Any]) -> dict[str, Any]:
    """Without what was not recorded of ambiguous scenarios."""
    return {key: value for key, value in facts.items() if key != "bird_accepts"}
