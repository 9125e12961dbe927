# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a release cannot do, told before the first write with release and field."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from .description import Connection, Description, Filter, Instance, Ospf
from .filters import FIRST_V7, named_chains, ospf_settings
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
        if connection.templates:
            faults.append(
                _unsupported(release, f"{where}.templates", "has no BGP templates; 7 has")
            )
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


def filter_faults(release: Release, filters: Sequence[Filter]) -> list[str]:
    """Return a line if the release has another filter language than we write."""
    if not filters or release.major == 6 or release.at_least(*FIRST_V7):
        return []
    what = "has another filter language than later ones; it is written for 6, and 7.1 or later"
    return [_unsupported(release, "filters", what)]


def ospf_faults(release: Release, ospf: Ospf, description: Description) -> list[str]:
    """Return a line per field of OSPF that the release lacks."""
    if release.major == 6 or not ospf.output_filter or not ospf_settings(ospf):
        return []
    what = "sets metric and type of external routes in the output filter; "
    name = ospf.output_filter
    if name not in {entry.name for entry in description.filters or ()}:
        where = f"ospf.output_filter ({name})"
        return [_unsupported(release, where, f"{what}describe that one in filters")]
    if name in named_chains(replace(description, ospf=None)):
        where = f"ospf.output_filter ({name})"
        return [_unsupported(release, where, f"{what}use one that no connection has")]
    return []
