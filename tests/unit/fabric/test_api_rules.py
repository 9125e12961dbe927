# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects that the API refuses, by release."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.api_rules import (
    refused_objects,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.calico_version import (  # noqa: E501
    CalicoVersion,
)

from .clusters import raw

RELEASES = ("v3.29.7", "v3.31.7", "v3.32.1", "v3.33.0")
REFERENCE = {"secretKeyRef": {"name": "bgp", "key": "k"}}


def _refused_since(kind: str, spec: dict[str, Any]) -> str | None:
    verdicts = [
        bool(refused_objects(CalicoVersion.parse(release), [raw(kind, "x", **spec)]))
        for release in RELEASES
    ]
    assert verdicts == sorted(verdicts), "refused by an older release but not by a newer one"
    return RELEASES[verdicts.index(True)] if True in verdicts else None


@pytest.mark.parametrize(
    ("kind", "spec", "since"),
    [
        ("BGPConfiguration", {"nodeToNodeMeshEnabled": False}, None),
        ("BGPConfiguration", {"nodeMeshPassword": REFERENCE}, None),
        (
            "BGPConfiguration",
            {"nodeToNodeMeshEnabled": False, "nodeMeshPassword": REFERENCE},
            "v3.32.1",
        ),
        (
            "BGPConfiguration",
            {"nodeToNodeMeshEnabled": False, "nodeMeshMaxRestartTime": "60s"},
            "v3.32.1",
        ),
        ("BGPConfiguration", {"nodeToNodeMeshEnabled": False, "nodeMeshPassword": None}, None),
        ("BGPConfiguration", {"asNumber": 2**31 - 1}, None),
        ("BGPConfiguration", {"asNumber": 4200000000}, "v3.29.7"),
        ("BGPConfiguration", {"asNumber": "64512"}, "v3.29.7"),
        ("BGPConfiguration", {"listenPort": 0}, "v3.29.7"),
        ("BGPConfiguration", {"bindMode": "Any"}, "v3.32.1"),
        ("BGPConfiguration", {"logSeverityScreen": "info"}, None),
        ("BGPConfiguration", {"logSeverityScreen": "Loud"}, "v3.32.1"),
        ("BGPConfiguration", {"communities": [{"name": "a", "value": "1:1"}]}, "v3.33.0"),
        ("BGPPeer", {"node": "n1", "nodeSelector": "all()"}, "v3.32.1"),
        ("BGPPeer", {"node": "", "nodeSelector": "all()"}, None),
        ("BGPPeer", {"peerIP": "10.0.0.1", "peerSelector": "all()"}, "v3.32.1"),
        ("BGPPeer", {"peerSelector": "all()", "asNumber": 64512}, "v3.32.1"),
        ("BGPPeer", {"peerSelector": "all()", "asNumber": 0}, None),
        ("BGPPeer", {"localWorkloadSelector": "all()"}, "v3.32.1"),
        (
            "BGPPeer",
            {"localWorkloadSelector": "all()", "asNumber": 1, "peerIP": "10.0.0.1"},
            "v3.32.1",
        ),
        ("BGPPeer", {"peerSelector": "all()", "reachableBy": "10.0.0.1"}, "v3.33.0"),
        ("BGPPeer", {"keepOriginalNextHop": True, "nextHopMode": "Self"}, "v3.33.0"),
        ("BGPPeer", {"keepOriginalNextHop": False, "nextHopMode": "Self"}, None),
        ("BGPPeer", {"nextHopMode": "self"}, "v3.32.1"),
        ("BGPPeer", {"nodeSelector": "a" * 1025}, "v3.33.0"),
        ("BGPPeer", {"nodeSelector": "a" * 4097}, "v3.32.1"),
        ("BGPPeer", {"localASNumber": 4200000000}, "v3.31.7"),
        ("BGPFilter", {"importV4": [{}]}, "v3.29.7"),
        ("BGPFilter", {"importV4": [{"action": "accept"}]}, "v3.32.1"),
        ("BGPFilter", {"importV4": [{"action": "Accept", "cidr": "10.0.0.0/8"}]}, "v3.32.1"),
        ("BGPFilter", {"importV6": [{"action": "Accept", "matchOperator": "In"}]}, "v3.32.1"),
        (
            "BGPFilter",
            {"exportV4": [{"action": "Accept", "prefixLength": {"min": 24}}]},
            "v3.32.1",
        ),
        (
            "BGPFilter",
            {"exportV4": [{"action": "Accept", "prefixLength": {"max": 33}}]},
            "v3.29.7",
        ),
        (
            "BGPFilter",
            {"exportV4": [{"action": "Reject", "operations": [{"setPriority": {"value": 1}}]}]},
            "v3.32.1",
        ),
        ("IPPool", {"cidr": "10.20.0.0/16", "ipipMode": "CrossSubnet"}, None),
        ("IPPool", {}, "v3.29.7"),
        (
            "IPPool",
            {"cidr": "10.20.0.0/16", "ipipMode": "Always", "vxlanMode": "Always"},
            "v3.32.1",
        ),
        ("IPPool", {"cidr": "fd10::/48", "ipipMode": "Always"}, "v3.32.1"),
        (
            "IPPool",
            {"cidr": "10.20.0.0/16", "allowedUses": ["LoadBalancer", "Workload"]},
            "v3.32.1",
        ),
        ("IPPool", {"cidr": "10.20.1.0/16"}, "v3.33.0"),
        ("IPPool", {"cidr": "169.254.1.0/24"}, "v3.33.0"),
        ("IPPool", {"cidr": "10.20.0.0/16", "blockSize": 33}, "v3.33.0"),
        ("IPPool", {"cidr": "10.20.0.0/27"}, "v3.33.0"),
        ("IPPool", {"cidr": "10.20.0.0/27", "disabled": True}, None),
    ],
)
def test_refused_since(kind: str, spec: dict[str, Any], since: str | None) -> None:
    assert _refused_since(kind, spec) == since


def test_says_object_field_and_way_out() -> None:
    version = CalicoVersion.parse("v3.32.1")
    objects = [
        raw("BGPPeer", "tor", asNumber=4200000000),
        raw("BGPConfiguration", "default", nodeToNodeMeshEnabled=False, nodeMeshPassword=REFERENCE),
    ]
    first, second = map(str, refused_objects(version, objects))
    assert first.startswith("BGPPeer tor: spec.asNumber: ")
    assert "projectcalico.org/ASNumber" in first
    assert second.startswith("BGPConfiguration default: nodeMeshPassword cannot stay")
    assert "null in the same write" in second
