# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each fault: the run says what it found and where, pods reach each other, and the state is that
before the run, that after it, or said to be between."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from calico_lab.lab import Lab
from calico_lab.topology import CLIENT, ROUTER

from tests.faults.breaking import (
    API_SERVER,
    bird_pid,
    kill,
    kill_for,
    reboot,
    set_on_router,
    up,
    write_file,
)
from tests.faults.conftest import Fabric
from tests.live.by_hand import PASSWORD_KEY
from tests.live.cluster import write_secret
from tests.live.inventory import snapshot_folder
from tests.live.playbook import Hook, Run

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="the lab needs root")

TAKEN_BACK = "has been taken back"
BETWEEN = "between before and after"

AWAY = 20  # seconds that the API server is gone
PATIENT = 90  # seconds that a run waits for it, when it does


def told(run: Run) -> str:
    """What the run said in the end; it must have failed."""
    assert run.status != 0, f"the run did not fail; see {run.log}"
    return " ".join(run.failures)


def pods_of(lab: Lab, node: str) -> list[str]:
    return [pod.host for pod in lab.topology.pods if pod.node == node]


def after_router_was_written(command: str) -> Hook:
    return Hook("Read sessions and routes of the router", command, after="Peer the reflectors with")


def test_stopped_bird_of_a_reflector_fails_its_promotion(fabric: Fabric) -> None:
    pid = bird_pid(fabric.lab, fabric.reflector)
    stop = Hook(f"Promote {fabric.reflector}", f"kill -STOP {pid}")
    try:
        message = told(fabric.site(hook=stop))
        fabric.assert_reachable()
    finally:
        os.kill(pid, signal.SIGCONT)
    assert f"{fabric.reflector}: BIRD cannot be asked" in message
    assert "not Established" in message
    # It cannot be taken back either: the mesh's sessions need that BIRD as well.
    assert BETWEEN in message
    fabric.assert_reachable()
    fabric.assert_finishes()


def test_api_server_away_for_a_while(fabric: Fabric) -> None:
    away = Hook("Set AS number", kill_for(fabric.lab, API_SERVER, AWAY))
    run = fabric.site(hook=away, calico_bgp_timeout=PATIENT)
    assert run.status == 0, f"{run.failures}; see {run.log}"
    broken = next(event["time"] for event in run.events if event["event"] == "hook")
    assert "Set AS number" in run.task_at(broken + AWAY), "the run did not wait"
    fabric.assert_reachable()
    fabric.assert_after()


def test_api_server_that_does_not_come_back(fabric: Fabric) -> None:
    gone = Hook("End the node-to-node mesh", kill(fabric.lab, API_SERVER))
    try:
        message = told(fabric.site(hook=gone))
        fabric.assert_reachable()
    finally:
        subprocess.run(up(fabric.lab), shell=True, check=True)
    assert "https://192.168.0.10:6443" in message
    assert "did not answer" in message
    assert BETWEEN in message
    fabric.assert_reachable()
    fabric.assert_finishes()


def test_router_with_another_md5_key(fabric: Fabric) -> None:
    write_secret(fabric.lab, "bgp-password", PASSWORD_KEY, "what-calico-has")
    run = fabric.site(
        router={
            "routeros_peer_tcp_md5_key": "what-the-router-has",
            "routeros_peer_tcp_md5_secret": {"name": "bgp-password", "key": PASSWORD_KEY},
        }
    )
    message = told(run)
    assert f"{fabric.reflector}: not Established" in message
    assert f"{ROUTER}: Not there" in message
    assert "likely cause another TCP MD5 key" in message
    assert TAKEN_BACK in message
    assert "what-the-router-has" not in run.log.read_text()
    assert "what-calico-has" not in run.log.read_text()
    fabric.assert_before()
    fabric.assert_reachable()


@contextmanager
def router_password(fabric: Fabric) -> Iterator[Path]:
    """The file with the router's password, which has its content again in the end."""
    file = fabric.lab.state.router_password
    password = file.read_text()
    try:
        yield file
    finally:
        file.write_text(password)


def test_router_that_refuses_the_login_from_the_beginning(fabric: Fabric) -> None:
    with router_password(fabric) as file:
        file.write_text("wrong")
        run = fabric.site()
    message = told(run)
    assert ROUTER in message
    assert "refused the login" in message
    assert run.changed == 0
    fabric.assert_before()


def test_router_that_refuses_the_login_before_its_step(fabric: Fabric) -> None:
    with router_password(fabric) as file:
        message = told(fabric.site(hook=Hook("Set AS number", write_file(file, "wrong"))))
    assert ROUTER in message
    assert "refused the login" in message
    assert TAKEN_BACK in message
    fabric.assert_before()
    fabric.assert_reachable()


def test_router_that_refuses_the_login_after_it_was_written(fabric: Fabric) -> None:
    with router_password(fabric) as file:
        message = told(fabric.site(hook=after_router_was_written(write_file(file, "wrong"))))
    assert ROUTER in message
    assert "refused the login" in message
    # Its half cannot be taken back.
    assert BETWEEN in message
    fabric.assert_reachable()
    fabric.assert_finishes()


def test_wrong_as_on_the_router(fabric: Fabric) -> None:
    wrong = set_on_router(fabric.lab, "routing/bgp/connection", **{"as": "65099"})
    message = told(fabric.site(hook=after_router_was_written(wrong)))
    assert f"{ROUTER}: Not there" in message
    assert "wrong AS" in message
    assert TAKEN_BACK in message
    fabric.assert_before()
    fabric.assert_reachable()


def test_node_that_reboots_while_it_is_pinned(fabric: Fabric) -> None:
    node = fabric.lab.topology.workers[0]
    down = Hook(
        "Wait for the sessions of the node", reboot(fabric.lab, node), after="Set AS number"
    )
    # The client's way leads through it as long as the router has no session.
    run = fabric.site(hook=down, spared=[*pods_of(fabric.lab, node), CLIENT])
    assert run.status == 0, f"{run.failures}; see {run.log}"
    fabric.assert_reachable()
    fabric.assert_after()


@contextmanager
def full_disk(folder: Path) -> Iterator[None]:
    """A file system at that folder on which nothing can be written."""
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4k", "calico-routeros-test", folder], check=True
    )
    try:
        (folder / "full").write_bytes(bytes(4096))
        yield
    finally:
        subprocess.run(["umount", folder], check=True)
        shutil.rmtree(folder)


def test_no_room_for_the_snapshot(fabric: Fabric) -> None:
    folder = snapshot_folder(fabric.lab)
    with full_disk(folder):
        run = fabric.site()
    message = told(run)
    assert "localhost: calico_bgp_snapshot_dir" in message
    assert str(folder) in message
    assert "No space left" in message
    assert run.changed == 0
    fabric.assert_before()
    fabric.assert_reachable()
