# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""CalicoNodeStatus: nine at a time, read, and deleted whatever happens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._calico.node_status import (
    BATCH,
    NodesSilent,
    parse_status,
    read_statuses,
)

from tests.unit.calico.fake_api import FakeApi

GROUP = "crd.projectcalico.org/v1"
BASE = f"/apis/{GROUP}/caliconodestatuses"
STATUS = {
    "lastUpdated": "2026-11-23T16:00:00Z",
    "bgp": {
        "peersV4": [
            {"peerIP": "192.168.0.11", "type": "NodePeer", "state": "Established"},
            {"peerIP": "192.168.0.12", "type": "NodeMesh", "state": "Connect"},
        ]
    },
    "routes": {
        "routesV4": [
            {"type": "FIB", "destination": "10.20.0.64/26", "gateway": "192.168.0.12"},
            {"type": "FIB", "destination": "10.20.0.64/26", "gateway": "192.168.0.11"},
            {"type": "RIB", "destination": "10.20.0.128/26", "gateway": "192.168.0.13"},
        ]
    },
}


class Nodes(FakeApi):
    """Answers for the nodes of a cluster, except those in ``silent``."""

    def __init__(self, silent: tuple[str, ...] = ()) -> None:
        super().__init__()
        self.silent = silent
        self.most = 0

    def request(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, content_type: str = ""
    ) -> dict[str, Any]:
        answer = super().request(method, path, body, content_type)
        here = [item for item in self.objects.values() if item.get("kind") == "CalicoNodeStatus"]
        self.most = max(self.most, len(here))
        for item in here:
            if item["spec"]["node"] not in self.silent:
                item["status"] = STATUS
        return answer


def test_read_in_batches_and_leave_nothing() -> None:
    api = Nodes()
    names = [f"n{i}" for i in range(2 * BATCH + 1)]
    found = read_statuses(api, GROUP, names, 5, sleep=lambda _s: None)
    assert list(found) == names
    assert api.most == BATCH
    assert not api.objects


def test_a_silent_node_is_named_and_nothing_is_left() -> None:
    api = Nodes(silent=("n1",))
    clock = iter(range(100))
    with pytest.raises(NodesSilent, match="from n1 after 3 s"):
        read_statuses(
            api, GROUP, ["n0", "n1"], 3, clock=lambda: float(next(clock)), sleep=lambda _s: None
        )
    assert not api.objects


def test_leftovers_of_a_killed_run_are_deleted() -> None:
    api = Nodes()
    api.objects[f"{BASE}/netfabric-observation-old"] = {
        "kind": "CalicoNodeStatus",
        "metadata": {"name": "netfabric-observation-old"},
        "spec": {"node": "old"},
    }
    read_statuses(api, GROUP, ["n0"], 3, sleep=lambda _s: None)
    assert not api.objects


def test_parse() -> None:
    found = parse_status(STATUS)
    assert [(s["neighbor"], s["state"]) for s in found["sessions"]] == [
        ("192.168.0.11", "Established"),
        ("192.168.0.12", "Connect"),
    ]
    assert found["routes"] == [
        {"dst": "10.20.0.64/26", "gateways": ["192.168.0.11", "192.168.0.12"]}
    ]
