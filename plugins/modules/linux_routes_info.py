#!/usr/bin/python
# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: linux_routes_info
short_description: Read the routes of a Linux host
version_added: 1.0.0
author:
  - netfabric.calico_routeros authors (@netfabric)
description:
  - Returns the routes of the table main of both address families.
extends_documentation_fragment:
  - netfabric.calico_routeros.attributes
  - netfabric.calico_routeros.attributes.info
options:
  wait_for:
    description: Routes to wait for.
    type: list
    elements: dict
    default: []
    suboptions:
      dst:
        description: Destination prefix.
        type: str
        required: true
      gateways:
        description: Next hops of the route.
        type: list
        elements: str
        required: true
  present:
    description: Destination prefixes to wait for, whatever their next hops. The module fails if they do not come.
    type: list
    elements: str
    default: []
  timeout:
    description: Seconds to wait for O(wait_for) and O(present). For O(wait_for) the module returns what there is then.
    type: int
    default: 30
"""

EXAMPLES = r"""
- name: Read the routes
  netfabric.calico_routeros.linux_routes_info:
  register: kernel
"""

RETURN = r"""
routes:
  description: The routes in the kernel's order.
  returned: success
  type: list
  elements: dict
  sample:
    - dst: 10.20.0.64/26
      gateways: [192.168.0.11]
      device: eth0
      protocol: bird
      metric: 0
      kind: unicast
"""

import time
from dataclasses import asdict

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._linux.routes import RouteCommandFailed, read_routes

WAIT_FOR = {
    "type": "list",
    "elements": "dict",
    "default": [],
    "options": {
        "dst": {"type": "str", "required": True},
        "gateways": {"type": "list", "elements": "str", "required": True},
    },
}


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "wait_for": WAIT_FOR,
            "present": {"type": "list", "elements": "str", "default": []},
            "timeout": {"type": "int", "default": 30},
        },
        supports_check_mode=True,
    )
    wanted = {(r["dst"], tuple(sorted(r["gateways"]))) for r in module.params["wait_for"]}
    end = time.monotonic() + module.params["timeout"]
    while True:
        try:
            routes = read_routes(lambda command: module.run_command(list(command)))
        except RouteCommandFailed as exc:
            module.fail_json(msg=str(exc))
        absent = set(module.params["present"]) - {r.dst for r in routes}
        complete = wanted <= {(r.dst, r.gateways) for r in routes}
        if (complete and not absent) or time.monotonic() > end:
            break
        time.sleep(0.5)
    if absent:
        module.fail_json(
            msg=f"no route in the table main after {module.params['timeout']} s to "
            + ", ".join(sorted(absent))
        )
    module.exit_json(changed=False, routes=[asdict(route) for route in routes])


if __name__ == "__main__":
    main()
