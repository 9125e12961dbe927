# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From rows wished and rows read to the commands between them.

Rules: a row of ours (its comment holds the owner's marker) becomes what is wished, all of it, and
is removed when nothing wishes it. A row of others is changed only in the properties that the
description names, and never removed. RouterOS 6's built-in instance cannot be removed: untouched
ones become ours, and go back to their defaults at the end. Dynamic rows are not configuration.

From 7.20 on, an upgrade makes instances of its own naming. One that only described connections use
is used on, under its name, as another would restart their sessions.

A filter chain is described as a whole. Rows of others in it would change what it means, so that
they are refused, unless the chain is all theirs and says the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from .changes import Changes, Difference
from .command import Command
from .entry import Entry, identifying, ordered, shown_value
from .errors import Refused
from .menus import Menu
from .port import Row
from .render import Rendering, Wish
from .sequence import align
from .values import Kind, Value, write


def _same(entry: Entry, wish: Wish, identity: Sequence[str]) -> bool:
    for name in identity:
        prop = wish.menu.properties[name]
        if identifying(prop, entry.effective(name)) != identifying(prop, wish.fields[name]):
            return False
    return True


def _told(wish: Wish, value: Callable[[str], Value]) -> str:
    """Return the exclusive properties in words, such as ``192.168.0.253/24 on ether1``."""
    if wish.menu.word == "address":
        return f"{value('address')} on {value('interface')}"
    return ", ".join(f"{name}={value(name)}" for name in wish.exclusive)


def _rule_told(entry: Entry) -> str:
    hidden = (entry.menu.naming, "comment", "disabled")
    told = [f"{name}={text}" for name, text in entry.shown().items() if name not in hidden]
    return " ".join(told) or "one without conditions"


def _of_chain(wish: Wish, menu: Menu, chain: Value) -> bool:
    return wish.menu.path == menu.path and wish.fields[menu.naming] == chain


def _shared(entry: Entry, wish: Wish) -> dict[str, Value]:
    """Return what becomes of properties in which only one word is ours, on a row of others."""
    targets: dict[str, Value] = {}
    for name, word in wish.shared.items():
        found = entry.effective(name)
        if wish.menu.properties[name].kind is not Kind.NAMES:
            if name not in wish.fields and found == word:
                targets[name] = None
        elif name in wish.fields:
            words = set(found) if isinstance(found, tuple) else set()
            words = words | {word} if wish.fields[name] else words - {word}
            targets[name] = tuple(sorted(words)) or None
    return targets


class _Differ(Changes):
    def __init__(
        self,
        rendering: Rendering,
        rows: Mapping[str, Sequence[Row]],
        owner: str,
        always_write_password: bool,
        keep_address: str,
        purge: bool,
    ) -> None:
        menus = [scope.menu for scope in rendering.scopes]
        super().__init__(menus, rows, owner, always_write_password, keep_address)
        self.wishes = rendering.wishes
        self.purge = purge
        self.scopes = rendering.scopes
        for need in rendering.needs:
            if not any(
                entry.title == need.title and entry.effective("disabled") is False
                for entry in self.entries[need.menu.path]
            ):
                self.faults.append(need.fault)

    def match(self) -> dict[int, Entry]:
        """Return the row that each wish (by position) takes over, by the best identity first."""
        matched: dict[int, Entry] = {}
        taken: set[int] = set()
        for rank in range(max((len(wish.menu.identities) for wish in self.wishes), default=0)):
            for position, wish in enumerate(self.wishes):
                if position in matched or rank >= len(wish.menu.identities) or wish.menu.ordered:
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

    def adopt_instance(self, matched: dict[int, Entry]) -> None:
        """Wish for the instance that the described connections have, where it is theirs alone."""
        position = next(
            (
                place
                for place, wish in enumerate(self.wishes)
                if wish.menu.word == "instance" and place not in matched
            ),
            None,
        )
        neighbours = [e for e in matched.values() if e.menu.word == "connection"]
        names = {entry.effective("instance") for entry in neighbours if "instance" in entry.values}
        if position is None or len(names) != 1:
            return
        wish, known = self.wishes[position], {id(entry) for entry in neighbours}
        for entry in self.entries[wish.menu.path]:
            theirs = all(id(user) in known for user, _name in self.users(entry))
            if entry.title in names and theirs and not entry.owned:
                matched[position] = entry
                self.rename_instance(wish, entry.title)

    def rename_instance(self, wish: Wish, name: str) -> None:
        wished = wish.fields["name"]
        self.wishes = tuple(
            replace(other, fields={**other.fields, "name": name})
            if other is wish
            else replace(other, fields={**other.fields, "instance": name})
            if other.menu.refers.get("instance") == wish.menu.path
            and other.fields.get("instance") == wished
            else other
            for other in self.wishes
        )

    def targets(self, entry: Entry, wish: Wish) -> dict[str, Value]:
        """Return the values that a row must have: all of ours, the named ones of others'."""
        if not entry.owned and not (entry.builtin and entry.pristine):
            return {**wish.fields, **_shared(entry, wish)}
        targets: dict[str, Value] = dict.fromkeys(wish.menu.properties)
        targets.update(wish.fields)
        targets["comment"] = wish.comment
        return targets

    def changes(self, entry: Entry, targets: Mapping[str, Value]) -> dict[str, Value]:
        """Return the targets that a row does not have."""
        title = f"{entry.menu.word} {entry.title}"
        return {n: t for n, t in targets.items() if self.differs(entry, n, t, title)}

    def take_over(self, wish: Wish, entry: Entry) -> None:
        """Bring an existing row to what is wished, with one command at most."""
        changed = self.changes(entry, self.targets(entry, wish))
        for name in wish.exclusive:
            if name in changed and not entry.owned and entry.effective(name) is not None:
                self.faults.append(
                    f"{wish.title}: found {_told(wish, entry.effective)}, which is not ours, "
                    f"expected {_told(wish, wish.fields.__getitem__)}; change or remove that row "
                    "by hand"
                )
                break
        self.bring(entry, changed, lambda: self.addition(wish))

    def addition(self, wish: Wish) -> Command:
        properties = wish.menu.properties
        # What is not said of a templated row is the template's, not the default.
        plain = not wish.fields.get("templates")
        values = {
            name: write(properties[name].kind, value)
            for name, value in wish.fields.items()
            if value is not None
            and not (
                plain and properties[name].kind is Kind.FLAG and value == properties[name].default
            )
        }
        values.update(wish.initial)
        values["comment"] = wish.comment
        title = write(properties[wish.menu.naming].kind, wish.fields[wish.menu.naming])
        return Command("add", wish.menu, title, "", values)

    def add(self, wish: Wish, before: Entry | None = None) -> None:
        if wish.missing is not None:
            self.faults.append(wish.missing)
            return
        command = self.addition(wish)
        if before is not None:
            values = {**command.values, "place-before": before.row_id}
            command = Command("add", command.menu, command.title, "", values)
        self.commands.append(command)
        shown = {
            name: shown_value(wish.menu.properties[name], wish.fields[name])
            for name in command.values
            if name in wish.fields
        }
        shown["comment"] = wish.comment
        self.after[wish.menu.path].append(ordered(wish.menu, shown))

    def arrange(self, wishes: Sequence[Wish]) -> list[Entry]:
        """Bring the rows of one chain to what is wished, in order; return those that stay."""
        menu, chain = wishes[0].menu, wishes[0].fields[wishes[0].menu.naming]
        rows = [entry for entry in self.entries[menu.path] if entry.title == chain]
        ours = [entry for entry in rows if entry.owned]
        others = [
            entry for entry in rows if not entry.owned and entry.effective("disabled") is False
        ]
        if others and not ours and len(others) == len(wishes):
            pairs = zip(others, wishes)
            if not any(self.changes(entry, dict(wish.fields)) for entry, wish in pairs):
                return []
        if others:
            count = "a rule" if len(others) == 1 else f"{len(others)} rules"
            self.faults.append(
                f"filters: the chain {chain} has {count} that is not ours, such as "
                f"{_rule_told(others[0])}; remove them by hand, or name the filter otherwise"
            )
            return ours

        def changes(entry: Entry, wish: Wish) -> Mapping[str, Value]:
            return self.changes(entry, self.targets(entry, wish))

        def changeable(entry: Entry, wish: Wish) -> bool:
            properties = menu.properties
            return not any(
                target is None and properties[name].permanent
                for name, target in changes(entry, wish).items()
            )

        pairs_by_place = align(
            ours, wishes, lambda entry, wish: not changes(entry, wish), changeable
        )
        for place, wish in enumerate(wishes):
            if place in pairs_by_place:
                self.take_over(wish, ours[pairs_by_place[place]])
                continue
            later = [old for new, old in pairs_by_place.items() if new > place]
            self.add(wish, ours[min(later)] if later else None)
        return [ours[position] for position in pairs_by_place.values()]

    def run(self) -> Difference:
        matched = self.match()
        self.adopt_instance(matched)
        kept = list(matched.values())
        chains: set[Value] = set()
        for position, wish in enumerate(self.wishes):
            if wish.menu.ordered:
                chain = wish.fields[wish.menu.naming]
                if chain not in chains:
                    chains.add(chain)
                    kept += self.arrange([w for w in self.wishes if _of_chain(w, wish.menu, chain)])
            elif position in matched:
                self.take_over(wish, matched[position])
            else:
                self.add(wish)
        named = {
            (id(matched[position]), name)
            for position, wish in enumerate(self.wishes)
            if position in matched
            for name in (*wish.fields, *wish.shared)
        }
        self.clear_leftovers(
            [*kept, *self.not_looked_after(), *([] if self.purge else self.rows_outside(chains))],
            lambda used, user, name: (
                not (used.menu.ordered and used.title in chains)
                and not user.owned
                and (id(user), name) not in named
            ),
        )
        return self.result()

    def rows_outside(self, chains: set[Value]) -> list[Entry]:
        """Return all rows but those of filter chains described, each of which is a whole."""
        return [e for e in self.everything() if not (e.menu.ordered and e.title in chains)]

    def not_looked_after(self) -> list[Entry]:
        """Return rows that were read, but are not this description's business."""
        return [
            entry
            for scope in self.scopes
            for entry in self.entries[scope.menu.path]
            if scope.titles is not None and entry.title not in scope.titles
        ]


def difference(
    rendering: Rendering,
    rows: Mapping[str, Sequence[Row]],
    owner: str,
    always_write_password: bool = False,
    keep_address: str = "",
    purge: bool = True,
) -> Difference:
    """Return the commands that make the rows read into the rows wished.

    ``rows`` holds the rows of every scope by menu path. ``keep_address`` is the router's address
    that carries the API connection; its row is never removed. Without ``purge`` rows of ours stay
    that nobody describes any more.
    Raises Refused for rows that cannot be told apart or belong to others.
    """
    if rendering.faults:
        raise Refused(rendering.faults)
    return _Differ(rendering, rows, owner, always_write_password, keep_address, purge).run()
