#!/usr/bin/python
# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: calico_node_status
short_description: Ask calico-node for the sessions and routes of nodes
version_added: 1.0.0
author:
  - netfabric.calico_routeros authors (@netfabric)
description:
  - Creates a C(CalicoNodeStatus) per node, waits until calico-node has filled it in, and deletes it again.
  - Nine at a time, since Calico asks for fewer than ten.
  - Needs no login on the nodes. These temporary objects are all that it writes; it reports no change.
extends_documentation_fragment:
  - netfabric.calico_routeros.kubernetes
  - netfabric.calico_routeros.attributes
attributes:
  check_mode:
    support: none
    details:
      - Without its temporary objects there is nothing to read; the module is skipped.
  diff_mode:
    support: N/A
    details:
      - Nothing stays changed.
options:
  api_group:
    description: API group of Calico's objects, as M(netfabric.calico_routeros.calico_info) found it.
    type: str
    choices: [crd.projectcalico.org/v1, projectcalico.org/v3]
    required: true
  nodes:
    description: Names of the nodes.
    type: list
    elements: str
    required: true
  wait_for:
    description:
      - Neighbor addresses by node with which sessions must be Established. The module asks until they are, and fails if they
        are not after O(wait_timeout).
    type: dict
    default: {}
  wait_timeout:
    description: Seconds in which O(wait_for) must come true.
    type: int
    default: 120
  timeout:
    description: Seconds in which nine nodes must report.
    type: int
    default: 30
requirements:
  - kubernetes >= 24.2.0
seealso:
  - module: netfabric.calico_routeros.bird_info
"""

EXAMPLES = r"""
- name: What does the reflector see?
  netfabric.calico_routeros.calico_node_status:
    api_group: crd.projectcalico.org/v1
    nodes: [k8s-worker5]
"""

RETURN = r"""
nodes:
  description: By node, its sessions and the routes of its kernel.
  returned: success
  type: dict
  sample:
    k8s-worker5:
      sessions:
        - neighbor: 192.168.0.11
          state: Established
          type: NodePeer
      routes:
        - dst: 10.20.36.192/26
          gateways: [192.168.0.11]
"""

import time

from ..module_utils._calico.api import ApiFailed
from ..module_utils._calico.module import connect, create_module
from ..module_utils._calico.node_status import NodesSilent, not_established, read_statuses

OPTIONS = {
    "api_group": {
        "type": "str",
        "choices": ["crd.projectcalico.org/v1", "projectcalico.org/v3"],
        "required": True,
    },
    "nodes": {"type": "list", "elements": "str", "required": True},
    "wait_for": {"type": "dict", "default": {}},
    "wait_timeout": {"type": "int", "default": 120},
    "timeout": {"type": "int", "default": 30},
}


def main() -> None:
    module = create_module(OPTIONS, supports_check_mode=False)
    params = module.params
    try:
        api = connect(module)
        end = time.monotonic() + params["wait_timeout"]
        while True:
            nodes = read_statuses(api, params["api_group"], params["nodes"], params["timeout"])
            missing = not_established(nodes, params["wait_for"])
            if not missing or time.monotonic() > end:
                break
    except (ApiFailed, NodesSilent) as exc:
        module.fail_json(msg=str(exc))
    if missing:
        module.fail_json(
            msg=f"not Established after {params['wait_timeout']} s: {', '.join(missing)}"
        )
    module.exit_json(changed=False, nodes=nodes)


if __name__ == "__main__":
    main()
