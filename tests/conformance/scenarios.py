# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scenarios: inputs for Calico and what its confd made of them (tests/data/confd_sessions)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

Scenario = Mapping[str, Any]
# Node -> "ipv4" | "ipv6" -> daemon, as in the data's `expected`.
Records = Mapping[str, Mapping[str, Mapping[str, Any]]]
FAMILIES = ("ipv4", "ipv6")


def read_scenarios(folder: Path) -> Iterator[Scenario]:
    """Every scenario of every JSON file in a folder, files in order of their names.

    Raises FileNotFoundError where there is none, so that a wrong folder does not pass for success.
    """
    paths = sorted(folder.glob("*.json"))
    if not paths:
        raise FileNotFoundError(f"{folder}: expected scenario files *.json, found none")
    for path in paths:
        yield from json.loads(path.read_text(encoding="utf-8"))


def objects_of(scenario: Scenario) -> list[Mapping[str, Any]]:
    """All objects of a scenario, its nodes among them."""
    return [{"kind": "Node", **node} for node in scenario["nodes"]] + list(scenario["objects"])


def kind_of(scenario: Scenario) -> str:
    """rejected, ambiguous or determined."""
    if "rejected" in scenario:
        return "rejected"
    return "ambiguous" if scenario.get("ambiguous") else "determined"
