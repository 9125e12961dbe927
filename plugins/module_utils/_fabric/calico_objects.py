# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Calico's BGP configuration is, as read from the Kubernetes API: frozen, normalised, no I/O.

Values that Calico ignores (an invalid cluster ID, a field that this release's CRD does not have)
are left out here too and listed in ``ignored``, so that they can be told to the user.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from .addresses import NodeAddress, family_of, parse_address_or_cidr
from .calico_version import CalicoVersion
from .go_duration import whole_seconds
from .secret import Secret

IPV4_ADDRESS = "projectcalico.org/IPv4Address"
IPV6_ADDRESS = "projectcalico.org/IPv6Address"
AS_NUMBER = "projectcalico.org/ASNumber"
CLUSTER_ID = "projectcalico.org/RouteReflectorClusterID"
CALICO_LABELS = "projectcalico.org/labels"

DEFAULT_AS_NUMBER = 64512
DEFAULT_CONFIGURATION = "default"
NODE_CONFIGURATION_PREFIX = "node."
DEFAULT_SECRET_NAMESPACE = "kube-system"

_MAX_AS_NUMBER = 2**32 - 1


class CalicoObjectError(ValueError):
    """An object that is not what the Calico API can hold; says which object and field."""

    def __init__(self, kind: str, name: str, where: str, expected: str, found: str) -> None:
        super().__init__(f"{kind} {name}: {where}: expected {expected}, found {found}")


class Ignored(NamedTuple):
    """A value that Calico reads past: where it stands and why it does not count."""

    where: str
    reason: str


@dataclass(frozen=True)
class Node:
    """A Kubernetes node with its Calico annotations."""

    name: str
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)
    ipv4: NodeAddress | None = None
    ipv6: NodeAddress | None = None
    as_number: int | None = None
    cluster_id: str | None = None
    ignored: tuple[Ignored, ...] = ()

    def address(self, family: int) -> str:
        """The BGP address of a family (4 or 6); empty if the node has none."""
        found = self.ipv4 if family == 4 else self.ipv6
        return found.address if found else ""


class SecretKeyRef(NamedTuple):
    """A key of a Secret in calico-node's namespace."""

    name: str
    key: str


@dataclass(frozen=True)
class BgpConfiguration:
    """``default``, or ``node.<node name>`` of which only the listen port bears on sessions."""

    name: str
    node_to_node_mesh_enabled: bool | None = None
    as_number: int | None = None
    listen_port: int | None = None
    bind_mode: str | None = None
    node_mesh_password: SecretKeyRef | None = None
    node_mesh_max_restart_time: int | None = None  # seconds
    service_cluster_ips: tuple[str, ...] = ()
    service_external_ips: tuple[str, ...] = ()
    service_load_balancer_ips: tuple[str, ...] = ()
    communities: Mapping[str, str] = field(default_factory=dict, hash=False)  # name -> value
    prefix_advertisements: tuple[tuple[str, tuple[str, ...]], ...] = ()  # CIDR, communities
    program_cluster_routes: str | None = None
    log_severity_screen: str | None = None


@dataclass(frozen=True)
class BgpPeer:
    """A BGPPeer; empty strings and zeros mean unset, as in Calico's own types."""

    name: str
    node: str = ""
    node_selector: str = ""
    peer_ip: str = ""
    peer_selector: str = ""
    local_workload_selector: str = ""
    as_number: int = 0
    local_as_number: int = 0
    keep_original_next_hop: bool = False
    next_hop_mode: str | None = None
    password: SecretKeyRef | None = None
    source_address: str = "UseNodeIP"
    max_restart_time: int | None = None  # seconds
    keepalive_time: int | None = None  # seconds
    num_allowed_local_as_numbers: int = 0
    ttl_security: int = 0
    reachable_by: str = ""
    filters: tuple[str, ...] = ()
    reverse_peering: str = "Auto"
    ignored: tuple[Ignored, ...] = ()

    @property
    def is_global(self) -> bool:
        """Whether it is for all nodes: neither node nor nodeSelector is set."""
        return not self.node and not self.node_selector


Rule = Mapping[str, Any]


@dataclass(frozen=True)
class BgpFilter:
    """A BGPFilter; a rule is the mapping that the API holds (action, cidr, matchOperator, ...)."""

    name: str
    import_v4: tuple[Rule, ...] = field(default=(), hash=False)
    export_v4: tuple[Rule, ...] = field(default=(), hash=False)
    import_v6: tuple[Rule, ...] = field(default=(), hash=False)
    export_v6: tuple[Rule, ...] = field(default=(), hash=False)

    def rules(self, direction: str, family: int) -> tuple[Rule, ...]:
        """The rules of ``import`` or ``export`` for family 4 or 6."""
        if direction == "import":
            return self.import_v4 if family == 4 else self.import_v6
        return self.export_v4 if family == 4 else self.export_v6


@dataclass(frozen=True)
class IpPool:
    name: str
    cidr: str
    ipip_mode: str = "Never"
    vxlan_mode: str = "Never"
    nat_outgoing: bool = False
    disabled: bool = False
    disable_bgp_export: bool = False
    block_size: int = 26
    node_selector: str = "all()"
    allowed_uses: tuple[str, ...] = ("Workload", "Tunnel")
    assignment_mode: str = "Automatic"


@dataclass(frozen=True)
class KubernetesSecret:
    namespace: str
    name: str
    values: Mapping[str, Secret] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class CalicoCluster:
    """Everything that decides which BGP sessions exist. Order of the objects does not matter.

    ``router_id``: CALICO_ROUTER_ID of calico-node ("" = the node's IPv4 address, ``hash``, or a
    literal). ``secret_namespace``: where calico-node runs and looks for Secrets.
    """

    version: CalicoVersion
    nodes: tuple[Node, ...] = ()
    bgp_configurations: tuple[BgpConfiguration, ...] = ()
    bgp_peers: tuple[BgpPeer, ...] = ()
    bgp_filters: tuple[BgpFilter, ...] = ()
    ip_pools: tuple[IpPool, ...] = ()
    secrets: tuple[KubernetesSecret, ...] = ()
    router_id: str = ""
    secret_namespace: str = DEFAULT_SECRET_NAMESPACE

    @classmethod
    def from_objects(
        cls,
        version: str | CalicoVersion,
        objects: Iterable[Mapping[str, Any]],
        *,
        router_id: str = "",
        secret_namespace: str = DEFAULT_SECRET_NAMESPACE,
    ) -> CalicoCluster:
        """Build from objects as the Kubernetes API gives them, of any kinds in any order.

        Taken: Node, BGPConfiguration, BGPPeer, BGPFilter, IPPool, Secret (``data`` or
        ``stringData``); other kinds are skipped. Both ``{kind, metadata: {name, ...}, spec}`` and
        the flat form ``{kind, name, labels, annotations, spec}`` are read; items of a Kubernetes
        List need their ``kind`` filled in. Raises CalicoObjectError.
        """
        if isinstance(version, str):
            version = CalicoVersion.parse(version)
        found: dict[str, list[Any]] = {kind: [] for kind in _READERS}
        for raw in objects:
            kind = str(raw.get("kind", ""))
            if kind in found:
                found[kind].append(_READERS[kind](_Reader(kind, raw, version)))
        return cls(
            version=version,
            nodes=tuple(found["Node"]),
            bgp_configurations=tuple(found["BGPConfiguration"]),
            bgp_peers=tuple(found["BGPPeer"]),
            bgp_filters=tuple(found["BGPFilter"]),
            ip_pools=tuple(found["IPPool"]),
            secrets=tuple(found["Secret"]),
            router_id=router_id,
            secret_namespace=secret_namespace,
        )

    def configuration(self, name: str = DEFAULT_CONFIGURATION) -> BgpConfiguration:
        """The BGPConfiguration of that name; one with nothing set if there is none."""
        for configuration in self.bgp_configurations:
            if configuration.name == name:
                return configuration
        return BgpConfiguration(name)

    @property
    def as_number(self) -> int:
        """The AS of nodes without an annotation of their own."""
        found = self.configuration().as_number
        return DEFAULT_AS_NUMBER if found is None else found

    @property
    def mesh_enabled(self) -> bool:
        """Whether the node-to-node mesh is on; unset means on."""
        return self.configuration().node_to_node_mesh_enabled is not False

    def password(self, reference: SecretKeyRef | None) -> Secret | None:
        """The password a reference points to; None if the Secret or key does not exist."""
        if reference is None:
            return None
        for secret in self.secrets:
            if (secret.namespace, secret.name) == (self.secret_namespace, reference.name):
                return secret.values.get(reference.key)
        return None


def parse_as_number(text: str) -> int | None:
    """An AS number, plain (``4200000000``) or dotted (``64.10``, RFC 5396); None if it is none."""
    if _is_digits(text):
        return int(text) if int(text) <= _MAX_AS_NUMBER else None
    high, dot, low = text.partition(".")
    if not dot or not _is_digits(high) or not _is_digits(low):
        return None
    return (int(high) << 16) + int(low) if max(int(high), int(low)) <= 0xFFFF else None


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


class _Reader:
    """Typed access to one raw object, with errors that name it."""

    def __init__(self, kind: str, raw: Mapping[str, Any], version: CalicoVersion) -> None:
        self.kind = kind
        self.version = version
        self.raw = raw
        self.metadata: Mapping[str, Any] = raw.get("metadata") or raw
        self.name = self.metadata.get("name") or ""
        if not isinstance(self.name, str) or not self.name:
            raise CalicoObjectError(kind, "(unnamed)", "metadata.name", "a name", "none")
        spec = raw.get("spec") or {}
        if not isinstance(spec, Mapping):
            raise self.error("spec", "a mapping", type(spec).__name__)
        self.spec: Mapping[str, Any] = spec

    def error(self, where: str, expected: str, found: str) -> CalicoObjectError:
        return CalicoObjectError(self.kind, self.name, where, expected, found)

    def value(self, name: str) -> Any:
        return self.spec.get(name) if self.version.stores(self.kind, name) else None

    def text(self, name: str, default: str = "") -> str:
        value = self.value(name)
        if value is None or value == "":
            return default
        if not isinstance(value, str):
            raise self.error(f"spec.{name}", "a text", repr(value))
        return value

    def optional_text(self, name: str) -> str | None:
        return self.text(name) or None

    def number(self, name: str) -> int | None:
        value = self.value(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.error(f"spec.{name}", "a whole number", repr(value))
        return value

    def flag(self, name: str) -> bool | None:
        value = self.value(name)
        if value is None or isinstance(value, bool):
            return value
        raise self.error(f"spec.{name}", "true or false", repr(value))

    def seconds(self, name: str) -> int | None:
        value = self.optional_text(name)
        if value is None:
            return None
        try:
            return whole_seconds(value)
        except ValueError:
            raise self.error(f"spec.{name}", "a duration such as 90s or 2m", repr(value)) from None

    def items(self, name: str) -> tuple[Any, ...]:
        value = self.value(name)
        if value is None:
            return ()
        if isinstance(value, (str, Mapping)) or not isinstance(value, Iterable):
            raise self.error(f"spec.{name}", "a list", repr(value))
        return tuple(value)

    def mappings(self, name: str) -> tuple[Mapping[str, Any], ...]:
        values = self.items(name)
        for position, value in enumerate(values):
            if not isinstance(value, Mapping):
                raise self.error(f"spec.{name}[{position}]", "a mapping", repr(value))
        return values

    def secret_key_ref(self, name: str) -> SecretKeyRef | None:
        value = self.value(name) or {}
        reference = value.get("secretKeyRef") if isinstance(value, Mapping) else None
        if not reference:
            return None
        return SecretKeyRef(str(reference.get("name") or ""), str(reference.get("key") or ""))

    def cidrs(self, name: str) -> tuple[str, ...]:
        return tuple(str(block["cidr"]) for block in self.mappings(name) if block.get("cidr"))


def _read_node(reader: _Reader) -> Node:
    annotations: Mapping[str, Any] = reader.metadata.get("annotations") or {}
    ignored: list[Ignored] = []

    def ignore(annotation: str, expected: str) -> None:
        value = annotations[annotation]
        ignored.append(Ignored(f"annotation {annotation}", f"{value!r} is not {expected}"))

    def address(annotation: str, family: int) -> NodeAddress | None:
        value = str(annotations.get(annotation) or "")
        found = parse_address_or_cidr(value) if value else None
        if value and (found is None or family_of(found.address) != family):
            ignore(annotation, f"an IPv{family} address or CIDR")
            return None
        return found

    as_number = None
    if AS_NUMBER in annotations:
        as_number = parse_as_number(str(annotations[AS_NUMBER]))
        if as_number is None:
            ignore(AS_NUMBER, "an AS number")

    cluster_id = str(annotations.get(CLUSTER_ID) or "") or None
    if cluster_id is not None:
        parsed = parse_address_or_cidr(cluster_id)
        # Calico takes any IPv4 network without host bits here, not only an address.
        if (
            parsed is None
            or family_of(parsed.address) != 4
            or parsed.network.partition("/")[0] != parsed.address
        ):
            ignore(CLUSTER_ID, "an IPv4 address")
            cluster_id = None

    return Node(
        name=reader.name,
        labels={**_calico_labels(annotations, ignored), **(reader.metadata.get("labels") or {})},
        ipv4=address(IPV4_ADDRESS, 4),
        ipv6=address(IPV6_ADDRESS, 6),
        as_number=as_number,
        cluster_id=cluster_id,
        ignored=tuple(ignored),
    )


def _calico_labels(annotations: Mapping[str, Any], ignored: list[Ignored]) -> dict[str, str]:
    text = annotations.get(CALICO_LABELS)
    if text is None:
        return {}
    try:
        labels = json.loads(text)
    except (TypeError, ValueError):
        labels = "broken"
    if labels is None:
        return {}
    if not isinstance(labels, dict) or not all(isinstance(v, str) for v in labels.values()):
        ignored.append(Ignored(f"annotation {CALICO_LABELS}", "it is not a JSON object of texts"))
        return {}
    return labels


def _read_configuration(reader: _Reader) -> BgpConfiguration:
    return BgpConfiguration(
        name=reader.name,
        node_to_node_mesh_enabled=reader.flag("nodeToNodeMeshEnabled"),
        as_number=reader.number("asNumber"),
        listen_port=reader.number("listenPort") or None,
        bind_mode=reader.optional_text("bindMode"),
        node_mesh_password=reader.secret_key_ref("nodeMeshPassword"),
        node_mesh_max_restart_time=reader.seconds("nodeMeshMaxRestartTime"),
        service_cluster_ips=reader.cidrs("serviceClusterIPs"),
        service_external_ips=reader.cidrs("serviceExternalIPs"),
        service_load_balancer_ips=reader.cidrs("serviceLoadBalancerIPs"),
        communities={
            str(community.get("name") or ""): str(community.get("value") or "")
            for community in reversed(reader.mappings("communities"))  # the first of a name counts
        },
        prefix_advertisements=tuple(
            (str(entry.get("cidr") or ""), tuple(map(str, entry.get("communities") or ())))
            for entry in reader.mappings("prefixAdvertisements")
        ),
        program_cluster_routes=reader.optional_text("programClusterRoutes"),
        log_severity_screen=reader.optional_text("logSeverityScreen"),
    )


def _read_peer(reader: _Reader) -> BgpPeer:
    dropped = tuple(
        Ignored(f"spec.{name}", f"Calico {reader.version} does not have this field")
        for name in sorted(reader.spec)
        if not reader.version.stores("BGPPeer", name)
    )
    return BgpPeer(
        name=reader.name,
        node=reader.text("node"),
        node_selector=reader.text("nodeSelector"),
        peer_ip=reader.text("peerIP"),
        peer_selector=reader.text("peerSelector"),
        local_workload_selector=reader.text("localWorkloadSelector"),
        as_number=reader.number("asNumber") or 0,
        local_as_number=reader.number("localASNumber") or 0,
        keep_original_next_hop=bool(reader.flag("keepOriginalNextHop")),
        next_hop_mode=reader.optional_text("nextHopMode"),
        password=reader.secret_key_ref("password"),
        source_address=reader.text("sourceAddress", "UseNodeIP"),
        max_restart_time=reader.seconds("maxRestartTime"),
        keepalive_time=reader.seconds("keepaliveTime"),
        num_allowed_local_as_numbers=reader.number("numAllowedLocalASNumbers") or 0,
        ttl_security=reader.number("ttlSecurity") or 0,
        reachable_by=reader.text("reachableBy"),
        filters=tuple(map(str, reader.items("filters"))),
        reverse_peering=reader.text("reversePeering", "Auto"),
        ignored=dropped,
    )


def _read_filter(reader: _Reader) -> BgpFilter:
    return BgpFilter(
        name=reader.name,
        import_v4=reader.mappings("importV4"),
        export_v4=reader.mappings("exportV4"),
        import_v6=reader.mappings("importV6"),
        export_v6=reader.mappings("exportV6"),
    )


def _read_pool(reader: _Reader) -> IpPool:
    cidr = reader.text("cidr")
    if parse_address_or_cidr(cidr) is None or "/" not in cidr:
        raise reader.error("spec.cidr", "a CIDR such as 10.20.0.0/16", repr(cidr))
    return IpPool(
        name=reader.name,
        cidr=cidr,
        ipip_mode=reader.text("ipipMode", "Never"),
        vxlan_mode=reader.text("vxlanMode", "Never"),
        nat_outgoing=bool(reader.flag("natOutgoing")),
        disabled=bool(reader.flag("disabled")),
        disable_bgp_export=bool(reader.flag("disableBGPExport")),
        block_size=reader.number("blockSize") or (122 if ":" in cidr else 26),
        node_selector=reader.text("nodeSelector", "all()"),
        allowed_uses=tuple(map(str, reader.items("allowedUses"))) or ("Workload", "Tunnel"),
        assignment_mode=reader.text("assignmentMode", "Automatic"),
    )


def _read_secret(reader: _Reader) -> KubernetesSecret:
    values: dict[str, Secret] = {}
    for key, encoded in (reader.raw.get("data") or {}).items():
        try:
            values[key] = Secret(
                base64.b64decode(encoded, validate=True).decode("utf-8", "replace")
            )
        except (binascii.Error, TypeError, ValueError):
            raise reader.error(f"data[{key}]", "base64", "something else") from None
    for key, text in (reader.raw.get("stringData") or {}).items():
        values[key] = Secret(str(text))
    return KubernetesSecret(str(reader.metadata.get("namespace") or ""), reader.name, values)


_READERS = {
    "Node": _read_node,
    "BGPConfiguration": _read_configuration,
    "BGPPeer": _read_peer,
    "BGPFilter": _read_filter,
    "IPPool": _read_pool,
    "Secret": _read_secret,
}
