# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calico's confd in place of our rendering, with a stand-in for its program."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import pytest
from calico_lab.calico_node.confd import Confd, ConfdError, ConfdSettings, confd_settings
from calico_lab.calico_node.journal import Journal
from node_waiting import wait_for

needs_setpriv = pytest.mark.skipif(
    shutil.which("setpriv") is None, reason="needs setpriv, Debian package util-linux"
)

# Writes where its configuration tells it to, checks and reloads by the commands on PATH, stays.
PROGRAM = """#!/bin/sh
folder=${1#-confdir=}
target=$(sed -n 's/^dest = "\\(.*\\)"/\\1/p' "$folder/conf.d/bird.toml")
printf 'router id %s;\\ninclude "bird_ipam.cfg";\\n# %s %s\\n' \\
  10.0.0.1 "$NODENAME" "$CALICO_API_GROUP" > "$target"
printf 'if (net ~ 10.0.0.0/8) then { krt_tunnel="tunl0"; accept; }\\n' \\
  > "$(dirname "$target")/bird_ipam.cfg"
bird -p -c "$target" && sv hup bird
exec sleep 60
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "confd"
    (folder / "conf.d").mkdir(parents=True)
    (folder / "templates").mkdir()
    (folder / "conf.d" / "bird.toml").write_text(
        '[template]\ndest = "/etc/calico/confd/config/bird.cfg"\n'
    )
    return folder


@pytest.fixture
def program(tmp_path: Path) -> Path:
    program = tmp_path / "confd-program"
    program.write_text(PROGRAM)
    program.chmod(0o755)
    return program


def _settings(program: Path, folder: Path, run_dir: Path) -> ConfdSettings | None:
    environment = {"LAB_CONFD": str(program), "LAB_CONFD_DIR": str(folder)}
    return confd_settings(
        environment, "n1", Path("/none/kubeconfig"), "projectcalico.org/v3", run_dir
    )


@pytest.fixture
def hangups() -> Iterator[list[int]]:
    seen: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        seen.append(number)

    before = signal.signal(signal.SIGHUP, note)
    yield seen
    signal.signal(signal.SIGHUP, before)


@needs_setpriv
def test_what_confd_writes_reaches_us_in_one_piece(
    program: Path, folder: Path, tmp_path: Path, hangups: list[int]
) -> None:
    run_dir = tmp_path / "run"
    run_dir.mkdir()
    settings = _settings(program, folder, run_dir)
    assert settings is not None
    confd = Confd(settings, Journal())
    assert confd.text(4) is None
    confd.ensure_running()
    confd.ensure_running()
    try:
        wait_for(lambda: hangups, "the reload reaches us")
        text = confd.text(4)
    finally:
        confd.stop()
    assert text is not None
    assert text.splitlines() == [
        "router id 10.0.0.1;",
        "if (net ~ 10.0.0.0/8) then { preference = preference; accept; }",
        "",
        "# n1 projectcalico.org/v3",
    ]
    assert confd.text(6) is None
    assert hangups == [signal.SIGHUP]


def test_off_unless_asked_for(tmp_path: Path) -> None:
    assert confd_settings({}, "n1", tmp_path, "projectcalico.org/v3", tmp_path) is None


def test_says_what_is_missing(program: Path, folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfdError, match="LAB_CONFD: expected a program, found"):
        _settings(tmp_path / "nothing", folder, tmp_path)
    shutil.rmtree(folder / "templates")
    with pytest.raises(ConfdError, match=r"LAB_CONFD_DIR: .* without templates"):
        _settings(program, folder, tmp_path)
