# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Argument specifications of the RouterOS modules, and what they make of the values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.module_utils.basic import env_fallback

from .connection import Login
from .description import DEFAULT_OWNER
from .errors import Refused
from .values import Secret


def _from_environment(*names: str, **spec: Any) -> dict[str, Any]:
    return {**spec, "fallback": (env_fallback, list(names))}


def connection_arguments() -> dict[str, Any]:
    """Return the options that say where and how to log in."""
    env = _from_environment
    return {
        "hostname": env("ROUTEROS_HOST", type="str", required=True),
        "username": env("ROUTEROS_USERNAME", type="str", required=True),
        "password": env("ROUTEROS_PASSWORD", type="str", required=True, no_log=True),
        "tls": env("ROUTEROS_TLS", type="bool", default=True, aliases=["ssl"]),
        "force_no_cert": env("ROUTEROS_FORCE_NO_CERT", type="bool", default=False),
        "validate_certs": env("ROUTEROS_VALIDATE_CERTS", type="bool", default=True),
        "validate_cert_hostname": env("ROUTEROS_VALIDATE_CERT_HOSTNAME", type="bool", default=True),
        "ca_path": env("ROUTEROS_CA", type="path"),
        "port": env("ROUTEROS_PORT", type="int"),
        "timeout": env("ROUTEROS_TIMEOUT", type="int", default=10),
        "encoding": env("ROUTEROS_ENCODING", type="str", default="ASCII"),
    }


def login(params: Mapping[str, Any]) -> Login:
    """Return the login that module parameters make. Raises Refused."""
    faults = [
        f"{name}: found {params[name]}, expected a number from 1 to {highest}"
        for name, highest in (("port", 65535), ("timeout", 3600))
        if params[name] is not None and not 1 <= params[name] <= highest
    ]
    if faults:
        raise Refused(faults)
    return Login(
        hostname=params["hostname"],
        username=params["username"],
        password=Secret(params["password"]),
        tls=params["tls"],
        force_no_cert=params["force_no_cert"],
        validate_certs=params["validate_certs"],
        validate_cert_hostname=params["validate_cert_hostname"],
        ca_path=params["ca_path"],
        port=params["port"],
        timeout=params["timeout"],
        encoding=params["encoding"],
    )


_REDISTRIBUTE = [
    "connected",
    "static",
    "rip",
    "ospf",
    "isis",
    "bgp",
    "vpn",
    "dhcp",
    "fantasy",
    "modem",
    "bgp-mpls-vpn",
    "slaac",
]


def bgp_arguments() -> dict[str, Any]:
    """Return the options that describe a router's BGP."""
    return {
        "purge": {"type": "bool", "default": True},
        "state": {
            "type": "str",
            "choices": ["present", "absent", "restored"],
            "default": "present",
        },
        "snapshot": {"type": "path"},
        "owner": {"type": "str", "default": DEFAULT_OWNER},
        "update_password": {
            "type": "str",
            "choices": ["always", "on_create"],
            "default": "on_create",
            "no_log": False,
        },
        "addresses": {
            "type": "list",
            "elements": "dict",
            "options": {
                "address": {"type": "str", "required": True},
                "interface": {"type": "str", "required": True},
                "comment": {"type": "str"},
            },
        },
        "instance": {
            "type": "dict",
            "options": {
                "name": {"type": "str", "default": "default"},
                "as_number": {"type": "int", "required": True},
                "router_id": {"type": "str"},
                "cluster_id": {"type": "str"},
                "client_to_client_reflection": {"type": "bool"},
                "ignore_as_path_length": {"type": "bool"},
                "multipath": {"type": "int"},
                "comment": {"type": "str"},
            },
        },
        "connections": {"type": "list", "elements": "dict", "options": _connection_options()},
        "networks": {"type": "list", "elements": "str"},
        "filters": {"type": "list", "elements": "dict", "options": _filter_options()},
        "ospf": {"type": "dict", "options": _ospf_options()},
    }


def info_arguments() -> dict[str, Any]:
    """Return the options of routeros_bgp_info."""
    return {
        "wait_for": {
            "type": "list",
            "elements": "dict",
            "default": [],
            "options": {"remote_address": {"type": "str", "required": True}},
        },
        "wait_for_routes": {"type": "list", "elements": "str", "default": []},
        "wait_timeout": {"type": "int", "default": 60},
        "on_timeout": {"type": "str", "choices": ["fail", "report"], "default": "fail"},
        "routes": {
            "type": "list",
            "elements": "str",
            "choices": ["ip", "ipv6"],
            "default": ["ip"],
        },
    }


def _connection_options() -> dict[str, Any]:
    return {
        "name": {"type": "str", "required": True},
        "remote_address": {"type": "str", "required": True},
        "remote_as": {"type": "int", "required": True},
        "remote_port": {"type": "int"},
        "local_address": {"type": "str"},
        "local_as": {"type": "int"},
        "route_reflector_client": {"type": "bool"},
        "address_families": {"type": "list", "elements": "str", "choices": ["ip", "ipv6"]},
        "hold_time": {"type": "str"},
        "keepalive_time": {"type": "str"},
        "password": {"type": "str", "no_log": True},
        "multihop": {"type": "bool"},
        "ttl": {"type": "int"},
        "bfd": {"type": "bool"},
        "next_hop_choice": {"type": "str", "choices": ["default", "force-self", "propagate"]},
        "default_originate": {"type": "str", "choices": ["never", "if-installed", "always"]},
        "redistribute": {"type": "list", "elements": "str", "choices": _REDISTRIBUTE},
        "input_filter": {"type": "str"},
        "output_filter": {"type": "str"},
        "templates": {"type": "list", "elements": "str"},
        "listen": {"type": "bool"},
        "passive": {"type": "bool"},
        "disabled": {"type": "bool", "default": False},
        "comment": {"type": "str"},
    }


def _filter_options() -> dict[str, Any]:
    communities = {"type": "list", "elements": "str"}
    prefixes = {
        "prefix": {"type": "str", "required": True},
        "min_length": {"type": "int"},
        "max_length": {"type": "int"},
    }
    match = {
        "prefixes": {"type": "list", "elements": "dict", "options": prefixes},
        "communities": communities,
    }
    settings = {
        "local_preference": {"type": "int"},
        "med": {"type": "int"},
        "communities": communities,
        "append_communities": communities,
        "next_hop": {"type": "str"},
    }
    rules = {
        "match": {"type": "dict", "options": match},
        "action": {"type": "str", "choices": ["accept", "reject"], "required": True},
        "set": {"type": "dict", "options": settings},
    }
    return {
        "name": {"type": "str", "required": True},
        "rules": {"type": "list", "elements": "dict", "default": [], "options": rules},
        "default": {"type": "str", "choices": ["accept", "reject"], "default": "reject"},
    }


def _ospf_options() -> dict[str, Any]:
    areas = {
        "name": {"type": "str", "default": "backbone"},
        "area_id": {"type": "str", "default": "0.0.0.0"},
        "networks": {"type": "list", "elements": "str", "default": []},
    }
    return {
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "instance": {"type": "str", "default": "default"},
        "redistribute_bgp": {"type": "bool"},
        "metric": {"type": "int"},
        "metric_type": {"type": "int", "choices": [1, 2]},
        "output_filter": {"type": "str"},
        "router_id": {"type": "str"},
        "areas": {"type": "list", "elements": "dict", "options": areas},
        "comment": {"type": "str"},
    }
