#!/usr/bin/python
# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: calico_objects
short_description: Make Calico's objects and the nodes' labels and annotations what is wished
version_added: 1.0.0
author:
  - netfabric.calico_routeros authors (@netfabric)
description:
  - Compares with one list request per kind, and writes only what differs.
  - Patches only the fields that are named. An object that this module created is described as a whole; fields that are
    no longer named are removed from it.
  - Fields that the cluster's Calico does not know are refused by the API server, not dropped.
extends_documentation_fragment:
  - netfabric.calico_routeros.kubernetes
  - netfabric.calico_routeros.attributes
options:
  api_group:
    description: API group of Calico's objects, as M(netfabric.calico_routeros.calico_info) found it.
    type: str
    choices: [crd.projectcalico.org/v1, projectcalico.org/v3]
    required: true
  objects:
    description: Objects in the order in which they are written.
    type: list
    elements: dict
    default: []
    suboptions:
      kind:
        description: Kind of the object.
        type: str
        choices: [BGPConfiguration, BGPFilter, BGPPeer, IPPool]
        required: true
      name:
        description: Name of the object.
        type: str
        required: true
      spec:
        description: Fields with their API names. A field that is null is removed.
        type: dict
        required: true
      component:
        description: Role that owns the object, if this collection creates it.
        type: str
  nodes:
    description: Labels and annotations of nodes. Both go in one patch. Written after the objects.
    type: list
    elements: dict
    default: []
    suboptions:
      node:
        description: Name of the node.
        type: str
        required: true
      labels:
        description: Labels that the node must have.
        type: dict
        default: {}
      annotations:
        description: Annotations that the node must have.
        type: dict
        default: {}
  purge:
    description: Kinds of which objects that this collection created and that are not in O(objects) are deleted.
    type: list
    elements: dict
    default: []
    suboptions:
      kind:
        description: Kind of the objects.
        type: str
        choices: [BGPFilter, BGPPeer]
        required: true
      component:
        description: Role that owns the objects.
        type: str
        required: true
requirements:
  - kubernetes >= 24.2.0
seealso:
  - module: netfabric.calico_routeros.calico_info
"""

EXAMPLES = r"""
- name: Connect every node with the reflectors
  netfabric.calico_routeros.calico_objects:
    api_group: crd.projectcalico.org/v1
    objects:
      - kind: BGPPeer
        name: peer-with-route-reflectors
        component: route_reflector
        spec:
          nodeSelector: all()
          peerSelector: route-reflector == 'true'

- name: Promote a node to reflector
  netfabric.calico_routeros.calico_objects:
    api_group: crd.projectcalico.org/v1
    nodes:
      - node: k8s-worker5
        labels:
          route-reflector: "true"
        annotations:
          projectcalico.org/RouteReflectorClusterID: 244.0.0.1
"""

RETURN = r"""
actions:
  description: The writes, in order. In check mode those that would be done.
  returned: success
  type: list
  elements: str
  sample: [create BGPPeer peer-with-route-reflectors]
"""

from ..module_utils._calico.api import ApiFailed
from ..module_utils._calico.module import connect, create_module
from ..module_utils._calico.writer import diff_text, difference, write
from ..module_utils._fabric.description import CalicoObject, NodePatch

OPTIONS = {
    "api_group": {
        "type": "str",
        "choices": ["crd.projectcalico.org/v1", "projectcalico.org/v3"],
        "required": True,
    },
    "objects": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "kind": {
                "type": "str",
                "choices": ["BGPConfiguration", "BGPFilter", "BGPPeer", "IPPool"],
                "required": True,
            },
            "name": {"type": "str", "required": True},
            "spec": {"type": "dict", "required": True},
            "component": {"type": "str"},
        },
    },
    "nodes": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "node": {"type": "str", "required": True},
            "labels": {"type": "dict", "default": {}},
            "annotations": {"type": "dict", "default": {}},
        },
    },
    "purge": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "kind": {"type": "str", "choices": ["BGPFilter", "BGPPeer"], "required": True},
            "component": {"type": "str", "required": True},
        },
    },
}


def main() -> None:
    module = create_module(OPTIONS)
    params = module.params
    objects = [CalicoObject(**item) for item in params["objects"]]
    nodes = [NodePatch(**item) for item in params["nodes"]]
    purge = [(item["kind"], item["component"]) for item in params["purge"]]
    try:
        api = connect(module)
        writes = difference(api, params["api_group"], objects, nodes, purge)
        if not module.check_mode:
            write(api, writes)
    except ApiFailed as exc:
        module.fail_json(msg=str(exc))
    module.exit_json(
        changed=bool(writes), actions=[str(item) for item in writes], diff=diff_text(writes)
    )


if __name__ == "__main__":
    main()
