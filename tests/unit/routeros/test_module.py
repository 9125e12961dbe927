# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module routeros_bgp from its arguments to its result, on a router in memory."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.testing import patch_module_args
from ansible_collections.netfabric.calico_routeros.plugins.modules import routeros_bgp

from tests.unit.routeros.fake_router import FakeRouter


class Opened(FakeRouter):
    """A router in memory that a module can log in to."""

    def __enter__(self) -> Opened:
        return self

    def __exit__(self, *_exception: object) -> None:
        pass


@pytest.fixture
def router(monkeypatch: pytest.MonkeyPatch) -> Opened:
    router = Opened("7.18.2")
    monkeypatch.setattr(routeros_bgp, "LibrouterosApi", lambda _login: router)
    return router


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Any:
    def run(**options: Any) -> dict[str, Any]:
        login = {"hostname": "192.168.0.253", "username": "ansible", "password": "login-s3cret"}
        with patch_module_args({**login, **options}), pytest.raises(SystemExit):
            routeros_bgp.main()
        result: dict[str, Any] = json.loads(capsys.readouterr().out)
        return result

    return run


DESCRIPTION = {
    "addresses": [{"address": "192.168.0.253/24", "interface": "ether1"}],
    "instance": {"as_number": 63400},
    "connections": [
        {"name": "rr1", "remote_address": "192.168.0.15", "remote_as": 63400, "password": "k3y"}
    ],
}


def test_there_and_back(router: Opened, call: Any, tmp_path: Path) -> None:
    before, path = router.configuration(), str(tmp_path / "ros.json")
    foretold = call(**DESCRIPTION, snapshot=path, _ansible_check_mode=True)
    assert (foretold["changed"], foretold["snapshot"], router.writes) == (True, False, [])
    done = call(**DESCRIPTION, snapshot=path)
    assert (done["snapshot"], done["actions"]) == (True, foretold["actions"])
    assert "found" not in done

    back = call(state="restored", snapshot=path, _ansible_diff=True)
    assert (back["changed"], back["found"], back["snapshot"]) == (True, True, False)
    assert "name=rr1" in back["diff"]["before"]
    assert back["diff"]["after"] == ""
    assert "k3y" not in json.dumps([done["actions"], done["after"], back["diff"], back["before"]])
    assert router.configuration() == before
    assert call(state="restored", snapshot=path)["changed"] is False


def test_without_snapshot_there_is_nothing_to_restore(
    router: Opened, call: Any, tmp_path: Path
) -> None:
    result = call(state="restored", snapshot=str(tmp_path / "ros.json"))
    assert (result["changed"], result["found"], result["actions"]) == (False, False, [])
    assert router.reads == []


def test_restored_needs_the_option_snapshot(router: Opened, call: Any) -> None:
    result = call(state="restored")
    assert result["failed"] is True
    assert "state is restored but all of the following are missing: snapshot" in result["msg"]


def test_a_snapshot_that_cannot_be_written_is_one_clear_error(
    router: Opened, call: Any, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    result = call(**DESCRIPTION, snapshot=str(tmp_path / "file" / "ros.json"))
    assert result["failed"] is True
    assert f"snapshot: cannot look at {tmp_path}/file/ros.json: Not a directory" in result["msg"]
    assert router.writes == []


def test_absent_needs_the_login_only(router: Opened, call: Any) -> None:
    before = router.configuration()
    call(**DESCRIPTION)
    assert call(state="absent")["changed"] is True
    assert router.configuration() == before
