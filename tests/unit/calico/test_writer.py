# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Only what differs is written, only fields that are named, nothing of others is removed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._calico.writer import (
    NotOurs,
    diff_text,
    difference,
    write,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.description import (
    CalicoObject,
    NodePatch,
)

from tests.unit.calico.fake_api import FakeApi

RECORD = "calico-routeros.netfabric/before"
GROUP = "crd.projectcalico.org/v1"
BASE = f"/apis/{GROUP}"
OWNED = {
    "app.kubernetes.io/managed-by": "netfabric.calico_routeros",
    "app.kubernetes.io/component": "routeros_peer",
}


def _object(
    name: str, spec: dict[str, Any], labels: dict[str, str] | None = None
) -> dict[str, Any]:
    return {"metadata": {"name": name, "labels": labels or {}}, "spec": spec}


def _record(item: Any) -> dict[str, Any]:
    """Return the record of an API object."""
    found: dict[str, Any] = json.loads(item["metadata"]["annotations"][RECORD])
    return found


def _converge(api: FakeApi, *args: Any, **kwargs: Any) -> list[str]:
    writes = difference(api, GROUP, *args, **kwargs)
    write(api, writes)
    return [str(item) for item in writes]


PEER = CalicoObject("BGPPeer", "p", {"peerIP": "10.0.0.1", "asNumber": 1}, "routeros_peer")


def test_create_then_nothing() -> None:
    api = FakeApi()
    assert _converge(api, [PEER]) == ["create BGPPeer p"]
    created = api.objects[f"{BASE}/bgppeers/p"]
    assert created["metadata"]["labels"] == OWNED
    assert created["spec"] == PEER.spec
    assert _converge(api, [PEER]) == []
    assert len(api.writes) == 1


def test_an_object_of_others_is_changed_only_in_the_named_fields() -> None:
    api = FakeApi(
        {f"{BASE}/bgppeers/p": _object("p", {"peerIP": "10.0.0.9", "keepaliveTime": "30s"})}
    )
    _converge(api, [PEER])
    changed = api.objects[f"{BASE}/bgppeers/p"]
    assert changed["spec"] == {"peerIP": "10.0.0.1", "asNumber": 1, "keepaliveTime": "30s"}
    assert changed["metadata"]["labels"] == {}
    assert _record(changed) == {
        "asNumber": {"before": None, "set": 1},
        "peerIP": {"before": "10.0.0.9", "set": "10.0.0.1"},
    }
    assert api.writes == [("PATCH", f"{BASE}/bgppeers/p")]
    assert _converge(api, [PEER]) == []


def test_an_own_object_loses_fields_that_are_no_longer_described() -> None:
    spec = {**PEER.spec, "keepaliveTime": "30s", "sourceAddress": "UseNodeIP"}
    api = FakeApi({f"{BASE}/bgppeers/p": _object("p", spec, OWNED)})
    assert _converge(api, [PEER]) == ['patch BGPPeer p {"spec": {"keepaliveTime": null}}']


def test_mesh_off_takes_password_and_restart_time_with_it() -> None:
    spec = {
        "nodeToNodeMeshEnabled": True,
        "nodeMeshPassword": {"secretKeyRef": {"name": "n", "key": "k"}},
        "logSeverityScreen": "Debug",
    }
    api = FakeApi({f"{BASE}/bgpconfigurations/default": _object("default", spec)})
    off = {
        "nodeToNodeMeshEnabled": False,
        "nodeMeshPassword": None,
        "nodeMeshMaxRestartTime": None,
    }
    wished = CalicoObject("BGPConfiguration", "default", off)
    (write_,) = difference(api, GROUP, [wished])
    assert write_.body["spec"] == {"nodeMeshPassword": None, "nodeToNodeMeshEnabled": False}
    write(api, [write_])
    changed = api.objects[f"{BASE}/bgpconfigurations/default"]
    assert changed["spec"] == {"nodeToNodeMeshEnabled": False, "logSeverityScreen": "Debug"}
    assert _record(changed)["nodeMeshPassword"] == {"before": spec["nodeMeshPassword"], "set": None}


def test_order_of_service_ranges_does_not_count() -> None:
    ranges = [{"cidr": "10.96.0.0/12"}, {"cidr": "10.112.0.0/16"}]
    api = FakeApi(
        {f"{BASE}/bgpconfigurations/default": _object("default", {"serviceClusterIPs": ranges})}
    )
    wished = CalicoObject("BGPConfiguration", "default", {"serviceClusterIPs": ranges[::-1]})
    assert _converge(api, [wished]) == []


def test_label_and_annotation_of_a_node_go_in_one_patch() -> None:
    node = {"metadata": {"name": "n", "labels": {"a": "b"}, "annotations": {"x": "y"}}}
    api = FakeApi({"/api/v1/nodes/n": node})
    patch = NodePatch("n", {"route-reflector": "true"}, {"projectcalico.org/Id": "244.0.0.1"})
    _converge(api, [], [patch])
    assert api.writes == [("PATCH", "/api/v1/nodes/n")]
    metadata = api.objects["/api/v1/nodes/n"]["metadata"]
    assert metadata["labels"] == {"a": "b", "route-reflector": "true"}
    assert _record({"metadata": metadata}) == {
        "annotation projectcalico.org/Id": {"before": None, "set": "244.0.0.1"},
        "label route-reflector": {"before": None, "set": "true"},
    }
    del metadata["annotations"][RECORD]
    assert metadata["annotations"] == {"x": "y", "projectcalico.org/Id": "244.0.0.1"}


def test_a_node_that_is_as_wished_is_left_alone() -> None:
    api = FakeApi({"/api/v1/nodes/n": {"metadata": {"name": "n", "labels": {"a": "b"}}}})
    assert _converge(api, [], [NodePatch("n", {"a": "b"})]) == []
    assert api.writes == []


def test_a_node_goes_back_to_what_it_was() -> None:
    labels, annotations = {"a": "old"}, {"x": "y"}
    node = {"metadata": {"name": "n", "labels": labels, "annotations": annotations}}
    api = FakeApi({"/api/v1/nodes/n": node})
    _converge(api, [], [NodePatch("n", {"a": "new", "b": "1"}, {"projectcalico.org/Id": "1"})])
    names = ("label a", "label b", "annotation projectcalico.org/Id")
    _converge(api, [], [NodePatch("n", restore=names)])
    assert api.objects["/api/v1/nodes/n"] == node
    assert len(api.writes) == 2


def test_an_object_goes_back_to_what_it_was() -> None:
    before = _object("default", {"asNumber": 64512, "logSeverityScreen": "Debug"})
    before["metadata"]["annotations"] = {"kept": "as it is"}
    path = f"{BASE}/bgpconfigurations/default"
    api = FakeApi({path: before})
    spec = {"asNumber": 63400, "listenPort": 1790}
    _converge(api, [CalicoObject("BGPConfiguration", "default", spec, "calico_bgp")])
    assert set(_record(api.objects[path])) == {"asNumber", "listenPort"}
    back = CalicoObject("BGPConfiguration", "default", {}, restore=("asNumber", "listenPort"))
    _converge(api, [back])
    assert api.objects[path] == before
    assert api.writes == [("PATCH", path)] * 2


def test_what_somebody_else_changed_since_is_not_taken_back() -> None:
    path = f"{BASE}/bgpconfigurations/default"
    api = FakeApi({path: _object("default", {"asNumber": 64512})})
    _converge(api, [CalicoObject("BGPConfiguration", "default", {"asNumber": 63400})])
    api.merge_patch(path, {"spec": {"asNumber": 65000}})
    _converge(api, [CalicoObject("BGPConfiguration", "default", {}, restore=("asNumber",))])
    assert api.objects[path]["spec"] == {"asNumber": 65000}
    assert RECORD not in api.objects[path]["metadata"]["annotations"]


def test_labels_of_ours_are_taken_back() -> None:
    api = FakeApi(
        {f"{BASE}/ippools/p": _object("p", {"cidr": "10.30.0.0/16"}, {**OWNED, "a": "b"})}
    )
    free = CalicoObject("IPPool", "p", {}, labels=dict.fromkeys(OWNED), record={})
    _converge(api, [free])
    assert api.objects[f"{BASE}/ippools/p"] == _object("p", {"cidr": "10.30.0.0/16"}, {"a": "b"})


def test_an_object_is_made_again_with_its_record_and_labels() -> None:
    record = {"asNumber": {"before": None, "set": 63400}}
    wished = CalicoObject(
        "BGPConfiguration", "default", {"asNumber": 63400}, labels={"a": "b"}, record=record
    )
    api = FakeApi()
    assert _converge(api, [wished]) == ["create BGPConfiguration default"]
    made = api.objects[f"{BASE}/bgpconfigurations/default"]
    assert made["metadata"]["labels"] == {"a": "b"}
    assert _record(made) == record


def test_nothing_to_take_back_creates_nothing() -> None:
    api = FakeApi()
    back = CalicoObject("BGPConfiguration", "default", {}, restore=("nodeToNodeMeshEnabled",))
    assert _converge(api, [back], [NodePatch("gone", restore=("label a",))]) == []


def test_two_patches_of_one_node_are_both_recorded() -> None:
    api = FakeApi({"/api/v1/nodes/n": {"metadata": {"name": "n"}}})
    _converge(api, [], [NodePatch("n", {"a": "1"}), NodePatch("n", {"b": "2"})])
    assert set(_record(api.objects["/api/v1/nodes/n"])) == {"label a", "label b"}


def test_two_writes_of_one_object_are_one_object() -> None:
    api = FakeApi()
    numbered = CalicoObject("BGPConfiguration", "default", {"asNumber": 63400}, "calico_bgp")
    off = CalicoObject("BGPConfiguration", "default", {"nodeToNodeMeshEnabled": False})
    _converge(api, [numbered, off])
    made = api.objects[f"{BASE}/bgpconfigurations/default"]
    assert made["spec"] == {"asNumber": 63400, "nodeToNodeMeshEnabled": False}
    assert set(_record(made)) == {"asNumber", "nodeToNodeMeshEnabled"}


def test_a_mapping_is_replaced_not_mixed() -> None:
    """Else what the record calls ours is never found again, and never taken back."""
    before = {"secretKeyRef": {"name": "old", "key": "k", "optional": True}}
    wished = {"secretKeyRef": {"name": "new", "key": "k"}}
    path = f"{BASE}/bgpconfigurations/default"
    api = FakeApi({path: _object("default", {"nodeMeshPassword": before})})
    _converge(api, [CalicoObject("BGPConfiguration", "default", {"nodeMeshPassword": wished})])
    back = CalicoObject("BGPConfiguration", "default", {}, restore=("nodeMeshPassword",))
    _converge(api, [back])
    assert api.objects[path]["spec"] == {"nodeMeshPassword": before}


def test_deletions_come_last_and_what_is_gone_is_fine() -> None:
    api = FakeApi({f"{BASE}/bgppeers/left": _object("left", {"peerIP": "10.0.0.2"}, OWNED)})
    gone = [("BGPPeer", "left"), ("BGPPeer", "never-there")]
    assert _converge(api, [PEER], deletions=gone) == ["create BGPPeer p", "delete BGPPeer left"]
    assert set(api.objects) == {f"{BASE}/bgppeers/p"}


def test_an_object_of_others_is_not_deleted_and_nothing_else_is_written() -> None:
    api = FakeApi({f"{BASE}/bgppeers/others": _object("others", {"peerIP": "10.0.0.3"})})
    with pytest.raises(NotOurs, match="BGPPeer others: found no label"):
        _converge(api, [PEER], deletions=[("BGPPeer", "others")])
    assert api.writes == []
    assert set(api.objects) == {f"{BASE}/bgppeers/others"}


def test_one_list_per_kind() -> None:
    api = FakeApi()
    others = [CalicoObject("BGPPeer", f"p{i}", {"peerIP": f"10.0.0.{i}"}) for i in range(1, 20)]
    difference(api, GROUP, others)
    assert api.requests == [("GET", f"{BASE}/bgppeers")]


def test_diff_shows_before_and_after() -> None:
    api = FakeApi({f"{BASE}/bgppeers/p": _object("p", {"peerIP": "10.0.0.9"})})
    diff = diff_text(difference(api, GROUP, [PEER]))
    assert '"peerIP": "10.0.0.9"' in diff["before"]
    assert '"peerIP": "10.0.0.1"' in diff["after"]
    assert api.writes == []
