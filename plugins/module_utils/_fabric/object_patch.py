# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The smallest merge patch (RFC 7386) that makes an object what is wished."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: Values that Calico takes for an absent field of a BGPPeer: absent and default are the same.
_PEER_DEFAULTS: Mapping[str, Any] = {
    "asNumber": 0,
    "keepOriginalNextHop": False,
    "nextHopMode": "Auto",
    "reversePeering": "Auto",
    "sourceAddress": "UseNodeIP",
}
#: Lists whose order has no meaning.
_SETS = frozenset({"serviceClusterIPs", "serviceExternalIPs", "serviceLoadBalancerIPs"})


def merge_patch(
    current: Mapping[str, Any], wished: Mapping[str, Any], whole: bool = False
) -> dict[str, Any]:
    """Return the merge patch from ``current`` to ``wished``; empty where nothing differs.

    A wished value of None removes a field. Fields that ``wished`` does not name stay as they are,
    unless ``whole`` says that ``wished`` describes the object completely.
    """
    patch: dict[str, Any] = {}
    for key, value in wished.items():
        if value is None:
            if current.get(key) is not None:
                patch[key] = None
        elif not _same(key, current.get(key), value):
            patch[key] = value
    if whole:
        for key, value in current.items():
            if key not in wished and _PEER_DEFAULTS.get(key, value is None) != value:
                patch[key] = None
    return patch


def merged(current: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``current`` with a patch of :func:`merge_patch` applied."""
    result = {**current, **patch}
    return {key: value for key, value in result.items() if value is not None}


def _same(key: str, current: Any, wished: Any) -> bool:
    if key in _SETS and isinstance(current, list):
        return sorted(map(str, current)) == sorted(map(str, wished))
    if isinstance(wished, Mapping) and isinstance(current, Mapping):
        return all(_same(k, current.get(k), v) for k, v in wished.items())
    return bool(current == wished)
