# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Namespaces, links, addresses and kernel settings of the lab.

What is there already is left as it is, so a half-built or damaged network is completed.
"""

from __future__ import annotations

import contextlib
import functools
import re
import socket
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from calico_lab import namespaces
from calico_lab.errors import LabError
from calico_lab.topology import (
    ADMIN,
    ADMIN_MANAGEMENT,
    GATEWAY,
    LAN_NAMESPACE,
    ROUTER,
    ROUTER_MANAGEMENT,
    Topology,
)

BRIDGE = "br0"
LAN_INTERFACE = "eth0"
ADMIN_MANAGEMENT_INTERFACE = "eth1"
ROUTER_INTERFACE = "ether1"  # as RouterOS names them
ROUTER_MANAGEMENT_INTERFACE = "ether2"
POD_INTERFACE = "eth0"

# Calico gives every node's end of a pod's link this address, and every pod this next hop, which the
# node answers for by proxy ARP.
CALI_MAC = "ee:ee:ee:ee:ee:ee"
POD_GATEWAY = "169.254.1.1"

HOST_SYSCTLS = {
    "net/ipv4/conf/all/rp_filter": "0",
    "net/ipv4/conf/default/rp_filter": "0",
    # A redirect would hide a missing route from the probes.
    "net/ipv4/conf/all/accept_redirects": "0",
    "net/ipv4/conf/default/accept_redirects": "0",
    "net/ipv4/conf/all/send_redirects": "0",
    "net/ipv4/conf/default/send_redirects": "0",
    "net/ipv6/conf/default/accept_dad": "0",
    "net/ipv6/conf/default/accept_ra": "0",
}
FORWARDING_SYSCTLS = {
    "net/ipv4/ip_forward": "1",
    "net/ipv6/conf/all/forwarding": "1",
}


@dataclass(frozen=True)
class Veth:
    """A pair of interfaces, each in its namespace (host names of the lab)."""

    host: str
    interface: str
    peer_host: str
    peer_interface: str


@dataclass(frozen=True)
class NetworkPlan:
    """What the network is to be: per host its links, `ip` batch lines and sysctl settings."""

    veths: Sequence[Veth]
    commands: Mapping[str, Sequence[str]]
    sysctls: Mapping[str, Mapping[str, str]]


def plan_network(topology: Topology) -> NetworkPlan:
    """The whole network of a lab; pure."""
    veths: list[Veth] = []
    commands: dict[str, list[str]] = {LAN_NAMESPACE: _bridge_commands()}
    sysctls: dict[str, dict[str, str]] = {LAN_NAMESPACE: {}}
    node_names = {node.name for node in topology.nodes}
    for host, address in topology.lan_hosts.items():
        interface = ROUTER_INTERFACE if host == ROUTER else LAN_INTERFACE
        # In the bridge's namespace a port is named after the host it leads to.
        veths.append(Veth(host, interface, LAN_NAMESPACE, host))
        commands[LAN_NAMESPACE] += [f"link set {host} master {BRIDGE}", f"link set {host} up"]
        commands[host] = ["link set lo up", f"link set {interface} up"]
        if address is not None:
            commands[host] += [
                f"addr replace {address} dev {interface}",
                f"route replace default via {GATEWAY.ip}",
            ]
        sysctls[host] = dict(HOST_SYSCTLS)
        if host in node_names or host == ROUTER:
            sysctls[host] |= FORWARDING_SYSCTLS
    veths.append(Veth(ADMIN, ADMIN_MANAGEMENT_INTERFACE, ROUTER, ROUTER_MANAGEMENT_INTERFACE))
    for host, interface, address in (
        (ADMIN, ADMIN_MANAGEMENT_INTERFACE, ADMIN_MANAGEMENT),
        (ROUTER, ROUTER_MANAGEMENT_INTERFACE, ROUTER_MANAGEMENT),
    ):
        commands[host] += [f"addr replace {address} dev {interface}", f"link set {interface} up"]
    for pod in topology.pods:
        veths.append(Veth(pod.host, POD_INTERFACE, pod.node, pod.interface))
        commands[pod.host] = [
            "link set lo up",
            f"addr replace {pod.address}/32 dev {POD_INTERFACE}",
            f"link set {POD_INTERFACE} up",
            f"route replace {POD_GATEWAY} dev {POD_INTERFACE} scope link",
            f"route replace default via {POD_GATEWAY} dev {POD_INTERFACE}",
        ]
        sysctls[pod.host] = dict(HOST_SYSCTLS)
        commands[pod.node].append(f"link set {pod.interface} address {CALI_MAC} up")
        sysctls[pod.node] |= {
            f"net/ipv4/conf/{pod.interface}/proxy_arp": "1",
            f"net/ipv4/neigh/{pod.interface}/proxy_delay": "0",
        }
    return NetworkPlan(veths, commands, sysctls)


def missing_namespaces(topology: Topology) -> list[str]:
    """Hosts of the lab (and the LAN) that have no namespace."""
    there = namespaces.existing()
    return [
        host for host in [LAN_NAMESPACE, *topology.hosts] if topology.namespace(host) not in there
    ]


def build_network(topology: Topology) -> None:
    """Make the network what the plan says. :raises LabError: `ip` or the kernel refused."""
    plan = plan_network(topology)
    _ip_batch([f"netns add {topology.namespace(host)}" for host in missing_namespaces(topology)])
    _set_sysctls(topology, plan, defaults=True)
    interfaces = {
        host: namespaces.call_in(topology.namespace(host), _interface_names)
        for host in plan.commands
    }
    missing = []
    for veth in plan.veths:
        ends = ((veth.host, veth.interface), (veth.peer_host, veth.peer_interface))
        present = [(host, name) for host, name in ends if name in interfaces[host]]
        if len(present) == len(ends):
            continue
        missing.append(veth)
        # A deleted namespace goes only some time after its last process, and its links with it:
        # the other end of one is still there, or goes by itself just now.
        for host, name in present:
            with contextlib.suppress(LabError):
                _ip_batch([f"link delete {name}"], topology.namespace(host))
    lines = []
    if BRIDGE not in interfaces[LAN_NAMESPACE]:
        lines.append(f"link add {BRIDGE} netns {topology.namespace(LAN_NAMESPACE)} type bridge")
    lines += [
        f"link add {veth.interface} netns {topology.namespace(veth.host)} type veth"
        f" peer name {veth.peer_interface} netns {topology.namespace(veth.peer_host)}"
        for veth in missing
    ]
    _ip_batch(lines)
    with ThreadPoolExecutor(max_workers=4) as pool:
        list(
            pool.map(
                lambda entry: _ip_batch(entry[1], topology.namespace(entry[0])),
                plan.commands.items(),
            )
        )
    _set_sysctls(topology, plan, defaults=False)


def network_faults(topology: Topology) -> dict[str, str]:
    """Hosts whose namespace or links are missing, with what is missing."""
    plan = plan_network(topology)
    faults = dict.fromkeys(missing_namespaces(topology), "no network namespace")
    wanted: dict[str, set[str]] = {host: {"lo"} for host in plan.commands}
    wanted[LAN_NAMESPACE].add(BRIDGE)
    for veth in plan.veths:
        wanted[veth.host].add(veth.interface)
        wanted[veth.peer_host].add(veth.peer_interface)
    for host, names in wanted.items():
        if host in faults:
            continue
        absent = names - namespaces.call_in(topology.namespace(host), _interface_names)
        if absent:
            faults[host] = f"no interface {', '.join(sorted(absent))}"
    return faults


def delete_namespaces(names: Iterable[str]) -> None:
    """Delete network namespaces, and with them every link, route and rule inside."""
    _ip_batch([f"netns delete {name}" for name in names])


def _bridge_commands() -> list[str]:
    return [
        "link set lo up",
        f"link set {BRIDGE} type bridge stp_state 0 forward_delay 0 mcast_snooping 0",
        f"addr replace {GATEWAY} dev {BRIDGE}",
        f"link set {BRIDGE} up",
    ]


def _interface_names() -> set[str]:
    return {name for _, name in socket.if_nameindex()}


def _ip_batch(lines: Sequence[str], namespace: str | None = None) -> None:
    if not lines:
        return
    command = ["ip", *(["-n", namespace] if namespace else []), "-batch", "-"]
    done = subprocess.run(
        command, input="\n".join(lines) + "\n", capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        where = f" in {namespace}" if namespace else ""
        failed = re.search(r"Command failed -:(\d+)", done.stderr)
        line = lines[int(failed[1]) - 1] if failed else lines[0]
        raise LabError(f"`ip {line}`{where} failed: {done.stderr.strip()}")


def _set_sysctls(topology: Topology, plan: NetworkPlan, *, defaults: bool) -> None:
    """Write the settings that new interfaces inherit, or those of the interfaces themselves."""
    for host, settings in plan.sysctls.items():
        chosen = {
            name: value for name, value in settings.items() if ("/cali" not in name) == defaults
        }
        if chosen:
            namespaces.call_in(topology.namespace(host), functools.partial(_write, chosen))


def _write(settings: Mapping[str, str]) -> None:
    for name, value in settings.items():
        try:
            Path("/proc/sys", name).write_text(value)
        except FileNotFoundError:
            # A kernel without IPv6 has no settings for it.
            if not name.startswith("net/ipv6"):
                raise
