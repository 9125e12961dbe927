# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the rows that a router has to those of a snapshot.

Rules: a row of the snapshot that is gone is added again, one that differs is changed back, only in
the properties that descriptions can name. A row that is not in the snapshot is removed if it is
ours (its comment holds the owner's marker) and left otherwise. Dynamic rows are not configuration.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass

from .changes import Changes, Difference
from .command import Command
from .entry import Entry, identifying
from .menus import Menu
from .port import Row
from .values import Kind, Secret, Value, write

#: Text of a warning, after the row's title.
_KEY_UNKNOWN = (
    "the snapshot does not have its TCP MD5 key, since the router did not show it (the login lacks "
    "the sensitive policy)"
)


@dataclass(frozen=True)
class Saved:
    """A row of the snapshot: as the router printed it, and in normal form."""

    row: Row
    entry: Entry

    @property
    def title(self) -> str:
        """The row in messages, such as ``connection rr1``."""
        return f"{self.entry.menu.word} {self.entry.title}"

    def key_hidden(self, name: str) -> bool:
        """Return whether the property is a TCP MD5 key that the router did not show."""
        value = self.entry.values[name]
        return isinstance(value, Secret) and value.hidden


def _everything(entry: Entry) -> Hashable:
    return tuple(entry.effective(name) for name in entry.menu.properties)


def _identity(names: Sequence[str]) -> Callable[[Entry], Hashable]:
    def key(entry: Entry) -> Hashable:
        values = [identifying(entry.menu.properties[name], entry.effective(name)) for name in names]
        return None if all(value is None for value in values) else tuple(values)

    return key


class _Restorer(Changes):
    def __init__(
        self,
        menus: Sequence[Menu],
        saved: Mapping[str, Sequence[Row]],
        rows: Mapping[str, Sequence[Row]],
        owner: str,
        ids_hold: bool,
        always_write_password: bool,
        keep_address: str,
    ) -> None:
        super().__init__(menus, rows, owner, always_write_password, keep_address)
        self.ids_hold = ids_hold
        self.saved = {
            menu.path: [Saved(row, Entry(menu, row, owner)) for row in saved[menu.path]]
            for menu in menus
        }

    def match(self, menu: Menu) -> dict[int, Entry]:
        """Return the row that each saved one (by position) is now, by the best identity first."""
        by_name, *by_less = [_identity(names) for names in menu.identities]
        ranks: list[Callable[[Entry], Hashable]] = [_everything, by_name]
        if self.ids_hold:
            ranks.insert(0, lambda entry: entry.row_id)
        matched: dict[int, Entry] = {}
        rest = [entry for entry in self.entries[menu.path] if not entry.dynamic]
        for rank in ranks:
            self.match_by(rank, menu, matched, rest)
        # With row IDs that hold, what has not been matched is new, and may be of others.
        candidates = [entry for entry in rest if entry.owned or not self.ids_hold]
        for rank in by_less:
            self.match_by(rank, menu, matched, candidates)
        return matched

    def match_by(
        self,
        rank: Callable[[Entry], Hashable],
        menu: Menu,
        matched: dict[int, Entry],
        rest: list[Entry],
    ) -> None:
        """Match what is equal by one identity, and take it from ``rest``."""
        for position, saved in enumerate(self.saved[menu.path]):
            key = rank(saved.entry)
            if position in matched or key is None:
                continue
            found = next((entry for entry in rest if rank(entry) == key), None)
            if found is not None:
                matched[position] = found
                rest.remove(found)

    def differs_from(self, entry: Entry, name: str, saved: Saved) -> bool:
        prop, target = entry.menu.properties[name], saved.entry.values[name]
        if saved.key_hidden(name):
            self.warnings.append(
                f"{saved.title}: {_KEY_UNKNOWN}, so the key stays as it is now; if it was changed, "
                "set it by hand"
            )
            return False
        if (
            entry.templated
            and prop.reset is None
            and (entry.values[name] is None) != (target is None)
        ):
            return True
        return self.differs(entry, name, target, saved.title)

    def put_back(self, saved: Saved, entry: Entry, before: Entry | None) -> None:
        """Bring a row to what it was; ``before`` is the one that follows in an ordered menu."""
        targets = saved.entry.values
        changed: dict[str, Value] = {
            name: target
            for name, target in targets.items()
            if self.differs_from(entry, name, saved)
        }
        if self.carries_connection(entry):
            cutting = {"address", "interface"} & set(changed)
            if changed.get("disabled"):
                cutting.add("disabled")
            if cutting:
                self.warnings.append(
                    f"{saved.title} keeps its {', '.join(sorted(cutting))}: this very API "
                    "connection ends at it; run over another address to restore it"
                )
            changed = {name: t for name, t in changed.items() if name not in cutting}
        if changed:
            self.bring(entry, changed, lambda: self.made_anew(saved, entry, before))

    def made_anew(self, saved: Saved, current: Entry, before: Entry | None) -> Command:
        """Return the command that adds a row again which had to be removed to be put back."""
        command = self.addition(saved, before)
        values = dict(command.values)
        for name, value in current.values.items():
            if saved.key_hidden(name) and isinstance(value, Secret):
                if value.hidden:
                    self.warnings.append(f"{saved.title} is made anew without TCP MD5 key")
                else:
                    values[name] = value.reveal()
        return Command("add", command.menu, command.title, "", values)

    def addition(self, saved: Saved, before: Entry | None) -> Command:
        """Return the command that adds a row of the snapshot."""
        entry = saved.entry
        properties = entry.menu.properties
        values = {
            name: write(properties[name].kind, value)
            for name, value in entry.values.items()
            if value is not None
            and not saved.key_hidden(name)
            and not (properties[name].kind is Kind.FLAG and value == properties[name].default)
        }
        values.update(
            {name: text for name, text in saved.row.items() if name in entry.menu.further and text}
        )
        if before is not None:
            values["place-before"] = before.row_id
        return Command("add", entry.menu, entry.title, "", values)

    def add_again(self, saved: Saved, before: Entry | None) -> None:
        shown = saved.entry.shown()
        for name in saved.entry.values:
            if saved.key_hidden(name):
                self.warnings.append(
                    f"{saved.title} is gone and is added without TCP MD5 key: {_KEY_UNKNOWN}; set "
                    "the key by hand"
                )
                shown.pop(name)
        self.commands.append(self.addition(saved, before))
        self.after[saved.entry.menu.path].append(shown)

    def run(self) -> Difference:
        kept: list[Entry] = []
        for menu in self.menus:
            matched = self.match(menu)
            kept += matched.values()
            later: Entry | None = None
            places: list[tuple[int, Entry | None]] = []
            for position in reversed(range(len(self.saved[menu.path]))):
                places.append((position, later))
                later = matched.get(position, later) if menu.ordered else None
            for position, before in reversed(places):
                saved = self.saved[menu.path][position]
                if position in matched:
                    self.put_back(saved, matched[position], before)
                else:
                    self.add_again(saved, before)
        known = {id(entry) for entry in kept}
        self.clear_leftovers(
            kept, lambda _used, user, _name: id(user) not in known and not user.owned
        )
        return self.result()


def restoration(
    menus: Sequence[Menu],
    saved: Mapping[str, Sequence[Row]],
    rows: Mapping[str, Sequence[Row]],
    owner: str,
    *,
    ids_hold: bool,
    always_write_password: bool = False,
    keep_address: str = "",
) -> Difference:
    """Return the commands that make the rows read into those of a snapshot.

    ``saved`` and ``rows`` hold the rows by the path of every menu. ``ids_hold`` says that the
    router has not restarted in between, so that rows with one ID are one row.
    ``keep_address`` is the router's address that carries the API connection; its row is neither
    removed nor moved nor disabled.
    """
    return _Restorer(menus, saved, rows, owner, ids_hold, always_write_password, keep_address).run()
