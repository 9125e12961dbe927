# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The description from Ansible's inventory, whatever hosts a play runs on."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any

from ..module_utils._fabric.description import (
    CLUSTER_GROUP,
    CONTROL_PLANE_GROUP,
    NODE_GROUP,
    REFLECTOR_GROUP,
    ROUTE_HOST_GROUP,
    ROUTER_GROUP,
    Description,
    InventoryHost,
)
from ..module_utils._fabric.faults import Fault
from ..module_utils._fabric.validation import describe
from .role_variables import check_host

_GROUPS = (
    CONTROL_PLANE_GROUP,
    NODE_GROUP,
    CLUSTER_GROUP,
    REFLECTOR_GROUP,
    ROUTER_GROUP,
    ROUTE_HOST_GROUP,
)


def read_hosts(task_vars: Mapping[str, Any]) -> tuple[list[InventoryHost], list[Fault]]:
    """Return the hosts of our groups with their variables, and what is wrong with those."""
    groups, hostvars = task_vars["groups"], task_vars["hostvars"]
    names = dict.fromkeys(str(name) for group in _GROUPS for name in groups.get(group, ()))
    hosts, faults = [], []
    for name in names:
        variables, found = check_host(name, hostvars[name])
        faults += found
        member_of = frozenset(group for group in _GROUPS if name in groups.get(group, ()))
        hosts.append(InventoryHost(name, member_of, _address(hostvars[name]), variables))
    # Reflectors are numbered by their place in their own group.
    order = {str(name): place for place, name in enumerate(groups.get(REFLECTOR_GROUP, ()))}
    hosts.sort(key=lambda host: order.get(host.name, -1))
    return hosts, faults


def read_description(
    hosts: list[InventoryHost], cluster: Mapping[str, Any]
) -> tuple[Description | None, list[Fault]]:
    """Return the description against the observed cluster, which may be empty, and its faults."""
    nodes = [node["name"] for node in cluster["nodes"]] if cluster else None
    return describe(hosts, nodes, _names(cluster, "BGPFilter"), _names(cluster, "IPPool"))


def _address(variables: Any) -> str | None:
    """Return a host's ``ansible_host`` if it is an IP address."""
    try:
        return str(ipaddress.ip_address(str(variables.get("ansible_host", ""))))
    except ValueError:
        return None


def _names(cluster: Mapping[str, Any], kind: str) -> list[str]:
    return [item["name"] for item in cluster.get("objects", ()) if item["kind"] == kind]
