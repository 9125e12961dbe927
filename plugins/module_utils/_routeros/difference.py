# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From rows wished and rows read to the commands between them.

Rules: a row of ours (its comment holds the owner's marker) becomes what is wished, all of it, and
is removed when nothing wishes it. A row of others is changed only in the properties that the
description names, and never removed. RouterOS 6's built-in instance cannot be removed: untouched
ones become ours, and go back to their defaults at the end. Dynamic rows are not configuration.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .command import SECRET_CHANGED, SECRET_SHOWN, Command
from .entry import Entry, identifying, ordered, show_default, shown_value
from .errors import Refused
from .port import Row
from .render import Rendering, Wish
from .values import Kind, Secret, Value, write


@dataclass(frozen=True)
class Difference:
    """Commands in the order in which they must be carried out, and what they mean.

    ``before`` and ``after`` are the rows concerned, by menu path, as texts with secrets masked.
    ``restarts`` names the connections whose session a command restarts, or may restart.
    """

    commands: tuple[Command, ...]
    before: Mapping[str, Sequence[Mapping[str, str]]]
    after: Mapping[str, Sequence[Mapping[str, str]]]
    restarts: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def _same(entry: Entry, wish: Wish, identity: Sequence[str]) -> bool:
    for name in identity:
        prop = wish.menu.properties[name]
        if identifying(prop, entry.effective(name)) != identifying(prop, wish.fields[name]):
            return False
    return True


class _Differ:
    def __init__(
        self,
        rendering: Rendering,
        rows: Mapping[str, Sequence[Row]],
        owner: str,
        always_write_password: bool,
        keep_address: str,
    ) -> None:
        self.menus = [scope.menu for scope in rendering.scopes]
        self.wishes = rendering.wishes
        self.always_write_password = always_write_password
        self.keep_address = keep_address
        self.entries = {
            menu.path: [Entry(menu, row, owner) for row in rows[menu.path]] for menu in self.menus
        }
        self.faults: list[str] = []
        self.warnings: list[str] = []
        self.commands: list[Command] = []
        self.restarts: list[str] = []
        self.before: dict[str, list[Mapping[str, str]]] = {menu.path: [] for menu in self.menus}
        self.after: dict[str, list[Mapping[str, str]]] = {menu.path: [] for menu in self.menus}

    def match(self) -> dict[int, Entry]:
        """Return the row that each wish (by position) takes over, by the best identity first."""
        matched: dict[int, Entry] = {}
        taken: set[int] = set()
        for rank in range(max((len(wish.identities) for wish in self.wishes), default=0)):
            for position, wish in enumerate(self.wishes):
                if position in matched or rank >= len(wish.identities):
                    continue
                identity = wish.identities[rank]
                found = [
                    entry
                    for entry in self.entries[wish.menu.path]
                    if id(entry) not in taken and _same(entry, wish, identity)
                ]
                static = [entry for entry in found if not entry.dynamic]
                if found and not static and wish.exclusive:
                    self.faults.append(
                        f"{wish.title} is there as a dynamic row (DHCP or the like) on "
                        f"{found[0].effective('interface')}; end that or leave it out"
                    )
                if len(static) > 1:
                    values = ", ".join(f"{name}={wish.fields[name]}" for name in identity)
                    self.faults.append(
                        f"/{wish.menu.path} has {len(static)} rows with {values}; remove or "
                        "rename all but one"
                    )
                if static:
                    matched[position] = static[0]
                    taken.add(id(static[0]))
        return matched

    def targets(self, entry: Entry, wish: Wish) -> dict[str, Value]:
        """Return the values that a row must have: all of ours, the named ones of others'."""
        if not entry.owned and not (entry.builtin and entry.pristine):
            return dict(wish.fields)
        targets: dict[str, Value] = dict.fromkeys(wish.menu.properties)
        targets.update(wish.fields)
        targets["comment"] = wish.comment
        return targets

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

    def take_over(self, wish: Wish, entry: Entry) -> None:
        """Bring an existing row to what is wished, with one command at most."""
        title = f"{entry.menu.word} {entry.title}"
        targets = self.targets(entry, wish)
        changed = {n: t for n, t in targets.items() if self.differs(entry, n, t, title)}
        for name in wish.exclusive:
            if name in changed and not entry.owned:
                self.faults.append(
                    f"{wish.title}: found {entry.effective('address')} on "
                    f"{entry.effective('interface')}, which is not ours, expected "
                    f"{wish.fields['address']} on {wish.fields['interface']}; change or remove "
                    "that row by hand"
                )
                break
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
            # No command brings the default back, so the row of ours is made anew.
            self.commands.append(Command("remove", entry.menu, entry.title, entry.row_id))
            self.commands.append(self.addition(wish))
        else:
            self.commands.append(Command("set", entry.menu, entry.title, entry.row_id, values))
        if set(changed) - {"comment", "name"}:
            self.note_restart(entry)

    def note_restart(self, entry: Entry) -> None:
        if entry.menu.word in ("peer", "connection"):
            self.restarts.append(entry.title)
        elif entry.menu.word == "instance":
            self.restarts += [
                other.title for other in self.users(entry) if other.effective("disabled") is False
            ]

    def users(self, instance: Entry) -> list[Entry]:
        """Return the connections that belong to an instance."""
        return [
            entry
            for entries in self.entries.values()
            for entry in entries
            if entry.menu.knows("instance") and entry.effective("instance") == instance.title
        ]

    def addition(self, wish: Wish) -> Command:
        properties = wish.menu.properties
        values = {
            name: write(properties[name].kind, value)
            for name, value in wish.fields.items()
            if value is not None
            and not (properties[name].kind is Kind.FLAG and value == properties[name].default)
        }
        values.update(wish.initial)
        values["comment"] = wish.comment
        title = write(properties[wish.menu.naming].kind, wish.fields[wish.menu.naming])
        return Command("add", wish.menu, title, "", values)

    def add(self, wish: Wish) -> None:
        command = self.addition(wish)
        self.commands.append(command)
        shown = {
            name: shown_value(wish.menu.properties[name], wish.fields[name])
            for name in command.values
            if name in wish.fields
        }
        shown["comment"] = wish.comment
        self.after[wish.menu.path].append(ordered(wish.menu, shown))

    def clear(self, entry: Entry, staying: Sequence[Entry]) -> None:
        """Remove a row of ours that nothing wishes; bring a built-in one back to its defaults."""
        path, shown = entry.menu.path, entry.shown()
        self.before[path].append(shown)
        keep = ""
        if entry.menu.word == "address" and identifying(
            entry.menu.properties["address"], entry.values["address"]
        ) == (self.keep_address or None):
            keep = "this very API connection ends at it; run over another address to remove it"
        users = [user.title for user in self.users(entry) if user in staying]
        if entry.menu.word == "instance" and users:
            keep = "other connections use it: " + ", ".join(users)
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

    def run(self) -> Difference:
        matched = self.match()
        for position, wish in enumerate(self.wishes):
            if position in matched:
                self.take_over(wish, matched[position])
            else:
                self.add(wish)
        kept = [id(entry) for entry in matched.values()]
        moved = {
            id(matched[position])
            for position, wish in enumerate(self.wishes)
            if position in matched and "instance" in wish.fields
        }
        for menu in reversed(self.menus):
            everything = [entry for entries in self.entries.values() for entry in entries]
            leftovers = [
                entry
                for entry in self.entries[menu.path]
                if entry.owned and not entry.dynamic and id(entry) not in kept
            ]
            staying = [e for e in everything if not e.owned and id(e) not in moved]
            for entry in leftovers:
                self.clear(entry, staying)
        if self.faults:
            raise Refused(self.faults)
        return Difference(
            tuple(self.commands),
            {path: rows for path, rows in self.before.items() if rows},
            {path: rows for path, rows in self.after.items() if rows},
            tuple(dict.fromkeys(self.restarts)),
            tuple(self.warnings),
        )


def difference(
    rendering: Rendering,
    rows: Mapping[str, Sequence[Row]],
    owner: str,
    always_write_password: bool = False,
    keep_address: str = "",
) -> Difference:
    """Return the commands that make the rows read into the rows wished.

    ``rows`` holds the rows of every scope by menu path. ``keep_address`` is the router's address
    that carries the API connection; its row is never removed.
    Raises Refused for rows that cannot be told apart or belong to others.
    """
    if rendering.faults:
        raise Refused(rendering.faults)
    return _Differ(rendering, rows, owner, always_write_password, keep_address).run()
