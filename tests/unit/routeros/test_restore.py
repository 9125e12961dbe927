# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From whatever a router has back to the rows of a snapshot."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._routeros.apply import (
    Outcome,
    converge,
    restore,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._routeros.description import (  # noqa: E501
    DEFAULT_OWNER,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._routeros.entry import Entry
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._routeros.errors import (
    ApplyFailure,
    Refused,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._routeros.release import (
    Release,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._routeros.render import (
    render_absence,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._routeros.results import (
    bgp_result,
    diff_text,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._routeros.snapshot import (
    load,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._routeros.validation import (  # noqa: E501
    describe,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.routeros.fake_router import FakeRouter
from tests.unit.routeros.parameters import parameters, reference
from tests.unit.routeros.test_converge import CONNECTIONS, INSTANCES, RELEASES, neighbours

NOW = 1_000_000.0


class Transition:
    """A router, and the snapshot of its changes."""

    def __init__(self, release: str, folder: Path) -> None:
        self.router = FakeRouter(release)
        self.path = folder / "ros.json"

    def change(self, params: dict[str, Any], **options: Any) -> Outcome:
        path = str(self.path)
        return converge(self.router, describe(params), snapshot=path, clock=lambda: NOW, **options)

    def back(self, now: float = NOW, **options: Any) -> Outcome:
        self.router.writes.clear()
        saved = load(str(self.path))
        return restore(self.router, saved, DEFAULT_OWNER, clock=lambda: now, **options)

    def remote(self) -> str:
        return (
            "remote-address"
            if self.router.menus.get("routing/bgp/peer") is not None
            else ("remote.address")
        )

    def put(self, name: str, address: str, **values: str) -> dict[str, str]:
        """Add a neighbour of others."""
        row = self.router.put(neighbours(self.router), name=name, **values)
        row[self.remote()] = address
        return row

    @staticmethod
    def value(entry: Entry, name: str) -> Any:
        prop = entry.menu.properties[name]
        value = entry.effective(name)
        return prop.default if value in prop.alias else value

    def meaning(self) -> dict[str, list[Any]]:
        """Return all rows as what they mean, in no order: defaults and absent ones are equal."""
        release = Release.parse(self.router.menus["system/resource"][0]["version"])
        found = {}
        for scope in render_absence(DEFAULT_OWNER, release).scopes:
            menu = scope.menu
            rows = [
                {name: repr(self.value(Entry(menu, row, ""), name)) for name in menu.properties}
                | {"key": row.get("tcp-md5-key") or ""}
                | {name: row[name] for name in menu.further if row.get(name)}
                for row in self.router.menus.get(menu.path, ())
            ]
            found[menu.path] = sorted(rows, key=lambda row: sorted(row.items()))
        return found


@pytest.fixture
def seven(tmp_path: Path) -> Transition:
    return Transition("7.18.2", tmp_path)


@pytest.mark.parametrize("release", RELEASES)
def test_what_was_added_goes_and_what_was_taken_over_is_as_before(
    release: str, tmp_path: Path
) -> None:
    transition = Transition(release, tmp_path)
    transition.put("peer1", "192.168.0.15/32", hold_time="30s", comment="by hand")
    before = transition.meaning()
    bfd = release != "7.10.2"
    params = reference(hold_time="90s", password="key", bfd=bfd, redistribute=["static"])
    params["networks"] = ["10.96.0.0/12"]
    params["connections"].append(
        {**params["connections"][0], "name": "rr2", "remote_address": "192.168.0.14"}
    )
    transition.change(params)
    assert transition.meaning() != before

    foretold = transition.back(check_mode=True)
    assert transition.router.writes == []
    done = transition.back()
    assert len(transition.router.writes) == len(done.difference.commands) > 0
    assert bgp_result(foretold) == bgp_result(done)
    assert transition.meaning() == before
    again = transition.back()
    assert (again.difference.commands, transition.router.writes) == ((), [])


def test_rows_of_ours_that_went_come_back_whole_and_in_order(seven: Transition) -> None:
    params = reference(bfd=True, password="s3cret", ttl=3)
    params["networks"] = ["10.96.0.0/12"]
    converge(seven.router, describe(params))
    (row,) = seven.router.menus["routing/bgp/connection"]
    row.update({"templates": "t1", "output.keep-sent-attributes": "true", "inactive": "false"})
    before = seven.meaning()
    seven.change(parameters(), absent=True)
    assert not any(seven.meaning().values())
    outcome = seven.back()
    assert [write[:2] for write in seven.router.writes] == [
        ("add", "ip/address"),
        ("add", "ip/firewall/address-list"),
        ("add", "routing/bfd/configuration"),
        ("add", "routing/bgp/connection"),
    ]
    assert "inactive" not in seven.router.writes[-1][2]
    assert seven.meaning() == before
    assert "s3cret" not in repr((outcome, bgp_result(outcome)))
    assert "tcp-md5-key=(set)" in diff_text(bgp_result(outcome)["after"])


def test_what_is_new_goes_in_reverse_order(seven: Transition) -> None:
    params = reference(bfd=True)
    params["networks"] = ["10.96.0.0/12"]
    seven.change(params)
    seven.back()
    assert [write[:2] for write in seven.router.writes] == [
        ("remove", "routing/bgp/connection"),
        ("remove", "routing/bfd/configuration"),
        ("remove", "ip/firewall/address-list"),
        ("remove", "ip/address"),
    ]


def test_one_set_writes_what_differs_and_names_the_restart(seven: Transition) -> None:
    row = seven.put("rr1", "192.168.0.15/32", hold_time="30s", local__role="ebgp")
    seven.change(reference(next_hop_choice="force-self", hold_time="90s", disabled=True))
    outcome = seven.back()
    (write,) = [w for w in seven.router.writes if w[1] == "routing/bgp/connection"]
    assert (write[0], dict(write[2])) == (
        "set",
        {
            "hold-time": "30s",
            "local.role": "ebgp",
            "!as": "",
            "!local.address": "",
            "!nexthop-choice": "",
            "!remote.as": "",
            "disabled": "no",
        },
    )
    assert row["hold-time"] == "30s"
    assert outcome.difference.restarts == ("rr1",)
    assert "!nexthop-choice" in str(outcome.difference.commands[0])


def test_new_rows_of_others_and_dynamic_ones_stay(seven: Transition) -> None:
    seven.router.put("ip/address", address="10.0.1.1/24", interface="ether3", dynamic="true")
    seven.change(reference())
    seven.put("isp", "10.0.0.2/32")
    seven.put("rr1-dynamic", "192.168.0.16/32", dynamic="true", comment=DEFAULT_OWNER)
    seven.back()
    names = [row["name"] for row in seven.router.menus["routing/bgp/connection"]]
    assert names == ["isp", "rr1-dynamic"]
    assert [row["interface"] for row in seven.router.menus["ip/address"]] == ["ether3"]


def test_a_new_row_of_others_to_the_same_neighbour_is_not_taken_for_the_old(
    seven: Transition,
) -> None:
    gone = seven.put("peer1", "10.0.0.2/32")
    seven.change(reference())
    seven.router.menus["routing/bgp/connection"].remove(gone)
    new = dict(seven.put("isp", "10.0.0.2/32", hold_time="5s"))
    seven.back()
    rows = {row["name"]: row for row in seven.router.menus["routing/bgp/connection"]}
    assert rows["isp"] == new
    assert "peer1" in rows


@pytest.mark.parametrize("rebooted", [False, True])
def test_a_renamed_row_is_found_again(seven: Transition, rebooted: bool) -> None:
    seven.put("peer1", "192.168.0.15/32")
    seven.put("peer2", "192.168.0.14/32")
    before = seven.meaning()
    seven.change(reference())
    if rebooted:
        seven.router.reboot()
    seven.back(now=NOW + 600)
    assert seven.meaning() == before
    assert {w[0] for w in seven.router.writes if w[1].startswith("routing")} == {"set"}


def test_ids_of_before_a_restart_mean_nothing(seven: Transition) -> None:
    one, two = seven.put("one", "10.0.0.1/32"), seven.put("two", "10.0.0.2/32")
    seven.change(reference())
    seven.router.reboot()
    one[".id"], two[".id"] = two[".id"], one[".id"]
    one[".id"], two[".id"] = "*2", "*1"
    seven.back(now=NOW + 600)
    assert [(w[0], w[1]) for w in seven.router.writes] == [
        ("remove", "routing/bgp/connection"),
        ("remove", "ip/address"),
    ]
    assert (one["name"], two["name"]) == ("one", "two")


def test_the_address_that_carries_the_api_connection_stays_where_it_is(seven: Transition) -> None:
    seven.change(reference())
    seven.router.peer = "192.168.0.253"
    outcome = seven.back()
    assert [w[:2] for w in seven.router.writes] == [("remove", "routing/bgp/connection")]
    assert any("this very API connection" in warning for warning in outcome.warnings)


def test_nor_is_it_moved_or_disabled(seven: Transition) -> None:
    params = reference()
    converge(seven.router, describe(params))
    (row,) = seven.router.menus["ip/address"]
    row.update({"interface": "ether9", "disabled": "true", "comment": f"old ({DEFAULT_OWNER})"})
    seven.change(params)
    seven.router.peer = "192.168.0.253"
    outcome = seven.back()
    assert [dict(w[2]) for w in seven.router.writes] == [{"comment": f"old ({DEFAULT_OWNER})"}]
    assert "keeps its disabled, interface: this very API connection" in outcome.warnings[0]


def test_an_instance_that_others_use_since_stays(tmp_path: Path) -> None:
    transition = Transition("7.20.8", tmp_path)
    transition.change(reference())
    transition.put("isp", "10.0.0.2/32", instance="default")
    outcome = transition.back()
    assert "instance default stays: other connections use it: isp" in outcome.warnings
    assert len(transition.router.menus["routing/bgp/instance"]) == 1


def test_a_ttl_that_was_unset_makes_the_row_anew(seven: Transition) -> None:
    seven.put("rr1", "192.168.0.15/32", templates="t1", tcp_md5_key="s3cret")
    before = seven.meaning()
    seven.change(reference(ttl=5))
    seven.back()
    kinds = [w[0] for w in seven.router.writes if w[1] == "routing/bgp/connection"]
    assert kinds == ["remove", "add"]
    assert seven.meaning() == before


def test_a_property_that_was_the_templates_is_again(seven: Transition) -> None:
    seven.put("rr1", "192.168.0.15/32", templates="slow")
    before = seven.meaning()
    seven.change(reference(hold_time="3m"))
    seven.back()
    assert "hold-time" not in seven.router.menus["routing/bgp/connection"][0]
    assert seven.meaning() == before
    assert seven.back().difference.commands == ()


@pytest.mark.parametrize("release", ["6.49.10", "7.18.2"])
class TestPassword:
    def test_a_key_that_is_not_in_the_snapshot_is_not_set(
        self, release: str, tmp_path: Path
    ) -> None:
        transition = Transition(release, tmp_path)
        row = transition.put("rr1", "192.168.0.15/32", tcp_md5_key="*****")
        transition.change(reference(password="new"), always_write_password=True)
        assert row["tcp-md5-key"] == "new"
        outcome = transition.back()
        assert row["tcp-md5-key"] == "new"
        assert any("rr1: the snapshot does not have its TCP MD5" in w for w in outcome.warnings)
        assert not any("tcp-md5-key" in w[2] for w in transition.router.writes)

    def test_a_row_that_went_comes_back_without_it(self, release: str, tmp_path: Path) -> None:
        transition = Transition(release, tmp_path)
        converge(transition.router, describe(reference(password="key")))
        transition.router.menus[neighbours(transition.router)][0]["tcp-md5-key"] = "*****"
        transition.change(parameters(), absent=True)
        outcome = transition.back()
        (row,) = transition.router.menus[neighbours(transition.router)]
        assert "tcp-md5-key" not in row
        assert any("rr1 is gone and is added without TCP MD5" in w for w in outcome.warnings)

    def test_a_key_that_was_not_there_goes(self, release: str, tmp_path: Path) -> None:
        transition = Transition(release, tmp_path)
        row = transition.put("rr1", "192.168.0.15/32")
        transition.change(reference(password="new"))
        row["tcp-md5-key"] = "*****"
        transition.back()
        assert not row.get("tcp-md5-key")

    def test_a_key_that_was_changed_is_as_before(self, release: str, tmp_path: Path) -> None:
        transition = Transition(release, tmp_path)
        row = transition.put("rr1", "192.168.0.15/32", tcp_md5_key="0ld-key")
        transition.change(reference(password="n3w-key"))
        outcome = transition.back()
        assert row["tcp-md5-key"] == "0ld-key"
        shown = repr((outcome, bgp_result(outcome)))
        assert "0ld-key" not in shown
        assert "n3w-key" not in shown


def test_a_snapshot_of_another_router_or_of_other_menus_is_refused(seven: Transition) -> None:
    seven.change(reference())
    seven.router.menus["system/identity"] = [{"name": "other"}]
    seven.router.menus["system/resource"][0]["version"] = "7.20.8 (stable)"
    before = seven.router.configuration()
    with pytest.raises(Refused) as refused:
        seven.back()
    assert [fault.split(",")[0] for fault in refused.value.faults] == [
        "snapshot: it is of the router 'ros'",
        "snapshot: it is of RouterOS 7.18.2",
    ]
    assert seven.router.configuration() == before


def test_a_release_with_the_same_menus_is_the_same(seven: Transition) -> None:
    seven.change(reference())
    seven.router.menus["system/resource"][0]["version"] = "7.17 (stable)"
    assert seven.back().difference.commands


def test_a_broken_connection_is_finished_by_the_next_restore(tmp_path: Path) -> None:
    for writes in range(4):
        (tmp_path / str(writes)).mkdir()
        transition = Transition("7.20.8", tmp_path / str(writes))
        before = transition.meaning()
        transition.change(reference(bfd=True))
        transition.router.break_after = writes
        with pytest.raises(ApplyFailure, match=f"{writes} carried out"):
            transition.back()
        transition.router.break_after = None
        transition.back()
        assert transition.meaning() == before


@pytest.mark.parametrize("writes", range(5))
def test_an_interrupted_change_is_undone(writes: int, tmp_path: Path) -> None:
    transition = Transition("6.49.10", tmp_path)
    transition.put("peer1", "192.168.0.15/32", hold_time="30s")
    before = transition.meaning()
    params = reference()
    params["networks"] = ["10.96.0.0/12"]
    params["connections"].append(
        {**params["connections"][0], "name": "rr2", "remote_address": "192.168.0.14"}
    )
    transition.router.break_after = writes
    with pytest.raises(ApplyFailure):
        transition.change(params)
    transition.router.break_after = None
    transition.back()
    assert transition.meaning() == before


def test_every_property_of_the_menus_is_known_or_read_only() -> None:
    """Nothing that can be set may be lost when a row is added again."""
    folder = Path(__file__).parent / "data"
    arguments = json.loads((folder / "arguments.json").read_text())
    derived = {"broadcast", "netmask", "dynamic", "timeout"}
    for version, menus in arguments.items():
        scopes = render_absence(DEFAULT_OWNER, Release.parse(version)).scopes
        known = {s.menu.path: {*s.menu.properties, *s.menu.further} for s in scopes}
        for path, names in menus.items():
            if path in known:
                assert set(names) - known[path] - derived == set(), (version, path)


OTHERS = st.lists(
    st.fixed_dictionaries(
        {"address": st.sampled_from(["192.168.0.15", "192.168.0.15/32", "10.0.0.1/32"])},
        optional={
            "hold-time": st.sampled_from(["3m", "30s", "infinity"]),
            "tcp-md5-key": st.sampled_from(["key", "old key"]),
            "use-bfd": st.sampled_from(["true", "false"]),
            "multihop": st.sampled_from(["true", "false"]),
            "nexthop-choice": st.sampled_from(["default", "force-self"]),
            "comment": st.sampled_from(["", "by hand"]),
            "disabled": st.sampled_from(["true", "false"]),
        },
    ),
    max_size=2,
    unique_by=lambda row: row["address"].split("/")[0],
)
STEPS = st.lists(st.one_of(st.none(), st.tuples(CONNECTIONS, INSTANCES)), min_size=1, max_size=3)


@settings(deadline=None)
@given(
    st.sampled_from(["6.43", "6.49.10", "7.11", "7.18.2", "7.19.4", "7.20.8", "7.24"]),
    OTHERS,
    st.none() | CONNECTIONS,
    STEPS,
    st.booleans(),
    st.data(),
)
def test_from_anywhere_back_to_where_it_began(
    tmp_path_factory: pytest.TempPathFactory,
    release: str,
    others: list[dict[str, str]],
    earlier: dict[str, Any] | None,
    steps: list[tuple[dict[str, Any], dict[str, Any]] | None],
    rebooted: bool,
    data: st.DataObject,
) -> None:
    transition = Transition(release, tmp_path_factory.mktemp("snapshot"))
    transition.router.put_chains("in", "out")
    for number, row in enumerate(others):
        rest = {name: text for name, text in row.items() if name != "address"}
        transition.put(f"peer{number}", row["address"]).update(rest)
    if earlier is not None:
        converge(transition.router, describe(reference(**earlier)))
    before = transition.meaning()
    for step in steps:
        if data.draw(st.booleans()):
            transition.router.break_after = len(transition.router.writes) + 1
        try:
            if step is None:
                transition.change(parameters(), absent=True)
            else:
                params = reference(**step[0])
                params["instance"].update(step[1])
                params["networks"] = ["10.96.0.0/12"]
                transition.change(params)
        except ApplyFailure:
            pass
        transition.router.break_after = None
    if not transition.path.exists():
        assert transition.meaning() == before
        return
    if rebooted:
        transition.router.reboot()
    transition.back(now=NOW + 600 if rebooted else NOW)
    assert transition.meaning() == before
    assert transition.back(now=NOW + 600 if rebooted else NOW).difference.commands == ()
