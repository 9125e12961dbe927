# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import ipaddress
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ..module_utils._fabric.description import (
    CLUSTER_GROUP,
    CONTROL_PLANE_GROUP,
    NODE_GROUP,
    REFLECTOR_GROUP,
    ROUTE_HOST_GROUP,
    ROUTER_GROUP,
    InventoryHost,
)
from ..module_utils._fabric.faults import Fault, report
from ..module_utils._fabric.validation import describe
from ..module_utils._fabric.work import work
from ..plugin_utils.role_variables import check_host, plain

_GROUPS = (
    CONTROL_PLANE_GROUP,
    NODE_GROUP,
    CLUSTER_GROUP,
    REFLECTOR_GROUP,
    ROUTER_GROUP,
    ROUTE_HOST_GROUP,
)


class ActionModule(ActionBase):
    """Validate the whole description at once and return what follows from it.

    Runs on the controller, since only there the variables of all hosts are at hand.
    """

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        _spec, options = self.validate_argument_spec(
            {"cluster": {"type": "dict"}, "cluster_error": {"type": "str"}}
        )
        cluster = plain(options["cluster"] or {})
        hosts, faults = self._hosts(task_vars or {})
        nodes = [node["name"] for node in cluster["nodes"]] if cluster else None
        description, more = describe(
            hosts,
            nodes,
            _names(cluster, "BGPFilter"),
            _names(cluster, "IPPool"),
        )
        faults += more
        if options["cluster_error"]:
            faults.append(
                Fault(
                    (str(hosts[0].variables["calico_bgp_api_host"]) if hosts else "localhost",),
                    "Kubernetes API",
                    str(options["cluster_error"]),
                    "an answer",
                    "See calico_bgp_api_host and the connection variables of the role calico_bgp.",
                )
            )
        fabric: dict[str, Any] = {}
        if description is not None and cluster and not faults:
            fabric, faults = work(description, cluster)
        if faults:
            raise AnsibleActionFail(report(faults))
        result.update(changed=False, fabric=fabric)
        return result

    def _hosts(self, task_vars: dict[str, Any]) -> tuple[list[InventoryHost], list[Fault]]:
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


def _address(variables: Any) -> str | None:
    """Return a host's ``ansible_host`` if it is an IP address."""
    try:
        return str(ipaddress.ip_address(str(variables.get("ansible_host", ""))))
    except ValueError:
        return None


def _names(cluster: dict[str, Any], kind: str) -> list[str]:
    return [item["name"] for item in cluster.get("objects", ()) if item["kind"] == kind]
