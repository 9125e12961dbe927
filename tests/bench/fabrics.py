# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Large clusters as objects of the Kubernetes API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

Raw = dict[str, Any]

NODES_IN_RACK = 50
AS_NUMBER = 63400
ROUTERS = ("10.255.0.1", "10.255.0.2")


class Fabric(NamedTuple):
    """Objects of a cluster, the block of every node, and the spines that the routers peer with."""

    objects: list[Raw]
    blocks: list[tuple[str, str]]
    spines: list[str]


def racks(count: int) -> Fabric:
    """Racks of 50 nodes, two of them reflectors with the rack's cluster ID, below a pair of spines
    with an ID of their own; the spines peer with a pair of routers. Every rack is a network."""
    objects = [
        _object(
            "BGPConfiguration",
            "default",
            nodeToNodeMeshEnabled=False,
            asNumber=AS_NUMBER,
            serviceClusterIPs=[{"cidr": "10.96.0.0/12"}],
        ),
        _object("IPPool", "pods", cidr="172.16.0.0/12", blockSize=26),
        _object(
            "BGPPeer",
            "spines",
            nodeSelector="has(rack-reflector)",
            peerSelector="has(spine)",
        ),
        *(
            _object(
                "BGPPeer",
                f"router-{address}",
                nodeSelector="has(spine)",
                peerIP=address,
                asNumber=AS_NUMBER,
            )
            for address in ROUTERS
        ),
    ]
    spines = []
    for rack in range(count):
        selector = f"rack == 'rack-{rack}'"
        objects.append(
            _object(
                "BGPPeer",
                f"rack-{rack}",
                nodeSelector=selector,
                peerSelector=f"{selector} && has(rack-reflector)",
            )
        )
        for node, address in _nodes(rack):
            objects.append(node)
            if "spine" in node["metadata"]["labels"]:
                spines.append(address)
    names = [found["metadata"]["name"] for found in objects if found["kind"] == "Node"]
    blocks = [(name, _block(number)) for number, name in enumerate(names)]
    return Fabric(objects, blocks, spines)


def _nodes(rack: int) -> Iterator[tuple[Raw, str]]:
    for place in range(NODES_IN_RACK):
        name = f"n{rack}-{place}"
        address = f"10.{rack >> 8}.{rack & 255}.{place + 1}"
        labels = {"rack": f"rack-{rack}"}
        annotations = {"projectcalico.org/IPv4Address": f"{address}/24"}
        if place < 2:
            labels["rack-reflector"] = "true"
            cluster_id = f"244.{rack >> 8}.{rack & 255}.1"
            annotations["projectcalico.org/RouteReflectorClusterID"] = cluster_id
        elif rack == 0 and place < 4:
            labels["spine"] = "true"
            annotations["projectcalico.org/RouteReflectorClusterID"] = "245.0.0.1"
        metadata = {"name": name, "labels": labels, "annotations": annotations}
        yield {"kind": "Node", "metadata": metadata}, address


def _block(number: int) -> str:
    value = (172 << 24) + (16 << 16) + (number << 6)
    return ".".join(str(value >> shift & 255) for shift in (24, 16, 8, 0)) + "/26"


def _object(kind: str, name: str, **spec: Any) -> Raw:
    return {"kind": kind, "metadata": {"name": name}, "spec": spec}
