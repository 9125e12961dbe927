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
from calico_lab.topology import ROUTER

from tests.faults.breaking import bird_pid, kill_for, reboot, set_on_router, write_file
from tests.faults.conftest import Fabric
from tests.live.by_hand import PASSWORD_KEY
from tests.live.cluster import write_secret
from tests.live.inventory import snapshot_folder
from tests.live.playbook import Hook, Run

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="the lab needs root")

TAKEN_BACK = "has been taken back"
BETWEEN = "between before and after"

AWAY = 20  # seconds that the API server is gone


def told(run: Run) -> str:
    """What the run said in the end; it must have failed."""
    assert run.status != 0, f"the run did not fail; see {run.log}"
    return " ".join(run.failures)


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
    assert fabric.reflector in message
    assert "BIRD" in message or "not Established" in message
    assert TAKEN_BACK in message or BETWEEN in message
    if TAKEN_BACK in message:
        fabric.assert_before()
    fabric.assert_reachable()


def test_api_server_away_for_a_while(fabric: Fabric) -> None:
    away = Hook("Set AS number", kill_for(fabric.lab, "kube-apiserver", AWAY))
    run = fabric.site(hook=away)
    if run.status != 0:
        message = told(run)
        assert "192.168.0.10" in message
        assert TAKEN_BACK in message or BETWEEN in message
        if TAKEN_BACK in message:
            fabric.assert_before()
    fabric.assert_reachable()
    if run.status == 0:
        # All is as after an undisturbed run: one more finds nothing to do.
        again = fabric.site()
        assert (again.status, again.changed) == (0, 0)


def test_router_with_another_md5_key(fabric: Fabric) -> None:
    write_secret(fabric.lab, "bgp-password", PASSWORD_KEY, "what-calico-has")
    run = fabric.site(
        router={
            "routeros_peer_tcp_md5_key": "what-the-router-has",
            "routeros_peer_tcp_md5_secret": {"name": "bgp-password", "key": PASSWORD_KEY},
        }
    )
    message = told(run)
    assert ROUTER in message
    assert "not Established" in message
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


def test_router_that_refuses_the_login_before_its_step(fabric: Fabric) -> None:
    with router_password(fabric) as file:
        message = told(fabric.site(hook=Hook("Set AS number", write_file(file, "wrong"))))
    assert ROUTER in message
    assert "password" in message
    assert TAKEN_BACK in message
    fabric.assert_before()
    fabric.assert_reachable()


def test_router_that_refuses_the_login_after_it_was_written(fabric: Fabric) -> None:
    with router_password(fabric) as file:
        message = told(fabric.site(hook=after_router_was_written(write_file(file, "wrong"))))
    assert ROUTER in message
    assert "password" in message
    assert BETWEEN in message
    fabric.assert_reachable()
    # As the message says: the next run finishes.
    assert fabric.site().status == 0
    fabric.assert_reachable()


def test_wrong_as_on_the_router(fabric: Fabric) -> None:
    wrong = set_on_router(fabric.lab, "routing/bgp/connection", **{"as": "65099"})
    message = told(fabric.site(hook=after_router_was_written(wrong)))
    assert ROUTER in message
    assert "not Established" in message
    assert TAKEN_BACK in message or BETWEEN in message
    if TAKEN_BACK in message:
        fabric.assert_before()
    fabric.assert_reachable()


def test_node_that_reboots_while_it_is_pinned(fabric: Fabric) -> None:
    node = fabric.lab.topology.workers[0]
    run = fabric.site(
        hook=Hook(
            "Wait for the sessions of the node",
            reboot(fabric.lab, node),
            after="Set AS number",
        )
    )
    if run.status != 0:
        message = told(run)
        assert node in message
        assert TAKEN_BACK in message or BETWEEN in message
        if TAKEN_BACK in message:
            fabric.assert_before()
    fabric.assert_reachable()
    if run.status == 0:
        again = fabric.site()
        assert (again.status, again.changed) == (0, 0)


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
        message = told(fabric.site())
    assert str(folder) in message
    assert "No space left" in message
    fabric.assert_before()
    fabric.assert_reachable()
