# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shape of a menu: what a release's commands take and what its rows hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from calico_lab.routeros.release import Release
from calico_lab.routeros.values import Flag, Kind, Text

NAMED = {"comment", "disable", "enable", "remove", "unset", "move", "reset", "set"}


@dataclass(frozen=True)
class Field:
    """An argument of a menu.

    ``default`` is what ``print`` shows while nothing is set; None: the row then lacks it.
    ``span`` are the releases that have the argument, ``required`` those in which ``add`` demands
    it. ``fixed`` arguments can not be unset. ``secret`` values are masked in logs and for users
    without the ``sensitive`` policy; ``hidden`` ones are never shown.
    """

    name: str
    kind: Kind
    span: str = ""
    default: str | None = None
    required: str | None = None
    fixed: bool = False
    secret: bool = False
    hidden: bool = False
    void: str | None = None


def flag(name: str, span: str = "", default: str | None = None, fixed: bool = False) -> Field:
    return Field(name, Flag(), span, default, fixed=fixed)


COMMENT = Field("comment", Text())
DISABLED = Field("disabled", Flag(), default="false", fixed=True)

#: What all lists of rows offer; ``reset`` is of RouterOS 7.
LIST_COMMANDS = {
    "add": "",
    "comment": "",
    "disable": "",
    "edit": "",
    "enable": "",
    "export": "",
    "find": "",
    "get": "",
    "print": "",
    "remove": "",
    "reset": "7.0..",
    "set": "",
}
READ_COMMANDS = {"find": "", "get": "", "print": ""}


@dataclass(frozen=True)
class Menu:
    """A menu. ``commands`` maps a command to the releases that have it.

    ``arguments`` gives the arguments of commands that are no row editing. ``unique`` are sets of
    fields that no two rows may share, with the refusal. ``builtin`` rows exist from the start and
    can not be removed. ``single`` menus hold one row without ``.id``.
    """

    path: str
    fields: tuple[Field, ...] = ()
    span: str = ""
    commands: Mapping[str, str] = field(default_factory=lambda: LIST_COMMANDS)
    arguments: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unique: tuple[tuple[tuple[str, ...], str], ...] = ()
    builtin: tuple[Mapping[str, str], ...] = ()
    ordered: bool = False
    single: bool = False
    policy: str = ""
    unique_span: str = ""

    def for_release(self, release: Release) -> MenuProfile:
        own = {item.name: item for item in self.fields if release.within(item.span)}
        commands = frozenset(name for name, span in self.commands.items() if release.within(span))
        return MenuProfile(self, own, commands, release)


@dataclass(frozen=True)
class MenuProfile:
    """A menu as one release has it."""

    menu: Menu
    fields: Mapping[str, Field]
    commands: frozenset[str]
    release: Release

    def arguments(self, command: str) -> frozenset[str]:
        """The arguments that ``command`` takes in this release."""
        named = {
            name.partition("@")[0]
            for name in self.menu.arguments.get(command, ())
            if self.release.within(name.partition("@")[2])
        }
        if named or command not in self.commands:
            return frozenset(named)
        placed = {"place-before"} if self.menu.ordered else set()
        own = set(self.fields)
        if command == "add":
            return frozenset(own | {"copy-from"} | placed)
        if command in ("set", "reset"):
            return frozenset(own if self.menu.single else own | {"numbers"})
        return frozenset(
            {
                "comment": {"comment", "numbers"},
                "move": {"destination", "numbers"},
                "unset": {"numbers", "value-name"},
            }.get(command, {"numbers"} if command in NAMED else set())
        )

    def required(self) -> list[str]:
        return [
            item.name
            for item in self.fields.values()
            if item.required is not None and self.release.within(item.required)
        ]
