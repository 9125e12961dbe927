# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole lab: up, what it does, kill -9 of everything, up again, down.

Needs root and what `lab up` needs; kube-apiserver and kube-proxy must be built. About two minutes.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from calico_lab import binaries, machine, namespaces, processes
from calico_lab.kube_api import ApiError, KubeApi
from calico_lab.options import State

pytestmark = [
    pytest.mark.lab,
    pytest.mark.skipif(bool(machine.missing_on_machine()), reason="lab: see `lab up`"),
    pytest.mark.skipif(
        not all(binary.path for binary in binaries.locate_binaries().values()),
        reason="lab: see `lab build`",
    ),
]

REPOSITORY = Path(__file__).resolve().parents[3]
NAME = "life"
WORKERS = 2
STATE = State(Path("/run/calico-routeros-lab", NAME))

ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if name != "LAB_STATE_DIR"},
    "LAB_NAME": NAME,
}


def lab(*arguments: str, code: int | None = 0) -> subprocess.CompletedProcess[str]:
    """Run the lab's command. :param code: the exit code that it must have; None: any."""
    done = subprocess.run(
        [str(REPOSITORY / "lab" / "lab"), *arguments],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert code is None or done.returncode == code, done.stdout + done.stderr
    return done


def up(*arguments: str, code: int | None = 0) -> subprocess.CompletedProcess[str]:
    return lab("up", "--workers", str(WORKERS), *arguments, code=code)


def status(code: int | None = 0) -> dict[str, dict[str, Any]]:
    return {entry["name"]: entry for entry in json.loads(lab("status", "--json", code=code).stdout)}


def assert_no_loss() -> None:
    data = json.loads(lab("probe", "--rate", "50", "--seconds", "1", "--json").stdout)
    assert data["lost"] == 0
    assert data["sent"] == 12 * 50


def wait_until(condition: Callable[[], bool], seconds: float = 15.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


@pytest.fixture(scope="module", autouse=True)
def running_lab() -> Iterator[None]:
    lab("down")
    begin = time.monotonic()
    up()
    # The aim is 15 s on an idle machine with two cores; this one may be busy.
    assert time.monotonic() - begin < 45
    yield
    lab("down")


def as_user(user: str, call: Callable[[KubeApi], Any]) -> Any:
    return namespaces.call_in(f"{NAME}-admin", lambda: call(KubeApi(STATE.kubeconfig(user))))


def change(user: str, path: str, patch: dict[str, Any]) -> None:
    as_user(user, lambda api: api.merge_patch(path, patch))


def audit(user: str) -> list[dict[str, Any]]:
    entries = map(json.loads, STATE.audit_log.read_text().splitlines())
    return [entry for entry in entries if entry["user"]["username"] == user]


CALICO = "/apis/crd.projectcalico.org/v1"


def test_everything_works_and_the_nodes_are_meshed() -> None:
    parts = status()
    assert {entry["state"] for entry in parts.values()} == {"running"}
    for node in ("k8s-control", "k8s-worker1", "k8s-worker2"):
        assert parts[f"calico-node-{node}"]["detail"] == "2 of 2 sessions established"


def test_pods_reach_each_other() -> None:
    assert_no_loss()


def test_dns_behind_its_service_answers_a_pod() -> None:
    name = "kubernetes.default.svc.cluster.local"
    for options in ((), ("+tcp",)):
        command = ["dig", "+short", "+time=2", "+tries=1", *options, "@10.96.0.10", name]
        assert lab("exec", "pod-k8s-worker2", *command).stdout == "10.96.0.1\n"


def test_hosts_have_their_own_name_and_run_folder() -> None:
    assert lab("exec", "k8s-worker1", "hostname").stdout == "k8s-worker1\n"
    lab("exec", "client", "sh", "-c", "echo mine >/run/only-client")
    assert lab("exec", "client", "cat", "/run/only-client").stdout == "mine\n"
    assert lab("exec", "admin", "ls", "/run/only-client", code=None).returncode != 0
    assert not Path("/run/only-client").exists()
    assert lab("exec", "client", "sh", "-c", "exit 7", code=7)


def test_outside_client_reaches_nothing_yet() -> None:
    pod = lab("exec", "pod-k8s-worker1", "hostname", "-I").stdout.split()[0]
    ping = lab("exec", "client", "ping", "-c1", "-W1", pod, code=None)
    assert ping.returncode != 0


def test_operator_may_do_its_work_and_no_more() -> None:
    peer = {
        "apiVersion": "crd.projectcalico.org/v1",
        "kind": "BGPPeer",
        "metadata": {"name": "trial"},
        "spec": {"peerIP": "192.168.0.99", "asNumber": 64512, "node": "no-such-node"},
    }
    as_user("operator", lambda api: api.create(f"{CALICO}/bgppeers", peer))
    as_user("operator", lambda api: api.delete(f"{CALICO}/bgppeers/trial"))
    for refused in (
        lambda api: api.delete(f"{CALICO}/ippools/default-ipv4-ippool"),
        lambda api: api.list("/api/v1/secrets"),
        lambda api: api.delete("/api/v1/nodes/k8s-worker1"),
    ):
        with pytest.raises(ApiError) as caught:
            as_user("operator", refused)
        assert caught.value.status == 403
    writes = [entry["verb"] for entry in audit("calico-routeros") if entry["verb"] != "list"]
    assert writes[:2] == ["create", "delete"]
    created = next(entry for entry in audit("calico-routeros") if entry["verb"] == "create")
    assert created["objectRef"]["resource"] == "bgppeers"
    assert created["requestObject"]["spec"]["peerIP"] == "192.168.0.99"


def test_calico_kinds_refuse_what_calico_refuses() -> None:
    def configuration(**spec: Any) -> dict[str, Any]:
        return {
            "apiVersion": "crd.projectcalico.org/v1",
            "kind": "BGPConfiguration",
            "metadata": {"name": "node.nobody"},
            "spec": spec,
        }

    # `format: int32` of AS numbers is in the definitions, but Kubernetes 1.35 does not enforce it.
    path = f"{CALICO}/bgpconfigurations"
    as_user("operator", lambda api: api.create(path, configuration(nodeMeshMaxRestartTime="60s")))
    for patch, text in (
        ({"nodeToNodeMeshEnabled": False}, "nodeMeshMaxRestartTime cannot be set"),
        ({"asNumber": "64512"}, "integer"),
    ):
        with pytest.raises(ApiError, match=text) as caught:
            change("operator", f"{path}/node.nobody", {"spec": patch})
        assert caught.value.status == 422
    both = {"nodeToNodeMeshEnabled": False, "nodeMeshMaxRestartTime": None}
    as_user("operator", lambda api: api.merge_patch(f"{path}/node.nobody", {"spec": both}))
    as_user("operator", lambda api: api.delete(f"{path}/node.nobody"))


def test_second_up_changes_nothing() -> None:
    before, writes = status(), len(audit("admin"))
    up()
    after = status()
    assert {name: entry["pid"] for name, entry in after.items()} == {
        name: entry["pid"] for name, entry in before.items()
    }
    new = [entry["verb"] for entry in audit("admin")[writes:]]
    assert not {"create", "update", "patch", "delete"} & set(new)


def test_other_options_than_the_running_labs_are_refused() -> None:
    done = lab("up", "--workers", "3", code=1)
    assert "workers: the running lab has 2, asked for 3" in done.stderr
    assert "down" in done.stderr


def test_changed_kube_proxy_configuration_is_taken_by_up() -> None:
    before = status()
    path = "/api/v1/namespaces/kube-system/configmaps/kube-proxy"
    text = as_user("admin", lambda api: api.get(path))["data"]["config.conf"]
    changed = text.replace("detectLocalMode: ClusterCIDR", "detectLocalMode: InterfaceNamePrefix")
    changed += "detectLocal: {interfaceNamePrefix: cali}\n"
    for content in (changed, text):
        change("admin", path, {"data": {"config.conf": content}})
        up()
        after = status()
        assert after["kube-proxy-k8s-worker1"]["pid"] != before["kube-proxy-k8s-worker1"]["pid"]
        assert after["kube-apiserver"]["pid"] == before["kube-apiserver"]["pid"]


def test_ansible_reaches_the_hosts(tmp_path: Path) -> None:
    inventory = tmp_path / "inventory"
    lab("inventory", "--full", "--write", str(inventory))
    playbook = tmp_path / "playbook.yml"
    playbook.write_text(
        """
- hosts: k8s-worker1
  gather_facts: false
  tasks:
    - ansible.builtin.command: hostname
      register: own
    - ansible.builtin.command: hostname
      delegate_to: k8s-worker2
      register: other
    - ansible.builtin.command: hostname
      delegate_to: admin
      register: admin
    - ansible.builtin.copy:
        content: "{{ inventory_hostname }}"
        dest: /run/by-ansible
    - ansible.builtin.command: cat /run/by-ansible
      register: copied
    - ansible.builtin.fetch:
        src: /run/by-ansible
        dest: """
        + str(tmp_path / "fetched")
        + """
        flat: true
    - ansible.builtin.assert:
        that:
          - own.stdout == 'k8s-worker1'
          - other.stdout == 'k8s-worker2'
          - admin.stdout == 'admin'
          - copied.stdout == 'k8s-worker1'
"""
    )
    done = subprocess.run(
        [str(Path(sys.executable).with_name("ansible-playbook")), "-i", str(inventory), playbook],
        env={
            **ENVIRONMENT,
            "ANSIBLE_CONNECTION_PLUGINS": str(REPOSITORY / "lab" / "connection_plugins"),
        },
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "fetched").read_text() == "k8s-worker1"
    assert not Path("/run/by-ansible").exists()


@pytest.mark.parametrize(
    "part",
    [
        "etcd",
        "kube-apiserver",
        "router",
        "dns",
        "calico-node-k8s-worker1",
        "kube-proxy-k8s-worker1",
    ],
)
def test_killed_part_comes_back(part: str) -> None:
    os.kill(status()[part]["pid"], signal.SIGKILL)
    wait_until(lambda: status(code=None)[part]["state"] == "dead")
    assert lab("status", code=None).returncode == 1
    up()
    assert all(entry["healthy"] for entry in status().values())
    assert_no_loss()


def test_killed_bird_comes_back() -> None:
    pid_file = STATE.host("k8s-worker1") / "run" / "calico" / "bird.pid"
    killed = int(pid_file.read_text())
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: int(pid_file.read_text() or killed) != killed)
    up()
    assert all(entry["healthy"] for entry in status().values())
    assert_no_loss()


def test_everything_killed_comes_back() -> None:
    processes.end_processes(processes.lab_processes(NAME))
    assert lab("status", code=None).returncode == 1
    up()
    assert all(entry["healthy"] for entry in status().values())
    assert_no_loss()


def test_deleted_namespace_comes_back() -> None:
    subprocess.run(["ip", "netns", "delete", f"{NAME}-k8s-worker1"], check=True)
    faults = status(code=1)["network"]
    assert faults["detail"] == "k8s-worker1: no network namespace"
    up()
    assert all(entry["healthy"] for entry in status().values())
    assert_no_loss()


def test_probe_tells_loss_and_stops_on_a_signal(tmp_path: Path) -> None:
    up()
    output = tmp_path / "probe.json"
    with subprocess.Popen(
        [str(REPOSITORY / "lab" / "lab"), "probe", "--rate", "100", "--output", str(output)],
        env=ENVIRONMENT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as probe:
        assert probe.stderr is not None
        assert probe.stderr.readline() == "probing\n"
        lab("exec", "k8s-worker2", "ip", "link", "set", "eth0", "down")
        time.sleep(0.3)  # the length of the outage, which the probe is to measure
        lab("exec", "k8s-worker2", "ip", "link", "set", "eth0", "up")
        up()  # with the link went its default route
        probe.send_signal(signal.SIGTERM)
        assert probe.wait(10) == 1
    data = json.loads(output.read_text())
    pairs = {(pair["from"], pair["to"]): pair for pair in data["pairs"]}
    hit = pairs["pod-k8s-control", "pod-k8s-worker2"]
    assert hit["lost"] >= 30
    assert hit["longest_gap_ms"] >= 300
    assert pairs["pod-k8s-control", "pod-k8s-worker1"]["lost"] == 0
    assert data["lost"] == sum(pair["lost"] for pair in data["pairs"])


def assert_nothing_left() -> None:
    assert not [name for name in namespaces.existing() if name.startswith(f"{NAME}-")]
    assert processes.lab_processes(NAME) == set()
    assert not STATE.root.exists()
    assert not Path("/run/calico-routeros-lab", f".{NAME}.lock").exists()


def rules() -> str:
    return subprocess.run(["ip", "rule"], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("loss", ["nothing", "its folder", "its options"])
def test_down_leaves_nothing(loss: str) -> None:
    up()
    before = rules()
    if loss == "its folder":
        subprocess.run(["rm", "-rf", str(STATE.root)], check=True)
    elif loss == "its options":
        STATE.options_file.unlink()
    lab("down")
    assert_nothing_left()
    assert rules() == before
    assert "there is no lab" in lab("down").stderr
