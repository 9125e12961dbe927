# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The file that keeps a router's rows: when it is written, how, and what it is refused for."""

from __future__ import annotations

import json
import resource
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._routeros.apply import (
    converge,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._routeros.errors import (
    ApplyFailure,
    SnapshotFailure,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._routeros.snapshot import (
    load,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._routeros.validation import (  # noqa: E501
    describe,
)

from tests.unit.routeros.fake_router import FakeRouter
from tests.unit.routeros.parameters import parameters, reference

DESCRIPTION = describe(reference())


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "kept" / "here" / "ros.json"


def test_the_rows_before_the_first_write_are_kept(path: Path) -> None:
    router = FakeRouter("7.18.2")
    router.put("ip/address", address="10.0.0.1/24", interface="ether2")
    router.put("ip/address", address="10.0.1.1/24", interface="ether3", dynamic="true")
    isp = router.put("routing/bgp/connection", name="isp", remote__address="10.0.0.2/32")
    router.put("ip/firewall/address-list", list="blocked", address="192.0.2.1")
    listed = router.put(
        "ip/firewall/address-list", list="bgp-default-networks", address="10.9.0.0/16"
    )
    before = router.menus["ip/address"][:1]
    assert converge(router, DESCRIPTION, snapshot=str(path)).snapshot is True
    data = json.loads(path.read_text())
    assert {menu["menu"]: menu["rows"] for menu in data["menus"]} == {
        "ip/address": before,
        "ipv6/address": [],
        "routing/filter/rule": [],
        "ip/firewall/address-list": [listed],
        "ipv6/firewall/address-list": [],
        "routing/bfd/configuration": [],
        "routing/bgp/connection": [isp],
        "routing/ospf/instance": [],
        "routing/ospf/area": [],
        "routing/ospf/interface-template": [],
    }
    assert (mode(path), mode(path.parent), mode(path.parent.parent)) == (0o600, 0o700, 0o700)
    assert [entry.name for entry in path.parent.iterdir()] == ["ros.json"]


@pytest.mark.parametrize("check_mode", [True, False])
def test_it_is_written_only_before_a_write(path: Path, check_mode: bool) -> None:
    router = FakeRouter("7.20.8")
    if not check_mode:
        converge(router, DESCRIPTION)
    outcome = converge(router, DESCRIPTION, snapshot=str(path), check_mode=check_mode)
    assert outcome.snapshot is False
    assert not path.parent.exists()


@pytest.mark.parametrize("release", ["6.49.10", "7.20.8"])
def test_it_stays_until_the_interrupted_run_is_finished(release: str, path: Path) -> None:
    router = FakeRouter(release, break_after=1)
    with pytest.raises(ApplyFailure):
        converge(router, DESCRIPTION, snapshot=str(path))
    kept = path.read_text()
    assert not any(menu["rows"] for menu in json.loads(kept)["menus"] if "address" in menu["menu"])
    router.break_after = None
    assert converge(router, DESCRIPTION, snapshot=str(path)).snapshot is False
    absent = describe(parameters(state="absent"))
    assert converge(router, absent, absent=True, snapshot=str(path)).snapshot is False
    assert path.read_text() == kept


def test_what_a_killed_run_left_is_cleared(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.with_name("ros.json.new").write_text("half")
    converge(FakeRouter("7.18.2"), DESCRIPTION, snapshot=str(path))
    assert [entry.name for entry in path.parent.iterdir()] == ["ros.json"]
    assert load(str(path)).identity == "ros"


@contextmanager
def no_space() -> Iterator[None]:
    """Let no file grow, as on a full disk (the reason is EFBIG then)."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_without_space_nothing_is_written_to_the_router(tmp_path: Path) -> None:
    router, path = FakeRouter("7.18.2"), tmp_path / "ros.json"
    expected = rf"snapshot: cannot write {path}: File too large.*nothing was written to the router"
    with pytest.raises(SnapshotFailure, match=expected), no_space():
        converge(router, DESCRIPTION, snapshot=str(path))
    assert router.writes == []
    assert list(tmp_path.iterdir()) == []


def test_a_path_that_cannot_be_is_refused_before_any_write(tmp_path: Path) -> None:
    router = FakeRouter("7.18.2")
    (tmp_path / "file").write_text("")
    for path, reason in (
        (tmp_path / "file" / "ros.json", "Not a directory"),
        (tmp_path, "is no file"),
        (tmp_path / "file", "is no snapshot of a router"),
    ):
        with pytest.raises(SnapshotFailure, match=rf"snapshot: .*{path}.*{reason}"):
            converge(router, DESCRIPTION, snapshot=str(path))
    assert router.writes == []


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"format": "another"}', '"text"', "null", "\udcff"]
)
def test_another_file_is_no_snapshot(tmp_path: Path, text: str) -> None:
    path = tmp_path / "ros.json"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(SnapshotFailure, match="is no snapshot of a router"):
        load(str(path))


def test_a_key_is_in_the_file_alone(path: Path) -> None:
    router = FakeRouter("7.18.2")
    router.put("routing/bgp/connection", name="isp", remote__address="10.0.0.2", tcp_md5_key="k3y")
    outcome = converge(router, DESCRIPTION, snapshot=str(path))
    assert "k3y" in path.read_text()
    assert "k3y" not in repr((outcome, load(str(path))))
