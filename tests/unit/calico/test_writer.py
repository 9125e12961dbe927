# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Only what differs is written, only fields that are named, nothing of others is removed."""

from __future__ import annotations

from typing import Any

from ansible_collections.netfabric.calico_routeros.plugins.module_utils._calico.writer import (
    diff_text,
    difference,
    write,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.description import (
    CalicoObject,
    NodePatch,
)

from tests.unit.calico.fake_api import FakeApi

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
    actions = _converge(api, [PEER])
    assert actions == ['patch BGPPeer p {"spec": {"asNumber": 1, "peerIP": "10.0.0.1"}}']
    assert api.objects[f"{BASE}/bgppeers/p"] == _object(
        "p", {"peerIP": "10.0.0.1", "asNumber": 1, "keepaliveTime": "30s"}
    )


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
    actions = _converge(api, [CalicoObject("BGPConfiguration", "default", off)])
    assert actions == [
        "patch BGPConfiguration default "
        '{"spec": {"nodeMeshPassword": null, "nodeToNodeMeshEnabled": false}}'
    ]
    assert api.objects[f"{BASE}/bgpconfigurations/default"]["spec"] == {
        "nodeToNodeMeshEnabled": False,
        "logSeverityScreen": "Debug",
    }


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
    assert metadata["annotations"] == {"x": "y", "projectcalico.org/Id": "244.0.0.1"}
    assert _converge(api, [], [patch]) == []


def test_purge_deletes_own_leftovers_of_the_component_only() -> None:
    api = FakeApi(
        {
            f"{BASE}/bgppeers/left": _object("left", {"peerIP": "10.0.0.2"}, OWNED),
            f"{BASE}/bgppeers/others": _object("others", {"peerIP": "10.0.0.3"}),
            f"{BASE}/bgppeers/calico": _object(
                "calico", {}, {**OWNED, "app.kubernetes.io/component": "calico_bgp"}
            ),
        }
    )
    actions = _converge(api, [PEER], purge=[("BGPPeer", "routeros_peer")])
    assert actions == ["create BGPPeer p", "delete BGPPeer left"]
    assert set(api.objects) == {f"{BASE}/bgppeers/{n}" for n in ("p", "others", "calico")}


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
