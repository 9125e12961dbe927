# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CalicoNodeStatus: what BIRD says, in Calico's words, written when and where Calico writes it."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from calico_lab.calico_node import bird_status
from calico_lab.calico_node.journal import Journal
from calico_lab.calico_node.node_status import StatusReporter
from calico_lab.kube_api import ApiError
from fake_bird import ANSWERS, RECOVERING, fake_bird
from node_waiting import wait_for

PATH = "/apis/crd.projectcalico.org/v1/caliconodestatuses"

MESH_PEER = {
    "peerIP": "192.168.0.10",
    "type": "NodeMesh",
    "state": "Established",
    "since": "14:56:41",
}
NODE_PEER = {
    "peerIP": "192.168.0.253",
    "type": "NodePeer",
    "state": "Connect",
    "since": "14:58:59",
}


class FakeApi:
    """Records patches; `subresource` false: the CRD has no status subresource."""

    def __init__(self, subresource: bool, exists: bool = True) -> None:
        self.subresource = subresource
        self.exists = exists
        self.patches: list[tuple[str, dict[str, Any]]] = []

    def merge_patch(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        if not self.exists or (path.endswith("/status") and not self.subresource):
            raise ApiError(404, "NotFound", "the server could not find the requested resource")
        self.patches.append((path, copy.deepcopy(body)))
        return {}


@pytest.fixture
def bird(tmp_path: Path) -> Iterator[dict[str, str]]:
    answers = dict(ANSWERS)
    with fake_bird(tmp_path / "bird.ctl", answers):
        yield answers


def _object(name: str, period: int, *classes: str, node: str = "n1") -> dict[str, Any]:
    spec = {"node": node, "updatePeriodSeconds": period, "classes": list(classes)}
    return {"metadata": {"name": name}, "spec": spec}


def _reporter(api: FakeApi, objects: list[dict[str, Any]], run_dir: Path) -> StatusReporter:
    reporter = StatusReporter(
        api,  # type: ignore[arg-type]
        PATH,
        lambda: objects,
        "n1",
        run_dir,
        Journal(),
    )
    reporter.start()
    reporter.changed()
    return reporter


def test_agent(bird: dict[str, str], tmp_path: Path) -> None:
    expected = {
        "state": "Ready",
        "version": "1.6.8",
        "routerID": "192.168.0.15",
        "lastBootTime": "2026-11-23 14:56:39",
        "lastReconfigurationTime": "2026-11-23 14:56:50",
    }
    assert bird_status.agent(tmp_path / "bird.ctl") == expected
    bird["show status"] = RECOVERING
    assert bird_status.agent(tmp_path / "bird.ctl") == expected
    assert bird_status.agent(tmp_path / "bird6.ctl") == {"state": "NotReady"}


def test_peers(bird: dict[str, str], tmp_path: Path) -> None:
    assert bird_status.peers(tmp_path / "bird.ctl") == [MESH_PEER, NODE_PEER]
    assert bird_status.peers(tmp_path / "bird6.ctl") == []


def test_routes(bird: dict[str, str], tmp_path: Path) -> None:
    def route(kind: str, destination: str, gateway: str, interface: str, source: Any) -> Any:
        return {
            "type": kind,
            "destination": destination,
            "gateway": gateway,
            "interface": interface,
            "learnedFrom": source,
        }

    mesh = {"sourceType": "NodeMesh", "peerIP": "192.168.0.10"}
    peer = {"sourceType": "BGPPeer", "peerIP": "192.168.0.253"}
    other = {"sourceType": "BGPPeer", "peerIP": "192.168.0.11"}
    assert bird_status.routes(tmp_path / "bird.ctl", 4) == [
        route("FIB", "10.20.0.0/26", "192.168.0.10", "eth0", mesh),
        route("RIB", "10.20.0.0/26", "192.168.0.253", "eth0", peer),
        route("FIB", "10.20.5.128/26", "N/A", "blackhole", {"sourceType": "Static"}),
        route("FIB", "10.20.5.129/32", "N/A", "cali182c452fe96", {"sourceType": "Kernel"}),
        route("FIB", "192.168.0.0/24", "N/A", "eth0", {"sourceType": "Direct"}),
        route("FIB", "10.9.0.0/16", "N/A", "unreachable", other),
    ]


@pytest.mark.parametrize("subresource", [True, False])
def test_filled_once_where_the_release_keeps_it(
    bird: dict[str, str], tmp_path: Path, subresource: bool
) -> None:
    api = FakeApi(subresource)
    objects = [_object("mine", 0, "BGP"), _object("theirs", 0, "BGP", node="n2")]
    _reporter(api, objects, tmp_path)
    wait_for(lambda: api.patches, "the status is written")
    ((path, body),) = api.patches
    assert path == f"{PATH}/mine" + ("/status" if subresource else "")
    assert body["status"].pop("lastUpdated").endswith("Z")
    assert body["status"] == {
        "agent": None,
        "routes": None,
        "bgp": {
            "numberEstablishedV4": 1,
            "numberNotEstablishedV4": 1,
            "numberEstablishedV6": 0,
            "numberNotEstablishedV6": 0,
            "peersV4": [MESH_PEER, NODE_PEER],
        },
    }


def test_periodic_and_only_when_something_changed(bird: dict[str, str], tmp_path: Path) -> None:
    api = FakeApi(subresource=True)
    objects = [_object("mine", 1, "Agent")]
    _reporter(api, objects, tmp_path)
    wait_for(lambda: api.patches, "the first report")
    bird["show status"] = ANSWERS["show status"].replace("14:56:50", "14:59:00")
    wait_for(lambda: len(api.patches) == 2, "a report after the change")
    found = api.patches[1][1]["status"]["agent"]["birdV4"]
    assert found["lastReconfigurationTime"] == "2026-11-23 14:59:00"


def test_changed_spec_is_answered_at_once(bird: dict[str, str], tmp_path: Path) -> None:
    api = FakeApi(subresource=True)
    objects = [_object("mine", 0, "Agent")]
    reporter = _reporter(api, objects, tmp_path)
    wait_for(lambda: api.patches, "the first report")
    objects[0] = _object("mine", 0, "Agent", "Routes")
    reporter.changed()
    wait_for(lambda: len(api.patches) == 2, "a report after the change")
    assert len(api.patches[1][1]["status"]["routes"]["routesV4"]) == 6


def test_object_that_is_gone_does_not_spoil_the_next(bird: dict[str, str], tmp_path: Path) -> None:
    api = FakeApi(subresource=True, exists=False)
    objects = [_object("gone", 0, "Agent")]
    reporter = _reporter(api, objects, tmp_path)
    objects[:] = [_object("next", 0, "Agent")]
    api.exists = True
    reporter.changed()
    wait_for(lambda: api.patches, "the next object is filled")
    assert api.patches[0][0] == f"{PATH}/next/status"
