# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""BFD of the emulated router: who may have it, and what it does to a session."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from calico_lab.routeros.bgp.bfd import permitted
from calico_lab.routeros.bgp.model import Bfd
from calico_lab.routeros.network import Assigned
from ros_idle import idle_engine, run
from ros_namespaces import NODE, ip, needs_root, pair, pids, wait_for
from ros_sessions import SEVEN, SIX, configure, established, session_menu, sessions

BIRD = """
router id 192.168.0.15;
protocol device {}
protocol bfd { interface "*" { interval 200 ms; }; }
protocol bgp ros {
  local 192.168.0.15 as 63400;
  neighbor 192.168.0.253 as 63400;
  direct;
  bfd yes;
  connect delay time 1; connect retry time 1; error wait time 1,2;
}
"""


class Around:
    def assigned(self) -> Sequence[Assigned]:
        return [Assigned("192.168.0.253/24", "ether1"), Assigned("10.0.0.1/24", "ether2")]

    def own_router_id(self) -> str:
        return "192.168.0.253"


@pytest.mark.parametrize(
    ("entries", "multihop", "expected"),
    [
        ([], False, None),
        ([{"interfaces": "ether1"}], False, Bfd()),
        ([{"interfaces": "all", "min_tx": "300ms", "multiplier": "3"}], False, Bfd(300, 200, 3)),
        ([{"interfaces": "ether2"}], False, None),
        ([{"interfaces": "ether1"}], True, None),
        ([{"addresses": "192.168.0.0/24", "min_rx": "1s"}], True, Bfd(200, 1000, 5)),
        ([{"addresses": "192.168.1.0/24"}, {"addresses": "192.168.0.15/32"}], False, Bfd()),
        ([{"addresses": "192.168.0.0/24", "forbid_bfd": "yes"}, {}], False, None),
        ([{"address_list": "nodes"}], True, Bfd()),
        ([{"address_list": "others"}], False, None),
        ([{"interfaces": "all", "disabled": "yes"}], False, None),
    ],
)
def test_the_first_entry_that_fits_decides(
    entries: list[dict[str, str]], multihop: bool, expected: Bfd | None
) -> None:
    engine = idle_engine("7.18.2")
    run(engine, "/ip/firewall/address-list/add", list="nodes", address=NODE)
    for entry in entries:
        run(engine, "/routing/bfd/configuration/add", **entry)
    assert permitted(engine.store, NODE, multihop, Around()) == expected


@needs_root
@pytest.mark.parametrize("release", [SIX, SEVEN])
def test_a_link_that_is_lost_ends_the_session(tmp_path: Path, release: str) -> None:
    with pair(tmp_path) as lan:
        lan.run_bird(BIRD)
        lan.start_router(release)
        api = lan.client()

        def rows() -> list[dict[str, Any]]:
            return list(api.path("routing", "bfd", "neighbor" if release == SIX else "session"))

        configure(api, release, **{"use-bfd": True})
        before = established(api, release)
        if release == SEVEN:
            assert (before["use-bfd"], before[".about"]) == (True, "BFD session down")
            (row,) = rows()
            assert row[".about"] == "BFD forbidden for destination address"
            entries = api.path("routing", "bfd", "configuration")
            entries.add(interfaces="ether1", **{"min-rx": "300ms", "min-tx": "200ms"})
        (row,) = wait_for(rows, lambda found: found and found[0].get("up"))
        assert row["state"] == "up"
        if release == SEVEN:
            assert row["remote-address"] == f"{NODE}%ether1"
            assert row["required-min-rx"] == "300ms"
            assert ".about" not in established(api, release)
        ip("-n", lan.node, "addr", "flush", "dev", "eth0")
        since = time.monotonic()
        wait_for(lambda: sessions(api, release), lambda found: "established" not in found[0])
        # Far from the hold time of three minutes.
        assert time.monotonic() - since < 5
        running = len(pids(lan.router))
        session_menu(api, release).update(**{".id": "calico-rr1", "use-bfd": False})
        assert len(pids(lan.router)) == running - 1
        assert rows() == []
