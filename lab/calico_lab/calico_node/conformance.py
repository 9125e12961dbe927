# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole scenarios through the stand-in, in the form in which Calico's own confd was recorded.

A scenario holds `nodes`, `objects`, `calico_version` and `env`; the result has for every node and
family what the rendered file says. Only `bgppeers` and `reverse` stand in comments of the text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from calico_lab.calico_node.acceptance import refusals
from calico_lab.calico_node.bird_config import Rendered, render
from calico_lab.calico_node.filters import BadFilter
from calico_lab.calico_node.peering import find_peerings
from calico_lab.calico_node.reader import ConfigText, SessionText, read
from calico_lab.calico_node.release import Release
from calico_lab.calico_node.resources import (
    DEFAULT_SECRET_NAMESPACE,
    Cluster,
    read_cluster,
    read_node,
)
from calico_lab.calico_node.values import FAMILIES, Family

Facts = dict[str, Any]


def render_scenario(scenario: Mapping[str, Any]) -> dict[str, dict[str, Facts]]:
    """Facts by node and family ("ipv4", "ipv6"), as in the recorded data's `expected`.

    `rendered` false means that confd writes no file, for a BGPFilter that it cannot render.
    """
    found: dict[str, dict[str, Facts]] = {}
    for name, family, rendered in render_texts(scenario):
        facts = _no_file() if rendered is None else _facts(rendered)
        found.setdefault(name, {})[f"ipv{family}"] = facts
    return found


def render_texts(scenario: Mapping[str, Any]) -> Iterator[tuple[str, Family, Rendered | None]]:
    """Node, family and file, for every node of a scenario; None: no file is written."""
    cluster = scenario_cluster(scenario)
    release = Release(str(scenario["calico_version"]))
    router_id = str((scenario.get("env") or {}).get("CALICO_ROUTER_ID", ""))
    peerings = find_peerings(cluster, release)
    for node in cluster.nodes:
        for family in FAMILIES:
            try:
                file = render(cluster, release, peerings, node, family, router_id)
            except BadFilter:
                yield node.name, family, None
            else:
                yield node.name, family, file


def scenario_cluster(scenario: Mapping[str, Any]) -> Cluster:
    """The cluster that a scenario describes."""
    objects: dict[str, list[dict[str, Any]]] = {}
    for item in scenario["objects"]:
        metadata = {key: item[key] for key in ("name", "namespace", "labels") if key in item}
        objects.setdefault(item["kind"], []).append({**item, "metadata": metadata})
    nodes = [
        read_node(item["name"], item.get("labels"), item.get("annotations"))
        for item in scenario["nodes"]
    ]
    return read_cluster(nodes, objects, DEFAULT_SECRET_NAMESPACE)


def _facts(rendered: Rendered) -> Facts:
    config = read(rendered.text)
    return {
        "rendered": True,
        "enabled": config.local_as is not None,
        "router_id": config.router_id,
        "local_as": config.local_as,
        "listen_address": config.listen_address,
        "listen_port": config.listen_port,
        "static_routes": [
            {"destination": prefix, "via": gateway} for prefix, gateway in config.gateways
        ],
        "sessions": sorted(
            (_session_facts(config, session) for session in config.sessions),
            key=lambda facts: str(facts["name"]),
        ),
        "bird_accepts": not refusals(rendered.text, rendered.family),
    }


def _session_facts(config: ConfigText, session: SessionText) -> Facts:
    return {
        "name": session.name,
        "kind": session.kind,
        "neighbor": session.neighbor,
        "port": session.port,
        "remote_as": session.remote_as,
        "local_as": session.local_as,
        "source_address": session.source_address,
        "passive": session.passive,
        "rr_client": session.rr_client,
        "rr_cluster_id": session.rr_cluster_id,
        "next_hop": session.next_hop,
        "ttl_security": session.ttl_security,
        "multihop": session.multihop,
        "multihop_hops": session.multihop_hops,
        "password": session.password,
        "graceful_restart_time": session.graceful_restart_time,
        "keepalive_time": session.keepalive_time,
        "allow_local_as": session.allow_local_as,
        "import_filters": list(session.import_filters),
        "export_filters": list(session.export_filters),
        "export_internal": session.export_internal,
        "reachable_by": config.gateway_of(session.neighbor),
        "bgppeers": list(session.bgppeers),
        "reverse": session.reverse,
    }


def _no_file() -> Facts:
    return {
        "rendered": False,
        "enabled": False,
        "router_id": None,
        "local_as": None,
        "listen_address": None,
        "listen_port": None,
        "static_routes": [],
        "sessions": [],
        "bird_accepts": False,
    }
