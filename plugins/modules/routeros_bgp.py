#!/usr/bin/python

# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: routeros_bgp
short_description: Describe the BGP of a RouterOS router
version_added: 1.0.0
author: netfabric.calico_routeros authors (@netfabric)
description:
  - Makes addresses, BGP instance, BGP connections and advertised networks of a RouterOS router what
    the options say, with one description for RouterOS 6 and RouterOS 7.
  - Rows are updated by name. An existing connection is also recognised by its remote address, and
    then takes the name of the description, so that a router that was upgraded from RouterOS 6 gets
    nothing twice.
  - Only properties that differ are written, with one command for each row. A run that changes
    nothing writes nothing and resets no session.
  - New rows carry O(owner) in their comment. Such rows become what the options say as a whole; an
    option that is left out goes back to the router's default. Rows without it are changed only in
    the options that are set, and never removed.
  - With O(state=present), rows of the router's IPv6 menus are changed only if an option names an
    IPv6 address or network.
  - An option of the first level that is left out (V(null)) is not looked at. An empty list removes
    the rows of O(owner).
  - What the release of the router cannot do is refused before the first write, all at once.
  - Whether a session is iBGP or eBGP follows from the AS numbers.
extends_documentation_fragment:
  - netfabric.calico_routeros.routeros
  - netfabric.calico_routeros.attributes
attributes:
  idempotent:
    description: Whether a second run with the same options writes nothing to the router.
    support: partial
    details:
      - With O(update_password=always), a TCP MD5 key that the router does not show is written in
        every run.
options:
  state:
    description:
      - V(present) makes the router what the other options say.
      - V(absent) removes every row whose comment holds O(owner), whatever the other options say.
        It needs no other option than the login. RouterOS 6's built-in instance cannot be removed;
        if it was untouched before, it goes back to its defaults.
      - V(restored) makes the rows what O(snapshot) says. Rows that are gone are added again, rows
        that differ are changed back in the properties that this module knows, rows that are not in
        it are removed if their comment holds O(owner). New rows of others stay. Rows are recognised
        by their ID unless the router restarted in between, else by name. Their order is not
        restored, as it means nothing in these menus. Without such a file there is nothing to
        restore, and the router is not even called.
      - An address that carries this very API connection is neither removed nor moved, with a
        warning.
    type: str
    choices: [present, absent, restored]
    default: present
  snapshot:
    description:
      - Path of a file on the host where this module runs. Required with O(state=restored).
      - With O(state=present) and O(state=absent), the rows of all menus that this module can touch
        are kept in it immediately before the first write. If the file is there already it stays as
        it is, as it holds the state before an earlier run that did not finish. If it cannot be
        written, nothing is written to the router.
      - The file has mode 0600, and may hold TCP MD5 keys, if the login has the policy C(sensitive).
        Where it does not have them, O(state=restored) leaves keys as they are, with a warning.
      - It serves one router as long as that stays on releases with the same menus. The module does
        not remove it.
    type: path
  owner:
    description:
      - Marker in the comment of the rows of this description.
      - Two descriptions for one router need two markers.
    type: str
    default: managed by netfabric.calico_routeros
  update_password:
    description:
      - What to do with O(connections[].password) if the connection has a key already that the
        router does not show, since the user lacks the policy C(sensitive).
      - V(on_create) leaves such a key, with a warning. V(always) writes it in every run, which
        resets the session.
      - A key that the router shows is compared, and written only if it differs.
    type: str
    choices: [always, on_create]
    default: on_create
  addresses:
    description:
      - Addresses that the router must have. One that is there already is left as it is.
    type: list
    elements: dict
    suboptions:
      address:
        description: Address with prefix length, such as V(192.168.0.253/24).
        type: str
        required: true
      interface:
        description: Interface that carries it.
        type: str
        required: true
      comment:
        description: Comment, to which O(owner) is added.
        type: str
  instance:
    description:
      - The BGP speaker. Required with O(connections) or O(networks).
    type: dict
    suboptions:
      name:
        description:
          - Name of the instance on RouterOS 6, and 7.20 or later. Releases between have none; its
            settings go to each connection there.
        type: str
        default: default
      as_number:
        description: AS number of the router, from 1 to 4294967295.
        type: int
        required: true
      router_id:
        description: Router ID, a plain IPv4 address.
        type: str
      cluster_id:
        description: Cluster ID of a router that is a route reflector itself, a plain IPv4 address.
        type: str
      client_to_client_reflection:
        description: Whether a router that is a route reflector reflects routes between its clients.
        type: bool
      ignore_as_path_length:
        description: Whether the length of the AS path is left out of the choice of the best route.
        type: bool
      multipath:
        description: Number of equally good routes to use. Needs RouterOS 7.22 or later.
        type: int
      comment:
        description: Comment, to which O(owner) is added.
        type: str
  connections:
    description:
      - BGP neighbours.
    type: list
    elements: dict
    suboptions:
      name:
        description: Name of the connection (RouterOS 6 has C(peer)).
        type: str
        required: true
      remote_address:
        description: Address of the neighbour.
        type: str
        required: true
      remote_as:
        description: AS number of the neighbour.
        type: int
        required: true
      remote_port:
        description: Port of the neighbour.
        type: int
      local_address:
        description:
          - Address from which the router speaks BGP.
          - Unset is the one of O(addresses) in whose network the neighbour is.
        type: str
      local_as:
        description:
          - Own AS number towards this neighbour, where it is not that of the instance. Needs
            RouterOS 7.
        type: int
      route_reflector_client:
        description: Whether the router is a route reflector, and the neighbour its client.
        type: bool
      address_families:
        description: Address families to exchange. The router's default is V(ip) alone.
        type: list
        elements: str
        choices: [ip, ipv6]
      hold_time:
        description:
          - Hold time such as V(90s) or V(3m), or V(infinity). The router's default is three
            minutes.
        type: str
      keepalive_time:
        description:
          - Keepalive time such as V(30s). The router's default is a third of the hold time.
        type: str
      password:
        description: TCP MD5 key of up to 80 characters.
        type: str
      multihop:
        description: Whether the neighbour may be more than one hop away.
        type: bool
      ttl:
        description: TTL of packets to the neighbour, from 1 to 255.
        type: int
      bfd:
        description:
          - Whether BFD watches the neighbour. Needs RouterOS 6, or 7.11 or later, where it is also
            allowed for this neighbour in C(/routing/bfd/configuration).
        type: bool
      next_hop_choice:
        description: Next hop of routes sent.
        type: str
        choices: [default, force-self, propagate]
      default_originate:
        description: When to send a default route.
        type: str
        choices: [never, if-installed, always]
      redistribute:
        description:
          - Which other routes to send, all of them; an empty list is none.
          - RouterOS 6 redistributes by instance, so that all connections must name the same there.
        type: list
        elements: str
        choices:
          - connected
          - static
          - rip
          - ospf
          - isis
          - bgp
          - vpn
          - dhcp
          - fantasy
          - modem
          - bgp-mpls-vpn
          - slaac
      input_filter:
        description: Filter chain for routes received. The empty text is none.
        type: str
      output_filter:
        description: Filter chain for routes sent. The empty text is none.
        type: str
      listen:
        description: Whether the neighbour may open the session. V(false) needs RouterOS 7.
        type: bool
      passive:
        description: Whether only the neighbour opens the session.
        type: bool
      disabled:
        description: Whether the connection is switched off.
        type: bool
        default: false
      comment:
        description: Comment, to which O(owner) is added.
        type: str
  networks:
    description:
      - Networks to advertise, such as V(10.96.0.0/12). The router must have a route to each.
    type: list
    elements: str
seealso:
  - module: netfabric.calico_routeros.routeros_bgp_info
"""

EXAMPLES = r"""
- name: Peer with the route reflector of a cluster
  netfabric.calico_routeros.routeros_bgp:
    hostname: 192.168.0.253
    username: ansible
    password: "{{ routeros_password }}"
    ca_path: /etc/ssl/routers.pem
    addresses:
      - address: 192.168.0.253/24
        interface: ether1
    instance:
      as_number: 63400
    connections:
      - name: rr1
        remote_address: 192.168.0.15
        remote_as: 63400
        redistribute: []

- name: Take away what this collection set up
  netfabric.calico_routeros.routeros_bgp:
    hostname: 192.168.0.253
    username: ansible
    password: "{{ routeros_password }}"
    state: absent

- name: Take the reflector's session away, and keep what the router had
  netfabric.calico_routeros.routeros_bgp:
    hostname: 192.168.0.253
    username: ansible
    password: "{{ routeros_password }}"
    connections: []
    snapshot: /var/lib/calico-routeros/ros.json
  register: change

- name: Put everything back
  netfabric.calico_routeros.routeros_bgp:
    hostname: 192.168.0.253
    username: ansible
    password: "{{ routeros_password }}"
    state: restored
    snapshot: /var/lib/calico-routeros/ros.json
"""

RETURN = r"""
release:
  description: Release of the router.
  returned: success, unless there was nothing to restore
  type: str
  sample: 7.18.2
snapshot:
  description: Whether O(snapshot) was written in this call.
  returned: success
  type: bool
  sample: true
found:
  description: Whether O(snapshot) was there to be restored.
  returned: success, with O(state=restored)
  type: bool
  sample: true
actions:
  description: Commands that were sent, or would be in check mode, in order and without secrets.
  returned: success
  type: list
  elements: str
  sample:
    - /routing/bgp/connection/set [find name="rr1"] hold-time=1m30s
restarts:
  description: Names of the connections whose session the commands restart, or may restart.
  returned: success
  type: list
  elements: str
  sample: [rr1]
before:
  description: Rows concerned before the commands, by menu. A TCP MD5 key shows as C((set)).
  returned: success
  type: dict
  sample: {}
after:
  description: The same rows after the commands.
  returned: success
  type: dict
  sample:
    ip/address:
      - address: 192.168.0.253/24
        comment: managed by netfabric.calico_routeros
        disabled: "no"
        interface: ether1
faults:
  description: What was wrong with the description.
  returned: if it was refused
  type: list
  elements: str
"""

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ..module_utils._routeros import arguments, results, snapshot
from ..module_utils._routeros.apply import Outcome, converge, restore
from ..module_utils._routeros.connection import LIBRARY_ERROR, LibrouterosApi
from ..module_utils._routeros.errors import Refused, RouterError
from ..module_utils._routeros.validation import describe, describe_nothing


def _carry_out(module: AnsibleModule) -> Outcome | None:
    """Do what the parameters say; None if there is no snapshot to restore."""
    params, check_mode = module.params, module.check_mode
    always = params["update_password"] == "always"
    if params["state"] != "restored":
        absent = params["state"] == "absent"
        description = (describe_nothing if absent else describe)(params)
        with LibrouterosApi(arguments.login(params)) as api:
            return converge(
                api,
                description,
                absent=absent,
                always_write_password=always,
                check_mode=check_mode,
                snapshot=params["snapshot"],
            )
    owner = describe_nothing(params).owner
    if not snapshot.exists(params["snapshot"]):
        return None
    saved = snapshot.load(params["snapshot"])
    with LibrouterosApi(arguments.login(params)) as api:
        return restore(api, saved, owner, always_write_password=always, check_mode=check_mode)


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={**arguments.connection_arguments(), **arguments.bgp_arguments()},
        required_if=[("state", "restored", ["snapshot"])],
        supports_check_mode=True,
    )
    if LIBRARY_ERROR is not None:
        module.fail_json(msg=missing_required_lib("librouteros"), exception=LIBRARY_ERROR)
    try:
        outcome = _carry_out(module)
    except Refused as refusal:
        module.fail_json(msg=str(refusal), faults=list(refusal.faults))
    except RouterError as error:
        module.fail_json(msg=str(error))
    if outcome is None:
        module.exit_json(**results.nothing_to_restore())
    for warning in outcome.warnings:
        module.warn(warning)
    result = results.bgp_result(outcome)
    if module.params["state"] == "restored":
        result["found"] = True
    if module._diff:
        result["diff"] = {
            "before": results.diff_text(outcome.difference.before),
            "after": results.diff_text(outcome.difference.after),
        }
    module.exit_json(**result)


if __name__ == "__main__":
    main()
