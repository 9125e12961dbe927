#!/usr/bin/python
# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: calico_info
short_description: Read Calico's BGP objects and the nodes of a cluster
version_added: 1.0.0
author:
  - netfabric.calico_routeros authors (@netfabric)
description:
  - Reads what decides over BGP in a Kubernetes cluster with Calico. One list request per kind.
  - Finds out by itself whether Calico keeps its objects in C(crd.projectcalico.org/v1) or C(projectcalico.org/v3).
extends_documentation_fragment:
  - netfabric.calico_routeros.kubernetes
  - netfabric.calico_routeros.attributes
  - netfabric.calico_routeros.attributes.info
options:
  datastore:
    description: API group of Calico's objects.
    type: str
    choices: [auto, crd.projectcalico.org/v1, projectcalico.org/v3]
    default: auto
  report_failure:
    description:
      - Whether the module returns RV(error) instead of failing when the cluster cannot be read, so that it can be reported
        together with other faults.
    type: bool
    default: false
  timeout:
    description: Seconds for which an API server that does not answer is asked again.
    type: int
    default: 0
requirements:
  - kubernetes >= 24.2.0
"""

EXAMPLES = r"""
- name: Read the cluster
  netfabric.calico_routeros.calico_info:
    kubeconfig: ~/.kube/config
  register: cluster
"""

RETURN = r"""
error:
  description: Why the cluster could not be read.
  returned: if it could not be read and O(report_failure=true)
  type: str
cluster:
  description: The observed cluster.
  returned: success
  type: dict
  contains:
    server:
      description: URL of the API server.
      type: str
      returned: success
      sample: https://192.168.0.10:6443
    guid:
      description: Calico's GUID of the cluster, empty if it has none.
      type: str
      returned: success
      sample: 5a2f1c0e7b9d4c3f8e6a1b2c3d4e5f60
    api_group:
      description: API group of Calico's objects.
      type: str
      returned: success
      sample: crd.projectcalico.org/v1
    served_by:
      description: "Who serves that group: C(v1), C(native) resource definitions or C(api-server)."
      type: str
      returned: success
      sample: v1
    calico_version:
      description: Calico's version.
      type: str
      returned: success
      sample: v3.32.1
    backend:
      description: Calico's networking backend.
      type: str
      returned: success
      sample: bird
    nodes:
      description: Name, labels and Calico's annotations of every node.
      type: list
      elements: dict
      returned: success
    objects:
      description: Kind, name, labels and spec of every BGPConfiguration, BGPFilter, BGPPeer and IPPool.
      type: list
      elements: dict
      returned: success
    blocks:
      description: Node and range of every confirmed address block.
      type: list
      elements: dict
      returned: success
    felix:
      description: Routing tables and rule priority of Felix, and whether it runs in eBPF mode.
      type: dict
      returned: success
      sample:
        route_table_ranges: [{min: 1, max: 250}]
        wireguard_rule_priority: 99
        bpf_enabled: false
"""

from ..module_utils._calico.api import ApiFailed
from ..module_utils._calico.cluster import read_cluster
from ..module_utils._calico.datastore import NoCalicoApi
from ..module_utils._calico.module import connect, create_module
from ..module_utils._calico.patience import persistently

OPTIONS = {
    "datastore": {
        "type": "str",
        "choices": ["auto", "crd.projectcalico.org/v1", "projectcalico.org/v3"],
        "default": "auto",
    },
    "report_failure": {"type": "bool", "default": False},
    "timeout": {"type": "int", "default": 0},
}


def main() -> None:
    module = create_module(OPTIONS)
    try:
        cluster = persistently(
            lambda: read_cluster(connect(module), module.params["datastore"]),
            module.params["timeout"],
        )
    except (ApiFailed, NoCalicoApi) as exc:
        if module.params["report_failure"]:
            module.exit_json(changed=False, error=str(exc))
        module.fail_json(msg=str(exc))
    module.exit_json(changed=False, cluster=cluster)


if __name__ == "__main__":
    main()
