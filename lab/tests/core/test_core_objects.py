# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is in the API of a new lab."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest
import yaml
from calico_lab.access import CALICO_NODE_RULES, OPERATOR_RULES, access_objects
from calico_lab.objects import calico_objects, cluster_objects, pod_objects
from calico_lab.options import LabOptions
from calico_lab.topology import build_topology

OPTIONS = LabOptions()
TOPOLOGY = build_topology(OPTIONS)
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=timezone.utc)


def of_kind(kind: str, options: LabOptions = OPTIONS) -> list[dict[str, Any]]:
    topology = build_topology(options)
    objects = cluster_objects(options, topology, "https://192.168.0.10:6443", NOW)
    objects += calico_objects(options, topology, NOW)
    return [body for _, body in objects if body["kind"] == kind]


def test_nodes_carry_what_calico_reads() -> None:
    nodes = {node["metadata"]["name"]: node for node in of_kind("Node")}
    worker = nodes["k8s-worker3"]
    assert worker["metadata"]["annotations"] == {"projectcalico.org/IPv4Address": "192.168.0.13/24"}
    assert worker["metadata"]["labels"]["kubernetes.io/hostname"] == "k8s-worker3"
    assert {name: node["metadata"]["labels"]["rack"] for name, node in nodes.items()} == {
        "k8s-control": "rack-1",
        "k8s-worker1": "rack-1",
        "k8s-worker2": "rack-1",
        "k8s-worker3": "rack-2",
        "k8s-worker4": "rack-2",
        "k8s-worker5": "rack-2",
    }


def test_a_new_lab_is_in_full_mesh_by_default() -> None:
    assert of_kind("BGPConfiguration") == []
    assert of_kind("BGPPeer") == []


def test_every_block_belongs_to_its_node_and_counts_its_pods() -> None:
    affinities = {entry["spec"]["cidr"]: entry["spec"] for entry in of_kind("BlockAffinity")}
    blocks = of_kind("IPAMBlock")
    assert len(blocks) == len(affinities) == 6
    for block in blocks:
        spec = block["spec"]
        assert spec["affinity"] == f"host:{affinities[spec['cidr']]['node']}"
        used = [ordinal for ordinal, index in enumerate(spec["allocations"]) if index is not None]
        assert len(spec["allocations"]) == 64
        assert sorted([*used, *spec["unallocated"]]) == list(range(64))
        assert len(spec["attributes"]) == len(used)


@pytest.mark.parametrize(("calico_api", "deleted"), [("v1", "false"), ("v3", False)])
def test_affinities_say_deleted_in_the_groups_own_type(
    calico_api: str, deleted: str | bool
) -> None:
    options = LabOptions(calico_api=calico_api)
    for entry in of_kind("BlockAffinity", options):
        assert entry["apiVersion"] == options.api_group
        assert entry["spec"]["deleted"] == deleted


def test_daemon_set_tells_backend_datastore_and_version() -> None:
    (daemon_set,) = of_kind("DaemonSet", LabOptions(calico_version="v3.31.7", calico_api="v3"))
    container = daemon_set["spec"]["template"]["spec"]["containers"][0]
    environment = {entry["name"]: entry.get("value") for entry in container["env"]}
    assert environment["CALICO_NETWORKING_BACKEND"] == "bird"
    assert environment["DATASTORE_TYPE"] == "kubernetes"
    assert environment["CALICO_API_GROUP"] == "projectcalico.org/v3"
    assert container["image"].endswith(":v3.31.7")


def test_kube_proxy_is_configured_as_kubeadm_does() -> None:
    (config_map,) = of_kind("ConfigMap", LabOptions(pod_cidr="192.168.0.0/16"))
    config = yaml.safe_load(config_map["data"]["config.conf"])
    assert config["kind"] == "KubeProxyConfiguration"
    assert config["mode"] == "nftables"
    assert config["clusterCIDR"] == "192.168.0.0/16"
    assert "kubeconfig.conf" in config_map["data"]


def test_pods_run_on_their_nodes() -> None:
    pods = pod_objects(OPTIONS, TOPOLOGY, "uid", NOW)
    workloads = [pod for pod in pods if not pod["spec"].get("hostNetwork")]
    assert {pod["metadata"]["name"]: pod["status"]["podIP"] for pod in workloads} == {
        pod.name: str(pod.address) for pod in TOPOLOGY.pods
    }
    assert {pod["status"]["phase"] for pod in pods} == {"Running"}
    for pod in pods:
        if pod["spec"].get("hostNetwork"):
            assert pod["metadata"]["ownerReferences"][0]["uid"] == "uid"
            assert pod["status"]["podIP"] == pod["status"]["hostIP"]


def allowed(rules: list[dict[str, list[str]]], group: str, resource: str) -> set[str]:
    return {
        verb
        for rule in rules
        if group in rule["apiGroups"] and {resource, "*"} & set(rule["resources"])
        for verb in rule["verbs"]
    }


@pytest.mark.parametrize("group", ["crd.projectcalico.org", "projectcalico.org"])
def test_operator_may_do_what_the_collection_needs_and_no_more(group: str) -> None:
    assert allowed(OPERATOR_RULES, group, "bgppeers") == {
        "get",
        "list",
        "watch",
        "create",
        "patch",
        "delete",
    }
    assert "delete" not in allowed(OPERATOR_RULES, group, "ippools")
    assert allowed(OPERATOR_RULES, group, "blockaffinities") == {"get", "list"}
    assert allowed(OPERATOR_RULES, "", "nodes") == {"get", "list", "watch", "patch"}
    assert allowed(OPERATOR_RULES, "", "secrets") == set()


def test_calico_node_may_not_change_what_it_obeys() -> None:
    assert allowed(CALICO_NODE_RULES, "projectcalico.org", "bgppeers") == {"get", "list", "watch"}


def test_every_role_is_bound() -> None:
    kinds = [body["kind"] for _, body in access_objects()]
    assert kinds.count("ClusterRole") == kinds.count("ClusterRoleBinding") == 2
    assert kinds.count("Role") == kinds.count("RoleBinding") == 1
