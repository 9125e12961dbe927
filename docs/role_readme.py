# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes the variable tables of the roles' READMEs from their argument specs.

Run ``make docs``. Everything outside the markers is written by hand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
BEGIN = "<!-- variables: written by make docs -->"
END = "<!-- end of variables -->"
_MARKUP = re.compile(r"\b([OVCEMP])\(([^()]*(?:\(\))?[^()]*)\)")


def plain_markdown(text: str) -> str:
    """Turn Ansible's semantic markup into Markdown."""
    return _MARKUP.sub(lambda m: f"`{m.group(2).partition('#')[0]}`", text).replace("|", "\\|")


def rows(spec: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    """Yield a table row per variable; keys of dictionaries below their variable."""
    for name, option in spec.items():
        description = option["description"]
        text = " ".join(description) if isinstance(description, list) else description
        kind = option.get("type", "str")
        if kind == "list":
            kind = f"list of {option.get('elements', 'str')}"
        notes = []
        if option.get("required"):
            notes.append("required")
        if "choices" in option:
            notes.append("one of " + ", ".join(f"`{choice}`" for choice in option["choices"]))
        if "default" in option:
            default = option["default"]
            shown = str(default).lower() if isinstance(default, bool) else default
            notes.append(f"default `{shown}`")
        shown_name = f"{prefix}`{name}`"
        yield f"| {shown_name} | {kind} | {plain_markdown(text)} | {'; '.join(notes)} |"
        yield from rows(option.get("options", {}), prefix + "· ")


def section(role: str) -> str:
    """Return the table of a role, with its markers."""
    path = ROOT / "roles" / role / "meta/argument_specs.yml"
    spec = yaml.safe_load(path.read_text(encoding="utf-8"))["argument_specs"]["main"]["options"]
    head = ["| variable | type | meaning | |", "|---|---|---|---|"]
    return "\n".join([BEGIN, "", *head, *rows(spec), "", END])


def with_section(readme: str, role: str) -> str:
    """Return a README with its table up to date."""
    before, _begin, rest = readme.partition(BEGIN)
    _old, _end, after = rest.partition(END)
    return before + section(role) + after


def main() -> None:
    for path in sorted(ROOT.glob("roles/*/README.md")):
        text = path.read_text(encoding="utf-8")
        path.write_text(with_section(text, path.parent.name), encoding="utf-8")


if __name__ == "__main__":
    main()
