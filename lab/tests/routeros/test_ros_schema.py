# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The emulator's menus against the devices' own, release by release."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from calico_lab.routeros.engine import Engine
from calico_lab.routeros.errors import Trap
from calico_lab.routeros.release import Release
from calico_lab.routeros.schema import Profile
from calico_lab.routeros.values import Choice
from ros_idle import idle_engine, run

DATA = Path(__file__).parents[3] / "tests" / "data" / "routeros_schema"
SEVEN = ["7.10.2", "7.14.3", "7.18.2", "7.19.4", "7.20.8", "7.21.5", "7.22.3", "7.24"]
DEEP = ["7.21.5", "7.22.3"]
#: What can be unset of these is status, which only the device itself sets.
STATUS = {"routing/bgp/session", "routing/route"}
#: On the device, but not in the published trees.
UNLISTED = {"user/group", "routing/filter/community-large-list"}

#: A value that is right for an argument, where no plain word is.
VALUES = {
    "address": "192.0.2.1/24",
    "address-list": "list",
    "addresses": "192.0.2.0/24",
    "allow-as-in": "1",
    "as": "63400",
    "bgp-as-path-length": "1",
    "broadcast": "192.0.2.255",
    "cluster-id": "244.0.0.1",
    "confederation": "1",
    "dst-address": "192.0.2.0/24",
    "distance": "10",
    "gateway": "192.0.2.1",
    "hold-time": "3m",
    "id": "192.0.2.1",
    "inactivity-timeout": "10m",
    "input.allow-as": "1",
    "input.limit-process-routes-ipv4": "100",
    "input.limit-process-routes-ipv6": "100",
    "instance": "k8s",
    "interface": "ether1",
    "interfaces": "ether1",
    "keepalive-time": "1m",
    "local.address": "192.0.2.1",
    "local.role": "ibgp",
    "netmask": "255.255.255.0",
    "network": "192.0.2.0",
    "remote.address": "192.0.2.15",
    "remote-address": "192.0.2.15",
    "router-id": "192.0.2.1",
    "routing-table": "main",
    "templates": "default",
    "vrf": "main",
    "select-from-vrf": "main",
    "mpls-te-address": "192.0.2.1",
    "mpls-te-area": "192.0.2.1",
    "area-id": "0.0.0.0",
    "pref-src": "192.0.2.1",
    "vrf-interface": "ether1",
    "group": "full",
    "range": "1-2",
}


def published(release: str) -> dict[str, Any]:
    menus: dict[str, Any] = json.loads((DATA / f"{release}.json").read_text())["menus"]
    return menus


@pytest.mark.parametrize("release", SEVEN)
def test_menus_and_commands_are_those_of_the_device(release: str) -> None:
    profile, device = Profile(Release.parse(release)), published(release)
    assert set(profile.menus) - UNLISTED <= set(device)
    for path in set(profile.menus) - UNLISTED:
        assert profile.menus[path].commands == set(device[path]["all_commands"]), path
    for path in set(device) - set(profile.menus):
        parent = path.rpartition("/")[0]
        assert path in profile.elsewhere or parent in profile.menus, f"{path} is not known at all"


@pytest.mark.parametrize("release", SEVEN)
def test_arguments_are_those_of_the_device(release: str) -> None:
    profile, device = Profile(Release.parse(release)), published(release)
    compared = 0
    for path, menu in profile.menus.items():
        for command, arguments in device.get(path, {}).get("commands", {}).items():
            assert menu.arguments(command) == set(arguments), f"{path} {command}"
            compared += len(arguments)
    assert compared > 500


@pytest.mark.parametrize("release", DEEP)
def test_what_can_be_unset_is_as_on_the_device(release: str) -> None:
    profile, device = Profile(Release.parse(release)), published(release)
    for path, menu in profile.menus.items():
        names = device.get(path, {}).get("unset_value_names")
        if names is None or path in STATUS:
            continue
        own = {item.name for item in menu.fields.values() if not item.fixed} - {"comment"}
        assert own == set(names), path


@pytest.mark.parametrize("release", DEEP)
def test_words_of_values_are_those_of_the_device(release: str) -> None:
    """Each word that the device offers is taken, for arguments that the lab's router has."""
    engine, device = idle_engine(release), published(release)
    for path, menu in engine.profile.menus.items():
        for name, told in device.get(path, {}).get("commands", {}).get("add", {}).items():
            item = menu.fields.get(name)
            for word in told.get("values", ()):
                if item is None or word in ("lo", ",", "admin"):
                    continue
                item.kind.parse(name, word, engine)


ARGUMENTS = sorted(
    (path, name)
    for release in SEVEN
    for path, menu in published(release).items()
    if path in Profile(Release.parse(release)).menus
    for name in menu["commands"].get("add", {})
    if name not in ("copy-from", "place-before")
)


@pytest.mark.parametrize("release", SEVEN)
def test_each_argument_is_taken_by_the_releases_that_have_it(release: str) -> None:
    """Also over the releases: an argument of another release is refused as unknown."""
    device = published(release)
    engine = idle_engine(release)
    taken = refused = 0
    for path, name in dict.fromkeys(ARGUMENTS):
        if path not in engine.profile.menus:
            continue
        has = name in device[path]["commands"]["add"]
        told = answer(engine, path, name)
        if has:
            assert told.startswith(("missing =", "done")), f"{path} {name}: {told}"
            taken += 1
        else:
            assert told == f"unknown parameter {name}", path
            refused += 1
    assert taken > 150
    assert refused > 5


def answer(engine: Engine, path: str, name: str) -> str:
    try:
        run(engine, f"/{path}/add", **{name: value(engine, path, name)})
    except Trap as refusal:
        return str(refusal)
    return "done"


def value(engine: Engine, path: str, name: str) -> str:
    if path == "ip/firewall/address-list" and name == "address":
        return "192.0.2.1"
    if name == "address" and path == "user":
        return ""
    if name == "instance" and path in ("routing/bgp/connection", "routing/ospf/area"):
        menu = path.rpartition("/")[0] + "/instance"
        if menu in engine.profile.menus and not engine.names(menu, "name"):
            run(engine, f"/{menu}/add", name="k8s")
    item = engine.profile.menus[path].fields.get(name)
    kind = getattr(item, "kind", None)
    words = kind.offered(engine.release) if isinstance(kind, Choice) else []
    if words:
        return str(words[0])
    if type(kind).__name__ == "Flag":
        return "yes"
    if name in VALUES:
        return VALUES[name]
    return "1" if type(kind).__name__ in ("Number", "NumberRange", "Time") else "text"


@pytest.mark.parametrize("release", ["6.43", "6.49"])
def test_routeros_6_has_the_arguments_of_its_sources(release: str) -> None:
    profile = Profile(Release.parse(release))
    device = json.loads((DATA / "6.4x.json").read_text())["menus"]
    for path, menu in device.items():
        for command, arguments in menu.get("commands", {}).items():
            own = set(profile.menus[path].fields)
            assert set(arguments) <= own, f"{path} {command}"
            for name, told in arguments.items():
                item = profile.menus[path].fields[name]
                assert (item.required is not None) >= bool(told.get("required")), (path, name)
                for word in told.get("values", ()):
                    item.kind.parse(name, word, idle_engine(release))
    for name in ("connection", "session", "template"):
        assert f"routing/bgp/{name}" not in profile.menus


@pytest.mark.parametrize(
    ("release", "present", "absent"),
    [
        ("7.9", {"as-override", "address-families"}, {"output.as-override", "afi"}),
        ("7.18.2", {"address-families", "cluster-id", "router-id"}, {"afi", "instance"}),
        ("7.19", {"afi", "router-id"}, {"address-families", "instance"}),
        ("7.20", {"afi", "instance"}, {"router-id", "output.network-blackhole"}),
        ("7.21.1", {"instance"}, {"input.attr-error-handling"}),
        ("7.23", {"output.add-path"}, {"add-path-out"}),
    ],
)
def test_releases_between_the_published_ones(
    release: str, present: set[str], absent: set[str]
) -> None:
    fields = set(Profile(Release.parse(release)).menus["routing/bgp/connection"].fields)
    assert present <= fields
    assert not absent & fields
