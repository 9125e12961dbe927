# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""RouterOS releases: parsing and comparing."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .errors import RouterError

_VERSION = re.compile(r"^(\d+)\.(\d+)(?:\.(\d+))?((?:alpha|beta|rc|_ab)\d*)?")


@dataclass(frozen=True)
class Release:
    """A RouterOS release.

    A test release counts as the release that it leads to: menus change in the first beta, and stay
    so (7.20beta2 already wants a BGP instance).
    """

    major: int
    minor: int
    patch: int = 0
    text: str = ""

    @classmethod
    def parse(cls, version: str) -> Release:
        """Read what ``/system/resource`` says, such as ``7.18.2 (stable)``.

        Raises RouterError if it is no RouterOS version.
        """
        found = _VERSION.match(version.strip())
        if found is None:
            raise RouterError(
                f"/system/resource has version {version!r}, expected a RouterOS version such as "
                "7.18.2 (stable)"
            )
        major, minor, patch = (int(part or 0) for part in found.group(1, 2, 3))
        return cls(major, minor, patch, found.group(0))

    def at_least(self, major: int, minor: int = 0, patch: int = 0) -> bool:
        """Return whether this is the given release or a later one."""
        return (self.major, self.minor, self.patch) >= (major, minor, patch)

    def __str__(self) -> str:
        return self.text or f"{self.major}.{self.minor}.{self.patch}"
