# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A router in memory behind the read/write port: rows per menu and a log of the writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ansible_collections.netfabric.calico_routeros.plugins.module_utils._routeros.errors import (
    CommandRefused,
    ConnectionLost,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._routeros.port import (
    RouterApi,
    Row,
)

V6_DEFAULT_INSTANCE = {
    ".id": "*0",
    "name": "default",
    "as": "65530",
    "router-id": "0.0.0.0",
    "redistribute-connected": "false",
    "redistribute-static": "false",
    "redistribute-rip": "false",
    "redistribute-ospf": "false",
    "redistribute-other-bgp": "false",
    "out-filter": "",
    "client-to-client-reflection": "true",
    "ignore-as-path-len": "false",
    "routing-table": "",
    "default": "true",
    "disabled": "false",
}

V6_OSPF_INSTANCE = {
    ".id": "*0",
    "name": "default",
    "router-id": "0.0.0.0",
    "redistribute-bgp": "no",
    "metric-bgp": "auto",
    "in-filter": "ospf-in",
    "out-filter": "ospf-out",
    "disabled": "false",
}

V6_BACKBONE = {
    ".id": "*0",
    "name": "backbone",
    "instance": "default",
    "area-id": "0.0.0.0",
    "type": "default",
    "disabled": "false",
}

_V7_MENUS = (
    "routing/bgp/connection",
    "routing/bgp/session",
    "ip/firewall/address-list",
    "ipv6/firewall/address-list",
    "routing/bfd/configuration",
    "routing/filter/rule",
    "routing/ospf/interface-template",
)
_V6_MENUS = (
    "routing/bgp/instance",
    "routing/bgp/peer",
    "routing/bgp/network",
    "routing/filter",
    "routing/ospf/network",
)


class FakeRouter(RouterApi):  # type: ignore[misc]
    """Holds what is written to it and prints it back; knows which menus the release has.

    After ``break_after`` writes the connection is lost.
    """

    def __init__(self, release: str, break_after: int | None = None) -> None:
        major, minor = (int(part) for part in release.split(".")[:2])
        menus = ["ip/address", "ip/route", "routing/ospf/instance", "routing/ospf/area"]
        menus += _V6_MENUS if major == 6 else _V7_MENUS
        if (major, minor) >= (7, 20):
            menus.append("routing/bgp/instance")
        self.menus: dict[str, list[Row]] = {menu: [] for menu in menus}
        self.menus["system/resource"] = [
            {"version": f"{release} (stable)", "board-name": "CHR", "uptime": "1d2h"}
        ]
        self.menus["system/identity"] = [{"name": "ros"}]
        if major == 6:
            self.menus["routing/bgp/instance"] = [dict(V6_DEFAULT_INSTANCE)]
            self.menus["routing/ospf/instance"] = [dict(V6_OSPF_INSTANCE)]
            self.menus["routing/ospf/area"] = [dict(V6_BACKBONE)]
        self.writes: list[tuple[str, str, Mapping[str, str]]] = []
        self.reads: list[str] = []
        self.break_after = break_after
        self.peer = ""
        self._next_id = 1

    @property
    def peer_address(self) -> str:
        return self.peer

    def _menu(self, menu: str) -> list[Row]:
        if menu not in self.menus:
            raise CommandRefused(f"/{menu}", "no such command prefix")
        return self.menus[menu]

    def rows(self, menu: str, *queries: str, fields: Sequence[str] = ()) -> list[Row]:
        self.reads.append(menu)
        wanted = [query.split("=", 1) for query in queries if "=" in query]
        either = "#|" in queries
        found = []
        for row in self._menu(menu):
            hits = [row.get(name) == text for name, text in wanted]
            if not wanted or (any(hits) if either else all(hits)):
                found.append(dict(row))
        return found

    def _note(self, verb: str, menu: str, values: Mapping[str, str]) -> None:
        if self.break_after is not None and len(self.writes) >= self.break_after:
            raise ConnectionLost("the connection broke")
        self.writes.append((verb, menu, values))

    def put(self, menu: str, **values: str) -> Row:
        """Add a row that was there before; ``__`` in a name stands for a dot, ``_`` for a dash."""
        row = {name.replace("__", ".").replace("_", "-"): text for name, text in values.items()}
        row[".id"] = f"*{self._next_id:X}"
        row.setdefault("disabled", "false")
        self._next_id += 1
        self._menu(menu).append(row)
        return row

    def put_chains(self, *names: str) -> None:
        """Add filter chains of others, of one rule each."""
        for name in names:
            if "routing/filter" in self.menus:
                self.put("routing/filter", chain=name, action="accept")
            else:
                self.put("routing/filter/rule", chain=name, rule="accept")

    def add(self, menu: str, values: Mapping[str, str]) -> str:
        self._note("add", menu, values)
        row = self.put(menu)
        row.update(values)
        before = row.pop("place-before", None)
        if before is not None:
            rows = self._menu(menu)
            rows.insert(rows.index(self._row(menu, before)), rows.pop())
        return str(row[".id"])

    def _row(self, menu: str, row_id: str) -> Row:
        for row in self._menu(menu):
            if row[".id"] == row_id:
                return row
        raise CommandRefused(f"/{menu}", "no such item (4)")

    def change(self, menu: str, row_id: str, values: Mapping[str, str]) -> None:
        self._note("set", menu, values)
        row = self._row(menu, row_id)
        for name, text in values.items():
            if name.startswith("!"):
                row.pop(name[1:], None)
            else:
                row[name] = text

    def remove(self, menu: str, row_id: str) -> None:
        self._note("remove", menu, {})
        row = self._row(menu, row_id)
        if row.get("default") == "true":
            raise CommandRefused(f"/{menu}/remove", "failure: can not remove default instance")
        self._menu(menu).remove(row)

    def reboot(self) -> None:
        """Give all rows other IDs, as a restart may."""
        self.menus["system/resource"][0]["uptime"] = "30s"
        for menu, rows in self.menus.items():
            for row in rows if not menu.startswith("system/") else ():
                row[".id"] = f"*{self._next_id:X}"
                self._next_id += 1

    def configuration(self) -> dict[str, list[Row]]:
        """Return all rows, without IDs, to compare two moments."""
        return {
            menu: [{k: v for k, v in row.items() if k != ".id"} for row in rows]
            for menu, rows in self.menus.items()
        }
