# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of the cluster as far as BGP depends on it, read with Calico's rules.

Raw objects (decoded JSON of the API) become small frozen records. Invalid node annotations are
ignored, as Calico does; BGPPeers, BGPFilters and IPPools stay close to their spec.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from calico_lab.calico_node.values import (
    Family,
    as_number_of,
    parse_as_number,
    parse_cidr_or_ip,
    parse_duration_seconds,
)

DEFAULT_AS = 64512
DEFAULT_SECRET_NAMESPACE = "kube-system"
NODE_CONFIG_PREFIX = "node."

_IPV4 = "projectcalico.org/IPv4Address"
_IPV6 = "projectcalico.org/IPv6Address"
_AS = "projectcalico.org/ASNumber"
_CLUSTER_ID = "projectcalico.org/RouteReflectorClusterID"
_LABELS = "projectcalico.org/labels"

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Node:
    """A cluster node as Calico sees it. Addresses are text without mask, "" if there is none."""

    name: str
    labels: Mapping[str, str]
    ipv4: str = ""
    ipv6: str = ""
    as_number: int | None = None
    cluster_id: str = ""

    def address(self, family: Family) -> str:
        """The BGP address of one family."""
        return self.ipv4 if family == 4 else self.ipv6


@dataclass(frozen=True)
class Peer:
    """A BGPPeer: its name and spec."""

    name: str
    spec: Json

    def text(self, key: str) -> str:
        """A string field, "" if absent."""
        return str(self.spec.get(key) or "")

    def seconds(self, key: str) -> int | None:
        """A duration field in whole seconds, None if absent."""
        value = self.spec.get(key)
        return None if value is None else parse_duration_seconds(str(value))


@dataclass(frozen=True)
class Affinity:
    """A block that a node holds; `state` "" counts as confirmed."""

    cidr: str
    node: str
    state: str


@dataclass(frozen=True)
class Cluster:
    """Everything that one rendering needs. Lists are sorted by name."""

    nodes: tuple[Node, ...] = ()
    peers: tuple[Peer, ...] = ()
    filters: Mapping[str, Json] = field(default_factory=dict)
    pools: tuple[Json, ...] = ()
    affinities: tuple[Affinity, ...] = ()
    default_config: Json = field(default_factory=dict)
    node_configs: Mapping[str, Json] = field(default_factory=dict)
    secrets: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)
    services: tuple[Json, ...] = ()
    endpoint_slices: tuple[Json, ...] = ()

    def node(self, name: str) -> Node | None:
        """The node of that name."""
        return next((node for node in self.nodes if node.name == name), None)

    @property
    def global_as(self) -> int:
        """asNumber of the default BGPConfiguration, else Calico's default."""
        value = self.default_config.get("asNumber")
        return DEFAULT_AS if value is None else as_number_of(value)

    @property
    def mesh_enabled(self) -> bool:
        """nodeToNodeMeshEnabled, true if unset."""
        return self.default_config.get("nodeToNodeMeshEnabled", True) is not False

    @property
    def listen_port(self) -> int:
        """listenPort of the default BGPConfiguration, 0 if unset."""
        return int(self.default_config.get("listenPort") or 0)

    def node_listen_port(self, name: str) -> int:
        """listenPort of the node's own BGPConfiguration, 0 if unset."""
        return int(self.node_configs.get(name, {}).get("listenPort") or 0)

    def neighbor_port(self, name: str) -> int:
        """The port at which others reach a node's BIRD, 0 if neither object sets one."""
        return self.node_listen_port(name) or self.listen_port

    def password(self, source: object) -> str:
        """Clear text of a `password` or `nodeMeshPassword` field; "" if not to be had."""
        if not isinstance(source, Mapping):
            return ""
        reference = source.get("secretKeyRef")
        if not isinstance(reference, Mapping):
            return ""
        keys = self.secrets.get(str(reference.get("name") or ""), {})
        return keys.get(str(reference.get("key") or ""), "")


def secrets_wanted(config: Json, peers: Iterable[Peer]) -> frozenset[str]:
    """Names of the Secrets that passwords refer to."""
    sources = [config.get("nodeMeshPassword"), *(peer.spec.get("password") for peer in peers)]
    names: set[str] = set()
    for source in sources:
        if isinstance(source, Mapping) and isinstance(source.get("secretKeyRef"), Mapping):
            name = source["secretKeyRef"].get("name")
            if name:
                names.add(str(name))
    return frozenset(names)


def read_node(name: str, labels: Json | None, annotations: Json | None) -> Node:
    """A node from its Kubernetes labels and annotations."""
    notes = annotations or {}
    as_text = notes.get(_AS)
    return Node(
        name=name,
        labels=_merged_labels(labels or {}, notes.get(_LABELS)),
        ipv4=_address(notes.get(_IPV4), 4),
        ipv6=_address(notes.get(_IPV6), 6),
        as_number=None if as_text is None else parse_as_number(str(as_text)),
        cluster_id=_cluster_id(notes.get(_CLUSTER_ID)),
    )


def read_affinity(item: Json) -> Affinity:
    """A block affinity from a BlockAffinity object."""
    spec = item.get("spec") or {}
    return Affinity(
        cidr=str(spec.get("cidr", "")),
        node=str(spec.get("node", "")),
        state=str(spec.get("state", "")),
    )


def decode_secret(item: Json) -> dict[str, str]:
    """Keys and clear values of a Secret, from `data` (base64) or `stringData`."""
    values = {key: str(value) for key, value in (item.get("stringData") or {}).items()}
    for key, encoded in (item.get("data") or {}).items():
        try:
            values[key] = base64.b64decode(encoded, validate=True).decode()
        except (binascii.Error, ValueError):
            continue
    return values


def read_cluster(
    nodes: Iterable[Node], objects: Mapping[str, Iterable[Json]], secret_namespace: str
) -> Cluster:
    """The cluster from objects by kind, each with `metadata` and `spec`.

    BGPConfigurations of other names than `default` and `node.<name>` are ignored.
    """
    configs = {_name(item): _spec(item) for item in objects.get("BGPConfiguration", ())}
    return Cluster(
        nodes=tuple(sorted(nodes, key=lambda node: node.name)),
        peers=tuple(
            sorted(
                (Peer(_name(item), _spec(item)) for item in objects.get("BGPPeer", ())),
                key=lambda peer: peer.name,
            )
        ),
        filters={
            _name(item): _spec(item) for item in sorted(objects.get("BGPFilter", ()), key=_name)
        },
        pools=tuple(_spec(item) for item in sorted(objects.get("IPPool", ()), key=_name)),
        affinities=tuple(
            sorted(
                (read_affinity(item) for item in objects.get("BlockAffinity", ())),
                key=lambda affinity: affinity.cidr,
            )
        ),
        default_config=configs.get("default", {}),
        node_configs={
            name.removeprefix(NODE_CONFIG_PREFIX): spec
            for name, spec in configs.items()
            if name.startswith(NODE_CONFIG_PREFIX)
        },
        secrets={
            _name(item): decode_secret(item)
            for item in objects.get("Secret", ())
            if _metadata(item).get("namespace", secret_namespace) == secret_namespace
        },
        services=tuple(objects.get("Service", ())),
        endpoint_slices=tuple(objects.get("EndpointSlice", ())),
    )


def _metadata(item: Json) -> Json:
    return item.get("metadata") or {}


def _name(item: Json) -> str:
    return str(_metadata(item).get("name", ""))


def _spec(item: Json) -> Json:
    return item.get("spec") or {}


def _merged_labels(labels: Json, calico_labels: object) -> dict[str, str]:
    """Kubernetes labels over those in Calico's own annotation."""
    merged: dict[str, str] = {}
    if isinstance(calico_labels, str):
        try:
            extra = json.loads(calico_labels)
        except ValueError:
            extra = None
        if isinstance(extra, dict) and all(isinstance(value, str) for value in extra.values()):
            merged.update(extra)
    merged.update({key: str(value) for key, value in labels.items()})
    return merged


def _address(value: object, family: Family) -> str:
    parsed = parse_cidr_or_ip(str(value or ""))
    return str(parsed[0]) if parsed and parsed[0].version == family else ""


def _cluster_id(value: object) -> str:
    """An IPv4 address or masked CIDR, unchanged; anything else is no cluster ID."""
    text = str(value or "")
    parsed = parse_cidr_or_ip(text)
    if parsed is None or parsed[0].version != 4 or parsed[1].network_address != parsed[0]:
        return ""
    return text
