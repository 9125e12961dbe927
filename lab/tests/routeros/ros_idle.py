# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A router without kernel and FRR, for tests of what the menus themselves do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from calico_lab.routeros.access import User, known_policies
from calico_lab.routeros.defaults import ensure_user, first_configuration
from calico_lab.routeros.engine import Attributes, Engine, Reply
from calico_lab.routeros.protocol import Sentence
from calico_lab.routeros.release import Release
from calico_lab.routeros.schema import Profile
from calico_lab.routeros.store import Row, Store


class IdleRouter:
    """Realises nothing; keeps the configurations that it was asked to realise."""

    def __init__(self) -> None:
        self.realised: list[Store] = []

    def interfaces(self) -> Sequence[str]:
        return ["ether1", "ether2"]

    def refresh(self) -> None:
        pass

    def status(self, path: str, row: Row) -> Attributes:
        return {}

    def dynamic(self, path: str) -> Iterable[Attributes]:
        return ()

    def realise(self, draft: Store) -> None:
        self.realised.append(draft)

    def act(
        self, path: str, command: str, rows: Sequence[Attributes], arguments: Attributes
    ) -> None:
        raise AssertionError(f"{command} of {path}")


def idle_engine(release: str) -> Engine:
    """A fresh router of that release with the user ``ansible``, password ``secret``."""
    profile = Profile(Release.parse(release))
    store = first_configuration(profile, "ros", ())
    ensure_user(store, ("ansible", "secret"))
    return Engine(profile, store, IdleRouter())


def everyone(release: str) -> User:
    return User("ansible", frozenset(known_policies(Release.parse(release))))


def run(engine: Engine, command: str, /, *queries: str, **arguments: str) -> Reply:
    """Run a command with all rights; ``local__role`` is ``local.role``, ``id_`` is ``.id``."""
    named = {name.replace("__", ".").replace("_", "-"): v for name, v in arguments.items()}
    named = {".id" if name == "id-" else name: value for name, value in named.items()}
    sentence = Sentence(command, named, list(queries))
    return engine.execute(sentence, everyone(str(engine.release)))
