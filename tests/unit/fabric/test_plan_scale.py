# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A large cluster: time and memory grow with the sessions, not with nodes times BGPPeers."""

from __future__ import annotations

import time
import tracemalloc

from .clusters import Raw, mesh_off, node, plan, raw

NODES_IN_RACK = 50


def _racks(count: int) -> list[Raw]:
    """Racks with two reflectors each, all of them below a pair of spines."""
    objects = [mesh_off(asNumber=63400)]
    for rack in range(count):
        name = f"rack-{rack}"
        for place in range(NODES_IN_RACK):
            labels = {"rack": name}
            annotations = {}
            if place < 2:
                labels["rack-reflector"] = "true"
                annotations["RouteReflectorClusterID"] = f"244.0.{rack}.1"
            elif rack == 0 and place < 4:
                labels["spine"] = "true"
                annotations["RouteReflectorClusterID"] = "244.1.0.1"
            address = f"10.{rack >> 8}.{rack & 255}.{place + 1}/24"
            objects.append(node(f"n{rack}-{place}", address, labels, annotations))
        selector = f"rack == '{name}'"
        objects.append(
            raw(
                "BGPPeer",
                name,
                nodeSelector=selector,
                peerSelector=f"{selector} && has(rack-reflector)",
            )
        )
    objects.append(
        raw("BGPPeer", "spines", nodeSelector="has(rack-reflector)", peerSelector="has(spine)")
    )
    return objects


def _sessions(racks: int) -> int:
    # In a rack both ends of each pair with a reflector, 48 * 2 * 2 + 2; reflectors and spines meet.
    return racks * (2 * 2 * (NODES_IN_RACK - 2) + 2) + (2 * racks - 2) * 2 * 2


def test_5000_nodes_in_100_racks() -> None:
    objects = _racks(100)
    started = time.process_time()
    found = plan(*objects)
    count = sum(len(bgp.ipv4.sessions) for bgp in found.values())
    assert found.ambiguities == ()
    seconds = time.process_time() - started
    assert count == _sessions(100)
    assert seconds < 5


def test_memory() -> None:
    objects = _racks(20)
    tracemalloc.start()
    try:
        found = plan(*objects)
        assert len(dict(found)) == 20 * NODES_IN_RACK
        _current, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 500e6 * 20 / 100
