# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether somebody agreed to what a plan does to others or cannot prevent."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from .faults import Fault

VARIABLE = "calico_bgp_consent"


def missing_consents(plan: Mapping[str, Any], given: Collection[str]) -> Iterator[Fault]:
    """Yield a fault for each kind of consent that the plan asks for and nobody gave.

    ``plan`` is what plan_data returns, ``given`` the words of calico_bgp_consent.
    """
    reasons: dict[str, list[str]] = {}
    for consent in plan["consents"]:
        if consent["kind"] not in given:
            text = f"{consent['subject']}: {consent['reason']}"
            known = reasons.setdefault(consent["kind"], [])
            if text not in known:
                known.append(text)
    for kind, texts in reasons.items():
        yield Fault(
            ("all hosts",),
            VARIABLE,
            f"{', '.join(sorted(given)) or 'nothing'}",
            f"{kind}, since the plan asks for it: {'; '.join(texts)}",
            f"Add {kind} to {VARIABLE} if that is all right.",
        )
