# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Calico objects that the description asks for, in the order in which they may be written."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping, Sequence
from typing import Any

from .description import CalicoObject, Description, NodePatch, Reflector, Router

CLUSTER_ID_ANNOTATION = "projectcalico.org/RouteReflectorClusterID"
DEFAULT_CONFIGURATION = "default"
#: AS number of a cluster whose BGPConfiguration names none (Calico's documented default).
DEFAULT_AS_NUMBER = 64512
#: First Calico release whose BGPPeer has nextHopMode.
_NEXT_HOP_MODE_SINCE = (3, 31)


def configuration(description: Description) -> list[CalicoObject]:
    """Return pools, BGPConfiguration, filters and peers of the role calico_bgp.

    The mesh is among them only where it must be on: it is disabled last, see :func:`mesh_off`.
    """
    spec = dict(description.configuration)
    if description.mesh == "enabled" and not description.teardown:
        spec["nodeToNodeMeshEnabled"] = True
    objects = [*description.pools]
    if spec:
        objects.append(_configuration_object(spec))
    return [*objects, *description.filters, *description.peers]


def _configuration_object(spec: Mapping[str, Any]) -> CalicoObject:
    return CalicoObject("BGPConfiguration", DEFAULT_CONFIGURATION, spec, "calico_bgp")


def reflector_peers(
    description: Description, racks: Mapping[str, str | None]
) -> list[CalicoObject]:
    """Return the BGPPeers that connect nodes with reflectors, by their labels.

    One for all, or with a rack label one for each rack that has a reflector, and one among the
    reflectors. ``racks`` maps nodes to the value of that label.
    """
    if not description.reflectors:
        return []
    label, value = description.reflector_label
    name, nodes = description.reflector_peer_name, description.reflector_peer_node_selector
    reflector = f"{label} == '{value}'"
    if description.reflector_rack_label is None:
        return [_reflector_peer(description, name, nodes, reflector)]
    found = {racks.get(item.node) for item in description.reflectors}
    peers = []
    for rack in sorted(text for text in found if text):
        here = f"{description.reflector_rack_label} == '{rack}'"
        served = here if nodes == "all()" else f"({nodes}) && {here}"
        peers.append(
            _reflector_peer(
                description, f"{name}-{name_part(rack)}", served, f"{reflector} && {here}"
            )
        )
    peers.append(_reflector_peer(description, f"{name}-reflectors", reflector, reflector))
    return peers


def name_part(text: str) -> str:
    """Return a label's value in a form that the name of an object may have."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "rack"


def _reflector_peer(
    description: Description, name: str, nodes: str, reflectors: str
) -> CalicoObject:
    spec: dict[str, Any] = {"nodeSelector": nodes, "peerSelector": reflectors}
    if description.reflector_password:
        spec["password"] = description.reflector_password
    return CalicoObject("BGPPeer", name, spec, "route_reflector")


def promotions(description: Description) -> list[NodePatch]:
    """Return one patch per reflector: label and cluster ID, which Calico then sees at once."""
    label, value = description.reflector_label
    return [
        NodePatch(r.node, {label: value}, {CLUSTER_ID_ANNOTATION: r.cluster_id})
        for r in description.reflectors
    ]


def mesh_off(description: Description) -> list[CalicoObject]:
    """Return the write that ends the mesh, if the description wants that.

    Password and restart time of the mesh go in the same write: from 3.32 on the resource definition
    refuses them beside a disabled mesh.
    """
    if not description.reflectors or description.mesh == "enabled":
        return []
    spec = {
        "nodeToNodeMeshEnabled": False,
        "nodeMeshPassword": None,
        "nodeMeshMaxRestartTime": None,
    }
    return [_configuration_object(spec)]


def router_peer_name(reflector: Reflector, router: Router) -> str:
    """Return the name of the BGPPeer between a reflector and a router."""
    return f"{reflector.rr_id}-to-{router.host}-peer"


def router_peers(
    description: Description, as_number: int, calico_version: Sequence[int]
) -> list[CalicoObject]:
    """Return Calico's half of every reflector's peering with every router.

    Towards a router of another AS the next hop is kept: else all traffic from the router would
    enter the cluster through the reflector (projectcalico/calico#3666).
    """
    peers = []
    for router in description.routers:
        for reflector in description.reflectors:
            remote_as = router.as_number or as_number
            spec: dict[str, Any] = {
                "nodeSelector": f"{description.router_label} == '{reflector.rr_id}'",
                "peerIP": router.local_address,
                "asNumber": remote_as,
            }
            if remote_as != as_number:
                if tuple(calico_version[:2]) >= _NEXT_HOP_MODE_SINCE:
                    spec["nextHopMode"] = "Keep"
                else:
                    spec["keepOriginalNextHop"] = True
            if router.md5_secret:
                spec["password"] = router.md5_secret
            name = router_peer_name(reflector, router)
            peers.append(CalicoObject("BGPPeer", name, spec, "routeros_peer"))
    return peers


def router_labels(description: Description) -> list[NodePatch]:
    """Return the labels by which :func:`router_peers` selects the reflectors."""
    if not description.routers:
        return []
    return [NodePatch(r.node, {description.router_label: r.rr_id}) for r in description.reflectors]


def router_connections(
    description: Description, router: Router, as_number: int, addresses: Mapping[str, str]
) -> dict[str, Any]:
    """Return the router's half, as the options of the module routeros_bgp.

    ``addresses`` maps node names to the addresses with which the nodes speak BGP.
    """
    version = ipaddress.ip_address(router.local_address).version
    connections = []
    for reflector in description.reflectors:
        connection = {
            # By node, so that a name never moves to another address where two would have the same.
            "name": f"calico-{reflector.node}",
            "remote_address": addresses[reflector.node],
            "remote_as": as_number,
            "local_address": router.local_address,
            "address_families": ["ip" if version == 4 else "ipv6"],
            "hold_time": router.hold_time,
            "keepalive_time": router.keepalive_time,
            "redistribute": list(router.redistribute),
            **router.session_options,
        }
        connections.append({key: value for key, value in connection.items() if value is not None})
    instance = {"as_number": router.as_number or as_number, "router_id": router.router_id}
    if router.instance is not None:
        instance["name"] = router.instance
    if router.multipath is not None:
        instance["multipath"] = router.multipath
    result = {
        "addresses": [{"address": a.address, "interface": a.interface} for a in router.addresses],
        "filters": [dict(entry) for entry in router.filters],
        "instance": instance,
        "connections": connections,
        "networks": list(router.networks),
    }
    return result if router.ospf is None else {**result, "ospf": dict(router.ospf)}
