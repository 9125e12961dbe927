#!/usr/bin/python
# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: bgp_plan
short_description: Plan the steps from the observed cluster to the described one
version_added: 1.0.0
author:
  - netfabric.calico_routeros authors (@netfabric)
description:
  - Works out ordered steps, and for each of them which BGP sessions start, stop and restart on which node, which routes are
    away meanwhile, and who has to agree.
  - Proves that no node loses a route from one step to the next, and refuses what would, with the reason and the way out.
  - Reads the description as M(netfabric.calico_routeros.fabric) does. Runs on the controller and talks to nobody.
extends_documentation_fragment:
  - netfabric.calico_routeros.attributes
  - netfabric.calico_routeros.attributes.info
options:
  cluster:
    description: The observed cluster, as M(netfabric.calico_routeros.calico_info) returns it.
    type: dict
    required: true
  routers:
    description:
      - What each router answered, by inventory name. C(actions) and C(restarts) of M(netfabric.calico_routeros.routeros_bgp)
        in check mode, C(sessions) of M(netfabric.calico_routeros.routeros_bgp_info).
      - A router that is missing here is taken to be as described if Calico's half of its peering is.
    type: dict
    default: {}
  nodes:
    description:
      - What each node said, by node name. C(no_login) is why nobody can log in, C(hidden) and C(faults) are those of
        M(netfabric.calico_routeros.route_pins) in check mode, C(down) names the sessions that are not Established.
        Unset asks for no consent on behalf of pins.
    type: dict
  roles:
    description: Roles that run. Only their writes are planned.
    type: list
    elements: str
    choices: [calico_bgp, route_reflector, routeros_peer]
    default: [calico_bgp, route_reflector, routeros_peer]
  teardown:
    description: Whether the plan leads to what was before this collection came, instead of to what is described.
    type: bool
    default: false
  snapshot:
    description: What M(netfabric.calico_routeros.bgp_snapshot) kept. With it the plan leads back there.
    type: dict
seealso:
  - module: netfabric.calico_routeros.bgp_report
  - module: netfabric.calico_routeros.bgp_snapshot
"""

EXAMPLES = r"""
- name: Plan
  netfabric.calico_routeros.bgp_plan:
    cluster: "{{ cluster_read.cluster }}"
  run_once: true
  register: planned
"""

RETURN = r"""
plan:
  description: The plan.
  returned: success
  type: dict
  contains:
    summary:
      description: How many steps, sessions (counted at both ends), consents and refusals there are.
      type: dict
      returned: success
    steps:
      description:
        - The steps in order. Each has C(number), C(title), C(role) that runs it, C(roles) that write, C(pins), C(changes),
          C(sessions) with their C(effect), C(routes_away) by place, C(gap) in seconds, C(routes_replaced), C(wait_for), C(relies_on), C(consents),
          C(notes), and in C(apply) what to write.
      type: list
      elements: dict
      returned: success
    sessions:
      description: The sessions of every node and router, C(now) and C(then).
      type: dict
      returned: success
    consents:
      description: What somebody has to agree to. Each has C(step), C(kind), C(subject) and C(reason).
      type: list
      elements: dict
      returned: success
    notes:
      description: What else to know.
      type: list
      elements: str
      returned: success
    refusals:
      description: Why nothing may be written. Each has C(hosts), C(variable), C(found), C(expected) and C(way_out).
      type: list
      elements: dict
      returned: success
refusals:
  description: The refusals as sentences.
  returned: success
  type: list
  elements: str
unmet:
  description: The consents that the variable C(calico_bgp_consent) does not give, as sentences.
  returned: success
  type: list
  elements: str
"""
