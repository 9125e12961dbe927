# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Supervision of a real BIRD; its configuration touches neither network nor kernel routes."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from calico_lab.calico_node.bird_control import BirdRefused, BirdUnreachable, ask
from calico_lab.calico_node.bird_daemon import BirdDaemon
from calico_lab.calico_node.journal import Journal
from node_waiting import wait_for

pytestmark = pytest.mark.skipif(
    shutil.which("bird") is None, reason="needs BIRD 1.6, Debian package bird"
)

CONFIG = "router id 10.0.0.1;\nprotocol device { scan time 60; }\n"
OTHER = CONFIG + "protocol static other { route 10.1.0.0/16 blackhole; }\n"
BROKEN = CONFIG + "protocol bgp Node_10_0_0_2 { local as 1; neighbor 10.0.0.2 as 0; }\n"


class _Said(Journal):
    def __init__(self) -> None:
        super().__init__()
        self.events: list[str] = []

    def say(self, event: str) -> None:
        self.events.append(event)


@pytest.fixture
def journal() -> _Said:
    return _Said()


@pytest.fixture
def daemon(tmp_path: Path, journal: _Said) -> Iterator[BirdDaemon]:
    daemon = BirdDaemon(4, tmp_path, lambda: None, journal)
    yield daemon
    daemon.stop()


def _pid(daemon: BirdDaemon) -> int:
    return int(daemon.socket.with_suffix(".pid").read_text())


def _has_other(daemon: BirdDaemon) -> bool:
    return any("other" in text for text in ask(daemon.socket, "show protocols")[0].texts())


def test_starts_only_with_a_configuration(daemon: BirdDaemon) -> None:
    assert daemon.ensure_running() is None
    assert not daemon.running
    daemon.apply(CONFIG)
    daemon.ensure_running()
    assert daemon.running
    assert ask(daemon.socket, "show status")[0].code == 13


def test_configures_what_is_new_and_nothing_else(daemon: BirdDaemon) -> None:
    daemon.apply(CONFIG)
    daemon.ensure_running()
    assert not daemon.apply(CONFIG)
    assert daemon.apply(OTHER)
    wait_for(lambda: _has_other(daemon), "BIRD runs with the new configuration")
    assert oct(daemon.config.stat().st_mode & 0o777) == "0o600"


def test_refused_configuration_leaves_the_old(daemon: BirdDaemon, journal: _Said) -> None:
    daemon.apply(OTHER)
    daemon.ensure_running()
    pid = _pid(daemon)
    assert not daemon.apply(BROKEN)
    assert not daemon.apply(BROKEN)
    assert sum("refuses" in event for event in journal.events) == 1
    assert "Remote AS number must be set" in " ".join(journal.events)
    assert daemon.config.read_text() == OTHER
    assert _has_other(daemon)
    assert _pid(daemon) == pid
    assert daemon.apply(CONFIG)
    wait_for(lambda: not _has_other(daemon), "BIRD runs with the next configuration")


def test_first_configuration_refused_starts_no_bird(daemon: BirdDaemon) -> None:
    daemon.apply(BROKEN)
    daemon.ensure_running()
    assert not daemon.running


def test_death_is_noticed_and_bird_started_again(tmp_path: Path, journal: _Said) -> None:
    deaths: list[None] = []
    daemon = BirdDaemon(4, tmp_path, lambda: deaths.append(None), journal)
    daemon.apply(CONFIG)
    daemon.ensure_running()
    first = _pid(daemon)
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: deaths, "the death is reported")
    wait_for(lambda: daemon.ensure_running() is None and daemon.running, "BIRD runs again", 1.0)
    assert _pid(daemon) != first
    assert f"bird: ended by signal 9, pid {first}" in journal.events
    daemon.stop()
    assert not daemon.running


def test_successor_adopts_a_running_bird(daemon: BirdDaemon, tmp_path: Path) -> None:
    daemon.apply(CONFIG)
    daemon.ensure_running()
    pid = _pid(daemon)
    deaths: list[None] = []
    successor = BirdDaemon(4, tmp_path, lambda: deaths.append(None), _Said())
    assert successor.adopt()
    assert _pid(successor) == pid
    # What the predecessor wrote may never have reached BIRD.
    assert successor.apply(CONFIG)
    assert not successor.apply(CONFIG)
    successor.stop()
    wait_for(lambda: deaths and not daemon.running, "both notice the end")
    assert not successor.adopt()


def test_errors_of_the_control_socket(daemon: BirdDaemon) -> None:
    with pytest.raises(BirdUnreachable, match=r"bird\.ctl"):
        ask(daemon.socket, "show status")
    daemon.apply(CONFIG)
    daemon.ensure_running()
    with pytest.raises(BirdRefused, match="show nonsense"):
        ask(daemon.socket, "show nonsense")
