#!/usr/bin/python
# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: fabric
short_description: Validate the whole description and work out what follows from it
version_added: 1.0.0
author:
  - netfabric.calico_routeros authors (@netfabric)
description:
  - Reads the variables of this collection's roles of every host in the inventory groups C(kube_control_plane), C(kube_node),
    C(k8s_cluster), C(route_reflectors), C(routeros) and C(static_route_hosts), whatever hosts the play runs on.
  - Reports all faults at once, each with host, variable, what was found and what was expected.
  - Returns Calico objects, node labels, router options, routes, and the sessions and routes to expect.
  - Runs on the controller and talks to nobody.
extends_documentation_fragment:
  - netfabric.calico_routeros.attributes
  - netfabric.calico_routeros.attributes.info
options:
  cluster:
    description: The observed cluster, as M(netfabric.calico_routeros.calico_info) returns it. Without it only the variables are checked.
    type: dict
  cluster_error:
    description: Why the cluster could not be read. It is reported beside the other faults.
    type: str
  teardown:
    description: Whether what follows is that of the network without anything of this collection.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Validate the description against the cluster
  netfabric.calico_routeros.fabric:
    cluster: "{{ cluster_read.cluster }}"
  run_once: true
  register: validated
"""

RETURN = r"""
fabric:
  description: What the roles need to know, and what to expect afterwards. Empty without O(cluster).
  returned: success
  type: dict
  contains:
    api_group:
      description: API group of Calico's objects.
      type: str
      returned: success
    snapshot:
      description: Name of the snapshot's file, without ending.
      type: str
      returned: success
    as_number:
      description: AS number of the cluster in the end.
      type: int
      returned: success
    nodes:
      description: Node name by host.
      type: dict
      returned: success
    routeros_peer:
      description: Options of each router, the routers that lose everything, and the neighbors to wait for.
      type: dict
      returned: success
    static_routes:
      description: Routes by host.
      type: dict
      returned: success
    expected:
      description: Sessions and routes of every node and router in the end.
      type: dict
      returned: success
"""
