# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is told when the machine lacks something."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from calico_lab import binaries, machine
from calico_lab.errors import LabError
from calico_lab.options import LabOptions, State


def program(path: Path, content: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n" + content)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_everything_missing_is_named_at_once_with_its_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(machine, "DAEMON_FOLDERS", ())
    program(tmp_path / "ip")
    missing = "\n".join(machine.missing_on_machine())
    for command, package in machine.COMMANDS.items():
        assert (f"command {command}: Debian package {package}" in missing) == (command != "ip")
    assert "apt-get install" in missing
    with pytest.raises(LabError, match="etcd-server"):
        machine.check_machine()


def test_not_being_root_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert any(line.startswith("root: ") for line in machine.missing_on_machine())


def test_named_program_is_used_and_a_wrong_one_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAB_BIN_DIR", str(tmp_path / "cache"))
    own = program(tmp_path / "mine")
    monkeypatch.setenv("LAB_KUBE_APISERVER", str(own))
    assert binaries.locate_binaries()["kube-apiserver"].path == own
    monkeypatch.setenv("LAB_KUBE_APISERVER", str(tmp_path / "none"))
    with pytest.raises(LabError, match=r"LAB_KUBE_APISERVER: .* is no program"):
        binaries.locate_binaries()


def test_program_on_path_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_BIN_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.delenv("LAB_KUBE_PROXY", raising=False)
    own = program(tmp_path / "bin" / "kube-proxy")
    found = binaries.locate_binaries()["kube-proxy"]
    assert (found.path, found.origin) == (own, "PATH")


@pytest.mark.parametrize(
    ("content", "note", "current"),
    [
        ("k8s.io/kubernetes\tVERSION\th1:x", None, True),
        ("k8s.io/kubernetes\tv1.0.0\th1:x", None, False),
        ("anything", "DIGEST", True),
        ("k8s.io/kubernetes\tVERSION\th1:x", "of another go.mod", False),
    ],
)
def test_built_program_is_used_if_it_is_of_this_go_mod(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    content: str,
    note: str | None,
    current: bool,
) -> None:
    monkeypatch.setenv("LAB_BIN_DIR", str(tmp_path))
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.delenv("LAB_KUBE_PROXY", raising=False)
    built = program(
        tmp_path / "kube-proxy", content.replace("VERSION", binaries.kubernetes_version())
    )
    if note is not None:
        digest = binaries.source_digest()
        built.with_name("kube-proxy.source").write_text(note.replace("DIGEST", digest))
    found = binaries.locate_binaries()["kube-proxy"].path
    assert found == (built if current else None)


@pytest.mark.parametrize(("version", "good"), [("go1.24.9", False), ("go1.25.0", True)])
def test_go_must_be_new_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, good: bool
) -> None:
    go = program(tmp_path / "go", f"echo go version {version} linux/amd64\n")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    if good:
        assert binaries.find_go() == str(go)
    else:
        with pytest.raises(LabError, match=r"needs Go 1\.25 or later; found .* is 1\.24"):
            binaries.find_go()


def test_a_folder_that_is_not_ours_is_neither_used_nor_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from calico_lab.lab import down
    from calico_lab.report import Report

    (tmp_path / "precious").touch()
    monkeypatch.setenv("LAB_STATE_DIR", str(tmp_path))
    monkeypatch.setattr("calico_lab.lab.STATE_ROOT", tmp_path.parent / "root")
    with pytest.raises(LabError, match="is not empty and not a lab's folder"):
        down("nosuchlab", Report(quiet=True))
    assert (tmp_path / "precious").exists()


def test_options_of_the_running_lab_are_compared(tmp_path: Path) -> None:
    state = State(tmp_path / "state")
    assert state.read_options() is None
    state.write_options(LabOptions(workers=3))
    running = state.read_options()
    assert running == LabOptions(workers=3)
    assert running.differences(LabOptions(workers=3)) == []
    assert running.differences(LabOptions()) == ["workers: the running lab has 3, asked for 5"]
    assert state.root.stat().st_mode & 0o077 == 0
