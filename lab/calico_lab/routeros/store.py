# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The router's configuration: rows by menu, kept in one JSON file that is replaced atomically."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_FORMAT = 1


@dataclass
class Row:
    """A configured row. ``values`` holds what was set, in stored form; defaults are not in it."""

    number: int
    values: dict[str, str]
    builtin: bool = False

    @property
    def identifier(self) -> str:
        return f"*{self.number:X}"

    @property
    def disabled(self) -> bool:
        return self.values.get("disabled") == "true"


@dataclass
class Store:
    """All configured rows; ``notes`` are choices that must outlive a restart."""

    rows: dict[str, list[Row]] = field(default_factory=dict)
    counters: dict[str, int] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)

    def menu(self, path: str) -> list[Row]:
        return self.rows.setdefault(path, [])

    def active(self, path: str) -> list[Row]:
        """The rows of ``path`` that are not disabled."""
        return [row for row in self.rows.get(path, ()) if not row.disabled]

    def add(self, path: str, values: dict[str, str], builtin: bool = False) -> Row:
        number = self.counters.get(path, 0 if builtin else 1)
        self.counters[path] = number + 1
        row = Row(number, values, builtin)
        self.menu(path).append(row)
        return row

    def find(self, path: str, name: str) -> Row | None:
        rows = self.rows.get(path, ())
        return next((row for row in rows if row.values.get("name") == name), None)

    def draft(self) -> Store:
        """A copy on which a command works before it is known to be possible."""
        return copy.deepcopy(self)

    def save(self, path: Path) -> None:
        """Write the whole configuration to ``path`` (mode 0600, it holds secrets)."""
        content = {
            "format": _FORMAT,
            "counters": self.counters,
            "notes": self.notes,
            "rows": {
                menu: [
                    {"id": row.number, "values": row.values, "builtin": row.builtin} for row in rows
                ]
                for menu, rows in self.rows.items()
            },
        }
        fresh = path.with_suffix(".new")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(content, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, path)

    @classmethod
    def load(cls, path: Path) -> Store | None:
        """The configuration in ``path``, or None when there is none; ValueError if unreadable."""
        try:
            content: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except ValueError as fault:
            raise ValueError(
                f"{path} holds no configuration ({fault}); remove it to start afresh"
            ) from None
        if content.get("format") != _FORMAT:
            raise ValueError(
                f"{path}: expected format {_FORMAT}, found {content.get('format')!r}; "
                "remove it to start afresh"
            )
        rows = {
            menu: [Row(row["id"], dict(row["values"]), row["builtin"]) for row in rows]
            for menu, rows in content["rows"].items()
        }
        return cls(rows, dict(content["counters"]), dict(content["notes"]))
