#!/usr/bin/python
# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: bgp_failures
short_description: Collect what failed on the hosts of a play
version_added: 1.0.0
author:
  - netfabric.calico_routeros authors (@netfabric)
description:
  - Reads results that earlier tasks registered, on all hosts of the play, and returns what failed as sentences with the hosts.
  - Lets a play decide for all hosts at once whether to go on or back.
  - Runs on the controller and talks to nobody.
extends_documentation_fragment:
  - netfabric.calico_routeros.attributes
  - netfabric.calico_routeros.attributes.info
options:
  results:
    description: Names of the variables that tasks registered, in the order in which the failures are told.
    type: list
    elements: str
    required: true
"""

EXAMPLES = r"""
- name: Judge
  netfabric.calico_routeros.bgp_failures:
    results: [written, waited]
  run_once: true
  register: judged
"""

RETURN = r"""
failures:
  description: What failed, the first cause first.
  returned: success
  type: list
  elements: str
  sample: ["k8s-worker5: not Established after 120 s: Node_192_168_0_11 (Connect)"]
"""
