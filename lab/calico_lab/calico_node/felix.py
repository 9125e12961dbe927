# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of Felix that routing needs: a host route for every pod of the node, and the routes of
pools that BIRD leaves to Felix.

Tunnels are not emulated: routes of IPIP and VXLAN pools lead to the other node without a tunnel,
which is the same for all nodes on one LAN.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import socket
import struct
import subprocess
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from calico_lab.calico_node.bird_config import FELIX_PROTOCOL, normal_route_priority
from calico_lab.calico_node.journal import Journal
from calico_lab.calico_node.pools import pools_of
from calico_lab.calico_node.release import Release
from calico_lab.calico_node.resources import Cluster
from calico_lab.calico_node.values import FAMILIES, Family, family_of, parse_cidr_or_ip, parse_ip

INTERFACE_PREFIX = "cali"

_RTMGRP_LINK = 0x1
_RTMGRP_IPV4_ROUTE = 0x40
_RTMGRP_IPV6_ROUTE = 0x400
_SIOCGIFFLAGS = 0x8913
_IFF_UP = 0x1
_RTM_NEWLINK = 16
_RTM_DELROUTE = 25
_HEADER = struct.Struct("=IHHII")
_PROTOCOL_OFFSET = _HEADER.size + 5  # rtm_protocol in struct rtmsg, rtnetlink(7)
_FINISHED_PHASES = ("Succeeded", "Failed")


@dataclass(frozen=True, order=True)
class Route:
    """A kernel route: to a pod by its interface, or to a block by another node."""

    destination: str
    interface: str = ""
    gateway: str = ""
    metric: int = 0

    @property
    def family(self) -> Family:
        """Address family."""
        return 6 if ":" in self.destination else 4

    def words(self) -> str:
        """For `ip route replace`."""
        how = f"dev {self.interface} scope link" if self.interface else f"via {self.gateway}"
        metric = f" metric {self.metric}" if self.metric else ""
        return f"{self.destination} {how} proto {FELIX_PROTOCOL}{metric}"


def pod_interface(namespace: str, name: str) -> str:
    """The node's end of a pod's link, as Calico's CNI plugin names it."""
    digest = hashlib.sha1(f"{namespace}.{name}".encode()).hexdigest()
    return f"{INTERFACE_PREFIX}{digest[:11]}"


def route_metric(cluster: Cluster, release: Release, family: Family) -> int:
    """Metric of Felix's routes: BIRD exports a pod's route if it is less than the normal one."""
    return normal_route_priority(cluster, family) if release.has_route_priority else 0


def pod_routes(pods: Iterable[dict[str, Any]], cluster: Cluster, release: Release) -> set[Route]:
    """Host routes of pods with an address of their own."""
    routes: set[Route] = set()
    for pod in pods:
        status = pod.get("status") or {}
        spec = pod.get("spec") or {}
        if spec.get("hostNetwork") or status.get("phase") in _FINISHED_PHASES:
            continue
        metadata = pod["metadata"]
        interface = pod_interface(metadata.get("namespace", ""), metadata["name"])
        texts = [entry.get("ip") for entry in status.get("podIPs") or []] or [status.get("podIP")]
        for text in texts:
            address = parse_ip(text) if text else None
            if address is not None:
                metric = route_metric(cluster, release, family_of(address))
                destination = f"{address}/{address.max_prefixlen}"
                routes.add(Route(destination, interface=interface, metric=metric))
    return routes


def cluster_routes(cluster: Cluster, release: Release, node_name: str) -> set[Route]:
    """Routes to other nodes' blocks in pools whose routes Felix programs."""
    routes: set[Route] = set()
    for family in FAMILIES:
        networks = [
            parsed[1]
            for pool in pools_of(cluster, release, family)
            if pool.felix_programs and (parsed := parse_cidr_or_ip(pool.cidr))
        ]
        for block in cluster.affinities:
            parsed = parse_cidr_or_ip(block.cidr)
            holder = cluster.node(block.node)
            if parsed is None or holder is None or holder.name == node_name:
                continue
            inside = any(
                parsed[0].version == network.version and parsed[0] in network
                for network in networks
            )
            if inside and block.state in ("", "confirmed") and holder.address(family):
                metric = route_metric(cluster, release, family)
                routes.add(Route(block.cidr, gateway=holder.address(family), metric=metric))
    return routes


class Felix:
    """Programs the wanted routes and keeps them; other routes are not touched."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._trouble = ""

    def program(self, wanted: set[Route]) -> None:
        """Make the kernel's routes of Felix's protocol the wanted ones.

        Routes whose interface does not exist or is down are left out; a change of the link is
        reason to call again.
        """
        interfaces = _interfaces_up()
        possible = {r for r in wanted if not r.interface or r.interface in interfaces}
        present = {route for family in FAMILIES for route in _present(family)}
        gone, missing = present - possible, possible - present
        keep = {route.destination for route in possible}
        lines = [
            f"route del {r.destination} proto {FELIX_PROTOCOL}"
            for r in sorted(gone)
            if r.destination not in keep
        ]
        lines += [f"route replace {r.words()}" for r in sorted(missing)]
        if not lines:
            return
        done = subprocess.run(
            ["ip", "-force", "-batch", "-"],
            input="\n".join(lines) + "\n",
            capture_output=True,
            text=True,
            check=False,
        )
        trouble = done.stderr.strip()
        if trouble and trouble != self._trouble:
            self._journal.say(f"felix: {trouble}")
        self._trouble = trouble
        self._journal.say(f"felix: {len(missing)} routes set, {len(gone)} removed")


def watch_kernel(notify: Callable[[], None]) -> None:
    """Call `notify` from a thread when a link appears or changes, or a route of Felix's is lost."""
    listener = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
    listener.bind((0, _RTMGRP_LINK | _RTMGRP_IPV4_ROUTE | _RTMGRP_IPV6_ROUTE))

    def listen() -> None:
        while True:
            try:
                data = listener.recv(65536)
            except OSError:
                # Too many messages at once: some are lost, so look at everything.
                notify()
                continue
            if any(_concerns_felix(data, *message) for message in _messages(data)):
                notify()

    threading.Thread(target=listen, name="netlink", daemon=True).start()


def _messages(data: bytes) -> Iterable[tuple[int, int]]:
    """Offset and type of every netlink message."""
    offset = 0
    while offset + _HEADER.size <= len(data):
        length, kind, _flags, _sequence, _port = _HEADER.unpack_from(data, offset)
        if length < _HEADER.size:
            return
        yield offset, kind
        offset += (length + 3) & ~3


def _concerns_felix(data: bytes, offset: int, kind: int) -> bool:
    if kind == _RTM_NEWLINK:
        return True
    return kind == _RTM_DELROUTE and data[offset + _PROTOCOL_OFFSET] == FELIX_PROTOCOL


def _present(family: Family) -> Iterable[Route]:
    """Felix's routes in the main table."""
    done = subprocess.run(
        ["ip", f"-{family}", "-j", "route", "show", "proto", str(FELIX_PROTOCOL)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "LC_ALL": "C"},
    )
    length = 32 if family == 4 else 128
    for entry in json.loads(done.stdout or "[]"):
        destination = str(entry["dst"])
        if "/" not in destination:
            destination = f"{destination}/{length}"
        gateway = str(entry.get("gateway", ""))
        device = "" if gateway else str(entry.get("dev", ""))
        yield Route(destination, device, gateway, int(entry.get("metric", 0)))


def _interfaces_up() -> set[str]:
    """Names of the interfaces that are up, netdevice(7)."""
    names = set()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        for _index, name in socket.if_nameindex():
            request = struct.pack("16sh14x", name.encode(), 0)
            try:
                answer = fcntl.ioctl(any_socket, _SIOCGIFFLAGS, request)
            except OSError:
                continue
            if struct.unpack_from("16xh", answer)[0] & _IFF_UP:
                names.add(name)
    return names
