# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calico releases and what of BGP differs between them."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class CalicoVersion:
    """A Calico release; releases compare by number, suffixes (``-0.dev``) do not count.

    The properties name behaviour that changed. Thresholds are the first releases whose source
    (confd/pkg/backends/calico, api/pkg/apis/projectcalico/v3) has it; rendered output confirms them
    for 3.29.7, 3.31.7, 3.32.1 and 3.34.0-0.dev.
    """

    major: int
    minor: int
    patch: int

    @classmethod
    def parse(cls, text: str) -> CalicoVersion:
        """Read ``v3.32.1``, ``3.32`` or ``v3.34.0-0.dev``. Raises ValueError."""
        match = re.match(r"v?(\d+)\.(\d+)(?:\.(\d+))?(?![\d.])", text.strip())
        if not match:
            raise ValueError(
                f"Calico version: expected a release such as v3.32.1, found {text!r}; "
                "read it from ClusterInformation default, spec.calicoVersion"
            )
        return cls(int(match.group(1)), int(match.group(2)), int(match.group(3) or 0))

    def __str__(self) -> str:
        return f"v{self.major}.{self.minor}.{self.patch}"

    def at_least(self, major: int, minor: int, patch: int = 0) -> bool:
        return (self.major, self.minor, self.patch) >= (major, minor, patch)

    @property
    def keeps_next_hop_with_peer_selector(self) -> bool:
        """keepOriginalNextHop counts together with peerSelector and on reverse sessions."""
        return self.at_least(3, 30, 2)

    @property
    def mesh_compares_as(self) -> bool:
        """Mesh: a node without AS annotation is expected in *this* node's AS, not the global one,
        and iBGP or eBGP is told by comparing the two."""
        return self.at_least(3, 32)

    @property
    def mesh_is_multihop(self) -> bool:
        """Mesh sessions carry ``ttl security off; multihop;``."""
        return self.at_least(3, 33)

    def stores(self, kind: str, field: str) -> bool:
        """Whether the CRD of ``kind`` has ``spec.field``; the API drops what it does not have."""
        since = _FIELD_SINCE.get((kind, field))
        return since is None or (self.major, self.minor, self.patch) >= since


_FIELD_SINCE: dict[tuple[str, str], tuple[int, int, int]] = {
    ("BGPPeer", "localWorkloadSelector"): (3, 30, 0),
    ("BGPPeer", "nextHopMode"): (3, 30, 2),
    ("BGPPeer", "reversePeering"): (3, 30, 3),
    ("BGPPeer", "localASNumber"): (3, 31, 0),
    ("BGPPeer", "keepaliveTime"): (3, 32, 0),
}
