# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Ansible inventory of a lab."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from calico_lab.inventory import inventory_text
from calico_lab.options import LabOptions, State
from calico_lab.topology import build_topology

SECRET = "never-in-the-inventory"


def as_ansible_reads_it(tmp_path: Path, workers: int, *, full: bool) -> dict[str, Any]:
    state = State(tmp_path / "state")
    topology = build_topology(LabOptions(name="trial", workers=workers))
    text = inventory_text(topology, state, full=full)
    path = tmp_path / "inventory"
    path.write_text(text)
    state.root.mkdir()
    state.router_password.write_text(SECRET)
    command = [str(Path(sys.executable).with_name("ansible-inventory")), "-i", str(path), "--list"]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=tmp_path)
    assert SECRET not in text
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_addition_to_the_example_says_how_to_reach_every_host(tmp_path: Path) -> None:
    found = as_ansible_reads_it(tmp_path, 5, full=False)
    assert set(found["lab"]["hosts"]) == {
        "k8s-control",
        *(f"k8s-worker{number}" for number in range(1, 6)),
        "ros",
        "client",
        "admin",
    }
    variables = found["_meta"]["hostvars"]["k8s-worker1"]
    assert variables["ansible_connection"] == "lab_netns"
    assert variables["ansible_lab_name"] == "trial"
    assert variables["routeros_peer_hostname"] == "192.168.88.1"
    assert variables["calico_bgp_api_host"] == "admin"
    assert variables["calico_bgp_kubeconfig"].endswith("/kubeconfigs/operator.conf")
    assert "kube_node" not in found


def test_full_inventory_is_the_scenario_with_the_labs_workers(tmp_path: Path) -> None:
    found = as_ansible_reads_it(tmp_path, 2, full=True)
    assert found["kube_node"]["hosts"] == ["k8s-worker1", "k8s-worker2"]
    assert found["route_reflectors"]["hosts"] == ["k8s-worker2"]
    assert found["kube_control_plane"]["hosts"] == ["k8s-control"]
    assert set(found["k8s_cluster"]["children"]) == {"kube_control_plane", "kube_node"}
    assert found["routeros"]["hosts"] == ["ros"]
    assert found["static_route_hosts"]["hosts"] == ["client"]
    addresses = {
        host: values.get("ansible_host") for host, values in found["_meta"]["hostvars"].items()
    }
    assert addresses["k8s-worker2"] == "192.168.0.12"
    assert addresses["ros"] == "192.168.0.253"
