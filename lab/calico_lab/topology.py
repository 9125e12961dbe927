# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts, addresses, blocks and pods of the reference scenario: data only, no I/O."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from calico_lab.errors import LabError
from calico_lab.options import BLOCK_SIZE, LabOptions

LAN = IPv4Network("192.168.0.0/24")
GATEWAY = IPv4Interface("192.168.0.1/24")  # default gateway of the LAN; it leads nowhere
MANAGEMENT = IPv4Network("192.168.88.0/24")  # RouterOS' factory default network
SERVICE_CIDR = IPv4Network("10.96.0.0/12")
KUBERNETES_SERVICE = IPv4Address("10.96.0.1")
DNS_SERVICE = IPv4Address("10.96.0.10")
API_PORT = 6443

CONTROL = "k8s-control"
ROUTER = "ros"
CLIENT = "client"
ADMIN = "admin"
LAN_NAMESPACE = "lan"  # holds the bridge; nothing runs there

ROUTER_LAN_ADDRESS = IPv4Interface("192.168.0.253/24")  # wished; the router starts without it
ROUTER_MANAGEMENT = IPv4Interface("192.168.88.1/24")
ADMIN_MANAGEMENT = IPv4Interface("192.168.88.2/24")

DNS_POD = "coredns-0"

# Calico scatters the nodes' blocks over the pool, so ours must not lie side by side either. The
# first worker gets the block x.y.36.192/26, its DNS pod the address x.y.36.207.
_FIRST_BLOCK = 36 * 4 + 3
_BLOCK_STEP = 211  # odd, so it meets every block of the pool before it repeats
_POD_OFFSET = 1
_DNS_POD_OFFSET = 15


@dataclass(frozen=True)
class Node:
    """A node of the cluster with its block of the pod pool."""

    name: str
    address: IPv4Interface
    rack: str
    block: IPv4Network


@dataclass(frozen=True)
class Pod:
    """A pod: a network namespace behind its node, and an object in the API."""

    namespace: str
    name: str
    node: str
    address: IPv4Address

    @property
    def host(self) -> str:
        """The pod's name as a host of the lab (`lab exec`, namespace); it starts with `pod-`."""
        return self.name if self.name.startswith("pod-") else f"pod-{self.name}"

    @property
    def interface(self) -> str:
        """Name of the node's end of the pod's veth pair, as Calico's CNI plugin makes it."""
        digest = hashlib.sha1(f"{self.namespace}.{self.name}".encode()).hexdigest()
        return f"cali{digest[:11]}"


@dataclass(frozen=True)
class Topology:
    """Everything that has a name or an address in one lab."""

    lab: str
    pool: IPv4Network
    nodes: Sequence[Node]
    pods: Sequence[Pod]

    @property
    def workers(self) -> list[str]:
        return [node.name for node in self.nodes if node.name != CONTROL]

    @property
    def reflector(self) -> str:
        """The node that the reference scenario makes the route reflector: the last worker."""
        return self.nodes[-1].name

    @property
    def lan_hosts(self) -> dict[str, IPv4Interface | None]:
        """Hosts on the LAN with their address there; None: it has none at first."""
        hosts: dict[str, IPv4Interface | None] = {node.name: node.address for node in self.nodes}
        hosts[ROUTER] = None
        hosts[CLIENT] = IPv4Interface("192.168.0.100/24")
        hosts[ADMIN] = IPv4Interface("192.168.0.2/24")
        return hosts

    @property
    def hosts(self) -> list[str]:
        """All names that `lab exec` takes."""
        return [*self.lan_hosts, *(pod.host for pod in self.pods)]

    @property
    def namespaces(self) -> list[str]:
        return [self.namespace(host) for host in [LAN_NAMESPACE, *self.hosts]]

    def namespace(self, host: str) -> str:
        """Name of the network namespace of a host."""
        return namespace_name(self.lab, host)

    def node(self, name: str) -> Node:
        return next(node for node in self.nodes if node.name == name)


def namespace_name(lab: str, host: str) -> str:
    return f"{lab}-{host}"


def is_lab_namespace(lab: str, namespace: str) -> bool:
    """Whether a namespace of that name is part of the lab, whatever the lab's options were."""
    prefix, _, host = namespace.partition("-")
    return prefix == lab and (
        host in (CONTROL, ROUTER, CLIENT, ADMIN, LAN_NAMESPACE)
        or host.startswith(("k8s-worker", "pod-"))
    )


def build_topology(options: LabOptions) -> Topology:
    """The reference scenario with the wished number of workers and pod range.

    :raises LabError: the pod range has too few blocks outside the lab's own networks.
    """
    pool = IPv4Network(options.pod_cidr)
    names = [*(f"k8s-worker{number}" for number in range(1, options.workers + 1)), CONTROL]
    blocks = dict(zip(names, _blocks(pool, len(names)), strict=True))
    nodes = [
        Node(
            name=name,
            address=IPv4Interface(f"192.168.0.{10 + index}/24"),
            rack="rack-1" if index < 3 else "rack-2",
            block=blocks[name],
        )
        for index, name in enumerate([CONTROL, *names[:-1]])
    ]
    pods = [
        Pod("default", f"pod-{node.name}", node.name, node.block[_POD_OFFSET]) for node in nodes
    ]
    dns_node = nodes[1]
    pods.append(Pod("kube-system", DNS_POD, dns_node.name, dns_node.block[_DNS_POD_OFFSET]))
    return Topology(lab=options.name, pool=pool, nodes=nodes, pods=pods)


def _blocks(pool: IPv4Network, wanted: int) -> list[IPv4Network]:
    """`wanted` blocks spread over the pool, none of them in a network that the lab uses itself."""
    count = 2 ** (BLOCK_SIZE - pool.prefixlen)
    size = 2 ** (32 - BLOCK_SIZE)
    found: list[IPv4Network] = []
    for step in range(count):
        index = (_FIRST_BLOCK + _BLOCK_STEP * step) % count
        block = IPv4Network((int(pool.network_address) + index * size, BLOCK_SIZE))
        if not any(block.overlaps(own) for own in (LAN, MANAGEMENT, SERVICE_CIDR)):
            found.append(block)
        if len(found) == wanted:
            return found
    raise LabError(
        f"pod-cidr: {pool} has {len(found)} blocks of /{BLOCK_SIZE} outside {LAN}, {MANAGEMENT}"
        f" and {SERVICE_CIDR}, expected {wanted}; choose a wider range or fewer workers"
    )
