#!/usr/bin/python
# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: linux_routes
short_description: Static routes of a Linux host, active at once
version_added: 1.0.0
author:
  - netfabric.calico_routeros authors (@netfabric)
description:
  - Makes routes of the table main what is wished, through iproute2. Routes that are not named stay as they are.
  - A route that is so already, whoever made it, is left alone.
extends_documentation_fragment:
  - netfabric.calico_routeros.attributes
options:
  routes:
    description: The routes.
    type: list
    elements: dict
    required: true
    suboptions:
      dst:
        description: Destination prefix.
        type: str
        required: true
      gateways:
        description: Next hops. Several are equal paths.
        type: list
        elements: str
        required: true
      metric:
        description: Metric of the route.
        type: int
      state:
        description: Whether the route shall be there.
        type: str
        choices: [present, absent]
        default: present
"""

EXAMPLES = r"""
- name: Reach the services through the reflector
  netfabric.calico_routeros.linux_routes:
    routes:
      - dst: 10.96.0.0/12
        gateways: [192.168.0.15]
"""

RETURN = r"""
actions:
  description: The commands, in order. In check mode those that would be run.
  returned: success
  type: list
  elements: str
  sample: [ip -4 route replace 10.96.0.0/12 proto static via 192.168.0.15]
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._linux.routes import (
    RouteCommandFailed,
    WishedRoute,
    apply,
    read_routes,
    route_commands,
    route_text,
    routes_after,
)


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "routes": {
                "type": "list",
                "elements": "dict",
                "required": True,
                "options": {
                    "dst": {"type": "str", "required": True},
                    "gateways": {"type": "list", "elements": "str", "required": True},
                    "metric": {"type": "int"},
                    "state": {
                        "type": "str",
                        "choices": ["present", "absent"],
                        "default": "present",
                    },
                },
            },
        },
        supports_check_mode=True,
    )
    wished = [
        WishedRoute(r["dst"], tuple(r["gateways"]), r["metric"], r["state"] == "present")
        for r in module.params["routes"]
    ]

    def run(command):
        return module.run_command(list(command))

    try:
        current = read_routes(run)
        commands = route_commands(current, wished)
        if not module.check_mode:
            apply(run, commands)
    except RouteCommandFailed as exc:
        module.fail_json(msg=str(exc))
    destinations = [route.dst for route in wished]
    module.exit_json(
        changed=bool(commands),
        actions=[" ".join(command) for command in commands],
        diff={
            "before": route_text(current, destinations),
            "after": route_text(routes_after(current, wished), destinations),
        },
    )


if __name__ == "__main__":
    main()
