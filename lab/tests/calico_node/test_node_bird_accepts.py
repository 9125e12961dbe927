# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What we say BIRD refuses, against BIRD itself (`bird -p`)."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from calico_lab.calico_node.acceptance import refusals
from calico_lab.calico_node.bird_config import Rendered
from calico_lab.calico_node.conformance import render_texts
from node_clusters import block, node, rendered, resource, scenario

DATA = Path(__file__).resolve().parents[3] / "tests" / "data" / "confd_sessions"

pytestmark = pytest.mark.skipif(
    shutil.which("bird") is None, reason="needs BIRD 1.6, Debian package bird"
)

SECRET = {"secretKeyRef": {"name": "s", "key": "k"}}
PEER: dict[str, Any] = {"peerIP": "10.9.0.1", "asNumber": 65001}


def _secret(value: str) -> dict[str, Any]:
    return {
        "kind": "Secret",
        "name": "s",
        "namespace": "kube-system",
        "stringData": {"k": value},
    }


def _filter(**rule: Any) -> dict[str, Any]:
    return resource("BGPFilter", "f", importV4=[{"action": "Reject", **rule}])


def _peer(**spec: Any) -> dict[str, Any]:
    return resource("BGPPeer", "p", **{**PEER, **spec})


LINK_LOCAL = [
    node("n1", IPv4Address="10.0.0.1/24", IPv6Address="fe80::1/64"),
    node("n2", IPv4Address="10.0.0.2/24", IPv6Address="fd00::2/64", ASNumber="65001"),
]

ACCEPTED = {
    "plain mesh": scenario(),
    "own blocks, also one that is being released": scenario(
        block("n1", "10.20.0.0/26"),
        block("n1", "10.20.0.64/26", state="pendingDeletion"),
        block("n1", "10.20.9.9/32"),
        block("n1", "fd20::/122"),
    ),
    "every kind of pool": scenario(
        resource("IPPool", "a", cidr="10.1.0.0/16", ipipMode="Always"),
        resource("IPPool", "b", cidr="10.2.0.0/16", vxlanMode="CrossSubnet"),
        resource("IPPool", "c", cidr="10.3.0.0/16", disableBGPExport=True),
        resource("IPPool", "d", cidr="fd20::/64"),
        version="v3.34.0",
    ),
    "service ranges, communities, quiet log": scenario(
        resource(
            "BGPConfiguration",
            "default",
            logSeverityScreen="Fatal",
            serviceClusterIPs=[{"cidr": "10.96.0.0/12"}, {"cidr": "fd01::/112"}],
            serviceExternalIPs=[{"cidr": "1.2.3.4/32"}],
            serviceLoadBalancerIPs=[{"cidr": "80.15.0.0/24"}],
            communities=[{"name": "c", "value": "1:2:3"}],
            prefixAdvertisements=[{"cidr": "10.20.0.0/16", "communities": ["c", "65000:7"]}],
            ignoredInterfaces=["eth9", "docker*"],
        ),
        nodes=[node("n1", IPv4Address="10.0.0.1/24", RouteReflectorClusterID="1.1.1.1")],
    ),
    "every kind of filter rule": scenario(
        resource(
            "BGPFilter",
            "f",
            exportV4=[
                {
                    "action": "Accept",
                    "peerType": "eBGP",
                    "communities": {"values": ["65000:1"]},
                    "asPathPrefix": [65001, 65002],
                    "priority": 5,
                    "operations": [
                        {"addCommunity": {"value": "1:2"}},
                        {"addCommunity": {"value": "1:2:3"}},
                        {"prependASPath": {"prefix": [65003, 65004]}},
                        {"setPriority": {"value": 9}},
                    ],
                },
                {"action": "Reject", "interface": "*.cali"},
                {"action": "Accept", "source": "RemotePeers", "peerType": "iBGP"},
            ],
            importV6=[
                {
                    "action": "Reject",
                    "cidr": "fd00::/16",
                    "matchOperator": "NotIn",
                    "prefixLength": {"min": 20, "max": 24},
                },
                {"action": "Accept", "cidr": "fd00::/16", "matchOperator": "NotEqual"},
            ],
        ),
        _peer(filters=["f"]),
    ),
    "every option of a peer": scenario(
        _secret("with space;#{}"),
        _peer(
            password=SECRET,
            maxRestartTime="0s",
            keepaliveTime="100ms",
            ttlSecurity=255,
            localASNumber=65300,
            nextHopMode="Self",
            numAllowedLocalASNumbers=2,
            reachableBy="10.0.0.254",
        ),
    ),
    "router ID as a number": scenario(env={"CALICO_ROUTER_ID": "1234"}),
}

REFUSED = {
    "a quote in a password": (scenario(_secret('a"b'), _peer(password=SECRET)), 4),
    "a line break in a password": (scenario(_secret("a\nb"), _peer(password=SECRET)), 4),
    "no AS": (scenario(resource("BGPPeer", "p", peerIP="10.9.0.1")), 4),
    "a negative time": (scenario(_peer(maxRestartTime="-10s")), 4),
    "a link-local neighbor": (scenario(_peer(peerIP="fe80::1")), 6),
    "an unspecified neighbor": (scenario(_peer(peerIP="0.0.0.0")), 4),
    "multihop from a link-local address": (scenario(nodes=LINK_LOCAL, version="v3.34.0"), 6),
    "bits outside a filter's prefix": (
        scenario(_filter(cidr="77.0.0.1/16", matchOperator="In")),
        4,
    ),
    "prefix lengths that cross": (
        scenario(
            _filter(cidr="77.0.0.0/16", matchOperator="In", prefixLength={"min": 24, "max": 20})
        ),
        4,
    ),
    "bits outside a service range": (
        scenario(
            resource("BGPConfiguration", "default", serviceClusterIPs=[{"cidr": "10.96.0.1/12"}])
        ),
        4,
    ),
    "a router ID that is none": (scenario(env={"CALICO_ROUTER_ID": "abc"}), 4),
    "router ID 0 on IPv6": (scenario(env={"CALICO_ROUTER_ID": "0.0.0.0"}), 6),
    "a gateway of the other family": (
        scenario(
            resource(
                "BGPPeer", "p", nodeSelector="all()", peerSelector="all()", reachableBy="fd00::fe"
            )
        ),
        4,
    ),
    "a cluster ID with a mask": (
        scenario(
            _peer(asNumber=64512),
            nodes=[node("n1", IPv4Address="10.0.0.1/24", RouteReflectorClusterID="10.0.0.0/8")],
        ),
        4,
    ),
}


def _bird_accepts(file: Rendered, folder: Path) -> bool:
    path = folder / "trial.cfg"
    path.write_text(file.text)
    program = "bird" if file.family == 4 else "bird6"
    done = subprocess.run([program, "-p", "-c", str(path)], capture_output=True, check=False)
    return done.returncode == 0


@pytest.mark.parametrize("about", ACCEPTED.values(), ids=ACCEPTED.keys())
def test_accepted(about: dict[str, Any], tmp_path: Path) -> None:
    for name, family, file in render_texts(about):
        assert file is not None
        assert refusals(file.text, family) == [], name
        assert _bird_accepts(file, tmp_path), name


def test_accepts_a_direct_session_from_a_link_local_address(tmp_path: Path) -> None:
    file = rendered(scenario(nodes=LINK_LOCAL), "n1", 6)
    assert refusals(file.text, 6) == []
    assert _bird_accepts(file, tmp_path)


@pytest.mark.parametrize(("about", "family"), REFUSED.values(), ids=REFUSED.keys())
def test_refused(about: dict[str, Any], family: int, tmp_path: Path) -> None:
    for name, found_family, file in render_texts(about):
        assert file is not None
        if name == "n1" and found_family == family:
            assert refusals(file.text, found_family) != []
            assert not _bird_accepts(file, tmp_path)


@pytest.mark.parametrize("path", sorted(DATA.glob("*_v3.3[24]*.json")), ids=lambda path: path.stem)
def test_recorded_scenarios(path: Path, tmp_path: Path) -> None:
    """Every file that the stand-in renders for the newest releases."""
    files: dict[str, Rendered] = {}
    for about in json.loads(path.read_text()):
        for _name, _family, file in render_texts(about):
            assert file is not None
            files[file.text] = file
    assert len(files) > 20
    for file in files.values():
        assert _bird_accepts(file, tmp_path) == (not refusals(file.text, file.family)), file.text
