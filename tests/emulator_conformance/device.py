# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the schema files: what a device of one release was seen to offer."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from calico_lab.routeros.release import Release

#: ``6.4x (6.42-6.49)``: a file for several minor releases.
_SEVERAL = re.compile(r"(\d+)\.(\d+)-\1\.(\d+)")


@dataclass(frozen=True)
class Told:
    """What a file tells of one argument; what it does not tell is None."""

    values: tuple[str, ...] | None = None
    description: str = ""
    default: str | None = None
    builtin: str | None = None
    required: bool = False


@dataclass(frozen=True)
class DeviceMenu:
    """One menu. ``commands`` is None where the file does not list them all."""

    arguments: Mapping[str, Mapping[str, Told]]
    commands: frozenset[str] | None = None
    unsettable: frozenset[str] | None = None


@dataclass(frozen=True)
class Device:
    """One release as one file tells it.

    ``complete``: a menu of the file lists all its arguments and words, so that what it lacks is
    lacking on the device. ``bgp_menus`` are all menus below /routing/bgp, where told.
    """

    release: Release
    complete: bool
    menus: Mapping[str, DeviceMenu] = field(default_factory=dict)
    bgp_menus: frozenset[str] | None = None


def read_devices(folder: Path) -> dict[Release, list[Device]]:
    """All schema files of ``folder``, by release."""
    found: dict[Release, list[Device]] = {}
    for path in sorted(folder.glob("*.json")):
        content = json.loads(path.read_text(encoding="utf-8"))
        for device in _devices(content):
            found.setdefault(device.release, []).append(device)
    return found


def _devices(content: Mapping[str, Any]) -> Iterable[Device]:
    if "menus" not in content:
        for release, menus in content.items():
            told = {path: _words(menu) for path, menu in menus.items()}
            yield Device(Release.parse(release), complete=False, menus=told)
        return
    version = content["version"]
    several = _SEVERAL.search(version)
    if several:
        major, first, last = (int(number) for number in several.groups())
        menus = {path: _assembled(menu) for path, menu in content["menus"].items()}
        for minor in range(first, last + 1):
            yield Device(Release.parse(f"{major}.{minor}"), complete=False, menus=menus)
        return
    menus = {path: _dumped(menu) for path, menu in content["menus"].items()}
    bgp = content.get("routing_bgp_menus")
    yield Device(
        Release.parse(version),
        complete=True,
        menus=menus,
        bgp_menus=None if bgp is None else frozenset(bgp),
    )


def _dumped(menu: Mapping[str, Any]) -> DeviceMenu:
    unsettable = menu.get("unset_value_names")
    return DeviceMenu(
        {
            command: {name: _told(told) for name, told in arguments.items()}
            for command, arguments in menu["commands"].items()
        },
        frozenset(menu["all_commands"]),
        None if unsettable is None else frozenset(unsettable),
    )


def _assembled(menu: Mapping[str, Any]) -> DeviceMenu:
    """A menu put together from several sources, which tell some arguments of some commands."""
    arguments = {}
    for commands, told in menu.get("commands", {}).items():
        for command in commands.split("/"):
            arguments[command] = {name: _told(facts) for name, facts in told.items()}
    return DeviceMenu(arguments)


def _words(menu: Mapping[str, Any]) -> DeviceMenu:
    told = {name: Told(values=tuple(v)) for name, v in menu.items() if name != "__readable__"}
    return DeviceMenu({"add": told} if told else {})


def _told(facts: Mapping[str, Any]) -> Told:
    values = facts.get("values")
    return Told(
        values=None if values is None else tuple(values),
        description=facts.get("desc", facts.get("type", "")),
        default=_text(facts.get("default")),
        builtin=_text(facts.get("default_on_builtin")),
        required=bool(facts.get("required")),
    )


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    # A remark may follow in parentheses.
    return str(value).partition(" (")[0]
