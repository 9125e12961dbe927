#!/usr/bin/python

# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: routeros_bgp_info
short_description: Read BGP sessions and learned routes of a RouterOS router
version_added: 1.0.0
author: netfabric.calico_routeros authors (@netfabric)
description:
  - Returns release, BGP sessions and routes learned by BGP, in one form for RouterOS 6 and RouterOS
    7.
  - Can wait until sessions are established.
extends_documentation_fragment:
  - netfabric.calico_routeros.routeros
  - netfabric.calico_routeros.attributes
attributes:
  diff_mode:
    support: N/A
    details:
      - This module changes nothing.
options:
  wait_for:
    description:
      - Neighbours whose session must be established, see O(wait_timeout).
    type: list
    elements: dict
    default: []
    suboptions:
      remote_address:
        description: Address of the neighbour.
        type: str
        required: true
  wait_for_routes:
    description:
      - Networks to which an active route by BGP must have come, see O(wait_timeout).
    type: list
    elements: str
    default: []
  wait_timeout:
    description:
      - Seconds to wait for O(wait_for), then O(wait_for_routes), together. V(0) looks once.
    type: int
    default: 60
  on_timeout:
    description:
      - Whether the module fails after O(wait_timeout), or returns what there is with RV(missing).
    type: str
    choices: [fail, report]
    default: fail
  routes:
    description:
      - Address families whose learned routes to return. The empty list is none.
    type: list
    elements: str
    choices: [ip, ipv6]
    default: [ip]
seealso:
  - module: netfabric.calico_routeros.routeros_bgp
"""

EXAMPLES = r"""
- name: Wait until the session to the reflector is up
  netfabric.calico_routeros.routeros_bgp_info:
    hostname: 192.168.0.253
    username: ansible
    password: "{{ routeros_password }}"
    wait_for:
      - remote_address: 192.168.0.15
    wait_timeout: 30
  register: router

- name: Show what the router learned
  ansible.builtin.debug:
    msg: "{{ router.routes | map(attribute='dst') }}"
"""

RETURN = r"""
release:
  description: Release of the router.
  returned: success
  type: str
  sample: 7.18.2
version:
  description: Release and channel, as the router writes them.
  returned: success
  type: str
  sample: 7.18.2 (stable)
identity:
  description: Name of the router.
  returned: success
  type: str
  sample: ros
board:
  description: Board name of the router.
  returned: success
  type: str
  sample: CHR
waited:
  description: Seconds that were spent on O(wait_for) and O(wait_for_routes).
  returned: success
  type: float
  sample: 1.02
missing:
  description:
    - One line for each session and route that was waited for and did not come, with the likely
      cause.
    - RouterOS 7 tells a wrong AS number by the last NOTIFICATION message; without a TCP connection,
      another TCP MD5 key is the likely cause.
    - RouterOS 6 has no more than the state. A session that falls back to C(idle) while it is waited
      for is likely to have a wrong AS number, one that stays in C(connect) another TCP MD5 key.
      Otherwise the line says what to compare.
  returned: success, and if one did not come in time
  type: list
  elements: str
  sample:
    - "192.168.0.15 (rr1): down, last notification sent: OPEN message error: bad peer AS: wrong AS:
      this router expects AS 64999, and the neighbour is another; correct the remote AS here, or the
      AS of the neighbour"
sessions:
  description: Sessions, and connections without session.
  returned: success, and if something did not come in time
  type: list
  elements: dict
  contains:
    name:
      description: Name of the connection; the session's own if it belongs to none.
      type: str
      sample: rr1
    remote_address:
      description: Address of the neighbour.
      type: str
      sample: 192.168.0.15
    remote_as:
      description: AS number of the neighbour.
      type: int
      sample: 63400
    local_address:
      description: Own address.
      type: str
      sample: 192.168.0.253
    local_as:
      description: Own AS number.
      type: int
      sample: 63400
    state:
      description:
        - State of the session in BGP's terms, V(established), V(openconfirm), V(opensent),
          V(active), V(connect) or V(idle).
        - RouterOS 7 does not tell the state of a session that is not up; it is V(down) then, or
          V(no session) if no TCP connection came about yet.
        - V(disabled) is a connection that is switched off.
      type: str
      sample: established
    established:
      description: Whether the session is up.
      type: bool
      sample: true
    uptime:
      description: Seconds since the session came up.
      type: int
      sample: 3190
    prefix_count:
      description: Number of prefixes received.
      type: int
      sample: 6
    hold_time:
      description: Hold time in seconds.
      type: int
      sample: 180
    last_notification:
      description:
        - Last NOTIFICATION message of the session (RouterOS 7). It says why the session ended.
      type: dict
      contains:
        direction:
          description: V(received) or V(sent), as seen from the router.
          type: str
          sample: received
        code:
          description: Error code.
          type: int
          sample: 6
        subcode:
          description: Error subcode.
          type: int
          sample: 3
        text:
          description: Both in words.
          type: str
          sample: "cease: peer de-configured"
    about:
      description: What the router itself says about the session or connection.
      type: str
      sample: BFD session down
routes:
  description: Routes learned by BGP.
  returned: success
  type: list
  elements: dict
  contains:
    dst:
      description: Network.
      type: str
      sample: 10.20.194.64/26
    gateway:
      description: Next hop.
      type: str
      sample: 192.168.0.11
    distance:
      description: Administrative distance, V(200) for iBGP and V(20) for eBGP.
      type: int
      sample: 200
    active:
      description: Whether the router uses the route.
      type: bool
      sample: true
    contribution:
      description: V(active), or V(candidate) if another route is used.
      type: str
      sample: active
"""

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ..module_utils._routeros import arguments, observe, results
from ..module_utils._routeros.connection import LIBRARY_ERROR, LibrouterosApi
from ..module_utils._routeros.errors import RouterError
from ..module_utils._routeros.validation import awaited


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={**arguments.connection_arguments(), **arguments.info_arguments()},
        supports_check_mode=True,
    )
    if LIBRARY_ERROR is not None:
        module.fail_json(msg=missing_required_lib("librouteros"), exception=LIBRARY_ERROR)
    params = module.params
    try:
        wanted = awaited(params)
        with LibrouterosApi(arguments.login(params)) as api:
            identity = observe.read_identity(api)
            observation = observe.observe(
                api, identity.release, wanted, params["wait_timeout"], params["routes"]
            )
    except RouterError as error:
        module.fail_json(msg=str(error))
    result = results.info_result(identity, observation)
    if observation.missing and params["on_timeout"] == "fail":
        missing = "; ".join(observation.missing)
        module.fail_json(msg=f"Not there after {observation.waited:.0f} s: {missing}", **result)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
