# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where routes can be pinned while sessions restart, and what it costs where they cannot."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .faults import Fault
from .plan_model import (
    EBPF_PINS,
    HIDDEN_PINS,
    LONGEST_GAP,
    NO_LOGIN,
    USUAL_GAP,
    Consent,
    Step,
)
from .report import counted

NEVER = "never"


@dataclass(frozen=True)
class PinAnswers:
    """What the nodes said to pins. ``mode``: auto, always or never.

    ``no_login`` maps nodes to why nobody can log in there; a node that is in neither map is not in
    the inventory. ``hidden`` holds pins that could not carry, ``faults`` what is in their way,
    ``errors`` why BIRD does not answer, ``down`` the sessions that are not Established.
    """

    mode: str = "auto"
    asked: frozenset[str] = frozenset()
    no_login: Mapping[str, str] = field(default_factory=dict)
    hidden: Mapping[str, Sequence[str]] = field(default_factory=dict)
    faults: Mapping[str, Sequence[str]] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    down: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @classmethod
    def from_data(cls, mode: str, answers: Mapping[str, Mapping[str, Any]]) -> PinAnswers:
        """Read ``{node: {no_login, error: text, hidden, faults, down: [texts]}}``, all optional."""
        return cls(
            mode,
            frozenset(answers),
            {node: str(a["no_login"]) for node, a in answers.items() if a.get("no_login")},
            {node: tuple(a["hidden"]) for node, a in answers.items() if a.get("hidden")},
            {node: tuple(a["faults"]) for node, a in answers.items() if a.get("faults")},
            {node: str(a["error"]) for node, a in answers.items() if a.get("error")},
            {node: tuple(a["down"]) for node, a in answers.items() if a.get("down")},
        )


def pin_consents(
    pins: PinAnswers,
    away: Mapping[str, Sequence[str]],
    nodes: Sequence[str],
    hosts: Callable[[str], str],
    felix: Mapping[str, Any],
) -> Iterator[Consent]:
    """Yield what a step costs where routes are away and no pin is proven to help."""
    if pins.mode == NEVER:
        return
    concerned = [node for node in nodes if node in away]
    for node in concerned:
        reason = pins.no_login.get(node)
        if reason is None and node not in pins.asked:
            reason = "it is not in the inventory"
        cost = (
            f"{counted(len(away[node]), 'route')} away there for {USUAL_GAP} s, at most "
            f"{LONGEST_GAP} s"
        )
        if reason is not None:
            text = f"its routes are not pinned, since nobody can log in ({reason}): {cost}"
            yield Consent(NO_LOGIN, hosts(node), text)
        hidden = pins.hidden.get(node)
        if hidden:
            text = f"{counted(len(hidden), 'pin')} cannot carry ({hidden[0]}): {cost}"
            yield Consent(HIDDEN_PINS, hosts(node), text)
    if concerned and felix.get("bpf_enabled"):
        yield Consent(
            EBPF_PINS,
            "Felix's eBPF mode",
            f"pins are not proven there; on {counted(len(concerned), 'node')} routes may be away "
            f"for {USUAL_GAP} s, at most {LONGEST_GAP} s",
        )


def pin_faults(
    pins: PinAnswers, steps: Iterable[Step], hosts: Callable[[str], str]
) -> Iterator[Fault]:
    """Yield what is in the way of a change on nodes: no BIRD to watch, no room for pins."""
    steps = list(steps)
    for node, text in pins.errors.items() if steps else ():
        yield Fault(
            (hosts(node),),
            "calico_bgp_bird_socket",
            text,
            "an answer from BIRD, else nobody sees whether sessions come up",
            "Is calico-node running there?",
        )
    if not any(step.pins for step in steps):
        return
    for node, texts in pins.faults.items():
        for text in texts:
            yield Fault(
                (hosts(node),),
                "calico_bgp_pins",
                text,
                "a host whose rules and tables leave room for pins",
                "Set calico_bgp_pin_table or calico_bgp_pin_priority to what is free there, or "
                "calico_bgp_pins to never.",
            )
