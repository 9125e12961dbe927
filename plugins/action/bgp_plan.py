# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ..module_utils._fabric.description import torn_down
from ..module_utils._fabric.faults import report
from ..module_utils._fabric.plan import make_plan, plan_back
from ..module_utils._fabric.plan_consent import missing_consents
from ..module_utils._fabric.plan_data import plan_data
from ..module_utils._fabric.plan_pins import PinAnswers
from ..module_utils._fabric.plan_wish import ROLES
from ..module_utils._fabric.report_plan import refusal_texts
from ..plugin_utils.inventory import read_description, read_hosts
from ..plugin_utils.role_variables import plain


class ActionModule(ActionBase):
    """Return the plan from the observed cluster to the described one.

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
                "cluster": {"type": "dict", "required": True},
                "routers": {"type": "dict", "default": {}},
                "nodes": {"type": "dict"},
                "roles": {
                    "type": "list",
                    "elements": "str",
                    "choices": list(ROLES),
                    "default": list(ROLES),
                },
                "teardown": {"type": "bool", "default": False},
                "snapshot": {"type": "dict"},
            }
        )
        cluster = plain(options["cluster"])
        hosts, faults = read_hosts(task_vars or {})
        description, more = read_description(hosts, cluster)
        if description is None or faults or more:
            raise AnsibleActionFail(report([*faults, *more]))
        if options["teardown"]:
            description = torn_down(description)
        variables = next(host.variables for host in hosts if host.in_cluster)
        pins = None
        if options["nodes"] is not None:
            pins = PinAnswers.from_data(variables["calico_bgp_pins"], plain(options["nodes"]))
        if options["snapshot"] is not None:
            down = pins.down if pins is not None else {}
            plan = plan_back(description, cluster, plain(options["snapshot"]), down)
        else:
            routers = plain(options["routers"])
            plan = make_plan(description, cluster, routers, pins, options["roles"])
        data = plan_data(plan)
        unmet = [str(fault) for fault in missing_consents(data, variables["calico_bgp_consent"])]
        result.update(changed=False, plan=data, refusals=refusal_texts(data), unmet=unmet)
        return result
