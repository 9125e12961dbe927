# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a release cannot do, told before the first write with release and field."""

from __future__ import annotations

from .description import Connection, Instance
from .menus import V6_REDISTRIBUTE
from .release import Release


def _unsupported(release: Release, where: str, what: str) -> str:
    return f"{where}: RouterOS {release} {what}"


def instance_faults(release: Release, instance: Instance) -> list[str]:
    """Return a line per field of the instance that the release lacks."""
    faults = []
    if instance.multipath is not None and not release.at_least(7, 22):
        faults.append(
            _unsupported(release, "instance.multipath", "has no BGP multipath; 7.22 and later have")
        )
    return faults


def _redistribute_faults(release: Release, where: str, names: tuple[str, ...]) -> list[str]:
    faults = []
    since = {"isis": (7, 16, 0), "slaac": (7, 21, 4)}
    for name in names:
        if release.major == 6 and name not in V6_REDISTRIBUTE:
            known = ", ".join(sorted(V6_REDISTRIBUTE))
            faults.append(_unsupported(release, where, f"cannot redistribute {name}, only {known}"))
        elif name in since and not release.at_least(*since[name]):
            first = ".".join(str(part) for part in since[name])
            faults.append(
                _unsupported(release, where, f"cannot redistribute {name}; {first} and later can")
            )
    return faults


def connection_faults(
    release: Release, where: str, connection: Connection, instance: Instance
) -> list[str]:
    """Return a line per field of a connection that the release lacks."""
    faults = _redistribute_faults(release, f"{where}.redistribute", connection.redistribute or ())
    if release.major == 6:
        if connection.listen is False:
            faults.append(
                _unsupported(release, f"{where}.listen", "always accepts sessions; leave it out")
            )
        if connection.local_as not in (None, instance.as_number):
            faults.append(
                _unsupported(
                    release,
                    f"{where}.local_as",
                    f"has one AS number per instance; it is {instance.as_number}",
                )
            )
        return faults
    hold = connection.hold_time
    if isinstance(hold, int) and hold > 3600 and not release.at_least(7, 12):
        faults.append(
            _unsupported(release, f"{where}.hold_time", f"takes up to 1h, not {hold} seconds")
        )
    if connection.bfd and not release.at_least(7, 11):
        faults.append(
            _unsupported(release, f"{where}.bfd", "has no dependable BFD; 7.11 and later have")
        )
    return faults


def shared_redistribution_faults(
    release: Release, connections: tuple[Connection, ...]
) -> list[str]:
    """Return a line if the connections of a RouterOS 6 instance disagree on redistribution."""
    named = {entry.redistribute for entry in connections if entry.redistribute is not None}
    if len(named) < 2:
        return []
    what = "redistributes per instance, so all connections must name the same"
    return [_unsupported(release, "connections[].redistribute", what)]
