# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The session planner of the collection, asked about a scenario."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.api_rules import (
    refused_objects,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.calico_objects import (  # noqa: E501
    CalicoCluster,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.calico_version import (  # noqa: E501
    CalicoVersion,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.secret import Secret
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.sessions import (
    BgpDaemon,
    SessionPlan,
    plan_sessions,
)

from tests.conformance.differences import Difference, daemon_differences, differences
from tests.conformance.scenarios import FAMILIES, Records, Scenario, kind_of, objects_of

_DAEMON_FIELDS = (
    "rendered",
    "enabled",
    "router_id",
    "local_as",
    "listen_address",
    "listen_port",
    "bird_accepts",
)


def plan_of(scenario: Scenario) -> SessionPlan:
    """The plan for a scenario."""
    environment = scenario.get("env") or {}
    return plan_sessions(
        CalicoCluster.from_objects(
            scenario["calico_version"],
            objects_of(scenario),
            router_id=environment.get("CALICO_ROUTER_ID", ""),
        )
    )


def records_of(plan: SessionPlan) -> Records:
    """A plan in the form of the data, passwords in clear."""
    return {
        node: {"ipv4": _daemon_record(bgp.ipv4), "ipv6": _daemon_record(bgp.ipv6)}
        for node, bgp in plan.items()
    }


def refusals_of(scenario: Scenario) -> list[str]:
    """Why the API would refuse objects of a scenario; empty if it takes them."""
    version = CalicoVersion.parse(scenario["calico_version"])
    return [str(refusal) for refusal in refused_objects(version, objects_of(scenario))]


def disagreements(scenario: Scenario) -> Iterator[Difference]:
    """Where the planner and a scenario differ.

    Ambiguous scenarios: the planner must name exactly the unstable nodes, know every variant of
    their sessions, and agree on everything else.
    """
    refused = refusals_of(scenario)
    if kind_of(scenario) == "rejected" or refused:
        if (kind_of(scenario) == "rejected") != bool(refused):
            yield Difference("", "", "", "refused by the API", scenario.get("rejected"), refused)
        return
    plan = plan_of(scenario)
    unstable = sorted({ambiguity.node for ambiguity in plan.ambiguities})
    expected = sorted(scenario.get("unstable_nodes", ()))
    if unstable != expected:
        yield Difference("", "", "", "unstable nodes", expected, unstable)
        return
    if kind_of(scenario) == "determined":
        yield from differences(scenario["expected"], records_of(plan))
    else:
        yield from _ambiguous_disagreements(scenario, plan)


def _ambiguous_disagreements(scenario: Scenario, plan: SessionPlan) -> Iterator[Difference]:
    records = records_of(plan)
    variants: dict[tuple[str, str, str], list[Mapping[str, Any]]] = {}
    for ambiguity in plan.ambiguities:
        for session in ambiguity.alternatives:
            where = (ambiguity.node, f"ipv{ambiguity.family}", session.name)
            variants.setdefault(where, []).append(_session_record(session._asdict()))
    for node, seen in scenario["alternatives"].items():
        for result in seen:
            for family in FAMILIES:
                chance = {name for there, of, name in variants if (there, of) == (node, family)}
                yield from daemon_differences(
                    node, family, result[family], records[node][family], skip=chance
                )
                for session in result[family]["sessions"]:
                    known = variants.get((node, family, session["name"]))
                    if known is not None and session not in known:
                        yield Difference(node, family, session["name"], "variant", session, known)


def _daemon_record(daemon: BgpDaemon) -> dict[str, Any]:
    return {
        **{field: getattr(daemon, field) for field in _DAEMON_FIELDS},
        "static_routes": [route._asdict() for route in daemon.static_routes],
        "sessions": [_session_record(session._asdict()) for session in daemon.sessions],
    }


def _session_record(session: Mapping[str, Any]) -> dict[str, Any]:
    return {field: _plain(value) for field, value in session.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Secret):
        return value.reveal()
    return list(value) if isinstance(value, tuple) else value
