# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ..module_utils._fabric.description import torn_down
from ..module_utils._fabric.faults import Fault, report
from ..module_utils._fabric.work import work
from ..plugin_utils.inventory import read_description, read_hosts
from ..plugin_utils.role_variables import plain
from ..plugin_utils.router_description import router_faults


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
            {
                "cluster": {"type": "dict"},
                "cluster_error": {"type": "str"},
                "teardown": {"type": "bool", "default": False},
            }
        )
        cluster = plain(options["cluster"] or {})
        hosts, faults = read_hosts(task_vars or {})
        description, more = read_description(hosts, cluster)
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
            wish = torn_down(description) if options["teardown"] else description
            fabric, faults = work(wish, cluster, lambda routers: router_faults(routers, hosts))
        if faults:
            raise AnsibleActionFail(report(faults))
        result.update(changed=False, fabric=fabric)
        return result
