#!/usr/bin/python
# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: bird_info
short_description: Read the BGP sessions of a node from BIRD, and wait for them
version_added: 1.0.0
author:
  - netfabric.calico_routeros authors (@netfabric)
description:
  - Asks Calico's BIRD through its control socket, which calico-node shares with the node.
  - Reads only. The control session restricts itself to commands that show.
  - While it waits, it says how far it is.
extends_documentation_fragment:
  - netfabric.calico_routeros.attributes
  - netfabric.calico_routeros.attributes.info
options:
  socket:
    description: BIRD's control socket for IPv4.
    type: path
    default: /var/run/calico/bird.ctl
  socket6:
    description: BIRD's control socket for IPv6. Unset does not ask for IPv6.
    type: path
  wait_for:
    description:
      - Names of sessions of IPv4 that must be Established. V(A|B) are sessions with one neighbor, of which one must be.
    type: list
    elements: str
    default: []
  wait_for6:
    description: Names of sessions of IPv6 that must be Established.
    type: list
    elements: str
    default: []
  anew:
    description:
      - Names of sessions of IPv4 that restart, so that they count only once they came up after O(after). One that does not
        restart within O(grace) seconds counts as it is.
    type: list
    elements: str
    default: []
  anew6:
    description: The same of IPv6.
    type: list
    elements: str
    default: []
  after:
    description: When O(anew) begins, in seconds of the node's clock, as RV(now) of an earlier call said.
    type: float
    default: 0
  grace:
    description: Seconds for which O(anew) waits for the restart itself.
    type: int
    default: 10
  timeout:
    description: Seconds in which O(wait_for) and O(wait_for6) must come true.
    type: int
    default: 60
  stable_for:
    description:
      - Seconds for which the sessions must have been Established without a break.
      - Both ends of a session with a reflector open it. BIRD may drop one of two connections up to some seconds after it
        first said Established.
    type: int
    default: 0
  on_timeout:
    description: Whether the module fails when they do not, or returns what there is.
    type: str
    choices: [fail, report]
    default: fail
"""

EXAMPLES = r"""
- name: Wait for the session with the reflector
  netfabric.calico_routeros.bird_info:
    wait_for: [Node_192_168_0_15]
    timeout: 60
"""

RETURN = r"""
sessions:
  description: The BGP sessions by address family, C(ipv4) and C(ipv6).
  returned: success
  type: dict
  sample:
    ipv4:
      - name: Node_192_168_0_15
        neighbor: 192.168.0.15
        remote_as: 63400
        state: Established
        since: "14:50:03"
        error: null
        imported: 5
        exported: 1
missing:
  description: Sessions that were waited for and are not Established, with their state.
  returned: success
  type: list
  elements: str
  sample: ["Node_192_168_0_15 (Connect)"]
now:
  description: Seconds of the node's clock when it was asked first.
  returned: success
  type: float
waited:
  description: Seconds until all sessions that were waited for were Established.
  returned: success
  type: float
"""

import datetime
import time
from dataclasses import asdict

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._linux.bird import BirdUnreachable, read_sessions


def not_established(
    sessions: dict, wanted: dict, stable_for: int, anew: dict, after: float
) -> list[str]:
    """Return what is not Established for long enough yet, each with the state that it is in.

    ``anew`` names those that must have come up after ``after``.
    """
    missing = []
    now = datetime.datetime.now()
    for family, names in wanted.items():
        known = {session.name: session for session in sessions.get(family, ())}
        for name in names:
            here = [known[one] for one in name.split("|") if one in known]
            up = [session for session in here if session.established]
            if not here:
                missing.append(f"{name} (no such session)")
            elif not up:
                states = ", ".join(
                    session.state + (f", last error: {session.error}" if session.error else "")
                    for session in here
                )
                missing.append(f"{name} ({states})")
            elif max(session.established_for(now) for session in up) < stable_for:
                missing.append(f"{name} (Established since {up[0].since} only)")
            elif set(name.split("|")) & set(anew.get(family, ())):
                # BIRD tells whole seconds.
                age = min(session.established_for(now) for session in up)
                if age > now.timestamp() - after + 1:
                    missing.append(f"{name} (not restarted yet)")
    return missing


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "socket": {"type": "path", "default": "/var/run/calico/bird.ctl"},
            "socket6": {"type": "path"},
            "wait_for": {"type": "list", "elements": "str", "default": []},
            "wait_for6": {"type": "list", "elements": "str", "default": []},
            "anew": {"type": "list", "elements": "str", "default": []},
            "anew6": {"type": "list", "elements": "str", "default": []},
            "after": {"type": "float", "default": 0},
            "grace": {"type": "int", "default": 10},
            "timeout": {"type": "int", "default": 60},
            "stable_for": {"type": "int", "default": 0},
            "on_timeout": {"type": "str", "choices": ["fail", "report"], "default": "fail"},
        },
        supports_check_mode=True,
    )
    params = module.params
    sockets = {"ipv4": params["socket"], "ipv6": params["socket6"]}
    wanted = {"ipv4": params["wait_for"], "ipv6": params["wait_for6"]}
    anew = {"ipv4": params["anew"], "ipv6": params["anew6"]}
    begin, start = time.time(), time.monotonic()
    while True:
        waited = time.monotonic() - start
        try:
            sessions = {family: read_sessions(path) for family, path in sockets.items() if path}
            patient = time.time() < params["after"] + params["grace"]
            missing = not_established(
                sessions, wanted, params["stable_for"], anew if patient else {}, params["after"]
            )
            problem = f"not Established after {waited:.0f} s: " + ", ".join(missing)
        except BirdUnreachable as exc:
            sessions, missing = {}, [str(exc)]
            problem = f"BIRD cannot be asked: {exc}"
        if not missing:
            break
        waiting = bool(wanted["ipv4"] or wanted["ipv6"]) and waited < params["timeout"]
        if not waiting and (params["on_timeout"] == "fail" or not sessions):
            module.fail_json(msg=problem)
        if not waiting:
            break
        time.sleep(0.5)
    module.exit_json(
        changed=False,
        sessions={family: [asdict(s) for s in found] for family, found in sessions.items()},
        missing=missing,
        now=begin,
        waited=round(waited, 1),
    )


if __name__ == "__main__":
    main()
