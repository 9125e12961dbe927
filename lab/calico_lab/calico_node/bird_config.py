# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The text of bird.cfg and bird6.cfg for BIRD 1.6.

The wording is ours; what it means follows Calico: exports are a whitelist (own blocks, service
addresses, enabled IP pools) after the BGPFilters, imports accept what the BGPFilters do not
reject, and the kernel filter keeps service ranges and Felix's pools out of the routing table.
`krt_tunnel` is left out: stock BIRD has no such attribute, so IPIP pools are routed plainly.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from calico_lab.calico_node.filters import MAX_PRIORITY, community_statement, filter_functions
from calico_lab.calico_node.peering import Peerings
from calico_lab.calico_node.pools import pools_of
from calico_lab.calico_node.release import Release
from calico_lab.calico_node.resources import Affinity, Cluster, Json, Node
from calico_lab.calico_node.services import ServiceRoutes, ranges, service_routes
from calico_lab.calico_node.sessions import FilterCall, Session, Speaker, find_speaker
from calico_lab.calico_node.values import Family, parse_cidr_or_ip

NORMAL_ROUTE_PRIORITY = 1024
OVERRIDE_PREFERENCE = 200
"""BIRD preference of a route that must win over a local pod's own (live migration)."""
FELIX_PROTOCOL = 80

_LOG_LEVELS = {"debug": "all", "info": "{ states }"}
_COMMUNITY = re.compile(r"\d+:\d+(:\d+)?")


@dataclass(frozen=True)
class Rendered:
    """One configuration file. `family` 4 is bird.cfg, 6 bird6.cfg."""

    family: Family
    text: str = field(repr=False)
    speaker: Speaker


def router_id_setting() -> str:
    """CALICO_ROUTER_ID of this process: "", "hash" or a router ID."""
    return os.environ.get("CALICO_ROUTER_ID", "")


def normal_route_priority(cluster: Cluster, family: Family) -> int:
    """Priority, and kernel metric, of a route that nothing raised."""
    key = f"ipv{family}NormalRoutePriority"
    return int(cluster.default_config.get(key) or NORMAL_ROUTE_PRIORITY)


def render(
    cluster: Cluster,
    release: Release,
    peerings: Peerings,
    node: Node,
    family: Family,
    router_id: str = "",
) -> Rendered:
    """The configuration of one node and family.

    :raises BadFilter: a BGPFilter cannot be rendered; the node keeps its old file.
    """
    speaker = find_speaker(cluster, release, peerings, node, family, router_id)
    writer = _Writer(cluster, release, speaker)
    return Rendered(family, "\n".join(writer.lines()) + "\n", speaker)


class _Writer:
    def __init__(self, cluster: Cluster, release: Release, speaker: Speaker) -> None:
        self._cluster = cluster
        self._config = cluster.default_config
        self._release = release
        self._speaker = speaker
        self._node = speaker.node
        self._family = speaker.family
        self._pools = pools_of(cluster, release, speaker.family)
        self._services: ServiceRoutes = service_routes(
            cluster, release, speaker.node, speaker.family
        )
        self._blocks = [block for block in cluster.affinities if self._is_ours(block)]
        self._priority = normal_route_priority(cluster, speaker.family)

    def lines(self) -> Iterator[str]:
        """The whole file."""
        yield f"# BIRD on {self._node.name}, IPv{self._family}. Written by the lab; do not edit."
        yield f"router id {self._speaker.router_id};"
        yield from self._listen()
        yield ""
        yield from self._static()
        yield ""
        yield from self._own_blocks()
        yield from self._communities()
        yield from self._export()
        yield from self._kernel_filter()
        yield ""
        yield from self._plumbing()
        yield ""
        if not self._speaker.enabled:
            yield f"# No IPv{self._family} address on this node: no BGP."
            return
        yield from filter_functions(self._cluster, self._release, self._family)
        yield from self._template()
        for session in self._speaker.sessions:
            yield ""
            yield from self._session(session)

    def _listen(self) -> Iterator[str]:
        address = self._speaker.listen_address
        port = self._speaker.listen_port
        if address or port:
            yield (
                "listen bgp"
                + (f" address {address}" if address else "")
                + (f" port {port}" if port else "")
                + ";"
            )

    def _static(self) -> Iterator[str]:
        """Own blocks and service addresses as blackholes, and the way to distant neighbors."""
        length = 32 if self._family == 4 else 128
        yield "protocol static {"
        for block in self._blocks:
            if not block.cidr.endswith(f"/{length}"):
                yield f"  route {block.cidr} blackhole;"
        for cidr in self._services.advertised:
            yield f"  route {cidr} blackhole;"
        for address, gateway in self._speaker.gateways:
            yield f"  route {address}/{length} via {gateway};"
        yield "}"

    def _own_blocks(self) -> Iterator[str]:
        """Export a block as a whole, and nothing beneath it but routes of raised priority."""
        yield "function calico_aggr()"
        yield "{"
        for block in self._blocks:
            if block.state not in ("", "confirmed"):
                continue
            yield f"  if net = {block.cidr} then accept;"
            if self._release.has_route_priority:
                yield (f"  if net ~ {block.cidr} && krt_metric < {self._priority} then accept;")
            yield f"  if net ~ {block.cidr} then reject;"
        yield "}"

    def _communities(self) -> Iterator[str]:
        own = self._cluster.node_configs.get(self._node.name, {})
        config = own if own.get("prefixAdvertisements") is not None else self._config
        yield "function apply_communities()"
        yield "{"
        for advertisement in config.get("prefixAdvertisements") or []:
            cidr = str(advertisement.get("cidr") or "")
            if not cidr or (":" in cidr) != (self._family == 6):
                continue
            for value in _community_values(config, advertisement.get("communities") or []):
                yield f"  if net ~ {cidr} then {{ {community_statement(value)} }}"
        yield "}"

    def _export(self) -> Iterator[str]:
        yield "function calico_export_to_bgp_peers(bool internal_peer)"
        yield "{"
        yield from _net_rules((pool.cidr for pool in self._pools if not pool.exported), "reject")
        yield "  if internal_peer && defined(ifname) then {"
        yield f"    if {_any_interface(self._felix_interfaces())} then reject;"
        yield "  }"
        yield '  if defined(ifname) then { if ifname ~ "bpf*.cali" then reject; }'
        yield from self._keep_felix_routes()
        yield "  apply_communities();"
        yield "  calico_aggr();"
        yield from _net_rules(self._services.advertised, "accept")
        if self._node.cluster_id:
            yield from _net_rules(self._reflected_service_ranges(), "accept")
        yield from _net_rules((pool.cidr for pool in self._pools if pool.exported), "accept")
        yield "}"

    def _felix_interfaces(self) -> list[str]:
        """Devices whose routes Felix programs and BGP must not repeat inside the cluster."""
        bird_keeps_ipip = not self._release.felix_programs_ipip or self._config.get(
            "programClusterRoutes"
        ) in ("Enabled", "EnabledIPIPOnly")
        return ["*.cali", "*.calico", *(() if bird_keeps_ipip else ("tunl0",))]

    def _keep_felix_routes(self) -> Iterator[str]:
        """In the lab Felix's tunnelled routes have no tunnel device to be known by."""
        if any(pool.felix_programs for pool in self._pools):
            yield (
                f"  if defined(krt_source) && krt_source = {FELIX_PROTOCOL} && defined(ifname) "
                'then { if ifname !~ "cali*" then reject; }'
            )

    def _reflected_service_ranges(self) -> list[str]:
        keys = ["serviceLoadBalancerIPs"]
        if self._release.reflector_exports_external_ips:
            keys.append("serviceExternalIPs")
        found = [cidr for key in keys for cidr in ranges(self._config, key)]
        return [cidr for cidr in found if (":" in cidr) == (self._family == 6)]

    def _kernel_filter(self) -> Iterator[str]:
        yield "filter calico_kernel_programming"
        yield "{"
        yield from _net_rules(self._services.rejected, "reject")
        if self._release.has_route_priority:
            yield "  if defined(source) && source = RTS_BGP && ! defined(krt_metric) then {"
            yield f"    krt_metric = {self._priority};"
            yield (
                f"    if defined(bgp_local_pref) then krt_metric = {MAX_PRIORITY} - bgp_local_pref;"
            )
            yield (f"    if krt_metric < {self._priority} then preference = {OVERRIDE_PREFERENCE};")
            yield "  }"
        yield from _net_rules((p.cidr for p in self._pools if p.felix_programs), "reject")
        yield "  accept;"
        yield "}"

    def _plumbing(self) -> Iterator[str]:
        ignored = "".join(f'-"{name}", ' for name in self._config.get("ignoredInterfaces") or [])
        yield "protocol kernel {"
        yield "  learn;"
        yield "  persist;"
        yield "  scan time 2;"
        yield "  import all;"
        yield "  export filter calico_kernel_programming;"
        yield "  graceful restart;"
        yield "  merge paths on;"
        yield "}"
        yield "protocol device {"
        yield from self._debug()
        yield "  scan time 2;"
        yield "}"
        yield "protocol direct {"
        yield from self._debug()
        yield f'  interface {ignored}-"cali*", -"kube-ipvs*", "*";'
        yield "}"

    def _debug(self) -> Iterator[str]:
        """logSeverityScreen: BIRD knows debug and info, any other level is silence."""
        own = self._cluster.node_configs.get(self._node.name, {})
        level = str(own.get("logSeverityScreen") or self._config.get("logSeverityScreen") or "info")
        if level.lower() in _LOG_LEVELS:
            yield f"  debug {_LOG_LEVELS[level.lower()]};"

    def _template(self) -> Iterator[str]:
        yield "template bgp bgp_template {"
        yield from self._debug()
        yield '  description "Connection to BGP peer";'
        yield f"  local as {self._speaker.as_number};"
        yield "  gateway recursive;"
        yield "  add paths on;"
        yield "  graceful restart;"
        yield "  connect delay time 2;"
        yield "  connect retry time 5;"
        yield "  error wait time 5,30;"
        yield "}"

    def _session(self, session: Session) -> Iterator[str]:
        origin = ", ".join(session.bgppeers) or "the node-to-node mesh"
        yield f"# from {origin}" + (" (reverse)" if session.reverse else "")
        yield f"protocol bgp {session.name} from bgp_template {{"
        if session.multihop:
            yield f"  ttl security {'on' if session.ttl_security else 'off'};"
            yield f"  multihop {session.ttl_security};" if session.ttl_security else "  multihop;"
        if session.local_as:
            yield f"  local as {session.local_as};"
        port = f" port {session.port}" if session.port else ""
        yield f"  neighbor {session.neighbor}{port} as {session.remote_as};"
        if session.source_address:
            yield f"  source address {session.source_address};"
        yield from self._imports(session)
        yield from self._exports(session)
        yield from _session_options(session)
        yield "}"

    def _imports(self, session: Session) -> Iterator[str]:
        if session.plain_import or not (session.imports or self._release.has_route_priority):
            yield "  import all;"
            return
        yield "  import filter {"
        yield from (f"    {_call(call)}" for call in session.imports)
        if self._release.has_route_priority:
            yield (
                "    if defined(bgp_local_pref) && bgp_local_pref > "
                f"{MAX_PRIORITY - self._priority} then preference = {OVERRIDE_PREFERENCE};"
            )
        yield "    accept;"
        yield "  };"

    def _exports(self, session: Session) -> Iterator[str]:
        yield "  export filter {"
        if self._release.has_route_priority:
            # The route's priority goes along as local preference, and back into krt_metric on a
            # reflector, where calico_aggr() looks at it.
            yield "    if defined(source) && source = RTS_BGP && defined(bgp_local_pref) then"
            yield f"      krt_metric = {MAX_PRIORITY} - bgp_local_pref;"
            yield "    else {"
            yield f"      if ! defined(krt_metric) then krt_metric = {self._priority};"
            yield f"      bgp_local_pref = {MAX_PRIORITY} - krt_metric;"
            yield "    }"
        yield from (f"    {_call(call)}" for call in session.exports)
        yield f"    calico_export_to_bgp_peers({_bool(session.internal)});"
        yield "    reject;"
        yield "  };"

    def _is_ours(self, block: Affinity) -> bool:
        parsed = parse_cidr_or_ip(block.cidr)
        return (
            block.node == self._node.name
            and block.state != "pending"
            and parsed is not None
            and parsed[0].version == self._family
        )


def _session_options(session: Session) -> Iterator[str]:
    if session.passive:
        yield "  passive on;"
    if session.restart_time is not None:
        yield f"  graceful restart time {session.restart_time};"
    if session.keepalive_time is not None:
        yield f"  keepalive time {session.keepalive_time};"
    if session.cluster_id:
        yield "  rr client;"
        yield f"  rr cluster id {session.cluster_id};"
    if session.password:
        # Not escaped, as BIRD has no escapes: a quote in it makes BIRD refuse the file.
        yield f'  password "{session.password}";'
    if session.next_hop:
        yield f"  next hop {session.next_hop};"
    if session.allow_local_as:
        yield f"  allow local as {session.allow_local_as};"


def _net_rules(cidrs: Iterable[str], action: str) -> Iterator[str]:
    return (f"  if net ~ {cidr} then {action};" for cidr in cidrs)


def _any_interface(patterns: list[str]) -> str:
    return " || ".join(f'ifname ~ "{pattern}"' for pattern in patterns)


def _call(call: FilterCall) -> str:
    argument = "" if call.argument is None else _bool(call.argument)
    return f"'{call.function}'({argument});"


def _bool(value: bool) -> str:
    return "true" if value else "false"


def _community_values(config: Json, names: list[str]) -> list[str]:
    """Values of communities given by value or by the name of a defined one."""
    defined = {
        str(item.get("name")): str(item.get("value")) for item in config.get("communities") or []
    }
    values = {name if _COMMUNITY.fullmatch(name) else defined.get(name, "") for name in names}
    return sorted(value for value in values if value)
