# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Ansible inventory of a lab, and the one place for the variables that it sets."""

from __future__ import annotations

from collections.abc import Mapping

from calico_lab.options import State
from calico_lab.parts import ROUTER_USER
from calico_lab.pki import certificate_files
from calico_lab.topology import (
    ADMIN,
    CLIENT,
    CONTROL,
    ROUTER,
    ROUTER_LAN_ADDRESS,
    ROUTER_MANAGEMENT,
    Topology,
)

CONNECTION = "lab_netns"
GROUP = "lab"  # every host of the lab

# Roles that speak to an API, each with a variable for the host that does it.
API_HOST_VARIABLES = ("calico_bgp_api_host", "routeros_peer_api_host")


def lab_variables(topology: Topology, state: State) -> Mapping[str, str]:
    """Variables of all hosts: how to reach them, the Kubernetes API and the router."""
    return {
        "ansible_connection": CONNECTION,
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
        "ansible_lab_name": topology.lab,
        "ansible_lab_state_dir": str(state.root),
        "calico_bgp_kubeconfig": str(state.kubeconfig("operator")),
        "calico_bgp_snapshot_dir": str(state.root / "snapshots"),
        "routeros_peer_hostname": str(ROUTER_MANAGEMENT.ip),
        "routeros_peer_username": ROUTER_USER,
        "routeros_peer_password": (
            f"{{{{ lookup('ansible.builtin.file', '{state.router_password}') }}}}"
        ),
        "routeros_peer_tls": "True",
        "routeros_peer_validate_certs": "True",
        "routeros_peer_ca_path": str(certificate_files(state.pki, "ca").certificate),
        **dict.fromkeys(API_HOST_VARIABLES, ADMIN),
    }


def inventory_text(topology: Topology, state: State, *, full: bool) -> str:
    """An INI inventory.

    :param full: all groups of the reference scenario too, with the lab's number of workers; else
        only what the lab adds to inventory/example, to be given as a second `-i`.
    """
    lines = [
        "# Written by `lab inventory`. The router's password is looked up, it is not in here.",
    ]
    if full:
        lines += _scenario(topology)
    lines += ["", f"[{GROUP}]", *topology.lan_hosts, "", f"[{GROUP}:vars]"]
    lines += [f"{name}={value}" for name, value in lab_variables(topology, state).items()]
    return "\n".join(lines) + "\n"


def _scenario(topology: Topology) -> list[str]:
    def host(name: str, address: object) -> str:
        return f"{name} ansible_host={address}"

    workers = [host(node.name, node.address.ip) for node in topology.nodes if node.name != CONTROL]
    client = topology.lan_hosts[CLIENT]
    assert client is not None
    groups = {
        "kube_control_plane": [host(CONTROL, topology.node(CONTROL).address.ip)],
        "kube_node": workers,
        "k8s_cluster:children": ["kube_control_plane", "kube_node"],
        "route_reflectors": [topology.reflector],
        "routeros": [host(ROUTER, ROUTER_LAN_ADDRESS.ip)],
        "static_route_hosts": [host(CLIENT, client.ip)],
    }
    lines: list[str] = []
    for group, members in groups.items():
        lines += ["", f"[{group}]", *members]
    return lines
