# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bad descriptions are refused with a message of their own, before the first write."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible.module_utils.testing import patch_module_args
from ansible_collections.netfabric.calico_routeros.plugins.modules import routeros_bgp

from tests.unit.routeros.refusals import BAD, GOOD, bad
from tests.unit.routeros.test_module import Opened


def call(
    release: str,
    options: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> tuple[dict[str, Any], Opened]:
    router = Opened(release)
    monkeypatch.setattr(routeros_bgp, "LibrouterosApi", lambda _login: router)
    login = {"hostname": "192.168.0.253", "username": "ansible", "password": "login-s3cret"}
    with patch_module_args({**login, **options}), pytest.raises(SystemExit):
        routeros_bgp.main()
    return json.loads(capsys.readouterr().out), router


def test_there_are_enough_of_them() -> None:
    assert len({str(changes) + release for release, changes, _message in BAD}) == len(BAD) >= 40


@pytest.mark.parametrize("release", sorted({release for release, _changes, _message in BAD}))
def test_the_good_one_is_not_refused(
    release: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if release in ("6.42.5", "7.0.9"):
        return
    result, router = call(release, GOOD, monkeypatch, capsys)
    assert not result.get("failed"), result
    assert router.writes


@pytest.mark.parametrize(("release", "changes", "message"), BAD)
def test_a_bad_one_is_refused_before_the_first_write(
    release: str,
    changes: dict[str, Any],
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    result, router = call(release, bad(changes), monkeypatch, capsys)
    assert result.get("failed"), result
    assert message in result["msg"]
    assert "s3cret" not in json.dumps({**result, "invocation": None})
    assert router.writes == []
