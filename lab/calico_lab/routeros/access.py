# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Users, their groups, and what each policy lets them do."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from collections.abc import Callable
from dataclasses import dataclass

from calico_lab.routeros.errors import ARGUMENT, Trap, no_permission
from calico_lab.routeros.release import Release
from calico_lab.routeros.schema.system import POLICIES
from calico_lab.routeros.store import Store

WRONG_LOGIN = "invalid user name or password (6)"


@dataclass(frozen=True)
class User:
    """A user who is logged in, with the policies of the group at that time."""

    name: str
    policies: frozenset[str]

    def need(self, policy: str) -> None:
        """Trap unless the user's group holds ``policy``."""
        if policy not in self.policies:
            raise no_permission()


def known_policies(release: Release) -> list[str]:
    split = (word.partition("@") for word in POLICIES)
    return [word for word, _, span in split if release.within(span)]


def policy_text(text: str, release: Release) -> str:
    """The stored form of a group's policies: those held, then those not held with ``!``."""
    known = known_policies(release)
    held: set[str] = set()
    for word in filter(None, text.split(",")):
        name = word.removeprefix("!")
        if name not in known:
            raise Trap("input does not match any value of policy", ARGUMENT)
        if name == word:
            held.add(name)
        else:
            held.discard(name)
    return ",".join(
        [name for name in known if name in held]
        + [f"!{name}" for name in known if name not in held]
    )


def builtin_policies(text: str, release: Release) -> str:
    """The policies of a built-in group; ``rest-api`` goes with ``api`` where there is one.

    The group that holds ``policy`` holds all.
    """
    if "policy" in text.split(","):
        return policy_text(",".join(known_policies(release)), release)
    held = [name for name in text.split(",") if name in known_policies(release)]
    if "api" in held and "rest-api" in known_policies(release):
        held.append("rest-api")
    return policy_text(",".join(held), release)


def login(store: Store, name: str, password: str, client: str) -> User:
    """The user of that name and password who may use the API from ``client``; Trap otherwise."""
    return _admit(
        store, name, client, lambda known: hmac.compare_digest(known.encode(), password.encode())
    )


def login_challenged(store: Store, name: str, response: str, challenge: bytes, client: str) -> User:
    """As ``login``, by the challenge and response of releases before 6.43."""

    def answers(known: str) -> bool:
        digest = hashlib.md5(b"\x00" + known.encode() + challenge, usedforsecurity=False)
        return hmac.compare_digest("00" + digest.hexdigest(), response)

    return _admit(store, name, client, answers)


def _admit(store: Store, name: str, client: str, proves: Callable[[str], bool]) -> User:
    row = store.find("user", name)
    if row is None or row.disabled or not _may_come_from(row.values.get("address"), client):
        raise Trap(WRONG_LOGIN)
    group = store.find("user/group", row.values.get("group", ""))
    held = group.values.get("policy", "").split(",") if group else []
    user = User(name, frozenset(word for word in held if not word.startswith("!")))
    if not proves(row.values.get("password", "")) or "api" not in user.policies:
        raise Trap(WRONG_LOGIN)
    return user


def _may_come_from(allowed: str | None, client: str) -> bool:
    if not allowed:
        return True
    address = ipaddress.ip_address(client)
    return any(address in ipaddress.ip_network(part) for part in allowed.split(","))
