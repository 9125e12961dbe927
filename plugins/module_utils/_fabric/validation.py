# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read the description from the inventory and refuse what does not make sense, all at once."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from . import description as d
from .faults import Fault
from .field_names import api_fields
from .selector import SelectorError, parse_selector

# Kubernetes: apimachinery/pkg/util/validation (RFC 1123 subdomain, qualified names, label values).
_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_OBJECT_NAME = re.compile(rf"{_LABEL}(\.{_LABEL})*\Z")
_QUALIFIED_NAME = re.compile(
    rf"({_LABEL}(\.{_LABEL})*/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?\Z"
)
_LABEL_VALUE = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?\Z")
_COMMUNITY = re.compile(r"\d+:\d+(:\d+)?\Z")
_ROUTEROS_TIME = re.compile(r"(?=.)(\d+w)?(\d+d)?(\d+h)?(\d+m)?(\d+s?)?\Z")
_GO_DURATION = re.compile(r"(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+\Z")

_CONFIGURATION_FIELDS = (
    "as_number",
    "log_severity_screen",
    "listen_port",
    "communities",
    "prefix_advertisements",
)
# Of a router's connections, named as the module routeros_bgp does, which also judges the values.
_SESSION_OPTIONS = (
    "multihop",
    "ttl",
    "next_hop_choice",
    "default_originate",
    "input_filter",
    "output_filter",
    "templates",
    "passive",
)
_SERVICE_RANGES = ("service_cluster_ips", "service_external_ips", "service_load_balancer_ips")


def describe(
    hosts: Sequence[d.InventoryHost],
    cluster_nodes: Sequence[str] | None = None,
    known_filters: Sequence[str] = (),
    known_pools: Sequence[str] = (),
) -> tuple[d.Description | None, list[Fault]]:
    """Return the description, or None and every fault in it.

    ``cluster_nodes`` are the node names that the Kubernetes API knows, or None if it was not read;
    ``known_filters`` and ``known_pools`` the names of objects that exist already.
    """
    return _Reader(hosts, cluster_nodes, known_filters, known_pools).read()


def _sound(entries: Sequence[Any] | None) -> Iterator[tuple[int, Any]]:
    """Yield place and entry, without those that are None: their type is a fault already."""
    for index, entry in enumerate(entries or ()):
        if entry is not None:
            yield index, entry


def _named(value: Any) -> Any:
    """Return a value without what is None in it, at any depth."""
    if isinstance(value, Mapping):
        return {key: _named(entry) for key, entry in value.items() if entry is not None}
    if isinstance(value, (list, tuple)):
        return [_named(entry) for entry in value]
    return value


class _Reader:
    def __init__(
        self,
        hosts: Sequence[d.InventoryHost],
        cluster_nodes: Sequence[str] | None,
        known_filters: Sequence[str],
        known_pools: Sequence[str],
    ) -> None:
        self._hosts = hosts
        self._cluster = [host for host in hosts if host.in_cluster]
        self._cluster_nodes = cluster_nodes
        self._known_filters = set(known_filters)
        self._known_pools = set(known_pools)
        self._faults: list[Fault] = []

    def read(self) -> tuple[d.Description | None, list[Fault]]:
        if not self._cluster:
            self._fault(
                (),
                "inventory",
                f"no host in {d.CONTROL_PLANE_GROUP} or {d.NODE_GROUP}",
                "the nodes of the cluster in these groups",
            )
            return None, self._faults
        for host in self._group(d.CLUSTER_GROUP):
            if not host.in_cluster:
                self._fault(
                    [host.name],
                    f"group {d.CLUSTER_GROUP}",
                    "a host in that group alone",
                    f"one in {d.CONTROL_PLANE_GROUP} or {d.NODE_GROUP}, on which the plays run",
                )
        nodes = self._nodes()
        reflectors = self._reflectors()
        result = d.Description(
            as_number=self._as_number("calico_bgp_as_number", self._cluster[0].variables, ""),
            mesh=self._mesh(reflectors),
            configuration=self._configuration(),
            pools=tuple(self._pools()),
            filters=tuple(self._filters()),
            peers=tuple(self._peers()),
            purge=self._one("calico_bgp_purge"),
            nodes=nodes,
            reflectors=reflectors,
            reflector_label=self._reflector_label(),
            reflector_peer_name=self._object_name("route_reflector_peer_name"),
            reflector_peer_node_selector=self._selector(
                "route_reflector_peer_node_selector",
                self._one("route_reflector_peer_node_selector"),
            ),
            routers=tuple(self._routers(reflectors)),
            router_label=self._router_label(),
            static_routes=tuple(self._static_routes(reflectors)),
            reflector_rack_label=self._rack_label(),
            reflector_password=self._secret(self._one("route_reflector_password")),
            absent_routers=tuple(self._routers(reflectors, "absent")),
        )
        self._engine()
        self._one_for_all()
        return (None if self._faults else result), self._faults

    # Faults

    def _fault(
        self, hosts: Sequence[str], variable: str, found: object, expected: str, way_out: str = ""
    ) -> None:
        shown = found if isinstance(found, str) and " " in found else repr(found)
        names = tuple(hosts) or ("all hosts",)
        self._faults.append(Fault(names, variable, str(shown), expected, way_out))

    def _one(self, name: str) -> Any:
        """Return a variable that is the same on every node of the cluster."""
        return self._cluster[0].variables.get(name)

    def _one_for_all(self) -> None:
        """Refuse cluster-wide variables that differ between hosts: they have one value each."""
        per_host = {"calico_bgp_node_name", "route_reflector_cluster_id"}
        first = self._cluster[0]
        for name, value in first.variables.items():
            if not name.startswith(("calico_bgp_", "route_reflector_")) or name in per_host:
                continue
            others = [h.name for h in self._cluster[1:] if h.variables.get(name) != value]
            if others:
                self._fault(
                    others,
                    name,
                    "another value than on " + first.name,
                    "one value for the whole cluster",
                    "Set it in the group_vars of all hosts.",
                )

    def _names(self) -> list[str]:
        return [host.name for host in self._cluster]

    # Values

    def _as_number(self, variable: str, values: Mapping[str, Any], key: str) -> int | None:
        value = values.get(key or variable)
        if value is None:
            return None
        where = f"{variable}.{key}" if key else variable
        self._check_as(self._names(), where, value)
        return int(value)

    def _check_as(self, hosts: Sequence[str], variable: str, value: int) -> None:
        if not 1 <= value <= d.MAX_AS_NUMBER:
            self._fault(hosts, variable, value, f"an AS number from 1 to {d.MAX_API_AS_NUMBER}")
        elif value > d.MAX_API_AS_NUMBER:
            self._fault(
                hosts,
                variable,
                value,
                f"at most {d.MAX_API_AS_NUMBER}",
                "Calico's API holds AS numbers as signed 32-bit integers and refuses higher ones.",
            )

    def _address(self, hosts: Sequence[str], variable: str, value: str, expected: str = "") -> bool:
        try:
            ipaddress.ip_address(value)
        except ValueError:
            self._fault(hosts, variable, value, expected or "an IP address")
            return False
        return True

    def _network(self, hosts: Sequence[str], variable: str, value: str) -> bool:
        try:
            ipaddress.ip_network(value)
        except ValueError as exc:
            way_out = "Clear the bits behind the prefix." if "host bits" in str(exc) else ""
            self._fault(hosts, variable, value, "an IP prefix such as 10.20.0.0/16", way_out)
            return False
        return True

    def _selector(self, variable: str, value: str) -> str:
        try:
            parse_selector(value)
        except SelectorError as exc:
            self._fault(self._names(), variable, value, f"a Calico selector: {exc}")
        return value

    def _matches(
        self, pattern: re.Pattern[str], variable: str, value: str, expected: str, most: int
    ) -> None:
        if not pattern.match(value) or len(value) > most:
            self._fault(self._names(), variable, value, expected)

    def _object_name(self, variable: str) -> str:
        value: str = self._one(variable)
        self._matches(_OBJECT_NAME, variable, value, "a Kubernetes object name", 253)
        return value

    # Cluster

    def _nodes(self) -> tuple[d.ClusterNode, ...]:
        nodes = []
        seen: dict[str, str] = {}
        for host in self._cluster:
            node = host.variables.get("calico_bgp_node_name") or host.name
            if node in seen:
                self._fault(
                    [host.name],
                    "calico_bgp_node_name",
                    node,
                    f"a name of its own, {seen[node]} has this one",
                )
            seen[node] = host.name
            if self._cluster_nodes is not None and node not in self._cluster_nodes:
                self._fault(
                    [host.name],
                    "calico_bgp_node_name",
                    node,
                    "the name of a node of the cluster: " + ", ".join(sorted(self._cluster_nodes)),
                    "Set calico_bgp_node_name where the inventory calls a node otherwise.",
                )
            nodes.append(d.ClusterNode(host.name, node))
        return tuple(nodes)

    def _mesh(self, reflectors: Sequence[d.Reflector]) -> str:
        mesh: str = self._one("calico_bgp_node_mesh")
        if mesh == "disabled" and not reflectors:
            self._fault(
                self._names(),
                "calico_bgp_node_mesh",
                mesh,
                "auto or enabled, since there is no route reflector",
                "Without mesh and reflectors pods lose each other."
                f" Put hosts into {d.REFLECTOR_GROUP}.",
            )
        return mesh

    def _configuration(self) -> dict[str, Any]:
        names = self._names()
        spec = {key: self._one(f"calico_bgp_{key}") for key in _CONFIGURATION_FIELDS}
        port = spec["listen_port"]
        if port is not None and not 1 <= port <= 65535:
            self._fault(names, "calico_bgp_listen_port", port, "a port from 1 to 65535")
        for index, community in _sound(spec["communities"]):
            if not _COMMUNITY.match(community["value"]):
                where = f"calico_bgp_communities[{index}].value"
                self._fault(names, where, community["value"], "aa:nn or aa:nn:mm")
        for index, prefix in _sound(spec["prefix_advertisements"]):
            self._network(names, f"calico_bgp_prefix_advertisements[{index}].cidr", prefix["cidr"])
        for key in _SERVICE_RANGES:
            ranges = self._one(f"calico_bgp_{key}")
            if ranges is None:
                continue
            for index, cidr in _sound(ranges):
                self._network(names, f"calico_bgp_{key}[{index}]", cidr)
            spec[key] = [{"cidr": cidr} for cidr in ranges]
        spec["node_mesh_password"] = self._one("calico_bgp_node_mesh_password")
        if spec["node_mesh_password"] is not None and (
            self._group(d.REFLECTOR_GROUP) and self._one("calico_bgp_node_mesh") != "enabled"
        ):
            self._fault(
                names,
                "calico_bgp_node_mesh_password",
                "a password of a mesh that ends",
                "nothing beside route reflectors",
                "Unset it, or set calico_bgp_node_mesh: enabled.",
            )
        result: dict[str, Any] = api_fields(spec)
        return result

    def _named(self, variable: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield path and entry of a list of named objects; refuse bad and doubled names."""
        seen: set[str] = set()
        for index, entry in _sound(self._one(variable)):
            where = f"{variable}[{index}]"
            self._matches(
                _OBJECT_NAME, f"{where}.name", entry["name"], "a Kubernetes object name", 253
            )
            if entry["name"] in seen:
                self._fault(self._names(), f"{where}.name", entry["name"], "a name of its own")
            seen.add(entry["name"])
            yield where, entry

    def _pools(self) -> Iterator[d.CalicoObject]:
        names = self._names()
        for where, pool in self._named("calico_bgp_ip_pools"):
            cidr = pool.get("cidr")
            network = None
            if cidr is None:
                if self._cluster_nodes is not None and pool["name"] not in self._known_pools:
                    self._fault(
                        names,
                        f"{where}.cidr",
                        "nothing",
                        "the range of the pool, which does not exist yet",
                    )
            elif self._network(names, f"{where}.cidr", cidr):
                network = ipaddress.ip_network(cidr)
            tunnels = [pool.get(key) not in (None, "Never") for key in ("ipip_mode", "vxlan_mode")]
            if all(tunnels):
                self._fault(
                    names, f"{where}.vxlan_mode", pool["vxlan_mode"], "Never beside an ipip_mode"
                )
            if network is not None:
                low, high = (20, 32) if network.version == 4 else (116, 128)
                size = pool.get("block_size")
                if size is not None and not low <= size <= high:
                    self._fault(
                        names, f"{where}.block_size", size, f"a prefix length from {low} to {high}"
                    )
                if network.version == 6 and tunnels[0]:
                    self._fault(
                        names, f"{where}.ipip_mode", pool["ipip_mode"], "Never for an IPv6 pool"
                    )
            if pool.get("node_selector") is not None:
                self._selector(f"{where}.node_selector", pool["node_selector"])
            spec = {key: value for key, value in pool.items() if key != "name"}
            yield d.CalicoObject("IPPool", pool["name"], api_fields(spec), "calico_bgp")

    def _filters(self) -> Iterator[d.CalicoObject]:
        for where, entry in self._named("calico_bgp_filters"):
            for direction in ("import_v4", "export_v4", "import_v6", "export_v6"):
                for index, rule in _sound(entry.get(direction)):
                    self._filter_rule(f"{where}.{direction}[{index}]", direction, rule)
            spec = {key: value for key, value in entry.items() if key != "name"}
            yield d.CalicoObject("BGPFilter", entry["name"], api_fields(spec), "calico_bgp")

    def _filter_rule(self, where: str, direction: str, rule: Mapping[str, Any]) -> None:
        names = self._names()
        cidr = rule.get("cidr")
        if (cidr is None) != (rule.get("match_operator") is None):
            self._fault(names, where, "one of cidr and match_operator", "both or none of them")
        if cidr is not None and self._network(names, f"{where}.cidr", cidr):
            version = ipaddress.ip_network(cidr).version
            if version != int(direction[-1]):
                self._fault(names, f"{where}.cidr", cidr, f"an IPv{direction[-1]} prefix")
        if rule.get("prefix_length") is not None and cidr is None:
            self._fault(names, f"{where}.prefix_length", rule["prefix_length"], "a cidr beside it")

    def _peers(self) -> Iterator[d.CalicoObject]:
        names = self._names()
        filters = self._known_filters | {
            f["name"] for _index, f in _sound(self._one("calico_bgp_filters"))
        }
        for where, peer in self._named("calico_bgp_peers"):
            if peer.get("node") is not None and peer.get("node_selector") is not None:
                self._fault(names, where, "node and node_selector", "at most one of them")
            if (peer.get("peer_ip") is None) == (peer.get("peer_selector") is None):
                found = "neither peer_ip nor" if peer.get("peer_ip") is None else "peer_ip and"
                self._fault(names, where, f"{found} peer_selector", "exactly one of them")
            for key in ("as_number", "local_as_number"):
                if peer.get(key) is not None:
                    self._check_as(names, f"{where}.{key}", peer[key])
            if peer.get("peer_ip") is not None:
                self._peer_ip(f"{where}.peer_ip", peer["peer_ip"])
                if peer.get("as_number") is None:
                    self._fault(
                        names,
                        f"{where}.as_number",
                        "nothing",
                        "the AS number of the peer",
                        "BIRD refuses its whole configuration for a peer without one.",
                    )
            elif peer.get("as_number") is not None:
                self._fault(
                    names, f"{where}.as_number", peer["as_number"], "nothing beside a peer_selector"
                )
            for key in ("node_selector", "peer_selector"):
                if peer.get(key) is not None:
                    self._selector(f"{where}.{key}", peer[key])
            if (
                peer.get("keep_original_next_hop") is not None
                and peer.get("next_hop_mode") is not None
            ):
                self._fault(
                    names, where, "keep_original_next_hop and next_hop_mode", "at most one of them"
                )
            if peer.get("reachable_by") is not None:
                self._address(names, f"{where}.reachable_by", peer["reachable_by"])
                if peer.get("peer_ip") is None:
                    self._fault(
                        names, f"{where}.reachable_by", peer["reachable_by"], "a peer_ip beside it"
                    )
            for key in ("max_restart_time", "keepalive_time"):
                value = peer.get(key)
                if value is not None and not _GO_DURATION.match(value):
                    self._fault(names, f"{where}.{key}", value, "a duration such as 30s or 2m")
            if peer.get("ttl_security") is not None and not 0 <= peer["ttl_security"] <= 255:
                self._fault(
                    names, f"{where}.ttl_security", peer["ttl_security"], "hops from 0 to 255"
                )
            for index, name in enumerate(peer.get("filters") or ()):
                if self._cluster_nodes is not None and name not in filters:
                    self._fault(
                        names,
                        f"{where}.filters[{index}]",
                        name,
                        "a BGPFilter of calico_bgp_filters or of the cluster",
                    )
            spec = {key: value for key, value in peer.items() if key != "name"}
            yield d.CalicoObject("BGPPeer", peer["name"], api_fields(spec), "calico_bgp")

    def _peer_ip(self, where: str, value: str) -> None:
        address, port = value, None
        with_port = re.match(r"\[(.*)\]:(\d+)\Z|([^:]*):(\d+)\Z", value)
        if with_port:
            address = with_port.group(1) or with_port.group(3)
            port = int(with_port.group(2) or with_port.group(4))
        expected = "IPv4, IPv4:port, IPv6 or [IPv6]:port"
        if self._address(self._names(), where, address, expected) and port is not None:
            wrong_family = ipaddress.ip_address(address).version != (6 if "]" in value else 4)
            if wrong_family or not 1 <= port <= 65535:
                self._fault(self._names(), where, value, expected)

    # Reflectors

    def _group(self, name: str) -> list[d.InventoryHost]:
        return [host for host in self._hosts if name in host.groups]

    def _reflectors(self) -> tuple[d.Reflector, ...]:
        reflectors = []
        for place, host in enumerate(self._group(d.REFLECTOR_GROUP), start=1):
            if not host.in_cluster:
                self._fault(
                    [host.name],
                    f"group {d.REFLECTOR_GROUP}",
                    "a host that is no node of the cluster",
                    f"a host of {d.CONTROL_PLANE_GROUP} or {d.NODE_GROUP}",
                )
            cluster_id = host.variables["route_reflector_cluster_id"]
            try:
                ipaddress.IPv4Address(cluster_id)
            except ValueError:
                self._fault(
                    [host.name],
                    "route_reflector_cluster_id",
                    cluster_id,
                    "a plain IPv4 address such as 244.0.0.1",
                    "Calico ignores other values, and BIRD refuses its whole file for a prefix.",
                )
            node = host.variables.get("calico_bgp_node_name") or host.name
            reflectors.append(d.Reflector(host.name, node, cluster_id, f"rr{place}"))
        return tuple(reflectors)

    def _rack_label(self) -> str | None:
        if self._one("route_reflector_rack_label") is None:
            return None
        return self._label_key("route_reflector_rack_label")

    def _secret(self, value: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
        result: Mapping[str, Any] | None = None if value is None else api_fields(dict(value))
        return result

    def _engine(self) -> None:
        names = self._names()
        for variable in ("calico_bgp_timeout", "calico_bgp_pin_time_limit"):
            value = self._one(variable)
            if value < 1:
                self._fault(names, variable, value, "1 second or more")
        if self._one("calico_bgp_stable_time") < 0:
            self._fault(
                names,
                "calico_bgp_stable_time",
                self._one("calico_bgp_stable_time"),
                "0 seconds or more",
            )
        for index, target in _sound(self._one("calico_bgp_probe_targets")):
            self._address(names, f"calico_bgp_probe_targets[{index}]", target)

    def _label_key(self, variable: str) -> str:
        value: str = self._one(variable)
        self._matches(_QUALIFIED_NAME, variable, value, "the key of a Kubernetes label", 317)
        return value

    def _reflector_label(self) -> tuple[str, str]:
        value = self._one("route_reflector_label_value")
        self._matches(
            _LABEL_VALUE,
            "route_reflector_label_value",
            value,
            "the value of a Kubernetes label",
            63,
        )
        return self._label_key("route_reflector_label"), value

    # Routers

    def _router_label(self) -> str:
        routers = self._group(d.ROUTER_GROUP)
        if not routers:
            return "rr-id"
        values = {host.variables["routeros_peer_label"] for host in routers}
        if len(values) > 1:
            self._fault(
                [host.name for host in routers],
                "routeros_peer_label",
                ", ".join(sorted(values)),
                "one label for all routers",
            )
        value: str = routers[0].variables["routeros_peer_label"]
        self._matches(
            _QUALIFIED_NAME, "routeros_peer_label", value, "the key of a Kubernetes label", 317
        )
        return value

    def _md5_secret(self, host: d.InventoryHost) -> Mapping[str, Any] | None:
        """Both halves of the sessions need the key, each from where it is kept."""
        reference: Mapping[str, Any] | None = host.variables.get("routeros_peer_tcp_md5_secret")
        key = host.variables.get("routeros_peer_tcp_md5_key")
        if (reference is None) != (not key):
            missing = "routeros_peer_tcp_md5_secret" if key else "routeros_peer_tcp_md5_key"
            self._fault(
                [host.name],
                missing,
                "nothing",
                "the same key for the other half of the sessions",
                "Set both or none: one is for the router, the other names the Secret for Calico.",
            )
        return None if reference is None else {"secretKeyRef": dict(reference)}

    def _routers(
        self, reflectors: Sequence[d.Reflector], state: str = "present"
    ) -> Iterator[d.Router]:
        routers = [
            host
            for host in self._group(d.ROUTER_GROUP)
            if host.variables["routeros_peer_state"] == state
        ]
        if routers and not reflectors and state == "present":
            self._fault(
                [host.name for host in routers],
                f"group {d.REFLECTOR_GROUP}",
                "no host in it",
                "at least one route reflector for the routers to peer with",
            )
        for host in routers:
            addresses = tuple(
                d.RouterAddress(entry["address"], entry["interface"])
                for index, entry in _sound(host.variables["routeros_peer_addresses"])
                if self._interface_address(host.name, index, entry["address"])
            )
            local = self._local_address(host, addresses, reflectors)
            router_id = host.variables.get("routeros_peer_router_id") or local
            self._ipv4(host.name, "routeros_peer_router_id", router_id)
            as_number = host.variables.get("routeros_peer_as_number")
            if as_number is not None:
                self._check_as([host.name], "routeros_peer_as_number", as_number)
            for key in ("hold_time", "keepalive_time"):
                value = host.variables.get(f"routeros_peer_{key}")
                if value is not None and not _ROUTEROS_TIME.match(value):
                    self._fault(
                        [host.name], f"routeros_peer_{key}", value, "a time such as 90s or 3m"
                    )
            yield d.Router(
                host=host.name,
                local_address=local,
                router_id=router_id,
                as_number=as_number,
                addresses=addresses,
                instance=host.variables.get("routeros_peer_instance"),
                redistribute=tuple(host.variables["routeros_peer_redistribute"]),
                hold_time=host.variables.get("routeros_peer_hold_time"),
                keepalive_time=host.variables.get("routeros_peer_keepalive_time"),
                md5_secret=self._md5_secret(host),
                session_options={
                    name: value
                    for name in _SESSION_OPTIONS
                    if (value := host.variables.get(f"routeros_peer_{name}")) is not None
                },
                multipath=host.variables.get("routeros_peer_multipath"),
                networks=tuple(e for _i, e in _sound(host.variables["routeros_peer_networks"])),
                filters=tuple(
                    _named(e) for _i, e in _sound(host.variables["routeros_peer_filters"])
                ),
                ospf=_named(host.variables.get("routeros_peer_ospf")),
            )

    def _interface_address(self, host: str, index: int, value: str) -> bool:
        where = f"routeros_peer_addresses[{index}].address"
        expected = "an address with prefix length such as 192.168.0.253/24"
        try:
            ipaddress.ip_interface(value)
        except ValueError:
            self._fault([host], where, value, expected)
            return False
        if "/" not in value:
            self._fault([host], where, value, expected)
        return "/" in value

    def _ipv4(self, host: str, variable: str, value: str) -> None:
        if not value:
            return
        try:
            ipaddress.IPv4Address(value)
        except ValueError:
            self._fault([host], variable, value, "an IPv4 address")

    def _local_address(
        self,
        host: d.InventoryHost,
        addresses: Sequence[d.RouterAddress],
        reflectors: Sequence[d.Reflector],
    ) -> str:
        value: str | None = host.variables.get("routeros_peer_local_address")
        if value is not None:
            self._address([host.name], "routeros_peer_local_address", value)
            return value
        by_name = {h.name: h.address for h in self._hosts}
        wanted = [by_name.get(reflector.host) for reflector in reflectors]
        for entry in addresses:
            interface = ipaddress.ip_interface(entry.address)
            if any(a is not None and ipaddress.ip_address(a) in interface.network for a in wanted):
                return str(interface.ip)
        if host.address is not None:
            return host.address
        self._fault(
            [host.name],
            "routeros_peer_local_address",
            "nothing",
            "the address from which the router speaks BGP",
            "Set it, or an ansible_host that is an address.",
        )
        return ""

    # Static routes

    def _static_routes(self, reflectors: Sequence[d.Reflector]) -> Iterator[d.StaticRoute]:
        routers = self._group(d.ROUTER_GROUP)
        others: dict[str, tuple[Callable[[], bool], str]] = {
            "reflector": (lambda: bool(reflectors), d.REFLECTOR_GROUP),
            "router": (lambda: bool(routers), d.ROUTER_GROUP),
        }
        for host in self._group(d.ROUTE_HOST_GROUP):
            seen: set[str] = set()
            for index, entry in _sound(host.variables["static_routes_routes"]):
                where = f"static_routes_routes[{index}]"
                dst, next_hop = entry["dst"], entry["next_hop"]
                valid = self._network([host.name], f"{where}.dst", dst)
                if dst in seen:
                    self._fault([host.name], f"{where}.dst", dst, "a destination of its own")
                seen.add(dst)
                if next_hop in others:
                    there, group = others[next_hop]
                    if not there():
                        self._fault(
                            [host.name],
                            f"{where}.next_hop",
                            next_hop,
                            f"an address, since no host is in {group}",
                        )
                elif (
                    self._address(
                        [host.name],
                        f"{where}.next_hop",
                        next_hop,
                        "reflector, router or an IP address",
                    )
                    and valid
                    and ipaddress.ip_address(next_hop).version != ipaddress.ip_network(dst).version
                ):
                    self._fault(
                        [host.name],
                        f"{where}.next_hop",
                        next_hop,
                        f"an address of the family of {dst}",
                    )
                metric = entry.get("metric")
                if metric is not None and not 0 <= metric <= 2**32 - 1:
                    self._fault(
                        [host.name], f"{where}.metric", metric, "a metric from 0 to 4294967295"
                    )
                yield d.StaticRoute(host.name, dst, next_hop, metric, entry["state"] == "present")
