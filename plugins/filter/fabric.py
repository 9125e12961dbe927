# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Callable

from ..module_utils._fabric.tables import peer_table, verdict_table
from ..module_utils._fabric.verdict import failures, judge, leave
from ..plugin_utils.role_variables import plain


def bgp_peer_table(objects: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the BGPPeers among Calico objects as lines of a table."""
    return peer_table(plain(objects))


def bgp_verdict(
    expected: Mapping[str, Any],
    observed: Mapping[str, Any],
    partial: bool = False,
    left: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return ``{findings, failures, table, ok}``: observed against expected."""
    findings = leave(judge(plain(expected), plain(observed)), plain(left or {}))
    failed = failures(findings, partial)
    return {
        "findings": [asdict(finding) for finding in findings],
        "failures": verdict_table(failed)[1:],
        "table": verdict_table(findings),
        "ok": not failed,
    }


class FilterModule:
    """Views of the pure core."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"bgp_peer_table": bgp_peer_table, "bgp_verdict": bgp_verdict}
