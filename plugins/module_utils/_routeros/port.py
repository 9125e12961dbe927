# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The port through which everything here reads from and writes to a router."""

from __future__ import annotations

import abc
from collections.abc import Mapping, Sequence

#: A row of a menu as the API prints it: every value a string, properties that are not set absent.
Row = dict[str, str]


class RouterApi(abc.ABC):
    """Rows per menu, of one router.

    Menus are written without leading slash (``routing/bgp/connection``). Every method raises
    CommandRefused if the router refuses, and ConnectionLost or TimedOut if it is gone.
    """

    @abc.abstractmethod
    def rows(self, menu: str, *queries: str, fields: Sequence[str] = ()) -> list[Row]:
        """Return the rows of a menu that meet all queries.

        A query is an API query word without its question mark (``bgp=true``). ``fields`` limits
        what the router sends per row; empty is everything.
        """

    @abc.abstractmethod
    def add(self, menu: str, values: Mapping[str, str]) -> str:
        """Add a row and return its ``.id``."""

    @abc.abstractmethod
    def change(self, menu: str, row_id: str, values: Mapping[str, str]) -> None:
        """Set values of one row, in one command; a name with ``!`` before it unsets."""

    @abc.abstractmethod
    def remove(self, menu: str, row_id: str) -> None:
        """Remove one row."""

    @property
    @abc.abstractmethod
    def peer_address(self) -> str:
        """The router's address at which this connection ends, or the empty string."""
