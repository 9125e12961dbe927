# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands on menus: what ``/menu/command`` with its words does to the configuration."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from calico_lab.routeros import errors, query
from calico_lab.routeros.access import User, policy_text
from calico_lab.routeros.errors import Trap, Unsupported
from calico_lab.routeros.protocol import Sentence
from calico_lab.routeros.release import Release
from calico_lab.routeros.schema import Profile
from calico_lab.routeros.schema.types import MenuProfile
from calico_lab.routeros.store import Row, Store

READING = frozenset({"print", "getall", "get", "find", "listen"})
#: Only of the console, or without a translation for the lab.
_CONSOLE = frozenset({"edit", "export", "monitor", "recursive-print", "reset"})
_PRINT_WORDS = frozenset(
    {".proplist", "proplist", "count-only", "from", "where", "detail", "status", "brief"}
    | {"terse", "value-list", "as-value", "without-paging", "show-ids", "oid", "file", "append"}
    | {"interval", "follow", "follow-only", "follow-strict", "stats", "stats-detail", "bytes"}
)
_MASK = "*****"
#: RouterOS 6 names a peer by itself.
_AUTO_NAMED = {"routing/bgp/peer": "peer"}

Attributes = dict[str, str]


@dataclass
class Reply:
    """The rows of an answer, and what its ``!done`` carries."""

    rows: list[Attributes] = field(default_factory=list)
    value: str | None = None
    listing: bool = False


class Router(Protocol):
    """The router behind the menus."""

    def interfaces(self) -> Sequence[str]: ...

    def refresh(self) -> None:
        """A new command begins: what it shows is read anew."""

    def status(self, path: str, row: Row) -> Attributes:
        """What the running router adds to a configured row."""

    def dynamic(self, path: str) -> Iterable[Attributes]:
        """The rows that the running router itself adds, with their ``.id``."""

    def realise(self, draft: Store) -> None:
        """Make ``draft`` the running and the saved configuration; Trap leaves all as it was."""

    def act(
        self, path: str, command: str, rows: Sequence[Attributes], arguments: Attributes
    ) -> None:
        """Run a command that is no editing of rows."""


class Engine:
    """The menus of one router. Not safe for concurrent use: callers serialise ``execute``."""

    def __init__(self, profile: Profile, store: Store, router: Router) -> None:
        self.profile = profile
        self.store = store
        self.router = router

    @property
    def release(self) -> Release:
        return self.profile.release

    def names(self, menu: str, attribute: str) -> list[str]:
        return [row.values[attribute] for row in self.store.menu(menu) if attribute in row.values]

    def interfaces(self) -> Sequence[str]:
        return self.router.interfaces()

    def execute(self, sentence: Sentence, user: User) -> Reply:
        """Run one command for ``user``; Trap when the router refuses it."""
        self.router.refresh()
        menu, command = self.locate(sentence.command)
        if command in READING:
            user.need("read")
        else:
            user.need("write")
            if menu.menu.policy:
                user.need(menu.menu.policy)
        if command in ("print", "getall"):
            return self._print(menu, sentence, user)
        if command == "find":
            found = self._select(menu, sentence, user)
            return Reply(value=";".join(row[".id"] for row in found if ".id" in row))
        if command == "get":
            return self._get(menu, sentence, user)
        if command in _CONSOLE:
            raise Unsupported(f"command {command} of /{menu.menu.path}")
        return self._write(menu, command, sentence.arguments)

    def locate(self, text: str) -> tuple[MenuProfile, str]:
        """The menu and command that ``/menu/command`` names; Trap in the release's words."""
        path, _, command = text.strip("/").rpartition("/")
        menu = self.profile.menus.get(path)
        if menu:
            offered = set(menu.commands)
            if "print" in offered:
                offered |= {"getall", "listen"}
            if command in offered:
                return menu, command
            raise Trap("no such command")
        for elsewhere in self.profile.elsewhere:
            if path == elsewhere or path.startswith(f"{elsewhere}/"):
                raise Unsupported(f"menu /{path} of RouterOS {self.release}")
        if path in self.profile.folders:
            raise Trap("no such command")
        raise self._unknown_menu(path)

    def _unknown_menu(self, path: str) -> Trap:
        if self.release.major == 6:
            return Trap("no such command prefix")
        known = ""
        for part in path.split("/"):
            known = f"{known}/{part}" if known else part
            if known not in self.profile.folders and known not in self.profile.menus:
                break
        first = f"no such command or directory ({known.rpartition('/')[2]})"
        return Trap(first, errors.MISSING).also("no such command prefix")

    # reading

    def rows(self, menu: MenuProfile, user: User) -> list[Attributes]:
        """All rows of a menu as ``user`` sees them."""
        path = menu.menu.path
        if menu.menu.single:
            row = next(iter(self.store.menu(path)), Row(0, {}))
            return [self._shown(menu, row, user, single=True)]
        shown = [self._shown(menu, row, user) for row in self.store.menu(path)]
        return shown + list(self.router.dynamic(path))

    def _shown(self, menu: MenuProfile, row: Row, user: User, single: bool = False) -> Attributes:
        out: Attributes = {} if single else {".id": row.identifier}
        for item in menu.fields.values():
            value = row.values.get(item.name, item.default)
            if value is None or item.hidden:
                continue
            if item.secret and value and "sensitive" not in user.policies:
                value = _MASK
            out[item.name] = value
        out.update(self.router.status(menu.menu.path, row))
        if row.builtin and menu.menu.builtin and menu.menu.path.startswith("routing/bgp/"):
            out["default"] = "true"
        return out

    def _select(self, menu: MenuProfile, sentence: Sentence, user: User) -> list[Attributes]:
        for name in sentence.arguments:
            if name not in _PRINT_WORDS:
                raise errors.unknown_parameter(name)
        found = [row for row in self.rows(menu, user) if query.matches(row, sentence.queries)]
        wanted = sentence.arguments.get("from")
        if wanted:
            chosen = wanted.split(",")
            found = [row for row in found if row.get(".id") in chosen or row.get("name") in chosen]
            if not found:
                raise self._no_such_item()
        return found

    def _print(self, menu: MenuProfile, sentence: Sentence, user: User) -> Reply:
        found = self._select(menu, sentence, user)
        if "count-only" in sentence.arguments:
            return Reply(value=str(len(found)))
        properties = sentence.arguments.get(".proplist", sentence.arguments.get("proplist"))
        if properties is not None:
            names = properties.split(",")
            found = [{name: row[name] for name in names if name in row} for row in found]
        return Reply(found, listing=True)

    def _get(self, menu: MenuProfile, sentence: Sentence, user: User) -> Reply:
        arguments = dict(sentence.arguments)
        name = arguments.pop("value-name", None)
        wanted = next(
            (arguments.pop(key) for key in (".id", "number", "numbers") if key in arguments), None
        )
        if arguments:
            raise errors.unknown_parameter(next(iter(arguments)))
        rows = self.rows(menu, user)
        if not menu.menu.single:
            if wanted is None:
                raise errors.missing(".id")
            rows = [row for row in rows if wanted in (row.get(".id"), row.get("name"))]
            if not rows:
                raise self._no_such_item()
        if name is None:
            return Reply(value=";".join(f"{key}={value}" for key, value in rows[0].items()))
        if name not in rows[0] and name not in menu.fields:
            raise errors.no_match("value-name")
        return Reply(value=rows[0].get(name, ""))

    # writing

    def _write(self, menu: MenuProfile, command: str, arguments: Attributes) -> Reply:
        allowed = menu.arguments(command) | {".id"}
        if command == "add":
            allowed -= {".id"}
        for name in arguments:
            bare = name.removeprefix("!") if command in ("add", "set") else name
            if bare not in allowed:
                raise errors.unknown_parameter(name)
        if command in menu.menu.arguments:
            rows = self._status_targets(menu, command, arguments)
            self.router.act(menu.menu.path, command, rows, arguments)
            return Reply()
        draft = self.store.draft()
        reply = Reply()
        if command == "add":
            reply.value = self._add(menu, draft, arguments)
        elif menu.menu.single:
            if not draft.menu(menu.menu.path):
                draft.add(menu.menu.path, {}, builtin=True)
            self._edit(menu, draft.menu(menu.menu.path), arguments)
        else:
            targets = self._targets(menu, draft, arguments)
            self._change(menu, command, draft, targets, arguments)
        self._check_unique(menu, draft)
        self.router.realise(draft)
        self.store = draft
        return reply

    def _add(self, menu: MenuProfile, draft: Store, arguments: Attributes) -> str:
        path = menu.menu.path
        values: Attributes = {}
        source = arguments.get("copy-from")
        if source is not None:
            values.update(self._row(menu, draft, source).values)
        for name, text in arguments.items():
            if name not in ("copy-from", "place-before") and not name.startswith("!"):
                self._store(menu, values, name, text)
        for name in menu.required():
            if name not in values:
                raise errors.missing(name)
        prefix = _AUTO_NAMED.get(path)
        if prefix and "name" not in values:
            taken = self.names(path, "name")
            number = next(n for n in range(1, 100000) if f"{prefix}{n}" not in taken)
            values["name"] = f"{prefix}{number}"
        row = draft.add(path, values)
        before = arguments.get("place-before")
        if before is not None:
            rows = draft.menu(path)
            position = rows.index(self._row(menu, draft, before))
            rows.insert(position, rows.pop())
        return row.identifier

    def _change(
        self,
        menu: MenuProfile,
        command: str,
        draft: Store,
        targets: Sequence[Row],
        arguments: Attributes,
    ) -> None:
        path = menu.menu.path
        if command == "set":
            self._edit(menu, targets, arguments)
        elif command == "remove":
            if any(row.builtin for row in targets):
                raise Trap("failure: a built-in entry can not be removed")
            draft.rows[path] = [row for row in draft.menu(path) if row not in targets]
        elif command in ("enable", "disable"):
            for row in targets:
                row.values["disabled"] = "true" if command == "disable" else "false"
        elif command == "comment":
            self._edit(menu, targets, {"comment": arguments.get("comment", "")})
        elif command == "unset":
            if "value-name" not in arguments:
                raise errors.missing("value-name")
            for row in targets:
                self._unset(menu, row, arguments["value-name"], "value-name")
        elif command == "move":
            self._move(menu, draft, targets, arguments.get("destination"))
        else:
            raise Unsupported(f"command {command} of /{path}")

    def _edit(self, menu: MenuProfile, rows: Sequence[Row], arguments: Attributes) -> None:
        for name, text in arguments.items():
            if name in (".id", "numbers"):
                continue
            for row in rows:
                if name.startswith("!"):
                    self._unset(menu, row, name[1:], name)
                else:
                    self._store(menu, row.values, name, text)

    def _unset(self, menu: MenuProfile, row: Row, name: str, argument: str) -> None:
        item = menu.fields.get(name)
        if item is None or item.fixed:
            raise (
                errors.no_match(argument)
                if argument == "value-name"
                else errors.unknown_parameter(argument)
            )
        row.values.pop(name, None)

    def _move(
        self, menu: MenuProfile, draft: Store, targets: Sequence[Row], destination: str | None
    ) -> None:
        path = menu.menu.path
        rest = [row for row in draft.menu(path) if row not in targets]
        position = len(rest)
        if destination is not None:
            before = self._row(menu, draft, destination)
            if before in targets:
                return
            position = rest.index(before)
        draft.rows[path] = [*rest[:position], *targets, *rest[position:]]

    def _store(self, menu: MenuProfile, values: Attributes, name: str, text: str) -> None:
        item = menu.fields[name]
        if menu.menu.path == "user/group" and name == "policy":
            values[name] = policy_text(text, self.release)
        elif text == item.void or (name == "comment" and not text):
            values.pop(name, None)
        else:
            values[name] = item.kind.parse(name, text, self)

    def _check_unique(self, menu: MenuProfile, draft: Store) -> None:
        for names, message in menu.menu.unique:
            seen: set[tuple[str | None, ...]] = set()
            for row in draft.menu(menu.menu.path):
                key = tuple(row.values.get(name) for name in names)
                if key in seen:
                    raise Trap(message)
                seen.add(key)

    # finding rows

    def _targets(self, menu: MenuProfile, draft: Store, arguments: Attributes) -> list[Row]:
        wanted = arguments.get(".id", arguments.get("numbers"))
        if wanted is None:
            raise errors.missing(".id")
        return [self._row(menu, draft, part) for part in wanted.split(",") if part]

    def _row(self, menu: MenuProfile, draft: Store, wanted: str) -> Row:
        for row in draft.menu(menu.menu.path):
            if row.identifier == wanted.upper() or row.values.get("name") == wanted:
                return row
        if any(row.get(".id") == wanted for row in self.router.dynamic(menu.menu.path)):
            raise Trap("failure: a dynamic entry can not be changed")
        raise self._no_such_item()

    def _status_targets(
        self, menu: MenuProfile, command: str, arguments: Attributes
    ) -> list[Attributes]:
        everyone = User("", frozenset({"read", "sensitive"}))
        rows = self.rows(menu, everyone)
        wanted = arguments.get(".id", arguments.get("numbers"))
        if wanted is None:
            if "numbers" in menu.arguments(command):
                raise errors.missing("numbers")
            return rows
        chosen = []
        for part in wanted.split(","):
            found = [row for row in rows if part in (row.get(".id"), row.get("name"))]
            if not found:
                raise self._no_such_item()
            chosen += found
        return chosen

    def _no_such_item(self) -> Trap:
        return Trap("no such item (4)" if self.release.major == 6 else "no such item")


def is_write(command: str) -> bool:
    """Whether ``/menu/command`` may change the router."""
    return command.rpartition("/")[2] not in READING | {
        "login",
        "cancel",
        "quit",
        "monitor",
        "export",
    }


def secrets(menus: Mapping[str, MenuProfile], sentence: Sentence) -> frozenset[str]:
    """The arguments of ``sentence`` whose values must not be shown."""
    menu = menus.get(sentence.command.strip("/").rpartition("/")[0])
    own = {item.name for item in menu.fields.values() if item.secret} if menu else set()
    return frozenset(own | {"password", "response", "old-password", "new-password"})
