# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Durations as Kubernetes writes them (Go's ``time.ParseDuration``): ``90s``, ``2m0.5s``."""

from __future__ import annotations

import re
from fractions import Fraction

_UNITS = {
    "ns": Fraction(1, 10**9),
    "us": Fraction(1, 10**6),
    "\u00b5s": Fraction(1, 10**6),
    "\u03bcs": Fraction(1, 10**6),
    "ms": Fraction(1, 1000),
    "s": Fraction(1),
    "m": Fraction(60),
    "h": Fraction(3600),
}
_PART = re.compile(r"([0-9]*\.?[0-9]*)(ns|us|\u00b5s|\u03bcs|ms|s|m|h)")


def whole_seconds(text: str) -> int:
    """The duration in seconds, halves rounded away from zero as confd does. Raises ValueError."""
    body = text[1:] if text[:1] in ("+", "-") else text
    total = Fraction(0)
    position = 0
    while body != "0" and position < len(body):
        match = _PART.match(body, position)
        if not match or match.group(1) in ("", "."):
            break
        total += Fraction(match.group(1)) * _UNITS[match.group(2)]
        position = match.end()
    if not body or (body != "0" and position < len(body)):
        raise ValueError(f"expected a duration such as 90s or 2m0.5s, found {text!r}")
    seconds = int(total + Fraction(1, 2))
    return -seconds if text.startswith("-") else seconds
