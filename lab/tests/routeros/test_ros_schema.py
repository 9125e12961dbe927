# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each release offers its own menus and arguments, and refuses those of others.

What a device of a release offers is compared by ``python -m tests.emulator_conformance``.
"""

from __future__ import annotations

import pytest
from calico_lab.routeros.engine import Engine
from calico_lab.routeros.errors import Trap
from calico_lab.routeros.release import Release
from calico_lab.routeros.schema import Profile
from calico_lab.routeros.values import (
    Address,
    Choice,
    Flag,
    Fraction,
    Gateway,
    Interface,
    Kind,
    Number,
    NumberRange,
    Prefix,
    Time,
)
from ros_idle import idle_engine, run

SIX = ["6.43", "6.49"]
SEVEN = ["7.10.2", "7.14.3", "7.18.2", "7.19.4", "7.20.8", "7.21.5", "7.22.3", "7.24"]
#: Each minor release that is to be emulated, and patches between which something changed.
EVERY = [
    *(f"6.{minor}" for minor in range(43, 50)),
    *(f"7.{minor}" for minor in range(25)),
    *("6.49.18", "7.10.2", "7.12.2", "7.16.2", "7.20.1", "7.20.8", "7.21.1", "7.21.4"),
]

#: Values of arguments whose kind alone does not tell a right one.
VALUES = {
    "address-list": "list",
    "addresses": "192.0.2.0/24",
    "group": "full",
    "policy": "read",
    "range": "1-2",
    "router-id": "192.0.2.1",
    "routing-table": "main",
    "select-from-vrf": "main",
    "templates": "default",
    "vlink-transit-area": "backbone",
    "vrf": "main",
}


def menus(release: str) -> dict[str, set[str]]:
    """The arguments of ``add`` by menu."""
    profile = Profile(Release.parse(release))
    return {
        path: set(menu.fields)
        for path, menu in profile.menus.items()
        if "add" in menu.commands and not menu.menu.single
    }


@pytest.mark.parametrize("release", SIX + SEVEN)
def test_an_argument_of_another_release_is_unknown(release: str) -> None:
    others = SIX if release in SIX else SEVEN
    engine, own = idle_engine(release), menus(release)
    every = {
        (path, name) for other in others for path, names in menus(other).items() for name in names
    }
    taken = refused = 0
    for path, name in sorted(every):
        if path not in own:
            continue
        told = answer(engine, path, name)
        if name in own[path]:
            assert told.startswith(("missing =", "done")), f"{path} {name}: {told}"
            taken += 1
        else:
            assert told == f"unknown parameter {name}", path
            refused += 1
    assert taken > 150
    assert refused > 5 or release in SIX


def answer(engine: Engine, path: str, name: str) -> str:
    try:
        run(engine, f"/{path}/add", **{name: value(engine, path, name)})
    except Trap as refusal:
        # An earlier trial may have made the very entry.
        return "done" if "already" in str(refusal) else str(refusal)
    return "done"


def value(engine: Engine, path: str, name: str) -> str:
    if path == "ip/firewall/address-list" and name == "address":
        return "192.0.2.1"
    if name == "address" and path == "user":
        return ""
    if name in ("instance", "area"):
        stem = path.rpartition("/")[0]
        prepare(engine, f"{stem}/instance", name="k8s")
        if stem == "routing/ospf" and engine.release.major == 7:
            prepare(engine, "routing/ospf/area", name="backbone", instance="k8s")
        return "backbone" if name == "area" else "k8s"
    item = engine.profile.menus[path].fields.get(name)
    kind = item.kind if item else None
    if isinstance(kind, Choice) and kind.offered(engine.release):
        return kind.offered(engine.release)[0]
    if isinstance(kind, Flag):
        return "yes"
    if name in VALUES:
        return VALUES[name]
    return by_kind(kind)


def by_kind(kind: Kind | None) -> str:
    """A right value of a kind; of IPv6 where the kind is of IPv6 alone."""
    if isinstance(kind, Number):
        return str(max(kind.low, 1))
    if isinstance(kind, NumberRange):
        return "1"
    if isinstance(kind, (Time, Fraction)):
        return f"{max(kind.low, 1):g}s"
    if isinstance(kind, Interface):
        return "ether1"
    if isinstance(kind, Prefix):
        return "192.0.2.1/24" if 4 in kind.versions else "2001:db8::1/64"
    if isinstance(kind, Gateway):
        return "192.0.2.1" if kind.version == 4 else "2001:db8::1"
    if isinstance(kind, Address):
        return "192.0.2.1" if 4 in kind.versions else "2001:db8::1"
    return "text"


def prepare(engine: Engine, menu: str, /, **values: str) -> None:
    if menu in engine.profile.menus and values["name"] not in engine.names(menu, "name"):
        run(engine, f"/{menu}/add", **values)


def test_routeros_6_has_no_menus_of_7() -> None:
    known = set(Profile(Release.parse("6.49")).menus)
    for name in ("connection", "session", "template"):
        assert f"routing/bgp/{name}" not in known
    assert "routing/bfd/configuration" not in known
    assert "routing/ospf/interface-template" not in known


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


@pytest.mark.parametrize("release", EVERY)
def test_every_release_takes_a_session_in_its_own_words(release: str) -> None:
    engine = idle_engine(release)
    if engine.release.major == 6:
        values = {"remote_address": "192.168.0.15", "remote_as": "63400"}
        run(engine, "/routing/bgp/peer/add", **values)
        return
    values = {"name": "rr1", "local__role": "ibgp", "remote__address": "192.168.0.15"}
    instances = engine.release.within("7.20..")
    if instances:
        run(engine, "/routing/bgp/instance/add", name="k8s", **{"as": "63400"})
        values["instance"] = "k8s"
    else:
        values["as"] = "63400"
        assert "routing/bgp/instance" not in engine.profile.menus
    values["afi" if engine.release.within("7.19..") else "address_families"] = "ip,ipv6"
    run(engine, "/routing/bgp/connection/add", **values)
    assert engine.names("routing/bgp/connection", "name") == ["rr1"]
