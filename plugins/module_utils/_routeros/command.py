# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One write to a router, and how it is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .menus import Menu
from .values import Kind

#: Shown in place of a TCP MD5 key, and of one that is about to be written over another.
SECRET_SHOWN = "(set)"
SECRET_CHANGED = "(set anew)"


@dataclass(frozen=True)
class Command:
    """One write. ``values`` are API words' names and texts; a name with ``!`` unsets."""

    verb: str  # add, set or remove
    menu: Menu
    title: str
    row_id: str
    values: Mapping[str, str] = field(default_factory=dict, repr=False)

    def __str__(self) -> str:
        """The command in the words of RouterOS, without secrets."""
        words = [f"/{self.menu.path}/{self.verb}"]
        if self.verb != "add":
            # Rows of ordered menus have no name of their own.
            named = f'[find {self.menu.naming}="{self.title}"]'
            words.append(self.row_id if self.menu.ordered else named)
        for name, text in self.values.items():
            if name.startswith("!"):
                words.append(name)
            elif self.menu.knows(name) and self.menu.properties[name].kind is Kind.SECRET:
                words.append(f"{name}={SECRET_SHOWN if text else ''}")
            else:
                words.append(f"{name}={_quoted(text)}")
        return " ".join(words)


def _quoted(text: str) -> str:
    plain = text and not any(sign in text for sign in ' "=();')
    return text if plain else '"' + text.replace('"', '\\"') + '"'
