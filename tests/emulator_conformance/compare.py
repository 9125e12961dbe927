# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the emulator offers against what a device does."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from calico_lab.routeros.defaults import first_configuration
from calico_lab.routeros.errors import Trap
from calico_lab.routeros.release import Release
from calico_lab.routeros.schema import Profile
from calico_lab.routeros.schema.types import Field, MenuProfile
from calico_lab.routeros.store import Store
from calico_lab.routeros.values import Choice, Flag, milliseconds, time_text

from tests.emulator_conformance.device import Device, DeviceMenu, Told

#: Interfaces, users and separators of the very device, which are no words of the release.
_OF_THE_DEVICE = frozenset({"ether1", "lo", "admin", ","})
#: What the device sets itself, so that ``unset`` there is about status.
_STATUS = frozenset({"routing/bgp/session", "routing/route"})
_NUMBERS = re.compile(r"(\d+)\.\.(\d+)")
_TIMES = re.compile(r"([0-9a-z:.]+)\.\.([0-9a-z:.]+)\s+\(time interval\)")
_CLOCK = re.compile(r"(\d\d):(\d\d):(\d\d)(?:\.(\d{3}))?")
_LONGEST = re.compile(r"string value, max length (\d+)")
_LISTED = re.compile(r"([a-z0-9|-]+)\[,\w+\*\]")
_ADDRESS = "A.B.C.D"


@dataclass
class Tally:
    """How many facts were compared, and the differences in words."""

    compared: int = 0
    differences: list[str] = field(default_factory=list)

    @property
    def agreed(self) -> int:
        return self.compared - len(self.differences)

    def note(self, agrees: bool, difference: str) -> None:
        self.compared += 1
        if not agrees:
            self.differences.append(difference)

    def sets(self, where: str, device: Iterable[str], own: Iterable[str], complete: bool) -> None:
        """Compare two sets of names; what only the emulator has counts if ``complete``."""
        device, own = set(device), set(own)
        for name in sorted(device):
            self.note(name in own, f"{where}: the emulator lacks {name}")
        if complete:
            for name in sorted(own - device):
                self.note(False, f"{where}: the device has no {name}")

    def add(self, other: Tally) -> None:
        self.compared += other.compared
        self.differences += other.differences


class _Fresh:
    """What values may refer to on a router that was never configured."""

    def __init__(self, profile: Profile) -> None:
        self.release: Release = profile.release
        self._store: Store = first_configuration(profile, "router", ())

    def names(self, menu: str, attribute: str) -> Sequence[str]:
        return [row.values[attribute] for row in self._store.menu(menu) if attribute in row.values]

    def interfaces(self) -> Sequence[str]:
        return ["ether1", "lo"]


def compare(device: Device, tally: Tally) -> None:
    """Compare every menu that a file tells of with the emulator's of that release."""
    profile = Profile(device.release)
    fresh = _Fresh(profile)
    for path, told in device.menus.items():
        own = profile.menus.get(path)
        if own is None:
            tally.note(_known(profile, path), f"{path}: the emulator does not know this menu")
        else:
            _menu(path, told, own, fresh, device.complete, tally)
    if device.bgp_menus is not None:
        below = "routing/bgp/"
        known = {*profile.menus, *profile.elsewhere}
        own_menus = {path.removeprefix(below) for path in known if path.startswith(below)}
        tally.sets("routing/bgp", device.bgp_menus, own_menus, complete=True)


def _known(profile: Profile, path: str) -> bool:
    """Whether the emulator says that the lab lacks the menu, or it belongs to a command."""
    menu, _, command = path.rpartition("/")
    if path in profile.elsewhere:
        return True
    return menu in profile.menus and command in profile.menus[menu].commands


def _menu(
    path: str, told: DeviceMenu, own: MenuProfile, fresh: _Fresh, complete: bool, tally: Tally
) -> None:
    if told.commands is not None:
        tally.sets(f"{path} commands", told.commands, own.commands, complete)
    for command, arguments in told.arguments.items():
        offered = own.arguments(command) if complete else _any_command(own)
        tally.sets(f"{path} {command}", arguments, offered, complete)
    for name, facts in _fields(told).items():
        item = own.fields.get(name)
        if item is not None:
            _field(f"{path} {name}", facts, item, own, fresh, complete, tally)
    if told.unsettable is not None and path not in _STATUS:
        free = {item.name for item in own.fields.values() if not item.fixed} - {"comment"}
        tally.sets(f"{path} unset", told.unsettable, free, complete)


def _any_command(own: MenuProfile) -> frozenset[str]:
    """What the menu's commands take together: a file that is no dump does not tell them apart."""
    return frozenset().union(*(own.arguments(command) for command in own.commands))


def _fields(told: DeviceMenu) -> dict[str, Told]:
    """The arguments that edit rows, from whichever command tells them."""
    found: dict[str, Told] = {}
    for command in ("add", "set"):
        for name, facts in told.arguments.get(command, {}).items():
            found.setdefault(name, facts)
    return found


def _field(
    where: str,
    told: Told,
    item: Field,
    own: MenuProfile,
    fresh: _Fresh,
    complete: bool,
    tally: Tally,
) -> None:
    if told.values is not None:
        words = [word for word in told.values if word not in _OF_THE_DEVICE]
        _words(where, words, item, fresh, complete, tally)
    _described(where, told.description, item, fresh, complete, tally)
    if told.default is not None:
        tally.note(
            # The void value is the one that print does not show.
            told.default in (item.default, item.void),
            f"{where}: default {told.default} on the device, {item.default} in the emulator",
        )
    if told.builtin is not None:
        row: dict[str, str] = {}
        for values in own.menu.builtin:
            row.update(values)
        tally.note(
            row.get(item.name) == told.builtin,
            f"{where}: {told.builtin} in the device's built-in entry, {row.get(item.name)} here",
        )
    if told.required:
        tally.note(item.required is not None, f"{where}: mandatory on the device")


def _words(
    where: str, words: Sequence[str], item: Field, fresh: _Fresh, complete: bool, tally: Tally
) -> None:
    if isinstance(item.kind, Choice):
        tally.sets(where, words, item.kind.offered(fresh.release), complete)
        return
    for word in words:
        tally.note(_takes(item, word, fresh), f"{where}: the emulator refuses {word}")
    if complete and words and set(words) != {"no", "yes"}:
        tally.note(not isinstance(item.kind, Flag), f"{where}: the device takes more than yes, no")


def _described(
    where: str, text: str, item: Field, fresh: _Fresh, complete: bool, tally: Tally
) -> None:
    """Check the form that a device gives for an argument: its bounds, its words."""
    listed = _LISTED.fullmatch(text)
    if listed:
        words = listed[1].split("|")
        _words(where, words, item, fresh, complete, tally)
        both = ",".join(words[:2])
        tally.note(_takes(item, both, fresh), f"{where}: the emulator refuses the list {both}")
        return
    inside, outside = _bounds(text)
    for value in inside:
        tally.note(_takes(item, value, fresh), f"{where}: the emulator refuses {_short(value)}")
    for value in outside:
        tally.note(not _takes(item, value, fresh), f"{where}: the device refuses {_short(value)}")


def _bounds(text: str) -> tuple[list[str], list[str]]:
    """Values just inside and just outside of what the device describes."""
    numbers = _NUMBERS.fullmatch(text)
    if numbers:
        low, high = int(numbers[1]), int(numbers[2])
        return [str(low), str(high)], [str(high + 1), *([str(low - 1)] if low else [])]
    times = _TIMES.fullmatch(text)
    if times:
        low, high = _span(times[1]), _span(times[2])
        return [time_text(low), time_text(high)], [time_text(high + 1000), time_text(low - 1)]
    longest = _LONGEST.fullmatch(text)
    if longest:
        return ["x" * int(longest[1])], ["x" * (int(longest[1]) + 1)]
    if text.startswith(_ADDRESS):
        return ["192.0.2.1"], ["192.0.2.256"]
    return [], []


def _span(text: str) -> int:
    """Milliseconds of a time as the device describes it, also in hours with a fraction."""
    clock = _CLOCK.fullmatch(text)
    if clock:
        hours, minutes, seconds, fraction = (int(part or 0) for part in clock.groups())
        return ((hours * 60 + minutes) * 60 + seconds) * 1000 + fraction
    found = milliseconds(text)
    if found is None:
        raise ValueError(f"{text!r}: expected a time such as 3s, 18h12m15s or 00:00:00.020")
    return found


def _takes(item: Field, text: str, fresh: _Fresh) -> bool:
    try:
        item.kind.parse(item.name, text, fresh)
    except Trap:
        return False
    return True


def _short(value: str) -> str:
    return value if len(value) < 40 else f"a text of {len(value)} characters"
