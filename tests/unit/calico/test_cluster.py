# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where Calico keeps its objects, and what is read from there."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._calico.cluster import (
    read_cluster,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._calico.datastore import (
    V1,
    V3,
    Datastore,
    NoCalicoApi,
    detect,
)

from tests.unit.calico.fake_api import FakeApi

BOTH = {"crd.projectcalico.org", "projectcalico.org"}
AGGREGATED = {"spec": {"service": {"name": "calico-api"}}}
NATIVE: dict[str, Any] = {"spec": {}}


@pytest.mark.parametrize(
    ("groups", "service", "phase", "expected"),
    [
        ({"crd.projectcalico.org"}, None, None, Datastore(V1, "v1")),
        (BOTH, AGGREGATED, None, Datastore(V3, "api-server")),
        ({"projectcalico.org"}, NATIVE, None, Datastore(V3, "native")),
        (BOTH, NATIVE, None, Datastore(V1, "v1")),
        (BOTH, NATIVE, "Pending", Datastore(V1, "v1")),
        (BOTH, NATIVE, "Converged", Datastore(V3, "native")),
    ],
)
def test_detect(groups: set[str], service: Any, phase: str | None, expected: Datastore) -> None:
    migration = {"status": {"phase": phase}} if phase else None
    assert detect(groups, service, migration) == expected


def test_a_migration_under_way_is_refused() -> None:
    with pytest.raises(NoCalicoApi, match="phase Migrating"):
        detect(BOTH, NATIVE, {"status": {"phase": "Migrating"}})


def test_no_calico() -> None:
    with pytest.raises(NoCalicoApi, match="expected one of them"):
        detect({"apps"}, None, None)


def test_read_cluster() -> None:
    base = f"/apis/{V1}"
    stored = {"labels": {"app.kubernetes.io/managed-by": "someone"}}
    daemon = {
        "metadata": {"name": "calico-node"},
        "spec": {
            "template": {
                "spec": {
                    "containers": [
                        {
                            "name": "calico-node",
                            "image": "calico/node:v3.31.7",
                            "env": [{"name": "CALICO_NETWORKING_BACKEND", "value": "vxlan"}],
                        }
                    ]
                }
            }
        },
    }
    api = FakeApi(
        {
            "/apis": {"groups": [{"name": "crd.projectcalico.org"}]},
            "/apis/apps/v1/namespaces/kube-system/daemonsets/calico-node": daemon,
            "/api/v1/nodes/n": {
                "metadata": {
                    "name": "n",
                    "annotations": {"projectcalico.org/IPv4Address": "10.0.0.1/24", "other": "x"},
                }
            },
            f"{base}/bgppeers/p": {
                "metadata": {
                    "name": "p",
                    "annotations": {"projectcalico.org/metadata": json.dumps(stored)},
                },
                "spec": {"peerIP": "10.0.0.9"},
            },
            f"{base}/blockaffinities/a": {
                "metadata": {"name": "a"},
                "spec": {
                    "node": "n",
                    "cidr": "10.20.0.0/26",
                    "state": "confirmed",
                    "deleted": "false",
                },
            },
            f"{base}/blockaffinities/b": {
                "metadata": {"name": "b"},
                "spec": {
                    "node": "n",
                    "cidr": "10.20.1.0/26",
                    "state": "pending",
                    "deleted": "false",
                },
            },
        }
    )
    cluster = read_cluster(api)
    assert cluster["api_group"] == V1
    assert cluster["calico_version"] == "v3.31.7"
    assert cluster["backend"] == "vxlan"
    assert cluster["nodes"] == [
        {
            "name": "n",
            "labels": {},
            "annotations": {"projectcalico.org/IPv4Address": "10.0.0.1/24"},
            "record": {},
        }
    ]
    assert cluster["objects"][0]["labels"] == {"app.kubernetes.io/managed-by": "someone"}
    assert cluster["blocks"] == [{"node": "n", "cidr": "10.20.0.0/26"}]
    paths = [path for _method, path in api.requests]
    assert len(paths) == len(set(paths)), "something was read twice"
