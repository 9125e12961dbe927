# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the Kubernetes API refuses: the schema and CEL rules of Calico's CRDs, by release.

Told before the first write, with the object and the way out. Rules that compare with the stored
object (a pool's CIDR and block size cannot change) are not here.
Source: CRDs of Calico v3.29.7 (no CEL), v3.32.1 and v3.34.0-0.dev (group crd.projectcalico.org/v1).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from .calico_version import CalicoVersion

_Spec = Mapping[str, Any]
_ALWAYS = (0, 0)
_CEL = (3, 32)
_MORE_CEL = (3, 33)


class ApiRefusal(NamedTuple):
    """An object that the API refuses, and why."""

    kind: str
    name: str
    reason: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}: {self.reason}"


class _Rule(NamedTuple):
    kind: str
    since: tuple[int, int]
    refuses: Callable[[_Spec], object]
    reason: str


def refused_objects(
    version: CalicoVersion, objects: Iterable[Mapping[str, Any]]
) -> tuple[ApiRefusal, ...]:
    """Every reason for which the API of this Calico release refuses one of the objects.

    ``objects`` as for ``CalicoCluster.from_objects``; kinds without rules are passed over.
    """
    return tuple(
        ApiRefusal(kind, name, reason)
        for raw in objects
        for kind, name, spec in (_parts(raw),)
        for reason in dict.fromkeys(_reasons(version, kind, spec))
    )


def _parts(raw: Mapping[str, Any]) -> tuple[str, str, _Spec]:
    metadata = raw.get("metadata") or raw
    return str(raw.get("kind") or ""), str(metadata.get("name") or ""), raw.get("spec") or {}


def _reasons(version: CalicoVersion, kind: str, spec: _Spec) -> Iterator[str]:
    stored = {name: value for name, value in spec.items() if version.stores(kind, name)}
    for field in _FIELDS:
        if (
            field.kind == kind
            and version.at_least(*field.since)
            and stored.get(field.name) is not None
        ):
            reason = field.check(stored[field.name])
            if reason:
                yield f"spec.{field.name}: {reason}"
    if kind == "BGPFilter":
        yield from _filter_reasons(version, stored)
    for rule in _RULES:
        if rule.kind == kind and version.at_least(*rule.since):
            try:
                refused = rule.refuses(stored)
            except (TypeError, ValueError):
                continue  # a value of the wrong type or form: told by its own field
            if refused:
                yield rule.reason


def _filter_reasons(version: CalicoVersion, spec: _Spec) -> Iterator[str]:
    for name, bits, longest in (
        ("importV4", 32, 18),
        ("exportV4", 32, 18),
        ("importV6", 128, 43),
        ("exportV6", 128, 43),
    ):
        for position, rule in enumerate(spec.get(name) or ()):
            for reason in _filter_rule_reasons(version, rule, bits, longest):
                yield f"spec.{name}[{position}]: {reason}"


def _filter_rule_reasons(
    version: CalicoVersion, rule: _Spec, bits: int, longest: int
) -> Iterator[str]:
    cidr, operator = rule.get("cidr") or "", rule.get("matchOperator") or ""
    length = rule.get("prefixLength")
    if rule.get("action") is None:
        yield "action is required: Accept or Reject"
    for end in ("min", "max"):
        value = (length or {}).get(end)
        if value is not None and not 0 <= value <= bits:
            yield f"prefixLength.{end}: expected 0 to {bits}, found {value}"
    if not version.at_least(*_CEL):
        return
    for name, allowed in (
        ("action", ("Accept", "Reject")),
        ("matchOperator", ("Equal", "NotEqual", "In", "NotIn")),
        ("source", ("RemotePeers",)),
        ("peerType", ("eBGP", "iBGP")),
    ):
        reason = _one_of(*allowed)(rule[name]) if rule.get(name) is not None else None
        if reason:
            yield f"{name}: {reason}"
    if cidr and (len(cidr) > longest or _network(cidr) is None):
        yield f"cidr: expected a CIDR of at most {longest} characters, found {cidr!r}"
    if bool(cidr) != bool(operator):
        yield "cidr and matchOperator: set both or neither"
    if length is not None and not cidr:
        yield "prefixLength needs cidr"
    operations = rule.get("operations")
    if operations and rule.get("action") != "Accept":
        yield "operations only go with action Accept"
    if operations is not None and not 1 <= len(operations) <= 10:
        yield f"operations: expected 1 to 10, found {len(operations)}"


class _Field(NamedTuple):
    kind: str
    name: str
    since: tuple[int, int]
    check: Callable[[Any], str | None]


def _whole(low: int, high: int) -> Callable[[Any], str | None]:
    def check(value: Any) -> str | None:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            return f"expected a whole number from {low} to {high}, found {value!r}"
        return None

    return check


def _as_number(value: Any) -> str | None:
    reason = _whole(-(2**31), 2**31 - 1)(value)
    if reason is None:
        return None
    return (
        f"expected a plain AS number up to {2**31 - 1} (the CRD holds int32), found {value!r}; "
        "a larger one can only be given to nodes, by the annotation projectcalico.org/ASNumber"
    )


def _one_of(*allowed: str) -> Callable[[Any], str | None]:
    def check(value: Any) -> str | None:
        return None if value in allowed else f"expected {' or '.join(allowed)}, found {value!r}"

    return check


def _at_most(length: int) -> Callable[[Any], str | None]:
    def check(value: Any) -> str | None:
        if len(value) <= length:
            return None
        return f"expected at most {length} characters, found {len(value)}"

    return check


def _log_severity(value: Any) -> str | None:
    if re.fullmatch(r"(?i)(Trace|Debug|Info|Warning|Error|Fatal)?", str(value)):
        return None
    return f"expected Trace, Debug, Info, Warning, Error or Fatal, found {value!r}"


_FIELDS = (
    _Field("BGPConfiguration", "asNumber", _ALWAYS, _as_number),
    _Field("BGPConfiguration", "listenPort", _ALWAYS, _whole(1, 65535)),
    _Field("BGPConfiguration", "bindMode", _CEL, _one_of("None", "NodeIP")),
    _Field("BGPConfiguration", "logSeverityScreen", _CEL, _log_severity),
    _Field("BGPConfiguration", "communities", _MORE_CEL, _at_most(500)),
    _Field("BGPConfiguration", "prefixAdvertisements", _MORE_CEL, _at_most(500)),
    _Field("BGPPeer", "asNumber", _ALWAYS, _as_number),
    _Field("BGPPeer", "localASNumber", _ALWAYS, _as_number),
    _Field("BGPPeer", "numAllowedLocalASNumbers", _ALWAYS, _whole(-(2**31), 2**31 - 1)),
    _Field("BGPPeer", "sourceAddress", _CEL, _one_of("UseNodeIP", "None")),
    _Field("BGPPeer", "nextHopMode", _CEL, _one_of("Auto", "Self", "Keep")),
    _Field("BGPPeer", "reversePeering", _CEL, _one_of("Auto", "Manual")),
    _Field("BGPPeer", "node", _CEL, _at_most(253)),
    _Field("BGPPeer", "peerIP", _CEL, _at_most(64)),
    _Field("BGPPeer", "nodeSelector", _CEL, _at_most(4096)),
    _Field("BGPPeer", "peerSelector", _CEL, _at_most(4096)),
    _Field("BGPPeer", "localWorkloadSelector", _CEL, _at_most(4096)),
    _Field("BGPPeer", "nodeSelector", _MORE_CEL, _at_most(1024)),
    _Field("BGPPeer", "peerSelector", _MORE_CEL, _at_most(1024)),
    _Field("BGPPeer", "localWorkloadSelector", _MORE_CEL, _at_most(1024)),
    _Field("BGPPeer", "reachableBy", _MORE_CEL, _at_most(64)),
)


def _encapsulated(spec: _Spec) -> bool:
    return any((spec.get(mode) or "Never") != "Never" for mode in ("ipipMode", "vxlanMode"))


def _is_load_balancer_pool(spec: _Spec) -> bool:
    return "LoadBalancer" in (spec.get("allowedUses") or ())


def _network(cidr: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(cidr, strict=False)
    except ValueError:
        return None


def _has_host_bits(spec: _Spec) -> bool:
    cidr = str(spec.get("cidr") or "")
    network = _network(cidr)
    return network is not None and str(network) != str(ipaddress.ip_interface(cidr))


def _is_link_local(spec: _Spec) -> bool:
    network = _network(str(spec.get("cidr") or ""))
    if network is None:
        return False
    reserved = ipaddress.ip_network("169.254.0.0/16" if network.version == 4 else "fe80::/10")
    return bool(network.overlaps(reserved))


def _block_size_out_of_range(spec: _Spec) -> bool:
    network, size = _network(str(spec.get("cidr") or "")), spec.get("blockSize")
    if network is None or not size:
        return False
    low = 20 if network.version == 4 else 116
    return not low <= size <= network.max_prefixlen


def _smaller_than_a_block(spec: _Spec) -> bool:
    network = _network(str(spec.get("cidr") or ""))
    if network is None or spec.get("disabled"):
        return False
    return network.prefixlen > (spec.get("blockSize") or (26 if network.version == 4 else 122))


_RULES = (
    _Rule(
        "BGPConfiguration",
        _CEL,
        lambda s: s.get("nodeMeshPassword") is not None and s.get("nodeToNodeMeshEnabled") is False,
        "nodeMeshPassword cannot stay when nodeToNodeMeshEnabled is false; "
        "set it to null in the same write",
    ),
    _Rule(
        "BGPConfiguration",
        _CEL,
        lambda s: (
            s.get("nodeMeshMaxRestartTime") is not None and s.get("nodeToNodeMeshEnabled") is False
        ),
        "nodeMeshMaxRestartTime cannot stay when nodeToNodeMeshEnabled is false; "
        "set it to null in the same write",
    ),
    _Rule(
        "BGPConfiguration",
        _MORE_CEL,
        lambda s: s.get("communities") and not s.get("prefixAdvertisements"),
        "communities are defined but prefixAdvertisements does not use them; set both or neither",
    ),
    _Rule(
        "BGPPeer",
        _CEL,
        lambda s: s.get("node") and s.get("nodeSelector"),
        "node and nodeSelector exclude each other; keep one",
    ),
    _Rule(
        "BGPPeer",
        _CEL,
        lambda s: s.get("peerIP") and s.get("peerSelector"),
        "peerIP and peerSelector exclude each other; keep one",
    ),
    _Rule(
        "BGPPeer",
        _CEL,
        lambda s: s.get("peerSelector") and s.get("asNumber"),
        "asNumber must be left out with peerSelector: the AS is that of the nodes",
    ),
    _Rule(
        "BGPPeer",
        _CEL,
        lambda s: s.get("localWorkloadSelector") and s.get("peerIP"),
        "localWorkloadSelector and peerIP exclude each other; keep one",
    ),
    _Rule(
        "BGPPeer",
        _CEL,
        lambda s: s.get("localWorkloadSelector") and s.get("peerSelector"),
        "localWorkloadSelector and peerSelector exclude each other; keep one",
    ),
    _Rule(
        "BGPPeer",
        _CEL,
        lambda s: s.get("localWorkloadSelector") and not s.get("asNumber"),
        "localWorkloadSelector needs asNumber",
    ),
    _Rule(
        "BGPPeer",
        _MORE_CEL,
        lambda s: s.get("reachableBy") and not s.get("peerIP"),
        "reachableBy needs peerIP",
    ),
    _Rule(
        "BGPPeer",
        _MORE_CEL,
        lambda s: s.get("keepOriginalNextHop") and s.get("nextHopMode") is not None,
        "keepOriginalNextHop and nextHopMode exclude each other; use nextHopMode",
    ),
    _Rule("IPPool", _ALWAYS, lambda s: not s.get("cidr"), "cidr is required"),
    _Rule(
        "IPPool",
        _CEL,
        lambda s: all((s.get(mode) or "Never") != "Never" for mode in ("ipipMode", "vxlanMode")),
        "ipipMode and vxlanMode exclude each other; set one of them to Never",
    ),
    _Rule(
        "IPPool",
        _CEL,
        lambda s: ":" in (s.get("cidr") or "") and (s.get("ipipMode") or "Never") != "Never",
        "IPIP does not carry IPv6; set ipipMode to Never",
    ),
    _Rule(
        "IPPool",
        _CEL,
        lambda s: _is_load_balancer_pool(s) and _encapsulated(s),
        "a LoadBalancer pool takes no encapsulation; set ipipMode and vxlanMode to Never",
    ),
    _Rule(
        "IPPool",
        _CEL,
        lambda s: _is_load_balancer_pool(s) and {"Workload", "Tunnel"} & set(s["allowedUses"]),
        "allowedUses: LoadBalancer does not go with Workload or Tunnel",
    ),
    _Rule(
        "IPPool",
        _MORE_CEL,
        lambda s: _is_load_balancer_pool(s) and s.get("disableBGPExport"),
        "a LoadBalancer pool cannot have disableBGPExport",
    ),
    _Rule(
        "IPPool",
        _MORE_CEL,
        lambda s: _is_load_balancer_pool(s) and s.get("nodeSelector", "all()") != "all()",
        "a LoadBalancer pool needs nodeSelector all()",
    ),
    _Rule(
        "IPPool",
        _MORE_CEL,
        lambda s: "Tunnel" in (s.get("allowedUses") or ()) and s.get("namespaceSelector"),
        "a Tunnel pool takes no namespaceSelector",
    ),
    _Rule(
        "IPPool",
        _MORE_CEL,
        lambda s: (
            "global(" in (s.get("nodeSelector") or "")
            or "global(" in (s.get("namespaceSelector") or "")
        ),
        "global() is no selector for a pool",
    ),
    _Rule("IPPool", _MORE_CEL, _has_host_bits, "cidr has host bits; give the network address"),
    _Rule("IPPool", _MORE_CEL, _is_link_local, "cidr overlaps the link-local range"),
    _Rule(
        "IPPool",
        _MORE_CEL,
        _block_size_out_of_range,
        "blockSize: expected 20 to 32 for IPv4, 116 to 128 for IPv6",
    ),
    _Rule("IPPool", _MORE_CEL, _smaller_than_a_block, "the pool is smaller than one block"),
)
