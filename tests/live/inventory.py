# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Inventories of a lab: who is a reflector, and which variables are set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from calico_lab.inventory import GROUP, lab_variables
from calico_lab.lab import Lab
from calico_lab.topology import CLIENT, CONTROL, ROUTER, ROUTER_LAN_ADDRESS

Variables = Mapping[str, Any]


@dataclass(frozen=True)
class Description:
    """What a user describes.

    :param reflectors: members of the group route_reflectors, each with variables of its own.
    :param router: variables of the router.
    :param client: variables of the outside client.
    :param nodes: variables of single nodes, by name.
    :param variables: variables of all.
    """

    reflectors: Mapping[str, Variables] = field(default_factory=dict)
    router: Variables = field(default_factory=dict)
    client: Variables = field(default_factory=dict)
    variables: Variables = field(default_factory=dict)
    nodes: Mapping[str, Variables] = field(default_factory=dict)


def snapshot_folder(lab: Lab) -> Path:
    """Where runs keep the state before their first write."""
    return lab.state.root / "snapshots"


def write_inventory(lab: Lab, description: Description, file: Path) -> Path:
    """Write an inventory with the lab's hosts and what is described; the file."""
    nodes = {
        node.name: {"ansible_host": str(node.address.ip), **description.nodes.get(node.name, {})}
        for node in lab.topology.nodes
    }
    router = {"ansible_host": str(ROUTER_LAN_ADDRESS.ip), **description.router}
    groups = {
        "kube_control_plane": {CONTROL: nodes.pop(CONTROL)},
        "kube_node": nodes,
        "route_reflectors": {name: dict(own) for name, own in description.reflectors.items()},
        "routeros": {ROUTER: router},
        "static_route_hosts": {CLIENT: dict(description.client)},
        GROUP: dict.fromkeys(lab.topology.lan_hosts, None),
    }
    variables = {
        **lab_variables(lab.topology, lab.state),
        # All labs have the same addresses, so their snapshots must not meet in one folder.
        "calico_bgp_snapshot_dir": str(snapshot_folder(lab)),
        **description.variables,
    }
    content = {
        "all": {
            "vars": variables,
            "children": {name: {"hosts": hosts} for name, hosts in groups.items()},
        }
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(yaml.safe_dump(content, sort_keys=False))
    return file
