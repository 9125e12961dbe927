# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tables in text, for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .verdict import OK, Finding


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """Return aligned lines: the head, then the rows."""
    cells = [list(head), *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    return [
        "   ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in cells
    ]


def peer_table(objects: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the BGPPeers in the columns that ``calicoctl get bgppeer`` shows."""
    rows = []
    for item in objects:
        if item["kind"] == "BGPPeer":
            spec = item["spec"]
            node = spec.get("node") or spec.get("nodeSelector") or "(global)"
            rows.append((item["name"], spec.get("peerIP", ""), node, spec.get("asNumber", 0)))
    return table(("NAME", "PEERIP", "NODE", "ASN"), sorted(rows))


VERDICT_HEAD = ("WHERE", "WHAT", "NEIGHBOR/PREFIX", "OBSERVED", "VERDICT")


def verdict_table(findings: Sequence[Finding]) -> list[str]:
    """Return sessions and routes of every place, a line each, with the verdict."""
    return table(VERDICT_HEAD, verdict_rows(findings))


def verdict_rows(findings: Iterable[Finding]) -> list[tuple[str, ...]]:
    """Return the cells below :data:`VERDICT_HEAD`."""
    return [(f.where, f.kind, f.subject, f.observed, _shown(f)) for f in findings]


def _shown(finding: Finding) -> str:
    if finding.verdict == OK:
        return OK
    return f"{finding.verdict.upper()}, expected {finding.expected}"
