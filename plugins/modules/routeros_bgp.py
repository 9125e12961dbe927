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
  - Makes addresses, filters, BGP instance, BGP connections, advertised networks, and what OSPF
    takes over from BGP, what the options say, with one description for RouterOS 6 and RouterOS 7.
  - Rows are updated by name. An existing connection is also recognised by its remote address, and
    then takes the name of the description, so that a router that was upgraded from RouterOS 6 gets
    nothing twice. An instance that such an upgrade made (RouterOS 7.20 or later), and only
    connections of this description use, is used on under its own name.
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
        It needs no other option than the login. RouterOS 6's built-in instances cannot be removed;
        if they were untouched before, they go back to their defaults. Rows that rows of others
        refer to stay, with a warning. What was changed on rows of others stays as it is.
      - V(restored) makes the rows what O(snapshot) says. Rows that are gone are added again, rows
        that differ are changed back in the properties that this module knows, rows that are not in
        it are removed if their comment holds O(owner). New rows of others stay. Rows are recognised
        by their ID unless the router restarted in between, else by name. Filter rules come back in
        their order; in the other menus it means nothing. Without such a file there is nothing to
        restore, and the router is not even called.
      - An address that carries this very API connection is neither removed nor moved, with a
        warning.
    type: str
    choices: [present, absent, restored]
    default: present
  purge:
    description:
      - Whether V(present) removes rows of O(owner) that the options do not name any more.
      - With V(false) they stay as they are, such as the connection to a reflector that is still
        needed while that to its successor comes up. Rules of a filter in O(filters) go in any case.
    type: bool
    default: true
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
        description:
          - Filter for routes received, by its name in O(filters), or a chain that the router has.
          - The empty text is none.
        type: str
      output_filter:
        description:
          - Filter for routes sent, by its name in O(filters), or a chain that the router has.
          - The empty text is none. RouterOS 7 then sends every active route that it may.
        type: str
      templates:
        description:
          - Templates of the router that hold what this description does not name, the first that
            names it. Needs RouterOS 7. The empty list is none.
          - A change of a template restarts the sessions of all its connections.
        type: list
        elements: str
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
  filters:
    description:
      - Filters of routes, for O(connections[].input_filter), O(connections[].output_filter) and
        O(ospf.output_filter). They are written in the filter language of the router's release,
        which must be RouterOS 6, or 7.1 or later.
      - A filter is one chain, and described as a whole. Rules of others in a chain of the same name
        are refused, unless they are all theirs and say the same.
      - A changed rule is changed in place, a new one is put in its place, so that all others stay.
        That restarts no session.
      - The module fails if the router does not follow a rule that it wrote.
    type: list
    elements: dict
    suboptions:
      name:
        description: Name of the chain, of letters, digits, dots, dashes and underscores.
        type: str
        required: true
      rules:
        description:
          - Rules in order. The first whose O(filters[].rules[].match) holds decides.
        type: list
        elements: dict
        default: []
        suboptions:
          match:
            description: What a route must be; all of it. Left out it is every route.
            type: dict
            suboptions:
              prefixes:
                description: Networks, of which it must be one.
                type: list
                elements: dict
                suboptions:
                  prefix:
                    description:
                      - Network such as V(10.20.0.0/16). Without lengths it is this very one, with
                        them those within it.
                    type: str
                    required: true
                  min_length:
                    description:
                      - Shortest prefix length. Unset is that of the prefix, if
                        O(filters[].rules[].match.prefixes[].max_length) is set.
                    type: int
                  max_length:
                    description:
                      - Longest prefix length. Unset is the longest there is, if
                        O(filters[].rules[].match.prefixes[].min_length) is set.
                    type: int
              communities:
                description:
                  - Communities, all of which it must have, such as V(63400:100), V(no-export) or
                    V(no-advertise).
                type: list
                elements: str
          action:
            description: What becomes of the route.
            type: str
            choices: [accept, reject]
            required: true
          set:
            description: What is set on a route that is accepted.
            type: dict
            suboptions:
              local_preference:
                description: LOCAL_PREF, from 0 to 4294967295.
                type: int
              med:
                description: MULTI_EXIT_DISC, from 0 to 4294967295.
                type: int
              communities:
                description: Communities in place of those that it has.
                type: list
                elements: str
              append_communities:
                description: Communities beside those that it has.
                type: list
                elements: str
              next_hop:
                description:
                  - Next hop, an IPv4 or IPv6 address. RouterOS 7 changes that of a route sent only
                    as a route reflector, with O(connections[].next_hop_choice=propagate), or
                    towards an iBGP neighbour without V(force-self).
                type: str
      default:
        description: What becomes of routes that meet no rule.
        type: str
        choices: [accept, reject]
        default: reject
  ospf:
    description:
      - An OSPF instance (version 2) that takes over routes from BGP.
      - Of an instance of others only what is named is changed, and the other sources that it
        redistributes stay.
    type: dict
    suboptions:
      state:
        description:
          - V(absent) removes the OSPF rows of O(owner), and the filter of O(ospf.metric). It needs
            O(ospf.instance) only.
        type: str
        choices: [present, absent]
        default: present
      instance:
        description: Name of the instance.
        type: str
        default: default
      redistribute_bgp:
        description: Whether routes from BGP become external routes of OSPF.
        type: bool
      metric:
        description:
          - Metric of routes from BGP. RouterOS 7 sets it by the filter of the instance, which is
            one of O(filters) if O(ospf.output_filter) names it, else one of the module's own.
        type: int
      metric_type:
        description:
          - Type of routes from BGP. Unset is V(1) on RouterOS 6, and the router's default on 7.
        type: int
        choices: [1, 2]
      output_filter:
        description:
          - Filter of all external routes, by its name in O(filters), or a chain that the router
            has. Unset is the router's default.
        type: str
      router_id:
        description: Router ID, a plain IPv4 address.
        type: str
      areas:
        description:
          - Areas of an instance of our own. Unset, the router must have the instance.
        type: list
        elements: dict
        suboptions:
          name:
            description: Name of the area.
            type: str
            default: backbone
          area_id:
            description: Area ID, in the form of an IPv4 address.
            type: str
            default: 0.0.0.0
          networks:
            description: Networks on whose interfaces the router takes part, such as
              V(192.168.0.0/24).
            type: list
            elements: str
            default: []
      comment:
        description: Comment, to which O(owner) is added.
        type: str
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

- name: Take pod networks only, send services only, tell OSPF about the pods
  netfabric.calico_routeros.routeros_bgp:
    hostname: 192.168.0.253
    username: ansible
    password: "{{ routeros_password }}"
    filters:
      - name: calico-in
        rules:
          - match:
              prefixes:
                - prefix: 10.20.0.0/16
                  min_length: 16
                  max_length: 32
            action: accept
            set:
              local_preference: 200
      - name: calico-out
        rules:
          - match:
              prefixes:
                - prefix: 10.96.0.0/12
            action: accept
    instance:
      as_number: 63400
    networks:
      - 10.96.0.0/12
    connections:
      - name: rr1
        remote_address: 192.168.0.15
        remote_as: 63400
        local_address: 192.168.0.253
        input_filter: calico-in
        output_filter: calico-out
    ospf:
      instance: office
      redistribute_bgp: true

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
leftovers:
  description: Those of RV(actions) that only take away what the options do not name any more.
  returned: success
  type: list
  elements: str
  sample:
    - /routing/bgp/connection/remove [find name="rr1"]
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
                purge=params["purge"],
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
