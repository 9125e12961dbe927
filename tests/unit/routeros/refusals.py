# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Descriptions that must be refused: release, what is wrong with the good one, and the message."""

from __future__ import annotations

import copy
from typing import Any

GOOD: dict[str, Any] = {
    "addresses": [{"address": "192.168.0.253/24", "interface": "ether1"}],
    "instance": {"as_number": 63400, "router_id": "192.168.0.253"},
    "filters": [
        {
            "name": "calico-in",
            "rules": [
                {
                    "match": {"prefixes": [{"prefix": "10.20.0.0/16", "max_length": 32}]},
                    "action": "accept",
                    "set": {"local_preference": 200},
                }
            ],
        }
    ],
    "networks": ["10.96.0.0/12"],
    "connections": [
        {
            "name": "rr1",
            "remote_address": "192.168.0.15",
            "remote_as": 63400,
            "password": "k3y-s3cret",
            "input_filter": "calico-in",
        }
    ],
    "ospf": {"instance": "default", "areas": [{"networks": ["192.168.0.0/24"]}]},
}

_PEER, _RULE = "connections.0", "filters.0.rules.0"

#: Release, changes by path (``None`` removes), and what the message says of it.
BAD: list[tuple[str, dict[str, Any], str]] = [
    # addresses
    ("7.18.2", {"addresses.0.address": "192.168.0.253"}, "addresses[0].address: found '192.168.0."),
    (
        "7.18.2",
        {"addresses.0.interface": " "},
        "addresses[0].interface: found ' ', expected the na",
    ),
    (
        "6.49",
        {"addresses.+": {"address": "192.168.0.253/25", "interface": "ether1"}},
        "addresses: address '192.168.0.253' is there 2 times",
    ),
    # instance
    ("7.18.2", {"instance": None}, "instance: found None, expected the BGP instance of the connec"),
    ("7.18.2", {"instance.as_number": 4294967296}, "expected a number from 1 to 4294967295"),
    ("6.49", {"instance.router_id": "0.0.0.0"}, "instance.router_id: found '0.0.0.0', expected a"),
    (
        "7.21.5",
        {"instance.cluster_id": "1"},
        "instance.cluster_id: found '1', expected a plain IPv4",
    ),
    ("6.49", {"instance.multipath": 2}, "instance.multipath: RouterOS 6.49 has no BGP multipath"),
    ("7.21.5", {"instance.multipath": 2}, "instance.multipath: RouterOS 7.21.5 has no BGP multi"),
    # connections
    ("7.18.2", {f"{_PEER}.remote_address": "rr1"}, "connections[0].remote_address: found 'rr1'"),
    ("7.18.2", {f"{_PEER}.remote_as": 0}, "connections[0].remote_as: found 0, expected a number"),
    ("7.18.2", {f"{_PEER}.hold_time": "2s"}, "hold_time: found '2s', expected infinity, or a time"),
    (
        "7.18.2",
        {f"{_PEER}.hold_time": "30s", f"{_PEER}.keepalive_time": "30s"},
        "keepalive_time: found '30s', expected less than hold_time",
    ),
    ("7.10.2", {f"{_PEER}.hold_time": "2h"}, "hold_time: RouterOS 7.10.2 takes up to 1h, not 7200"),
    ("7.18.2", {f"{_PEER}.password": "x" * 81}, "password: found 81 characters, expected up to 80"),
    ("7.18.2", {f"{_PEER}.ttl": 256}, "connections[0].ttl: found 256, expected a number from 1 to"),
    ("7.18.2", {f"{_PEER}.local_address": "fd00::1"}, "expected an address of the family of 192."),
    ("7.18.2", {f"{_PEER}.address_families": []}, "address_families: found [], expected ip, ipv6"),
    (
        "7.18.2",
        {f"{_PEER}.remote_as": 65001, f"{_PEER}.route_reflector_client": True},
        "only iBGP neighbours can be reflector clients",
    ),
    (
        "7.18.2",
        {"connections.+": {"name": "rr1", "remote_address": "192.168.0.14", "remote_as": 63400}},
        "connections: name 'rr1' is there 2 times",
    ),
    (
        "7.10.2",
        {f"{_PEER}.bfd": True},
        "bfd: RouterOS 7.10.2 has no dependable BFD; 7.11 and later",
    ),
    ("6.49", {f"{_PEER}.listen": False}, "listen: RouterOS 6.49 always accepts sessions"),
    ("6.49", {f"{_PEER}.local_as": 65001}, "local_as: RouterOS 6.49 has one AS number per instanc"),
    ("6.49", {f"{_PEER}.templates": ["slow"]}, "templates: RouterOS 6.49 has no BGP templates"),
    (
        "6.49",
        {f"{_PEER}.redistribute": ["vpn"]},
        "redistribute: RouterOS 6.49 cannot redistribute ",
    ),
    ("7.14.3", {f"{_PEER}.redistribute": ["isis"]}, "cannot redistribute isis; 7.16.0 and later"),
    ("7.21.3", {f"{_PEER}.redistribute": ["slaac"]}, "cannot redistribute slaac; 7.21.4 and later"),
    (
        "6.49",
        {
            f"{_PEER}.redistribute": [],
            "connections.+": {
                "name": "rr2",
                "remote_address": "192.168.0.14",
                "remote_as": 63400,
                "redistribute": ["static"],
            },
        },
        "redistributes per instance, so all connections must name the same",
    ),
    (
        "7.18.2",
        {f"{_PEER}.redistribute": ["kernel"]},
        "value of redistribute must be one or more of",
    ),
    # networks
    (
        "7.18.2",
        {"networks": ["10.96.0.1/12"]},
        "networks[0]: found '10.96.0.1/12', expected a netw",
    ),
    # filters
    ("7.0.9", {}, "filters: RouterOS 7.0.9 has another filter language than later ones"),
    ("7.18.2", {"filters.0.name": "in out"}, "filters[0].name: found 'in out', expected a name of"),
    (
        "7.18.2",
        {f"{_RULE}.match.prefixes.0.prefix": "10.20.0.1/16"},
        "match.prefixes[0].prefix: found '10.20.0.1/16', expected a network without host bits",
    ),
    (
        "6.49",
        {f"{_RULE}.match.prefixes.0.min_length": 8},
        "prefixes[0].min_length: found 8, expected a number from 16 to 32",
    ),
    (
        "7.18.2",
        {
            f"{_RULE}.match.prefixes.0.min_length": 26,
            f"{_RULE}.match.prefixes.0.max_length": 24,
        },
        "min_length: found 26, expected up to max_length, which is 24",
    ),
    ("7.18.2", {f"{_RULE}.match.prefixes": []}, "match.prefixes: found [], expected at least one"),
    (
        "7.18.2",
        {f"{_RULE}.match.communities": ["63400:65536"]},
        "match.communities[0]: found '63400:65536', expected two numbers up to 65535",
    ),
    ("6.49", {f"{_RULE}.action": "reject"}, "set: found local_preference with action reject"),
    ("7.18.2", {f"{_RULE}.action": "drop"}, "value of action must be one of: accept, reject, got:"),
    ("7.18.2", {f"{_RULE}.set.med": -1}, "set.med: found -1, expected a number from 0 to 42949672"),
    ("6.49", {f"{_RULE}.set.communities": []}, "set.communities: found [], expected at least one"),
    (
        "7.18.2",
        {
            f"{_RULE}.set.communities": ["63400:1"],
            f"{_RULE}.set.append_communities": ["63400:2"],
        },
        "found communities and append_communities, expected one of them",
    ),
    (
        "7.18.2",
        {f"{_RULE}.set.next_hop": "fd00::1"},
        "set.next_hop: found 'fd00::1', expected an ad",
    ),
    ("7.18.2", {f"{_RULE}.set.weight": 5}, "Unsupported parameters for"),
    (
        "7.18.2",
        {"filters.+": {"name": "calico-in"}},
        "filters: name 'calico-in' is there 2 times",
    ),
    (
        "6.49",
        {f"{_PEER}.output_filter": "calico-out"},
        "output_filter: found 'calico-out', but the router has no rule in a filter chain of this",
    ),
    # OSPF
    ("7.18.2", {"ospf.areas": None}, "the router has no OSPF instance 'default'; correct the name"),
    ("7.18.2", {"ospf.metric": 20}, "ospf.metric: found 20, expected redistribute_bgp true"),
    (
        "7.18.2",
        {"ospf.redistribute_bgp": True, "ospf.metric": 2**24},
        "ospf.metric: found 16777216, expected a number from 0 to 16777214",
    ),
    (
        "6.49",
        {"ospf.areas.0.area_id": "backbone"},
        "area_id: found 'backbone', expected an area ID",
    ),
    (
        "7.18.2",
        {"ospf.redistribute_bgp": True, "ospf.metric": 20, "ospf.output_filter": "calico-in"},
        "ospf.output_filter (calico-in): RouterOS 7.18.2 sets metric and type of external routes",
    ),
    # what stands above all
    ("7.18.2", {"owner": " "}, "owner: found ' ', expected a text such as"),
    ("6.42.5", {}, "RouterOS 6.42.5 is too old; 6.43 is the first we know"),
]


def bad(changes: dict[str, Any]) -> dict[str, Any]:
    """Return the good description with changes by path; ``+`` appends, ``None`` removes."""
    options = copy.deepcopy(GOOD)
    for path, value in changes.items():
        *way, last = path.split(".")
        place: Any = options
        for step in way:
            place = place[int(step)] if isinstance(place, list) else place[step]
        if last == "+":
            place.append(value)
        elif value is None:
            del place[last]
        else:
            place[last] = value
    return options
