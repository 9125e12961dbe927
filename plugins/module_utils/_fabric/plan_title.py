# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a step is, in a line."""

from __future__ import annotations

from collections.abc import Sequence

from .description import Description
from .objects import CLUSTER_ID_ANNOTATION
from .plan_model import Change

_FIELDS = {
    "asNumber": "AS number {0}",
    "nodeToNodeMeshEnabled": "node-to-node mesh {0}",
    "logSeverityScreen": "log level {0}",
    "listenPort": "port {0}",
}
_MANY = 4


def title(changes: Sequence[Change], description: Description) -> str:
    """Return a title for writes that are made together."""
    lines = list(dict.fromkeys(_title(change, description) for change in changes))
    routers = [change.name for change in changes if change.kind == "Router"]
    if all(change.role == "routeros_peer" for change in changes) and len(changes) > 1:
        hosts = routers or [router.host for router in description.routers]
        return f"Peer the reflectors with {', '.join(hosts)}"
    if len({(change.verb, change.kind) for change in changes}) == 1 and len(changes) > 1:
        names = [change.name for change in changes]
        if changes[0].kind == "Node":
            return f"{lines[0].partition(' ')[0]} {_listed(names)} together"
        return f"{_verb(changes[0])} {changes[0].kind}s {_listed(names)}"
    return "; ".join(lines)


def _title(change: Change, description: Description) -> str:
    if change.kind == "Node":
        return _node_title(change)
    if change.kind == "Router":
        return f"Configure router {change.name}"
    if change.kind == "BGPConfiguration" and change.verb != "delete":
        return _configuration_title(change)
    return f"{_verb(change)} {change.kind} {change.name}"


def _verb(change: Change) -> str:
    return "Change" if change.verb == "patch" else change.verb.capitalize()


def _configuration_title(change: Change) -> str:
    values = {
        field.name: field.after
        for field in change.fields
        if not field.name.startswith(("label ", "annotation "))
    }
    mesh = "nodeToNodeMeshEnabled"
    if mesh in values and values[mesh] is None:
        values[mesh] = True
    if values.get("nodeToNodeMeshEnabled") is False:
        return "End the node-to-node mesh"
    if values.get("nodeToNodeMeshEnabled") is True and len(values) == 1:
        return "Bring the node-to-node mesh back"
    if not values:
        return f"Hand {change.kind} {change.name} back"
    if all(value is None for value in values.values()):
        return f"Take {', '.join(values)} of {change.kind} {change.name} back"
    return "Set " + ", ".join(
        _FIELDS.get(name, name).format(_value(value)) for name, value in values.items()
    )


def _value(value: object) -> str:
    return (
        {True: "on", False: "off"}.get(value, str(value))
        if isinstance(value, bool)
        else ("back to what it was" if value is None else str(value))
    )


def _node_title(change: Change) -> str:
    ids = {
        field.before: field.after
        for field in change.fields
        if field.name.endswith(CLUSTER_ID_ANNOTATION)
    }
    for before, after in ids.items():
        if after is None:
            return f"Demote {change.name} to an ordinary node"
        if before is None:
            return f"Promote {change.name} to route reflector"
        return f"Change the cluster ID of {change.name} to {after}"
    if all(field.after is None for field in change.fields):
        return f"Take {', '.join(field.name for field in change.fields)} of {change.name} back"
    return f"Label {change.name}"


def _listed(names: Sequence[str]) -> str:
    if len(names) <= _MANY:
        return ", ".join(names)
    return f"{', '.join(names[:_MANY])} and {len(names) - _MANY} more"
