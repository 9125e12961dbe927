#!/usr/bin/python
# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: route_pins
short_description: Copies of a node's BGP routes that carry on while sessions restart
version_added: 1.0.0
author:
  - netfabric.calico_routeros authors (@netfabric)
description:
  - Copies the routes that BIRD programmed, of IPv4 and IPv6, into a spare table that is consulted only where the
    table main has nothing as specific. Live routes always win; a route that goes away while its session restarts
    is carried by its copy.
  - Pins remove themselves after O(time_limit), by a systemd timer or, where systemd does not run, by a process of
    their own. Nothing of them is left after a reboot.
  - Routes and rules carry protocol number 199. Nothing else in any table is touched.
  - Refuses before anything is written, and says all that is in the way at once, if the table or a priority is
    used by others, or if the rules would come before rules of others.
requirements:
  - Linux 4.17 and iproute2 5.0, or later
extends_documentation_fragment:
  - netfabric.calico_routeros.attributes
options:
  state:
    description:
      - V(present) pins. Pins that are there already stay as they are and get the full O(time_limit) again, which
        does not count as a change.
      - V(absent) removes pins, also half-made ones and those in another table.
    type: str
    choices: [present, absent]
    default: present
  table:
    description: Number of the spare table. It must hold nothing of others.
    type: int
    default: 900
  priority:
    description:
      - Priority of the first rule. Two rules are needed for each length of pinned prefixes, at the following
        priorities; blocks of one size alone need two.
      - They must lie before the lookup of main (32766) and after all other rules that come before it.
    type: int
    default: 1000
  time_limit:
    description: Seconds after which pins remove themselves.
    type: int
    default: 600
  refresh:
    description:
      - Make pins that are there already what is live now. Those of which nothing is live stay.
    type: bool
    default: false
  route_table_ranges:
    description: C(routeTableRanges) of Felix, whose tables are not ours to use.
    type: list
    elements: dict
    default: [{min: 1, max: 250}]
    suboptions:
      min:
        description: First table of the range.
        type: int
        required: true
      max:
        description: Last table of the range.
        type: int
        required: true
  wireguard_rule_priority:
    description: C(wireguardRoutingRulePriority) of Felix.
    type: int
    default: 99
"""

EXAMPLES = r"""
- name: Pin the routes of the node while its sessions restart
  netfabric.calico_routeros.route_pins:
    time_limit: 300

- name: Take the pins away
  netfabric.calico_routeros.route_pins:
    state: absent
"""

RETURN = r"""
actions:
  description: What was done, in order. In check mode what would be done.
  returned: success
  type: list
  elements: str
  sample:
    - remove the pins in 600 s whatever happens
    - ip -4 route replace 10.20.36.192/26 table 900 protocol 199 metric 1024 via 192.168.0.11 dev eth0
    - ip -4 rule add pref 1000 lookup main suppress_prefixlength 25 protocol 199
    - ip -4 rule add pref 1001 lookup 900 protocol 199
pinned:
  description: Prefixes that are pinned now.
  returned: success
  type: list
  elements: str
  sample: [10.20.36.192/26]
hidden:
  description:
    - Pins that cannot carry, each with the reason. A route of the table main that discards a prefix around the
      pinned one is asked first.
  returned: success
  type: list
  elements: str
  sample: ["10.20.36.192/26: a route in main that discards 10.0.0.0/8 is asked before its pin"]
expires_in:
  description: Seconds after which the pins remove themselves. Null if nothing is pinned.
  returned: success
  type: int
  sample: 600
faults:
  description: All that is in the way of pins.
  returned: when pins are refused
  type: list
  elements: str
  sample: ["table 900 must be empty and holds 3 routes of others (10.9.0.0/16 of protocol 4): choose another table"]
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._linux.pins import PinOptions, PinsRefused
from ..module_utils._linux.pins_expiry import Expiry
from ..module_utils._linux.pins_host import pin, unpin
from ..module_utils._linux.pins_state import PinCommandFailed


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "table": {"type": "int", "default": 900},
            "priority": {"type": "int", "default": 1000},
            "time_limit": {"type": "int", "default": 600},
            "refresh": {"type": "bool", "default": False},
            "route_table_ranges": {
                "type": "list",
                "elements": "dict",
                "default": [{"min": 1, "max": 250}],
                "options": {
                    "min": {"type": "int", "required": True},
                    "max": {"type": "int", "required": True},
                },
            },
            "wireguard_rule_priority": {"type": "int", "default": 99},
        },
        supports_check_mode=True,
    )
    wish = module.params
    if wish["time_limit"] < 1:
        module.fail_json(msg=f"time_limit must be 1 second or more, and is {wish['time_limit']}")
    options = PinOptions(
        table=wish["table"],
        priority=wish["priority"],
        felix_tables=tuple((r["min"], r["max"]) for r in wish["route_table_ranges"]),
        wireguard_priority=wish["wireguard_rule_priority"],
    )

    def run(command, text):
        return module.run_command(list(command), data=text, binary_data=True)

    expiry = Expiry(run, options.table)
    try:
        if wish["state"] == "absent":
            outcome = unpin(run, expiry, options.table, module.check_mode)
        else:
            outcome = pin(
                run, expiry, options, wish["time_limit"], wish["refresh"], module.check_mode
            )
    except PinsRefused as exc:
        module.fail_json(msg=f"routes are not pinned: {exc}", faults=list(exc.faults))
    except (PinCommandFailed, OSError) as exc:
        module.fail_json(msg=str(exc))
    for text in outcome.hidden:
        module.warn(text)
    module.exit_json(
        changed=bool(outcome.actions),
        actions=list(outcome.actions),
        pinned=list(outcome.pinned),
        hidden=list(outcome.hidden),
        expires_in=outcome.expires_in,
        diff={"before": outcome.before, "after": outcome.after},
    )


if __name__ == "__main__":
    main()
