# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan as data: ordered steps, each with its writes and its effect on sessions and routes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Union

from .description import CalicoObject, NodePatch
from .faults import Fault

# What a step does to a session.
START = "start"
STOP = "stop"
RESTART = "restart"  # down and up again: an option changed, at either end
RELOAD = "reload"  # other filters, without interruption
WAIT = "wait"  # configured, but it cannot come up yet

#: Why a session stops whose configuration goes.
GONE = "no longer configured"

#: What needs consent: the words of the variable calico_bgp_consent.
FOREIGN_AS = "foreign_as_number"
FOREIGN_PASSWORD = "foreign_password"
NO_LOGIN = "no_login"
HIDDEN_PINS = "hidden_pins"
EBPF_PINS = "ebpf_pins"
CONSENTS = (FOREIGN_AS, FOREIGN_PASSWORD, NO_LOGIN, HIDDEN_PINS, EBPF_PINS)

#: Seconds for which a restarted session's routes are away, usually and at worst. Measured with
#: BIRD 1.6.8 (make test-loss with pins never): both ends open such a session; when their
#: connections collide it takes longer, 17.5 s at worst.
USUAL_GAP = 2
LONGEST_GAP = 18


class Deletion(NamedTuple):
    """An object of this collection that is no longer described."""

    kind: str
    name: str


class RouterWrite(NamedTuple):
    """A router that becomes what is described. ``actions`` are its commands, if it was asked.

    ``state`` is that of the module routeros_bgp: present; absent, without all of ours; or restored,
    as it was before the run. Or it is extended: present, but what is described no more stays.
    """

    host: str
    actions: tuple[str, ...] = ()
    restarts: tuple[str, ...] = ()
    state: str = "present"


Write = Union[CalicoObject, NodePatch, Deletion, RouterWrite]


class FieldChange(NamedTuple):
    """A field before and after; None is absent. Of a password only the Secret's name is held."""

    name: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Change:
    """A write that changes something. ``verb``: create, patch, delete or configure (a router)."""

    role: str
    verb: str
    kind: str
    name: str
    fields: tuple[FieldChange, ...]
    write: Write


class SessionView(NamedTuple):
    """A session as a plan shows it.

    ``kind`` is Mesh, Global, Node or, on a router, Router; ``peer`` the node or router that has the
    neighbor address, or "". ``waits`` says why it cannot come up; "" if it can.
    """

    name: str
    kind: str
    family: int
    neighbor: str
    peer: str
    remote_as: int
    rr_client: bool
    waits: str


class SessionEffect(NamedTuple):
    """What a step does to one session of a node or router. ``because`` is for people."""

    place: str
    family: int
    name: str
    neighbor: str
    peer: str
    effect: str
    because: str


@dataclass(frozen=True)
class Consent:
    """What a step does to others, or cannot prevent, so that somebody has to agree.

    ``kind`` is one of :data:`CONSENTS`, the words of the variable calico_bgp_consent.
    """

    kind: str
    subject: str
    reason: str


@dataclass(frozen=True)
class Step:
    """Writes that belong together, and their effect.

    ``role`` runs the step; with ``pins`` routes are pinned before it. ``away`` holds, for each
    place, the prefixes that it has no route to while the sessions restart, without a pin; with
    ``replaced`` any other route on nodes may be away for the moment in which BIRD replaces it.
    ``wait_for`` names, for each node, the sessions that must be Established before the next step,
    as ``{4: names, 6: names}``; ``relies_on`` those that carry what the step takes away elsewhere,
    and so must be Established before it; ``anew`` those of ``wait_for`` that restart. ``left`` are
    those that start or restart, but are up to others, as (place, family, name).
    """

    title: str
    changes: tuple[Change, ...]
    sessions: tuple[SessionEffect, ...]
    away: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    wait_for: Mapping[str, Mapping[int, tuple[str, ...]]] = field(default_factory=dict)
    relies_on: Mapping[str, Mapping[int, tuple[str, ...]]] = field(default_factory=dict)
    anew: Mapping[str, Mapping[int, tuple[str, ...]]] = field(default_factory=dict)
    role: str = ""
    pins: bool = False
    replaced: bool = False
    left: frozenset[tuple[str, int, str]] = frozenset()
    consents: tuple[Consent, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles that write, in order."""
        return tuple(dict.fromkeys(change.role for change in self.changes))

    def count(self, effect: str) -> int:
        """Return how many sessions, counted at both ends, have this effect."""
        return sum(1 for session in self.sessions if session.effect == effect)


@dataclass(frozen=True)
class Plan:
    """Ordered steps from the observed state to the wished one.

    ``now`` and ``then`` hold the sessions of every node and router. With ``refusals`` nothing may
    be written. ``left`` maps nodes to the neighbors whose sessions are up to others.
    """

    steps: tuple[Step, ...]
    refusals: tuple[Fault, ...]
    notes: tuple[str, ...]
    now: Mapping[str, tuple[SessionView, ...]]
    then: Mapping[str, tuple[SessionView, ...]]
    left: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
