# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A row of a router's menu in normal form, and how it is shown."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_interface

from .command import SECRET_SHOWN
from .menus import Menu, Property
from .port import Row
from .values import Kind, Secret, Value, read, write


class Entry:
    """A row that was read, in normal form.

    ``owned`` rows carry the owner's marker, ``dynamic`` ones are no configuration, ``builtin`` ones
    cannot be removed, ``inactive`` ones are not followed by the router. Absent properties of a
    ``templated`` row are the template's.
    """

    def __init__(self, menu: Menu, row: Row, owner: str) -> None:
        self.menu = menu
        self.row_id = row[".id"]
        self.values = {
            name: read(prop.kind, row.get(name)) for name, prop in menu.properties.items()
        }
        comment = row.get("comment", "")
        self.owned = comment == owner or comment.endswith(f"({owner})")
        self.dynamic = read(Kind.FLAG, row.get("dynamic", "no")) is True
        flagged = read(Kind.FLAG, row.get("default", "no")) is True
        self.builtin = flagged or (menu.builtin is not None and self.title == menu.builtin)
        self.inactive = read(Kind.FLAG, row.get("inactive", "no")) is True
        self.templated = bool(row.get("templates"))

    def effective(self, name: str) -> Value:
        """Return the value, or what its absence means."""
        value = self.values[name]
        return self.menu.properties[name].default if value is None else value

    @property
    def pristine(self) -> bool:
        """Whether every property except the name has its default."""
        return all(
            self.effective(name) == prop.default
            for name, prop in self.menu.properties.items()
            if name != self.menu.naming
        )

    @property
    def title(self) -> str:
        """The row's name, or what takes its place in messages."""
        return write(self.menu.properties[self.menu.naming].kind, self.values[self.menu.naming])

    def shown(self) -> dict[str, str]:
        """Return the set properties as texts, secrets masked."""
        shown = {
            name: shown_value(self.menu.properties[name], value)
            for name, value in self.values.items()
            if value is not None
        }
        return ordered(self.menu, shown)


def shown_value(prop: Property, value: Value) -> str:
    """Return a value as text, a secret masked."""
    return SECRET_SHOWN if isinstance(value, Secret) else write(prop.kind, value)


def ordered(menu: Menu, shown: Mapping[str, str]) -> dict[str, str]:
    """Return properties in the order in which they are shown: the naming one first."""
    names = sorted(shown, key=lambda name: (name != menu.naming, name))
    return {name: shown[name] for name in names}


def show_default(shown: dict[str, str], name: str, prop: Property) -> None:
    """Show a property that goes back to its default: absent, unless the router prints those."""
    shown.pop(name, None)
    if prop.reset is not None and prop.default is not None:
        shown[name] = write(prop.kind, prop.default)


def identifying(prop: Property, value: Value) -> Value:
    """Return what tells rows apart: of an interface address the host address only."""
    if prop.kind is Kind.INTERFACE_ADDRESS and isinstance(value, str) and "/" in value:
        return str(ip_interface(value).ip)
    return value
