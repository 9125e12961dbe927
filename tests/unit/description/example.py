# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The example inventory as the role checks see it, for tests to bend."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.description import (
    Description,
    InventoryHost,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.faults import Fault
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.validation import (
    describe,
)
from ansible_collections.netfabric.calico_routeros.plugins.plugin_utils.role_variables import (
    check_host,
)

ROOT = Path(__file__).resolve().parents[3]
VARIABLES: Mapping[str, Any] = yaml.safe_load(
    (ROOT / "inventory/example/group_vars/all.yml").read_text(encoding="utf-8")
)
ADDRESSES = {
    "k8s-control": "192.168.0.10",
    **{f"k8s-worker{i}": f"192.168.0.{10 + i}" for i in range(1, 6)},
    "ros": "192.168.0.253",
    "client": "192.168.0.100",
}
NODES = [name for name in ADDRESSES if name.startswith("k8s-")]


def groups_of(host: str) -> frozenset[str]:
    """Return the groups of a host of the example inventory."""
    groups = {
        "k8s-control": {"kube_control_plane"},
        "k8s-worker5": {"kube_node", "route_reflectors"},
        "ros": {"routeros"},
        "client": {"static_route_hosts"},
    }
    return frozenset(groups.get(host, {"kube_node"}))


def read(
    change: Mapping[str, Any] | None = None,
    host_change: Mapping[str, Mapping[str, Any]] | None = None,
    groups: Mapping[str, set[str]] | None = None,
    cluster_nodes: list[str] | None = None,
) -> tuple[Description | None, list[Fault]]:
    """Read the example with some variables changed, for all hosts or for one."""
    hosts, faults = [], []
    for name, address in ADDRESSES.items():
        variables = {**copy.deepcopy(dict(VARIABLES)), **(change or {})}
        variables.update((host_change or {}).get(name, {}))
        checked, found = check_host(name, variables)
        faults += found
        member_of = frozenset(groups[name]) if groups and name in groups else groups_of(name)
        hosts.append(InventoryHost(name, member_of, address, checked))
    description, more = describe(
        hosts,
        NODES if cluster_nodes is None else cluster_nodes,
        known_pools=["default-ipv4-ippool"],
    )
    return description, faults + more
