# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sessions and routes as calico-node reports them, through temporary CalicoNodeStatus objects.

calico-node fills the status of such an object for its node (projectcalico/calico node/pkg/status).
Calico's manual asks to have fewer than ten of them at a time and to delete them after use.
"""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from .._fabric.ownership import COMPONENT_LABEL, OWNER, OWNER_LABEL, labels_of
from .api import KubernetesApi

#: How many objects exist at a time, below the ten of Calico's manual.
BATCH = 9
_POLL_INTERVAL = 0.5
_PLURAL = "caliconodestatuses"
_COMPONENT = "observation"
_SELECTOR = f"{OWNER_LABEL}={OWNER},{COMPONENT_LABEL}={_COMPONENT}"


class NodesSilent(Exception):
    """Nodes did not report in time; the message names them."""


def read_statuses(
    api: KubernetesApi,
    api_group: str,
    nodes: Sequence[str],
    timeout: float,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> dict[str, dict[str, Any]]:
    """Return ``{node: {sessions, routes}}`` in the form that the verdict takes.

    The objects are deleted afterwards whatever happens, with those that a run that was killed left
    behind. ``timeout`` are the seconds for one batch.

    Raises:
        ApiFailed, NodesSilent
    """
    base = f"/apis/{api_group}/{_PLURAL}"
    _clean(api, base)
    result: dict[str, dict[str, Any]] = {}
    try:
        for start in range(0, len(nodes), BATCH):
            batch = nodes[start : start + BATCH]
            for node in batch:
                api.create(base, _request(api_group, node))
            result.update(_wait(api, base, batch, timeout, clock, sleep))
            _clean(api, base)
    finally:
        _clean(api, base)
    return result


def not_established(
    nodes: Mapping[str, Mapping[str, Any]], wanted: Mapping[str, Sequence[str]]
) -> list[str]:
    """Return what of ``{node: [neighbor addresses]}`` is not Established, as texts."""
    missing = []
    for node, neighbors in wanted.items():
        sessions = (nodes.get(node) or {}).get("sessions") or ()
        up = {s["neighbor"] for s in sessions if str(s["state"]).lower() == "established"}
        missing += [f"{node} with {neighbor}" for neighbor in neighbors if neighbor not in up]
    return missing


def _request(api_group: str, node: str) -> dict[str, Any]:
    return {
        "apiVersion": api_group,
        "kind": "CalicoNodeStatus",
        "metadata": {
            "name": f"netfabric-observation-{node}",
            "labels": labels_of(_COMPONENT),
        },
        "spec": {"node": node, "classes": ["BGP", "Routes"], "updatePeriodSeconds": 1},
    }


def _own(api: KubernetesApi, base: str) -> list[dict[str, Any]]:
    return api.list(f"{base}?labelSelector={_SELECTOR}")


def _clean(api: KubernetesApi, base: str) -> None:
    for item in _own(api, base):
        api.delete(f"{base}/{item['metadata']['name']}")


def _wait(
    api: KubernetesApi,
    base: str,
    nodes: Sequence[str],
    timeout: float,
    clock: Callable[[], float],
    sleep: Callable[[float], None],
) -> dict[str, dict[str, Any]]:
    end = clock() + timeout
    while True:
        statuses = {item["spec"]["node"]: item.get("status") or {} for item in _own(api, base)}
        silent = [n for n in nodes if not (statuses.get(n) or {}).get("lastUpdated")]
        if not silent:
            return {node: parse_status(statuses[node]) for node in nodes}
        if clock() >= end:
            raise NodesSilent(
                f"no CalicoNodeStatus from {', '.join(silent)} after {timeout:.0f} s, expected"
                " calico-node with BIRD running there and allowed to update these objects"
            )
        sleep(_POLL_INTERVAL)


def parse_status(status: Mapping[str, Any]) -> dict[str, Any]:
    """Return sessions ``[{neighbor, state, type}]`` and kernel routes ``[{dst, gateways}]``."""
    return {"sessions": list(_sessions(status)), "routes": list(_routes(status))}


def _sessions(status: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    bgp = status.get("bgp") or {}
    for key in ("peersV4", "peersV6"):
        for peer in bgp.get(key) or ():
            yield {
                "neighbor": peer.get("peerIP"),
                "state": peer.get("state", "Idle"),
                "type": peer.get("type"),
            }


def _routes(status: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the routes of the kernel (``FIB``); several rows to one destination are equal paths."""
    routes = status.get("routes") or {}
    gateways: dict[str, list[str]] = {}
    for key in ("routesV4", "routesV6"):
        for route in routes.get(key) or ():
            if route.get("type") != "FIB":
                continue
            dst = str(ipaddress.ip_network(route["destination"], strict=False))
            known = gateways.setdefault(dst, [])
            if route.get("gateway") and route["gateway"] not in known:
                known.append(route["gateway"])
    for dst, hops in gateways.items():
        yield {"dst": dst, "gateways": sorted(hops)}
