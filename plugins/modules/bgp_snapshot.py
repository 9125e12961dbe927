#!/usr/bin/python
# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: bgp_snapshot
short_description: Keep what a plan is going to change until the run is over
version_added: 1.0.0
author:
  - netfabric.calico_routeros authors (@netfabric)
description:
  - Keeps the objects and nodes that a plan is going to change in a file on the controller, as they were before the first write.
  - If the file of a run that was killed is still there, the older state of an object wins, so that the way back leads behind
    both runs.
  - Runs on the controller and talks to nobody.
extends_documentation_fragment:
  - netfabric.calico_routeros.attributes
  - netfabric.calico_routeros.attributes.info
options:
  state:
    description: Whether to keep the snapshot or to remove it.
    type: str
    choices: [present, absent]
    default: present
  dir:
    description: Folder on the controller.
    type: path
    required: true
  cluster:
    description: The observed cluster, as M(netfabric.calico_routeros.calico_info) returns it.
    type: dict
    required: true
  plan:
    description: The plan, as M(netfabric.calico_routeros.bgp_plan) returns it.
    type: dict
  routers:
    description: What each router answered, as for M(netfabric.calico_routeros.bgp_plan).
    type: dict
    default: {}
seealso:
  - module: netfabric.calico_routeros.bgp_plan
"""

EXAMPLES = r"""
- name: Keep what the plan is going to change
  netfabric.calico_routeros.bgp_snapshot:
    dir: ~/.ansible/calico_routeros
    cluster: "{{ cluster_read.cluster }}"
    plan: "{{ planned.plan }}"
  run_once: true
"""

RETURN = r"""
path:
  description: The file.
  returned: success
  type: str
  sample: /home/ops/.ansible/calico_routeros/192.168.0.10_6443.json
snapshot:
  description: What it holds. C(objects) and C(nodes) as they were, C(touched) names, C(routers) with their sessions.
  returned: when O(state=present)
  type: dict
interrupted:
  description: Whether the file of an earlier run was there.
  returned: when O(state=present)
  type: bool
removed:
  description: Whether there was a file to remove.
  returned: when O(state=absent)
  type: bool
"""
