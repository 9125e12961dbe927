# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The objects of a kubeadm cluster with Calico from its manifest, as far as the lab has use for
them. Pure: from options and topology to (collection path, object) pairs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from ipaddress import IPv4Network
from typing import Any

import yaml

from calico_lab.options import BLOCK_SIZE, LabOptions
from calico_lab.topology import CONTROL, DNS_POD, DNS_SERVICE, Node, Pod, Topology

KUBERNETES_RELEASE = "v1.35.4"
POOL_NAME = "default-ipv4-ippool"
RACK_LABEL = "rack"
SYSTEM = "kube-system"
KUBE_PROXY_CONFIG = "config.conf"
KUBE_PROXY_KUBECONFIG = "kubeconfig.conf"

ApiObject = tuple[str, dict[str, Any]]


def cluster_objects(
    options: LabOptions, topology: Topology, server: str, now: datetime
) -> list[ApiObject]:
    """Everything but pods (they need the DaemonSet's UID) and Calico's own objects."""
    objects: list[ApiObject] = [("/api/v1/nodes", _node(node, now)) for node in topology.nodes]
    objects += [
        (f"/api/v1/namespaces/{namespace}/serviceaccounts", _service_account(namespace, name))
        for namespace, name in (
            ("default", "default"),
            (SYSTEM, "default"),
            (SYSTEM, "calico-node"),
            (SYSTEM, "coredns"),
            (SYSTEM, "kube-proxy"),
        )
    ]
    objects += [
        (f"/apis/apps/v1/namespaces/{SYSTEM}/daemonsets", _calico_daemon_set(options)),
        (f"/api/v1/namespaces/{SYSTEM}/configmaps", _kube_proxy_config(options, server)),
        (f"/api/v1/namespaces/{SYSTEM}/services", _dns_service()),
        (
            f"/apis/discovery.k8s.io/v1/namespaces/{SYSTEM}/endpointslices",
            _dns_endpoints(topology),
        ),
    ]
    return objects


def calico_objects(options: LabOptions, topology: Topology, now: datetime) -> list[ApiObject]:
    """The pool, the nodes' blocks, ClusterInformation. No BGPConfiguration and no BGPPeer: that is
    the full mesh, AS 64512."""
    base = f"/apis/{options.api_group}"

    def entry(plural: str, kind: str, name: str, spec: dict[str, Any]) -> ApiObject:
        return f"{base}/{plural}", {
            "apiVersion": options.api_group,
            "kind": kind,
            "metadata": {"name": name},
            "spec": spec,
        }

    guid = hashlib.sha256(f"{options.name} {now.isoformat()}".encode()).hexdigest()[:32]
    objects = [
        entry(
            "clusterinformations",
            "ClusterInformation",
            "default",
            {
                "calicoVersion": options.calico_version,
                "clusterGUID": guid,
                "clusterType": "k8s,bgp,kubeadm,kdd",
                "datastoreReady": True,
            },
        ),
        entry(
            "ippools",
            "IPPool",
            POOL_NAME,
            {
                "cidr": str(topology.pool),
                "blockSize": BLOCK_SIZE,
                "ipipMode": "Never",
                "vxlanMode": "Never",
                "natOutgoing": False,
                "nodeSelector": "all()",
                "allowedUses": ["Workload", "Tunnel"],
            },
        ),
        entry(
            "felixconfigurations", "FelixConfiguration", "default", {"logSeverityScreen": "Info"}
        ),
    ]
    for node in topology.nodes:
        suffix = block_suffix(node.block)
        objects.append(
            entry(
                "blockaffinities",
                "BlockAffinity",
                f"{node.name}-{suffix}",
                {
                    "cidr": str(node.block),
                    "node": node.name,
                    "state": "confirmed",
                    "type": "host",
                    # A word in the one group, a truth value in the other.
                    "deleted": "false" if options.calico_api == "v1" else False,
                },
            )
        )
        pods = [pod for pod in topology.pods if pod.node == node.name]
        objects.append(entry("ipamblocks", "IPAMBlock", suffix, _block(node, pods)))
    return objects


def block_suffix(block: IPv4Network) -> str:
    """Name of a block's object: 10.20.36.192/26 is 10-20-36-192-26."""
    return str(block).replace(".", "-").replace("/", "-")


def pod_objects(
    options: LabOptions, topology: Topology, daemon_set_uid: str, now: datetime
) -> list[dict[str, Any]]:
    """The lab's pods and calico-node's, each with the status that its kubelet would report.

    A new Pod's status is ignored by the API: write it once more, to `.../status`.
    """
    objects: list[dict[str, Any]] = []
    for pod in topology.pods:
        objects.append(_workload_pod(pod, topology.node(pod.node), now))
    for node in topology.nodes:
        objects.append(_calico_pod(options, node, daemon_set_uid, now))
    return objects


def _node(node: Node, now: datetime) -> dict[str, Any]:
    labels = {
        "kubernetes.io/hostname": node.name,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        RACK_LABEL: node.rack,
    }
    if node.name == CONTROL:
        labels |= {
            "node-role.kubernetes.io/control-plane": "",
            # Empty as kubeadm writes it, which is not what excludes a node for Calico.
            "node.kubernetes.io/exclude-from-external-load-balancers": "",
        }
    stamp = _stamp(now)
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": node.name,
            "labels": labels,
            "annotations": {"projectcalico.org/IPv4Address": str(node.address)},
        },
        "spec": {},
        "status": {
            "addresses": [
                {"type": "InternalIP", "address": str(node.address.ip)},
                {"type": "Hostname", "address": node.name},
            ],
            "conditions": [
                {
                    "type": "Ready",
                    "status": "True",
                    "reason": "KubeletReady",
                    "message": "the lab has no kubelet; the node is a network namespace",
                    "lastHeartbeatTime": stamp,
                    "lastTransitionTime": stamp,
                },
                {
                    "type": "NetworkUnavailable",
                    "status": "False",
                    "reason": "CalicoIsUp",
                    "message": "Calico is running on this node",
                    "lastHeartbeatTime": stamp,
                    "lastTransitionTime": stamp,
                },
            ],
            "nodeInfo": {
                "architecture": "amd64",
                "operatingSystem": "linux",
                "osImage": "network namespace",
                "kernelVersion": "",
                "machineID": "",
                "systemUUID": "",
                "bootID": "",
                "containerRuntimeVersion": "",
                "kubeletVersion": KUBERNETES_RELEASE,
                "kubeProxyVersion": "",
            },
        },
    }


def _service_account(namespace: str, name: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": name, "namespace": namespace},
    }


def _calico_image(options: LabOptions) -> str:
    return f"quay.io/calico/node:{options.calico_version}"


def _calico_environment(options: LabOptions) -> list[dict[str, Any]]:
    environment: list[dict[str, Any]] = [
        {"name": "DATASTORE_TYPE", "value": "kubernetes"},
        {
            "name": "NODENAME",
            "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "spec.nodeName"}},
        },
        {"name": "CALICO_NETWORKING_BACKEND", "value": "bird"},
        {"name": "CLUSTER_TYPE", "value": "k8s,bgp"},
        {"name": "IP", "value": "autodetect"},
    ]
    if options.calico_api == "v3":
        environment.append({"name": "CALICO_API_GROUP", "value": options.api_group})
    return environment


def _calico_pod_spec(options: LabOptions) -> dict[str, Any]:
    return {
        "hostNetwork": True,
        "serviceAccountName": "calico-node",
        "tolerations": [{"operator": "Exists"}],
        "containers": [
            {
                "name": "calico-node",
                "image": _calico_image(options),
                "env": _calico_environment(options),
            }
        ],
    }


def _calico_daemon_set(options: LabOptions) -> dict[str, Any]:
    labels = {"k8s-app": "calico-node"}
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": "calico-node", "namespace": SYSTEM, "labels": labels},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": _calico_pod_spec(options)},
        },
    }


def _kube_proxy_config(options: LabOptions, server: str) -> dict[str, Any]:
    """kubeadm's ConfigMap. kube-proxy of the lab is started with this text."""
    config = {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "bindAddress": "0.0.0.0",
        "clientConnection": {"kubeconfig": "/var/lib/kube-proxy/kubeconfig.conf"},
        "clusterCIDR": options.pod_cidr,
        # The limits belong to the machine, a network namespace may not write them.
        "conntrack": {"maxPerCore": 0},
        "detectLocalMode": "ClusterCIDR",
        "mode": "nftables",
    }
    kubeconfig = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {
                "name": "default",
                "cluster": {
                    "server": server,
                    "certificate-authority": (
                        "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt"
                    ),
                },
            }
        ],
        "contexts": [
            {
                "name": "default",
                "context": {"cluster": "default", "namespace": "default", "user": "default"},
            }
        ],
        "current-context": "default",
        "users": [
            {
                "name": "default",
                "user": {"tokenFile": "/var/run/secrets/kubernetes.io/serviceaccount/token"},
            }
        ],
    }
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": "kube-proxy",
            "namespace": SYSTEM,
            "labels": {"app": "kube-proxy"},
        },
        "data": {
            KUBE_PROXY_CONFIG: yaml.safe_dump(config, sort_keys=False),
            KUBE_PROXY_KUBECONFIG: yaml.safe_dump(kubeconfig, sort_keys=False),
        },
    }


def _dns_service() -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {
            "name": "kube-dns",
            "namespace": SYSTEM,
            "labels": {"k8s-app": "kube-dns", "kubernetes.io/name": "CoreDNS"},
        },
        "spec": {
            "clusterIP": str(DNS_SERVICE),
            "selector": {"k8s-app": "kube-dns"},
            "ports": [
                {"name": "dns", "port": 53, "protocol": "UDP", "targetPort": 53},
                {"name": "dns-tcp", "port": 53, "protocol": "TCP", "targetPort": 53},
            ],
        },
    }


def _dns_endpoints(topology: Topology) -> dict[str, Any]:
    pod = next(pod for pod in topology.pods if pod.name == DNS_POD)
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "name": "kube-dns-0",
            "namespace": SYSTEM,
            "labels": {
                "k8s-app": "kube-dns",
                "kubernetes.io/service-name": "kube-dns",
                "endpointslice.kubernetes.io/managed-by": "calico-routeros-lab",
            },
        },
        "addressType": "IPv4",
        "ports": [
            {"name": "dns", "port": 53, "protocol": "UDP"},
            {"name": "dns-tcp", "port": 53, "protocol": "TCP"},
        ],
        "endpoints": [
            {
                "addresses": [str(pod.address)],
                "conditions": {"ready": True, "serving": True, "terminating": False},
                "nodeName": pod.node,
                "targetRef": {"kind": "Pod", "name": pod.name, "namespace": pod.namespace},
            }
        ],
    }


def _block(node: Node, pods: Sequence[Pod]) -> dict[str, Any]:
    size = node.block.num_addresses
    allocations: list[int | None] = [None] * size
    attributes = []
    for index, pod in enumerate(pods):
        allocations[int(pod.address) - int(node.block.network_address)] = index
        attributes.append(
            {
                "handle_id": f"k8s-pod-network.{pod.namespace}.{pod.name}",
                "secondary": {
                    "namespace": pod.namespace,
                    "node": node.name,
                    "pod": pod.name,
                },
            }
        )
    return {
        "cidr": str(node.block),
        "affinity": f"host:{node.name}",
        "strictAffinity": False,
        "allocations": allocations,
        "attributes": attributes,
        "unallocated": [ordinal for ordinal in range(size) if allocations[ordinal] is None],
        "deleted": False,
    }


def _workload_pod(pod: Pod, node: Node, now: datetime) -> dict[str, Any]:
    is_dns = pod.name == DNS_POD
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": pod.name,
            "namespace": pod.namespace,
            "labels": {"k8s-app": "kube-dns"} if is_dns else {"app": "probe"},
            "annotations": {
                "cni.projectcalico.org/podIP": f"{pod.address}/32",
                "cni.projectcalico.org/podIPs": f"{pod.address}/32",
            },
        },
        "spec": {
            "nodeName": node.name,
            "serviceAccountName": "coredns" if is_dns else "default",
            "containers": [
                {
                    "name": "coredns" if is_dns else "probe",
                    "image": "lab.invalid/network-namespace:0",
                }
            ],
        },
        "status": _running(str(node.address.ip), str(pod.address), now),
    }


def _calico_pod(
    options: LabOptions, node: Node, daemon_set_uid: str, now: datetime
) -> dict[str, Any]:
    # A name as the DaemonSet controller makes it, but the same in every lab.
    suffix = hashlib.sha256(node.name.encode()).hexdigest()[:5]
    address = str(node.address.ip)
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": f"calico-node-{suffix}",
            "namespace": SYSTEM,
            "labels": {"k8s-app": "calico-node"},
            "ownerReferences": [
                {
                    "apiVersion": "apps/v1",
                    "kind": "DaemonSet",
                    "name": "calico-node",
                    "uid": daemon_set_uid,
                    "controller": True,
                    "blockOwnerDeletion": True,
                }
            ],
        },
        "spec": {"nodeName": node.name, **_calico_pod_spec(options)},
        "status": _running(address, address, now),
    }


def _running(host_address: str, pod_address: str, now: datetime) -> dict[str, Any]:
    stamp = _stamp(now)
    return {
        "phase": "Running",
        "hostIP": host_address,
        "hostIPs": [{"ip": host_address}],
        "podIP": pod_address,
        "podIPs": [{"ip": pod_address}],
        "startTime": stamp,
        "conditions": [
            {"type": kind, "status": "True", "lastTransitionTime": stamp}
            for kind in ("PodScheduled", "Initialized", "ContainersReady", "Ready")
        ],
    }


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
