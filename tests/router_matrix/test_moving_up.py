# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Moving up: what an upgrade leaves on the router is taken over, not doubled.

How RouterOS names what it converts is not published as a whole. Known is that peers become
connections with ``templates=default``, the AS going to that template, and that from 7.20 on there
are instances named ``bgp-instance-1`` and so on. So the connection is tried with its old name and
with another, and with and without the comment that says that it is ours.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.router_matrix.rig import NODE, ROUTER, Rig, needs_root, rig

pytestmark = needs_root

OURS = "managed by netfabric.calico_routeros"
DESCRIPTION: dict[str, Any] = {
    "addresses": [{"address": "192.168.0.253/24", "interface": "ether1"}],
    "filters": [
        {
            "name": "calico-in",
            "rules": [
                {
                    "match": {"prefixes": [{"prefix": "10.20.0.0/16", "min_length": 16}]},
                    "action": "accept",
                    "set": {"local_preference": 200},
                }
            ],
        }
    ],
    "instance": {"as_number": 63400},
    "connections": [
        {
            "name": "rr1",
            "remote_address": NODE,
            "remote_as": 63400,
            "hold_time": "90s",
            "address_families": ["ip"],
            "input_filter": "calico-in",
        }
    ],
}


def convert(router: Rig, name: str, comment: str) -> None:
    """Set up what an upgrade from 6.49 to this release makes of the described router."""
    own = {"comment": comment} if comment else {}
    router.add("ip/address", address=f"{ROUTER}/24", interface="ether1", **own)
    rule = "if (dst in 10.20.0.0/16 && dst-len in 16-32) { set bgp-local-pref 200; accept; }"
    router.add("routing/filter/rule", chain="calico-in", rule=rule, **own)
    router.add("routing/filter/rule", chain="calico-in", rule="reject;", **own)
    connection = {
        "name": name,
        "remote__address": f"{NODE}/32",
        "remote__as": "63400",
        "local__role": "ibgp",
        "local__address": ROUTER,
        "hold_time": "1m30s",
        "input__filter": "calico-in",
        "templates": "default",
        **own,
    }
    (default,) = router.rows("routing/bgp/template")
    template = {".id": default[".id"], "as": "63400"}
    families = "afi" if _later(router, 19) else "address-families"
    template[families] = "ip"
    if _later(router, 20):
        router.add("routing/bgp/instance", name="bgp-instance-1", **{"as": "63400"})
        connection["instance"] = "bgp-instance-1"
    router.api().path("routing", "bgp", "template").update(**template)
    router.add("routing/bgp/connection", **connection)


def _later(router: Rig, minor: int) -> bool:
    return int(router.release.split(".")[1]) >= minor


@pytest.mark.parametrize("release", ["7.18.2", "7.19.4", "7.20.8", "7.24"])
@pytest.mark.parametrize(("name", "comment"), [("rr1", OURS), ("rr1", ""), ("peer1", "")])
def test_converted_entries_are_taken_over_by_name(
    release: str, name: str, comment: str, tmp_path: Path
) -> None:
    with rig(tmp_path, release) as router:
        convert(router, name, comment)
        router.bird()
        before = {menu: len(rows) for menu, rows in router.configuration().items()}
        router.session()
        result = router.bgp(**DESCRIPTION)
        assert not [action for action in result["actions"] if "/add " in action]
        assert len(result["actions"]) <= 2
        assert {menu: len(rows) for menu, rows in router.configuration().items()} == before
        (connection,) = router.rows("routing/bgp/connection")
        assert connection["name"] == "rr1"
        if _later(router, 20):
            (instance,) = router.rows("routing/bgp/instance")
            assert (instance["name"], instance["as"]) == ("bgp-instance-1", 63400)
            assert connection["instance"] == "bgp-instance-1"
        again = router.bgp(**DESCRIPTION)
        assert again["actions"] == []
        assert router.session()["name"] == "rr1"


def test_from_one_release_to_the_next_nothing_of_ours_is_doubled(tmp_path: Path) -> None:
    with rig(tmp_path, "7.20.8") as router:
        # 7.18 had written AS and router ID to the connection.
        router.add("routing/bgp/instance", name="bgp-instance-1", **{"as": "63400"})
        router.add(
            "routing/bgp/connection",
            name="rr1",
            remote__address=NODE,
            remote__as="63400",
            local__role="ibgp",
            local__address=ROUTER,
            instance="bgp-instance-1",
            comment=OURS,
            **{"as": "63400"},
        )
        options = {name: DESCRIPTION[name] for name in ("addresses", "instance")}
        peer = {"name": "rr1", "remote_address": NODE, "remote_as": 63400}
        result = router.bgp(**options, connections=[peer])
        assert [action.split(" ")[0] for action in result["actions"]] == [
            "/ip/address/add",
            "/routing/bgp/connection/set",
        ]
        assert router.bgp(**options, connections=[peer])["actions"] == []
        assert len(router.rows("routing/bgp/instance")) == 1


def test_a_chain_of_others_that_says_something_else_is_not_touched(tmp_path: Path) -> None:
    with rig(tmp_path, "7.18.2") as router:
        router.add("routing/filter/rule", chain="calico-in", rule="accept")
        message = router.refused(**DESCRIPTION)
        assert "the chain calico-in has a rule that is not ours, such as rule=accept" in message
        assert len(router.writes()) == 1
