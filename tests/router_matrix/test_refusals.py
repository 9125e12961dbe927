# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bad descriptions and missing rights on an emulated router: refused, nothing written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.router_matrix.rig import Rig, needs_root, rig
from tests.unit.routeros.refusals import BAD, bad

pytestmark = needs_root


#: RouterOS 6.42 cannot even be logged in to.
RELEASES = sorted({release for release, _changes, _message in BAD} - {"6.42.5"})


def test_a_release_that_is_too_old_refuses_the_login(tmp_path: Path) -> None:
    with rig(tmp_path, "6.42.5") as router:
        assert "RouterOS before 6.43 answers so" in router.refused(**bad({}))


@pytest.mark.parametrize("release", RELEASES)
def test_bad_descriptions_are_refused_before_the_first_write(release: str, tmp_path: Path) -> None:
    cases = [(changes, message) for other, changes, message in BAD if other == release]
    with rig(tmp_path, release) as router:
        before = router.configuration()
        for changes, message in cases:
            assert message in router.refused(**bad(changes))
        assert router.writes() == []
        assert router.configuration() == before


ADDRESS: dict[str, Any] = {"addresses": [{"address": "192.168.0.253/24", "interface": "ether1"}]}


def user(router: Rig, name: str, policy: str) -> dict[str, Any]:
    """Add a user with these rights and return the login."""
    router.add("user/group", name=name, policy=policy)
    router.add("user", name=name, group=name, password="p4ssword")
    return {"username": name, "password": "p4ssword"}


@pytest.mark.parametrize("release", ["6.49", "7.18.2"])
def test_a_missing_right_is_told_with_what_is_needed(release: str, tmp_path: Path) -> None:
    with rig(tmp_path, release) as router:
        no_api = user(router, "noapi", "read,write")
        no_write = user(router, "nowrite", "api,read")
        no_read = user(router, "noread", "api,write")
        enough = user(router, "enough", "api,read,write")
        before = router.configuration()
        assert "in a group with the policy api" in router.refused(**ADDRESS, **no_api)
        for login in (no_write, no_read):
            message = router.refused(**ADDRESS, **login)
            assert "not enough permissions (9)" in message
            assert "policy=api,read,write,sensitive" in message
            assert "p4ssword" not in message
        assert router.configuration() == before
        assert router.bgp(**ADDRESS, **enough)["changed"]


def test_without_a_certificate_anonymous_tls_must_be_asked_for(tmp_path: Path) -> None:
    with rig(tmp_path, "7.18.2") as router:
        for login in ({"tls": True}, {"tls": True, "validate_certs": False}):
            message = router.refused(**ADDRESS, **login)
            assert "no TLS session" in message
            assert "force_no_cert: true asks for" in message
        assert router.writes() == []
        assert router.bgp(**ADDRESS, tls=True, force_no_cert=True)["changed"]
