# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The snapshot's file: whole or not at all, for nobody else, joined with that of a killed run."""

from __future__ import annotations

import errno
import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleActionFail
from ansible_collections.netfabric.calico_routeros.plugins.action import bgp_snapshot
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.plan_data import (
    plan_data,
)

from tests.unit.action.plugins import run
from tests.unit.plan.fabrics import Observed, after, cluster, describe, router, sound

ONE = {"n3": "244.0.0.1"}
NAME = "192.168.0.10_6443.json"


def observed() -> Observed:
    return {**cluster(3), "server": "https://192.168.0.10:6443"}


def keep(folder: Path, cluster_: Observed | None = None, **options: Any) -> dict[str, Any]:
    there = cluster_ or observed()
    plan = plan_data(sound(describe(3, ONE, routers=[router()]), there))
    options = {"plan": plan, "dir": str(folder), "cluster": there, **options}
    return run(bgp_snapshot.ActionModule, **options)


def disk_full(*_arguments: object, **_options: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_what_is_going_to_change_is_kept(tmp_path: Path) -> None:
    result = keep(tmp_path / "new" / "folder")
    path = tmp_path / "new" / "folder" / NAME
    assert (result["path"], result["changed"], result["interrupted"]) == (str(path), False, False)
    assert json.loads(path.read_text()) == result["snapshot"]
    assert result["snapshot"]["touched"] == [
        ["BGPConfiguration", "default"],
        ["BGPPeer", "peer-with-route-reflectors"],
        ["BGPPeer", "rr1-to-ros-peer"],
        ["Node", "n3"],
    ]
    assert result["snapshot"]["routers"] == {"ros": {"sessions": []}}
    assert result["snapshot"]["nodes"][0]["labels"] == {"rack": "r1"}


def test_sessions_of_routers_are_kept_and_nothing_else_of_their_answers(tmp_path: Path) -> None:
    sessions = [{"name": "other", "remote_address": "10.0.0.1", "remote_as": 65000}]
    answers = {"ros": {"sessions": sessions, "actions": ["a"]}, "idle": {"sessions": sessions}}
    assert keep(tmp_path, routers=answers)["snapshot"]["routers"] == {"ros": {"sessions": sessions}}


def test_it_is_for_nobody_else(tmp_path: Path) -> None:
    keep(tmp_path / "new")
    assert stat.S_IMODE((tmp_path / "new" / NAME).stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700


def test_check_mode_keeps_nothing(tmp_path: Path) -> None:
    result = keep(tmp_path / "new", check_mode=True)
    assert result["snapshot"]["touched"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("owner", "function"), [(os, "fsync"), (os, "replace"), (bgp_snapshot.tempfile, "mkstemp")]
)
def test_a_full_disk_is_one_clear_error_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, owner: Any, function: str
) -> None:
    monkeypatch.setattr(owner, function, disk_full)
    with pytest.raises(AnsibleActionFail) as failure:
        keep(tmp_path)
    text = str(failure.value)
    assert text.startswith(f"localhost: calico_bgp_snapshot_dir: found {tmp_path}, expected ")
    assert "No space left on device. Nothing was written." in text
    assert "set calico_bgp_snapshot_dir to another folder" in text
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_is_full_while_writing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.fdopen

    def full(handle: int, *arguments: Any, **options: Any) -> Any:
        file = real(handle, *arguments, **options)
        file.close()
        return real(os.open("/dev/full", os.O_WRONLY), *arguments, **options)

    monkeypatch.setattr(os, "fdopen", full)
    with pytest.raises(AnsibleActionFail, match="No space left on device"):
        keep(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_snapshot_of_a_killed_run_survives_a_full_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(tmp_path)
    before = (tmp_path / NAME).read_bytes()
    monkeypatch.setattr(os, "fsync", disk_full)
    with pytest.raises(AnsibleActionFail):
        keep(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [NAME]
    assert (tmp_path / NAME).read_bytes() == before


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(AnsibleActionFail, match="calico_bgp_snapshot_dir: found"):
        keep(tmp_path / "file")


def test_the_file_of_a_killed_run_is_joined(tmp_path: Path) -> None:
    first = keep(tmp_path)
    steps = sound(describe(3, ONE, routers=[router()]), observed()).steps
    half_way = after(observed(), steps[:2])
    result = keep(tmp_path, half_way)
    assert result["interrupted"] is True
    assert result["snapshot"] == first["snapshot"]
    assert json.loads((tmp_path / NAME).read_text()) == first["snapshot"]


@pytest.mark.parametrize("left", ["", "{", "[]", '{"objects": []}', '"text"'])
def test_a_file_that_cannot_be_read_is_none(tmp_path: Path, left: str) -> None:
    (tmp_path / NAME).write_text(left)
    result = keep(tmp_path)
    assert result["interrupted"] is False
    assert json.loads((tmp_path / NAME).read_text()) == result["snapshot"]


def test_every_cluster_has_its_own_file(tmp_path: Path) -> None:
    keep(tmp_path)
    keep(tmp_path, {**cluster(3), "server": "https://[fd00::1]:6443/prefix"})
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == [NAME, "_fd00_1_6443_prefix.json"]


def test_absent_takes_the_file_away(tmp_path: Path) -> None:
    keep(tmp_path)
    options = {"state": "absent", "dir": str(tmp_path), "cluster": observed()}
    assert run(bgp_snapshot.ActionModule, check_mode=True, **options)["removed"] is True
    assert (tmp_path / NAME).exists()
    assert run(bgp_snapshot.ActionModule, **options)["removed"] is True
    assert list(tmp_path.iterdir()) == []
    assert run(bgp_snapshot.ActionModule, **options)["removed"] is False
