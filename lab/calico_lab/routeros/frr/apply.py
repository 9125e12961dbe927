# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands that lead a daemon from one configuration to the next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from calico_lab.routeros.frr.render import BgpConfig, Config, NeighborConfig, OspfConfig

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


def bfdd_additions(before: Config, after: Config) -> list[str]:
    """The profiles that are new; to be entered before a session uses them."""
    commands: list[str] = []
    for name, lines in after.bfd_profiles.items():
        if name not in before.bfd_profiles:
            commands += ["bfd", f"profile {name}", *lines, "exit", "exit"]
    return commands


def bfdd_removals(before: Config, after: Config) -> list[str]:
    """The profiles that no session uses any more."""
    gone = [name for name in before.bfd_profiles if name not in after.bfd_profiles]
    return ["bfd", *(f"no profile {name}" for name in gone), "exit"] if gone else []


def ospfd_commands(before: OspfConfig | None, after: OspfConfig | None) -> list[str]:
    """Commands for ospfd; none without OSPF, since then it does not run."""
    if after is None:
        return []
    before = before or OspfConfig()
    commands: list[str] = []
    for name, item in after.objects.items():
        if name not in before.objects:
            commands += item.lines
    commands += ["router ospf", *_settings(before.settings, after.settings), "exit"]
    for name in {**before.interfaces, **after.interfaces}:
        old, new = (part.interfaces.get(name, _NOTHING) for part in (before, after))
        inner = list(_settings(old, new))
        if inner:
            commands += [f"interface {name}", *inner, "exit"]
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
    for address, neighbor in after.neighbors.items():
        had = known[address].bfd if address in known and address not in fresh else None
        yield from _bfd(address, had, neighbor.bfd)
    for family, settings in after.family_settings.items():
        inner = [
            *_settings(before.family_settings.get(family, _NOTHING) if before else {}, settings),
            *_neighbors(known, after, fresh, family),
        ]
        if inner:
            yield from (f"address-family {family} unicast", *inner, "exit-address-family")
    for address in fresh:
        yield f"no neighbor {address} shutdown"


def _bfd(address: str, had: str | None, profile: str | None) -> Iterable[str]:
    """Lines that change a session's BFD, which needs no new session."""
    if profile is None and had is not None:
        yield f"no neighbor {address} bfd"
    if profile is not None and profile != had:
        yield from (f"neighbor {address} bfd", f"neighbor {address} bfd profile {profile}")


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
