# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands that lead a daemon from one configuration to the next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from calico_lab.routeros.frr.render import BgpConfig, Config, NeighborConfig

Settings = Mapping[str, tuple[str, str]]
_NOTHING: Settings = {}


def bgpd_commands(before: Config, after: Config) -> list[str]:
    """Commands for bgpd. A neighbor whose own lines or edition changed starts its session anew."""
    commands: list[str] = []
    for name, item in after.objects.items():
        if name not in before.objects:
            commands += item.lines
    commands += _bgp(before.bgp, after.bgp)
    for name, item in reversed(before.objects.items()):
        if name not in after.objects:
            commands.append(item.removal)
    return commands


def staticd_commands(before: Config, after: Config) -> list[str]:
    gone = [f"no {line}" for line in before.routes if line not in after.routes]
    return gone + [line for line in after.routes if line not in before.routes]


def _bgp(before: BgpConfig | None, after: BgpConfig | None) -> list[str]:
    commands: list[str] = []
    if before and (after is None or before.as_number != after.as_number):
        commands.append(f"no router bgp {before.as_number}")
        before = None
    if after is None:
        return commands
    inner = list(_inner(before, after))
    if inner or before is None:
        commands += [f"router bgp {after.as_number}", *inner, "exit"]
    return commands


def _inner(before: BgpConfig | None, after: BgpConfig) -> Iterable[str]:
    yield from _settings(before.settings if before else _NOTHING, after.settings)
    known = before.neighbors if before else {}
    for address in known:
        if address not in after.neighbors:
            yield f"no neighbor {address}"
    fresh = [
        address
        for address, neighbor in after.neighbors.items()
        if address not in known or not _same_session(known[address], neighbor)
    ]
    for address in fresh:
        if address in known:
            yield f"no neighbor {address}"
        first, *rest = after.neighbors[address].session
        # Held down until it is complete, lest it negotiates half of what it shall.
        yield from (first, f"neighbor {address} shutdown", *rest)
    for family, settings in after.family_settings.items():
        inner = [
            *_settings(before.family_settings.get(family, _NOTHING) if before else {}, settings),
            *_neighbors(known, after, fresh, family),
        ]
        if inner:
            yield from (f"address-family {family} unicast", *inner, "exit-address-family")
    for address in fresh:
        yield f"no neighbor {address} shutdown"


def _neighbors(
    known: Mapping[str, NeighborConfig], after: BgpConfig, fresh: list[str], family: str
) -> Iterable[str]:
    for address, neighbor in after.neighbors.items():
        policies = neighbor.policies.get(family, ())
        if address in fresh:
            yield from neighbor.families.get(family, ())
            yield from policies
            continue
        old = known[address].policies.get(family, ())
        for line in policies:
            if line not in old:
                yield line
        directions = {line.rpartition(" ")[2] for line in policies}
        for line in old:
            if line.rpartition(" ")[2] not in directions:
                yield f"no {line}"


def _same_session(one: NeighborConfig, other: NeighborConfig) -> bool:
    return (one.session, one.families, one.edition) == (
        other.session,
        other.families,
        other.edition,
    )


def _settings(before: Settings, after: Settings) -> Iterable[str]:
    for key, (_, undo) in before.items():
        if key not in after:
            yield undo
    for key, (line, _) in after.items():
        if key not in before or before[key][0] != line:
            yield line
