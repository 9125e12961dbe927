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
      labels:
        description: Labels to set, or with null to remove. Unset leaves them to O(objects[].component).
        type: dict
      record:
        description:
          - What fields of an object of others were before this collection changed them, each with C(before) and C(set). It is kept in
            an annotation. Unset lets it follow from the fields that change.
        type: dict
      restore:
        description: Fields that go back to what the record says, unless somebody else has changed them since.
        type: list
        elements: str
        default: []
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
      record:
        description: As O(objects[].record), for fields called C(label KEY) and C(annotation KEY).
        type: dict
      restore:
        description: As O(objects[].restore).
        type: list
        elements: str
        default: []
  deletions:
    description:
      - Objects that are deleted, after everything else. One that does not bear this collection's label is refused.
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
  timeout:
    description: Seconds for which an API server that does not answer is asked again.
    type: int
    default: 0
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
from ..module_utils._calico.patience import persistently
from ..module_utils._calico.writer import NotOurs, diff_text, difference, write
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
            "labels": {"type": "dict"},
            "record": {"type": "dict"},
            "restore": {"type": "list", "elements": "str", "default": []},
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
            "record": {"type": "dict"},
            "restore": {"type": "list", "elements": "str", "default": []},
        },
    },
    "deletions": {
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
        },
    },
    "timeout": {"type": "int", "default": 0},
}


def main() -> None:
    module = create_module(OPTIONS)
    params = module.params
    objects = [
        CalicoObject(**{**item, "restore": tuple(item["restore"])}) for item in params["objects"]
    ]
    nodes = [NodePatch(**{**item, "restore": tuple(item["restore"])}) for item in params["nodes"]]
    deletions = [(item["kind"], item["name"]) for item in params["deletions"]]

    def carry_out():
        api = connect(module)
        writes = difference(api, params["api_group"], objects, nodes, deletions)
        if not module.check_mode:
            write(api, writes)
        return writes

    try:
        writes = persistently(carry_out, params["timeout"])
    except (ApiFailed, NotOurs) as exc:
        module.fail_json(msg=str(exc))
    module.exit_json(
        changed=bool(writes), actions=[str(item) for item in writes], diff=diff_text(writes)
    )


if __name__ == "__main__":
    main()
