# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A JMESPath expression that picks from a report."""

from __future__ import annotations

from typing import Any

try:
    import jmespath  # type: ignore[import-untyped]
    from jmespath.exceptions import JMESPathError  # type: ignore[import-untyped]

    HAS_JMESPATH = True
except ImportError:
    HAS_JMESPATH = False


class BadFilter(ValueError):
    """An expression that is none, or does not fit the report."""


def apply_filter(expression: str, report: Any) -> Any:
    """Return what ``expression`` picks from ``report``.

    Raises:
        BadFilter: says which expression, where it is wrong, and gives one that is right.
    """
    if not HAS_JMESPATH:
        raise BadFilter(
            f"found calico_bgp_report_filter {expression!r}, expected Python's library jmespath on "
            "the controller beside it: pip install jmespath"
        )
    try:
        return jmespath.search(expression, report)
    except JMESPathError as exc:
        problem = " ".join(str(exc).split())
        raise BadFilter(
            f"calico_bgp_report_filter: found {expression!r}, expected a JMESPath expression such "
            f"as steps[].title or findings[?verdict != 'ok']: {problem}"
        ) from exc
