# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A verdict for people: in text and in Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from .report import counted, markdown_table
from .tables import VERDICT_HEAD, verdict_rows, verdict_table
from .verdict import OK, Finding

Data = Mapping[str, Any]


def verdict_data(findings: Sequence[Data], good: bool | None = None) -> dict[str, Any]:
    """Return a verdict as ``{ok, summary: {verdict: number}, findings}``.

    ``good`` is what the judge made of it; without it, only findings that are all ok are.
    """
    summary = dict(sorted(Counter(str(f["verdict"]) for f in findings).items()))
    well = set(summary) <= {OK} if good is None else good
    return {"ok": well, "summary": summary, "findings": list(findings)}


def verdict_headline(data: Data) -> str:
    """Say in one line how it stands."""
    summary = data["summary"]
    parts = ", ".join(f"{number} {verdict}" for verdict, number in summary.items())
    total = sum(summary.values())
    if not data["ok"]:
        return f"NOT as expected. Of {counted(total, 'finding')}: {parts}."
    if set(summary) <= {OK}:
        return f"All {total} sessions and routes are as expected."
    return f"What was observed is as expected. Of {counted(total, 'finding')}: {parts}."


def verdict_lines(data: Data) -> list[str]:
    """Return the verdict as lines: a table in order of place, then how it stands."""
    return [*verdict_table(_findings(data)), "", verdict_headline(data)]


def verdict_markdown(data: Data) -> str:
    """Return the verdict as a Markdown document, the gist first."""
    lines = ["# Verdict", "", verdict_headline(data), ""]
    head = [name.capitalize() for name in VERDICT_HEAD]
    findings = _findings(data)
    wrong = [finding for finding in findings if finding.verdict != OK]
    if wrong:
        lines += ["## Not as expected", "", *markdown_table(head, verdict_rows(wrong)), ""]
    lines += ["## Everything", "", *markdown_table(head, verdict_rows(findings)), ""]
    return "\n".join(lines)


def _findings(data: Data) -> list[Finding]:
    return [Finding(**finding) for finding in data["findings"]]
