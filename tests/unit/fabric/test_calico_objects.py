# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import copy
import json
import pickle

import pytest
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.addresses import (
    NodeAddress,
    parse_address,
    split_host_port,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.calico_objects import (  # noqa: E501
    CalicoCluster,
    CalicoObjectError,
    SecretKeyRef,
    parse_as_number,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.calico_version import (  # noqa: E501
    CalicoVersion,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.go_duration import (
    whole_seconds,
)

from .clusters import cluster, node, plan, raw


def test_node_as_calico_reads_it() -> None:
    found = cluster(
        node(
            "n1",
            "10.0.0.11/24",
            {"rack": "r1"},
            {
                "IPv6Address": "FD00:0::000B/64",
                "ASNumber": "64.10",
                "RouteReflectorClusterID": "244.0.0.1",
                "labels": json.dumps({"rack": "hidden", "zone": "a"}),
            },
        )
    ).nodes[0]
    assert found.labels == {"rack": "r1", "zone": "a"}
    assert found.ipv4 == NodeAddress("10.0.0.11", "10.0.0.0/24")
    assert found.ipv6 == NodeAddress("fd00::b", "fd00::/64")
    assert found.as_number == (64 << 16) + 10
    assert found.cluster_id == "244.0.0.1"
    assert found.ignored == ()


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        ("IPv4Address", "fd00::1/64"),
        ("IPv4Address", "10.0.0.1/33"),
        ("IPv4Address", "10.0.0.1/255.255.255.0"),
        ("IPv4Address", "010.0.0.1"),
        ("IPv6Address", "10.0.0.1"),
        ("IPv6Address", "fe80::1%eth0"),
        ("ASNumber", ""),
        ("ASNumber", "4294967296"),
        ("ASNumber", "64.70000"),
        ("RouteReflectorClusterID", "10.0.0.1/8"),
        ("RouteReflectorClusterID", "rr"),
        ("labels", "{broken"),
    ],
)
def test_invalid_annotations_do_not_count_and_are_told(annotation: str, value: str) -> None:
    found = cluster(node("n1", annotations={annotation: value})).nodes[0]
    assert (found.ipv4, found.ipv6, found.as_number, found.cluster_id) == (None,) * 4
    assert [ignored.where for ignored in found.ignored] == [
        f"annotation projectcalico.org/{annotation}"
    ]


def test_fields_that_the_release_does_not_have_do_not_count() -> None:
    peer = raw("BGPPeer", "p", peerIP="10.0.0.9", asNumber=1, localASNumber=2, keepaliveTime="5s")
    old = cluster(peer, version="v3.29.7").bgp_peers[0]
    assert (old.local_as_number, old.keepalive_time) == (0, None)
    assert [ignored.where for ignored in old.ignored] == [
        "spec.keepaliveTime",
        "spec.localASNumber",
    ]
    new = cluster(peer, version="v3.33.0").bgp_peers[0]
    assert (new.local_as_number, new.keepalive_time, new.ignored) == (2, 5, ())


def test_pools() -> None:
    found = cluster(raw("IPPool", "six", cidr="fd10::/48", disableBGPExport=True)).ip_pools[0]
    assert (found.block_size, found.ipip_mode, found.disable_bgp_export) == (122, "Never", True)


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (raw("BGPPeer", "p", asNumber="64512"), "BGPPeer p: spec.asNumber: .*'64512'"),
        (raw("BGPPeer", "p", maxRestartTime="ten"), "BGPPeer p: spec.maxRestartTime: .*'ten'"),
        (raw("BGPPeer", "p", filters="f"), "BGPPeer p: spec.filters: expected a list"),
        (raw("IPPool", "p", cidr="10.0.0.0"), "IPPool p: spec.cidr: expected a CIDR"),
        ({"kind": "BGPPeer", "spec": {}}, r"BGPPeer \(unnamed\): metadata.name"),
    ],
)
def test_errors_name_the_object_and_field(made: dict[str, object], message: str) -> None:
    with pytest.raises(CalicoObjectError, match=message):
        cluster(made)


def test_passwords_are_never_shown() -> None:
    secret = {
        "kind": "Secret",
        "metadata": {"name": "bgp", "namespace": "kube-system"},
        "data": {"key": base64.b64encode(b"hunter2").decode()},
    }
    reference = {"secretKeyRef": {"name": "bgp", "key": "key"}}
    objects = (
        node("n1", "10.0.0.1/24"),
        node("n2", "10.0.0.2/24"),
        raw("BGPConfiguration", "default", nodeMeshPassword=reference),
        raw("BGPPeer", "p", peerIP="10.0.0.9", asNumber=65000, password=reference),
        secret,
    )
    found = cluster(*objects)
    password = found.password(SecretKeyRef("bgp", "key"))
    assert password is not None
    assert password.reveal() == "hunter2"
    assert copy.deepcopy(password) == password == pickle.loads(pickle.dumps(password))
    sessions = plan(*objects)["n1"].ipv4.sessions
    assert [session.password for session in sessions] == [password, password]
    for shown in (found, found.secrets, sessions, sessions[0]._asdict(), f"{password}"):
        assert "hunter2" not in repr(shown)
    broken = {**secret, "data": {"key": "hunter2!"}}
    with pytest.raises(CalicoObjectError) as error:
        cluster(broken)
    assert "hunter2" not in str(error.value)


def test_secrets_count_in_calico_nodes_namespace_only() -> None:
    secret = {"kind": "Secret", "name": "bgp", "namespace": "default", "stringData": {"k": "x"}}
    reference = SecretKeyRef("bgp", "k")
    assert cluster(secret).password(reference) is None
    assert cluster(secret, secret_namespace="default").password(reference) is not None


@pytest.mark.parametrize(
    ("text", "number"),
    [("64512", 64512), ("4294967295", 2**32 - 1), ("1.0", 65536), ("-1", None), ("1.2.3", None)],
)
def test_as_numbers(text: str, number: int | None) -> None:
    assert parse_as_number(text) == number


@pytest.mark.parametrize(
    ("text", "split"),
    [
        ("10.0.0.1", ("10.0.0.1", 0)),
        ("10.0.0.1:1790", ("10.0.0.1", 1790)),
        ("10.0.0.1:0x6fe", ("10.0.0.1", 1790)),
        ("10.0.0.1:0263", ("10.0.0.1", 179)),
        ("10.0.0.1:bgp", ("10.0.0.1:bgp", 0)),
        ("10.0.0.1:65536", ("10.0.0.1:65536", 0)),
        ("10.0.0.1:", ("10.0.0.1:", 0)),
        ("fd00::1", ("fd00::1", 0)),
        ("[fd00::1]:179", ("fd00::1", 179)),
        ("[fd00::1]", ("[fd00::1]", 0)),
        ("", ("", 0)),
    ],
)
def test_ports(text: str, split: tuple[str, int]) -> None:
    assert split_host_port(text) == split


def test_addresses() -> None:
    assert parse_address("FD00:0:0::1") == "fd00::1"
    assert parse_address("::ffff:10.0.0.1") == "10.0.0.1"
    assert parse_address("10.0.0.1/24") is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("2m0.5s", 121), ("1h1m1.4s", 3661), ("499ms", 0), ("500ms", 1), ("0", 0)],
)
def test_durations(text: str, seconds: int) -> None:
    assert whole_seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "90", "s", "1.s.", "1d", "90s ", "1.2.3s"])
def test_durations_that_are_none(text: str) -> None:
    with pytest.raises(ValueError, match="expected a duration"):
        whole_seconds(text)


def test_versions_compare_by_number() -> None:
    texts = ["v3.9.0", "v3.29.7", "3.30", "v3.31.10", "v3.34.0-0.dev", "v4.0.0"]
    versions = [CalicoVersion.parse(text) for text in texts]
    assert versions == sorted(versions)
    assert str(versions[4]) == "v3.34.0"
    with pytest.raises(ValueError, match=r"spec\.calicoVersion"):
        CalicoVersion.parse("master")


def test_objects_without_kind_are_skipped() -> None:
    assert CalicoCluster.from_objects("v3.32.1", [{"metadata": {"name": "x"}}]).nodes == ()
