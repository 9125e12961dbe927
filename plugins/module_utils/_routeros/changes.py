# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Collecting the commands that change rows, and how the rows look before and after."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from .command import SECRET_CHANGED, SECRET_SHOWN, Command
from .entry import Entry, identifying, ordered, show_default
from .errors import Refused
from .menus import Menu
from .port import Row
from .values import Secret, Value, write

#: Whether a row will still be named by another one, in that property.
Stays = Callable[[Entry, Entry, str], bool]


@dataclass(frozen=True)
class Difference:
    """Commands in the order in which they must be carried out, and what they mean.

    ``before`` and ``after`` are the rows concerned, by menu path, as texts with secrets masked.
    ``restarts`` names the connections whose session a command restarts, or may restart.
    ``leftovers`` are those of ``commands`` that only take away what is no longer described.
    """

    commands: tuple[Command, ...]
    before: Mapping[str, Sequence[Mapping[str, str]]]
    after: Mapping[str, Sequence[Mapping[str, str]]]
    restarts: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    leftovers: tuple[Command, ...] = ()


class Changes:
    """What is to be changed on the rows of some menus, as :class:`Difference` in the end."""

    def __init__(
        self,
        menus: Sequence[Menu],
        rows: Mapping[str, Sequence[Row]],
        owner: str,
        always_write_password: bool,
        keep_address: str,
    ) -> None:
        self.menus = menus
        self.always_write_password = always_write_password
        self.keep_address = keep_address
        self.entries = {
            menu.path: [Entry(menu, row, owner) for row in rows[menu.path]] for menu in menus
        }
        self.faults: list[str] = []
        self.warnings: list[str] = []
        self.commands: list[Command] = []
        self.leftovers: list[Command] = []
        self.restarts: list[str] = []
        self.before: dict[str, list[Mapping[str, str]]] = {menu.path: [] for menu in menus}
        self.after: dict[str, list[Mapping[str, str]]] = {menu.path: [] for menu in menus}

    def differs(self, entry: Entry, name: str, target: Value, title: str) -> bool:
        prop = entry.menu.properties[name]
        value = entry.values[name]
        if isinstance(target, Secret) and isinstance(value, Secret) and value.hidden:
            if not self.always_write_password:
                self.warnings.append(
                    f"{title}: the router does not show its TCP MD5 key (the login lacks the "
                    "sensitive policy), so it was neither compared nor written; "
                    "update_password=always writes it in every run"
                )
            return self.always_write_password
        if value is None and entry.templated:
            return target is not None
        if target is None and value in prop.alias:
            return False
        return (prop.default if value is None else value) != (
            prop.default if target is None else target
        )

    def bring(
        self, entry: Entry, changed: Mapping[str, Value], anew: Callable[[], Command]
    ) -> None:
        """Change properties of a row, with one command at most; ``anew`` adds it once removed."""
        shown = entry.shown()
        self.before[entry.menu.path].append(shown)
        properties = entry.menu.properties
        values: dict[str, str] = {}
        after = dict(shown)
        for name, target in changed.items():
            prop = properties[name]
            if target is None:
                if prop.reset is None:
                    values[f"!{name}"] = ""
                else:
                    values[name] = prop.reset
                show_default(after, name, prop)
            else:
                values[name] = write(prop.kind, target)
                secret = SECRET_CHANGED if name in shown else SECRET_SHOWN
                after[name] = secret if isinstance(target, Secret) else values[name]
        self.after[entry.menu.path].append(ordered(entry.menu, after))
        if not changed:
            return
        if any(properties[n].permanent and t is None for n, t in changed.items()):
            # No command brings the default back, so the row is made anew.
            self.commands.append(Command("remove", entry.menu, entry.title, entry.row_id))
            self.commands.append(anew())
        else:
            self.commands.append(Command("set", entry.menu, entry.title, entry.row_id, values))
        if set(changed) - {"comment", "name"}:
            self.note_restart(entry)

    def note_restart(self, entry: Entry) -> None:
        if entry.menu.word in ("peer", "connection"):
            self.restarts.append(entry.title)
        elif entry.menu.word == "instance":
            self.restarts += [
                user.title
                for user, _name in self.users(entry)
                if user.effective("disabled") is False
            ]

    def users(self, used: Entry) -> list[tuple[Entry, str]]:
        """Return the rows that name a row, such as the connections of an instance, and where."""
        return [
            (entry, name)
            for entry in self.everything()
            for name, path in entry.menu.refers.items()
            if path == used.menu.path and entry.effective(name) == used.title
        ]

    def carries_connection(self, entry: Entry) -> bool:
        """Return whether this very API connection ends at the address of the row."""
        if entry.menu.word != "address" or not self.keep_address:
            return False
        address = identifying(entry.menu.properties["address"], entry.values["address"])
        return address == self.keep_address

    def clear(self, entry: Entry, stays: Stays) -> None:
        """Remove a row of ours that nothing wishes; bring a built-in one back to its defaults."""
        path, shown = entry.menu.path, entry.shown()
        self.before[path].append(shown)
        keep = ""
        if self.carries_connection(entry):
            keep = "this very API connection ends at it; run over another address to remove it"
        users = [
            user.title
            for user, name in self.users(entry)
            if stays(entry, user, name) and not (user.builtin and user.pristine)
        ]
        if users:
            word = "connections" if entry.menu.word == "instance" else "rows"
            keep = f"other {word} use it: " + ", ".join(users)
        if keep:
            self.warnings.append(f"{entry.menu.word} {entry.title} stays: {keep}")
            self.after[path].append(shown)
            return
        if not entry.builtin:
            self.commands.append(Command("remove", entry.menu, entry.title, entry.row_id))
            return
        values, after = {}, dict(shown)
        for name, prop in entry.menu.properties.items():
            if name == entry.menu.naming or entry.effective(name) == prop.default:
                continue
            values[f"!{name}" if prop.reset is None else name] = prop.reset or ""
            show_default(after, name, prop)
        self.after[path].append(ordered(entry.menu, after))
        self.commands.append(Command("set", entry.menu, entry.title, entry.row_id, values))

    def clear_leftovers(self, kept: Iterable[Entry], stays: Stays) -> None:
        """Remove the rows of ours that are not ``kept``, in reverse order of the menus.

        A row is left that another names, such as the instance of a connection, if that ``stays``.
        """
        wanted = len(self.commands)
        spared = {id(entry) for entry in kept}
        for menu in reversed(self.menus):
            for entry in self.entries[menu.path]:
                if entry.owned and not entry.dynamic and id(entry) not in spared:
                    self.clear(entry, stays)
        self.leftovers = self.commands[wanted:]

    def everything(self) -> list[Entry]:
        """Return the entries of all menus."""
        return [entry for entries in self.entries.values() for entry in entries]

    def result(self) -> Difference:
        """Return all of it. Raises Refused if there are faults."""
        if self.faults:
            raise Refused(self.faults)
        return Difference(
            tuple(self.commands),
            {path: rows for path, rows in self.before.items() if rows},
            {path: rows for path, rows in self.after.items() if rows},
            tuple(dict.fromkeys(self.restarts)),
            tuple(dict.fromkeys(self.warnings)),
            tuple(self.leftovers),
        )
