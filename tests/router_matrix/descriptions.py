# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A description that names nearly everything that a release can do."""

from __future__ import annotations

import copy
from typing import Any

RELEASES = (
    "6.43",
    "6.49",
    "7.10.2",
    "7.12.2",
    "7.14.3",
    "7.16.2",
    "7.18.2",
    "7.19.4",
    "7.20.8",
    "7.21.5",
    "7.22.3",
    "7.24",
)
KEY = "tcp-md5-k3y"

_FULL: dict[str, Any] = {
    "addresses": [{"address": "192.168.0.253/24", "interface": "ether1", "comment": "LAN"}],
    "filters": [
        {
            "name": "calico-in",
            "rules": [
                {
                    "match": {"prefixes": [{"prefix": "10.20.0.0/16", "min_length": 24}]},
                    "action": "accept",
                    "set": {"local_preference": 200, "append_communities": ["63400:100"]},
                },
                {"match": {"communities": ["63400:666"]}, "action": "reject"},
                {"match": {"prefixes": [{"prefix": "10.21.0.0/16"}]}, "action": "accept"},
            ],
        },
        {
            "name": "calico-out",
            "rules": [
                {
                    "match": {
                        "prefixes": [
                            {"prefix": "10.96.0.0/12"},
                            {"prefix": "10.112.0.0/12", "max_length": 16},
                        ]
                    },
                    "action": "accept",
                    "set": {"med": 50, "communities": ["63400:1", "63400:2"]},
                }
            ],
        },
    ],
    "instance": {
        "name": "kubernetes",
        "as_number": 63400,
        "router_id": "192.168.0.253",
        "cluster_id": "244.0.0.1",
        "client_to_client_reflection": False,
        "ignore_as_path_length": False,
    },
    "networks": ["10.96.0.0/12", "10.99.0.0/16", "10.112.0.0/16"],
    "connections": [
        {
            "name": "rr1",
            "remote_address": "192.168.0.15",
            "remote_as": 63400,
            "route_reflector_client": True,
            "address_families": ["ip"],
            "hold_time": "90s",
            "keepalive_time": "30s",
            "password": KEY,
            "next_hop_choice": "default",
            "default_originate": "never",
            "redistribute": [],
            "input_filter": "calico-in",
            "output_filter": "calico-out",
            "passive": False,
            "comment": "reflector",
        }
    ],
    "ospf": {
        "instance": "lan",
        "redistribute_bgp": True,
        "metric": 30,
        "metric_type": 1,
        "router_id": "192.168.0.253",
        "areas": [{"name": "lan-backbone", "networks": ["192.168.0.0/24"]}],
    },
}


def numbers(release: str) -> tuple[int, ...]:
    return tuple(int(part) for part in release.split("."))


def has_bfd(release: str) -> bool:
    return release.startswith("6.") or numbers(release) >= (7, 11)


def full(release: str) -> dict[str, Any]:
    """Return the module options for a release, with what only some releases can do."""
    options = copy.deepcopy(_FULL)
    connection = options["connections"][0]
    if has_bfd(release):
        connection["bfd"] = True
    if release.startswith("6."):
        # There is one area 0.0.0.0 from the start, and it cannot be removed.
        options["ospf"]["instance"] = "default"
        options["ospf"]["areas"][0]["name"] = "backbone"
        options["instance"]["name"] = "default"
    else:
        connection["templates"] = ["slow"]
        del connection["keepalive_time"]
    if numbers(release) >= (7, 22):
        options["instance"]["multipath"] = 2
    return options
