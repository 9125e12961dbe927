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

from .changes import Changes, Difference
from .command import Command
from .entry import Entry, identifying, ordered, shown_value
from .errors import Refused
from .port import Row
from .render import Rendering, Wish
from .values import Kind, Value, write


def _same(entry: Entry, wish: Wish, identity: Sequence[str]) -> bool:
    for name in identity:
        prop = wish.menu.properties[name]
        if identifying(prop, entry.effective(name)) != identifying(prop, wish.fields[name]):
            return False
    return True


class _Differ(Changes):
    def __init__(
        self,
        rendering: Rendering,
        rows: Mapping[str, Sequence[Row]],
        owner: str,
        always_write_password: bool,
        keep_address: str,
    ) -> None:
        menus = [scope.menu for scope in rendering.scopes]
        super().__init__(menus, rows, owner, always_write_password, keep_address)
        self.wishes = rendering.wishes

    def match(self) -> dict[int, Entry]:
        """Return the row that each wish (by position) takes over, by the best identity first."""
        matched: dict[int, Entry] = {}
        taken: set[int] = set()
        for rank in range(max((len(wish.menu.identities) for wish in self.wishes), default=0)):
            for position, wish in enumerate(self.wishes):
                if position in matched or rank >= len(wish.menu.identities):
                    continue
                identity = wish.menu.identities[rank]
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
        self.bring(entry, changed, lambda: self.addition(wish))

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

    def run(self) -> Difference:
        matched = self.match()
        for position, wish in enumerate(self.wishes):
            if position in matched:
                self.take_over(wish, matched[position])
            else:
                self.add(wish)
        moved = {
            id(matched[position])
            for position, wish in enumerate(self.wishes)
            if position in matched and "instance" in wish.fields
        }
        staying = [e for e in self.everything() if not e.owned and id(e) not in moved]
        self.clear_leftovers(matched.values(), staying)
        return self.result()


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
