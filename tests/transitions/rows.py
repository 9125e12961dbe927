# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of transitions: what is described after each of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from tests.live.inventory import Description

FILE = Path(__file__).resolve().with_name("transitions.yml")

SITE = "playbooks/site.yml"
TEARDOWN = "playbooks/teardown.yml"

_KEYS = frozenset({"name", "playbook", "reflectors", "router", "client", "variables", "consent"})


@dataclass(frozen=True)
class Row:
    """One transition.

    :param number: place in the table, from 1.
    :param description: the whole description that the playbook is given.
    :param consent: what of it the user agrees to; for this run only.
    """

    number: int
    name: str
    playbook: str
    description: Description
    consent: Sequence[str] = ()

    @property
    def restores(self) -> bool:
        """Whether the state after it is to be that before the first row."""
        return self.playbook == TEARDOWN

    @property
    def is_site(self) -> bool:
        return self.playbook == SITE


@dataclass(frozen=True)
class Transitions:
    """The rows, and the names of the Secrets with BGP passwords that they use."""

    rows: Sequence[Row]
    passwords: Sequence[str]


def read_transitions(file: Path = FILE) -> Transitions:
    """The table. :raises ValueError: a row has an unknown key; with the row and the key."""
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    rows: list[Row] = []
    description = Description()
    for number, row in enumerate(content["rows"], start=1):
        unknown = sorted(set(row) - _KEYS)
        if unknown:
            raise ValueError(
                f"{file.name}, row {number}: found {unknown}, expected {sorted(_KEYS)}"
            )
        description = _changed(description, row)
        rows.append(
            Row(
                number,
                row["name"],
                row.get("playbook", SITE),
                description,
                row.get("consent", ()),
            )
        )
    return Transitions(rows, content["passwords"])


def _changed(before: Description, row: Mapping[str, Any]) -> Description:
    return replace(
        before,
        reflectors=row.get("reflectors", before.reflectors),
        client=row.get("client", before.client),
        router=_merged(before.router, row.get("router", {})),
        variables=_merged(before.variables, row.get("variables", {})),
    )


def _merged(before: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    merged = {**before, **changes}
    return {key: value for key, value in merged.items() if value is not None}
