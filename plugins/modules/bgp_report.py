#!/usr/bin/python
# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: bgp_report
short_description: Show a plan or a verdict as text, JSON and Markdown
version_added: 1.0.0
author:
  - netfabric.calico_routeros authors (@netfabric)
description:
  - Returns a plan or a verdict as lines of text, and writes it as JSON and Markdown into a folder on the controller.
  - Files that are already the same are not written again. In check mode no file is written.
extends_documentation_fragment:
  - netfabric.calico_routeros.attributes
options:
  subject:
    description: What is reported, and how the files are called.
    type: str
    choices: [plan, verify]
    required: true
  report:
    description:
      - The plan of M(netfabric.calico_routeros.bgp_plan), or the verdict of
        P(netfabric.calico_routeros.bgp_verdict#filter).
    type: dict
    required: true
  filter:
    description:
      - JMESPath expression. Lines and files hold what it picks from O(report), a list of flat dictionaries as a table.
    type: str
  dir:
    description: Folder on the controller. It is created if need be. Unset writes no files.
    type: path
requirements:
  - jmespath, on the controller, for O(filter)
"""

EXAMPLES = r"""
- name: Show which sessions go down, step by step
  netfabric.calico_routeros.bgp_report:
    subject: plan
    report: "{{ planned.plan }}"
    filter: "steps[].{step: number, title: title, down: length(sessions[?effect=='restart'])}"
"""

RETURN = r"""
lines:
  description: The report for people.
  returned: success
  type: list
  elements: str
report:
  description: The report as data, filtered.
  returned: success
  type: raw
files:
  description: Files that were written.
  returned: success
  type: list
  elements: str
"""
