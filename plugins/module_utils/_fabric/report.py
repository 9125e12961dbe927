# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What all reports share: words, tables in text and Markdown, results of a filter."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from .tables import table

_MANY = 3


def listed(names: Collection[str], what: str = "nodes") -> str:
    """Return up to three names, or how many there are."""
    names = list(names)
    return ", ".join(names) if len(names) <= _MANY else f"{len(names)} {what}"


def counted(number: int, noun: str) -> str:
    """Return ``1 session`` or ``2 sessions``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def value_text(value: Any) -> str:
    """Return a field's value for people: no quotes around texts, short JSON for the rest."""
    if value is None:
        return "unset"
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """Return the lines of a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return ["| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines]


def _cell(value: object) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ")


def json_text(value: Any) -> str:
    """Return a report's JSON file."""
    return json.dumps(value, indent=2, sort_keys=False, ensure_ascii=False) + "\n"


def filtered_lines(value: Any) -> list[str]:
    """Return what a filter left: a table if it is a list of flat dictionaries, JSON else."""
    rows = _rows(value)
    if rows is None:
        return json_text(value).splitlines()
    head, cells = rows
    return table([name.upper() for name in head], cells)


def filtered_markdown(title: str, expression: str, value: Any) -> str:
    """Return the Markdown file of a filtered report."""
    rows = _rows(value)
    body = (
        ["```json", *json_text(value).splitlines(), "```"]
        if rows is None
        else markdown_table(*rows)
    )
    return "\n".join([f"# {title}", "", f"Filter: `{expression}`", "", *body, ""])


def _rows(value: Any) -> tuple[list[str], list[list[str]]] | None:
    if not isinstance(value, list) or not value:
        return None
    if not all(isinstance(row, Mapping) and row for row in value):
        return None
    head = list(dict.fromkeys(str(key) for row in value for key in row))
    if any(isinstance(cell, Mapping) for row in value for cell in row.values()):
        return None
    cells = [[_flat(row.get(name, "")) for name in head] for row in value]
    return head, cells


def _flat(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(value_text(item) for item in value)
    return value_text(value)
