# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from calico_lab.routeros.access import User
from calico_lab.routeros.commandlog import CommandLog
from calico_lab.routeros.engine import Engine, secrets
from calico_lab.routeros.errors import Trap
from calico_lab.routeros.protocol import Sentence
from ros_idle import idle_engine, run

PEER = {"remote_address": "192.168.0.15", "remote_as": "63400"}
CONNECTION = {"name": "rr1", "local__role": "ibgp", "as": "63400", "remote__address": "192.0.2.15"}


def refusal(engine: Engine, command: str, /, **arguments: str) -> list[tuple[int | None, str]]:
    with pytest.raises(Trap) as trap:
        run(engine, command, **arguments)
    return trap.value.parts


def rows(engine: Engine, path: str, *queries: str) -> list[dict[str, str]]:
    return run(engine, f"{path}/print", *queries).rows


def test_unknown_menus_and_commands() -> None:
    six, seven = idle_engine("6.49"), idle_engine("7.18.2")
    assert refusal(six, "/routing/bgp/connection/print") == [(None, "no such command prefix")]
    assert refusal(seven, "/routing/bgp/peer/print") == [
        (0, "no such command or directory (peer)"),
        (None, "no such command prefix"),
    ]
    assert refusal(seven, "/ip/aasasa/p")[0] == (0, "no such command or directory (aasasa)")
    assert refusal(seven, "/routing/bgp/session/add") == [(None, "no such command")]
    assert refusal(seven, "/routing/bgp/print") == [(None, "no such command")]


def test_menus_of_the_device_that_the_lab_lacks_say_so() -> None:
    (_, message), *_ = refusal(idle_engine("7.18.2"), "/ip/firewall/filter/print")
    assert message == "not supported by the lab: menu /ip/firewall/filter of RouterOS 7.18.2"


def test_the_instance_menu_is_of_6_and_of_7_20() -> None:
    assert rows(idle_engine("6.49"), "/routing/bgp/instance")[0] == {
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
        "disabled": "false",
        "default": "true",
    }
    assert refusal(idle_engine("7.19.4"), "/routing/bgp/instance/print")
    assert rows(idle_engine("7.20.8"), "/routing/bgp/instance") == []


def test_adding_a_peer() -> None:
    engine = idle_engine("6.49")
    wrong = refusal(engine, "/routing/bgp/peer/add", **PEER, address_familers="ip")
    assert wrong == [(None, "unknown parameter address-familers")]
    missing = refusal(engine, "/routing/bgp/peer/add", remote_address="192.168.0.15")
    assert missing == [(None, "missing =remote-as=")]
    bad = refusal(engine, "/routing/bgp/peer/add", **PEER, instance="other")
    assert bad == [(1, "input does not match any value of instance")]
    assert run(engine, "/routing/bgp/peer/add", **PEER).value == "*0"
    (row,) = rows(engine, "/routing/bgp/peer")
    assert (row["name"], row["hold-time"], row["tcp-md5-key"]) == ("peer1", "3m", "")


def test_the_form_of_a_remote_address_depends_on_the_release() -> None:
    for release, shown in (("7.18.2", "192.0.2.15/32"), ("7.19.4", "192.0.2.15")):
        engine = idle_engine(release)
        run(engine, "/routing/bgp/connection/add", **CONNECTION, hold_time="180s")
        (row,) = rows(engine, "/routing/bgp/connection")
        assert (row["remote.address"], row["hold-time"]) == (shown, "3m")


def test_the_instance_of_a_connection_is_mandatory_from_7_20() -> None:
    engine = idle_engine("7.20.8")
    assert refusal(engine, "/routing/bgp/connection/add", **CONNECTION) == [
        (None, "missing =instance=")
    ]
    run(engine, "/routing/bgp/instance/add", name="k8s", **{"as": "63400"})
    run(engine, "/routing/bgp/connection/add", **CONNECTION, instance="k8s")


def test_the_role_of_a_reflectors_client_went() -> None:
    client = {**CONNECTION, "local__role": "ibgp-rr-client"}
    run(idle_engine("7.18.2"), "/routing/bgp/connection/add", **client)
    assert refusal(idle_engine("7.21.5"), "/routing/bgp/connection/add", **client) == [
        (1, "input does not match any value of local.role")
    ]


def test_identifiers_are_hexadecimal_and_never_used_twice() -> None:
    engine = idle_engine("7.18.2")
    added = [
        run(engine, "/ip/firewall/address-list/add", list="l", address=f"192.0.2.{n}").value
        for n in range(1, 13)
    ]
    assert added[-1] == "*C"
    run(engine, "/ip/firewall/address-list/remove", id_="*1,*C")
    again = run(engine, "/ip/firewall/address-list/add", list="l", address="192.0.2.99").value
    assert again == "*D"
    assert len(rows(engine, "/ip/firewall/address-list")) == 11


def test_duplicates_have_their_own_texts() -> None:
    engine = idle_engine("7.18.2")
    address = {"address": "192.0.2.1/24", "interface": "ether1"}
    entry = {"list": "l", "address": "192.0.2.1"}
    user = {"name": "joe", "group": "read"}
    for path, values, message in (
        ("/ip/address", address, "failure: already have such address"),
        ("/ip/firewall/address-list", entry, "failure: already have such entry"),
        ("/user", user, "failure: user with the same name already exists"),
    ):
        run(engine, f"{path}/add", **values)
        assert refusal(engine, f"{path}/add", **values) == [(None, message)]


def test_rows_are_named_by_identifier_or_name() -> None:
    engine = idle_engine("7.18.2")
    run(engine, "/routing/bgp/connection/add", **CONNECTION)
    run(engine, "/routing/bgp/connection/set", id_="rr1", hold_time="30s")
    run(engine, "/routing/bgp/connection/disable", numbers="*1")
    (row,) = rows(engine, "/routing/bgp/connection")
    assert (row["hold-time"], row["disabled"]) == ("30s", "true")
    run(engine, "/routing/bgp/connection/enable", id_="*1")
    assert rows(engine, "/routing/bgp/connection", "disabled=false")
    assert refusal(engine, "/routing/bgp/connection/set", id_="*9", comment="x") == [
        (None, "no such item")
    ]
    assert refusal(engine, "/routing/bgp/connection/set", comment="x") == [(None, "missing =.id=")]
    six = idle_engine("6.49")
    assert refusal(six, "/routing/bgp/peer/remove", id_="*9") == [(None, "no such item (4)")]


def test_unsetting() -> None:
    engine = idle_engine("7.18.2")
    options = {"output__redistribute": "static", "hold_time": "30s"}
    run(engine, "/routing/bgp/connection/add", **CONNECTION, **options)
    run(engine, "/routing/bgp/connection/unset", id_="*1", value_name="output.redistribute")
    run(engine, "/routing/bgp/connection/set", id_="*1", **{"!hold-time": ""})
    (row,) = rows(engine, "/routing/bgp/connection")
    assert "output.redistribute" not in row
    assert "hold-time" not in row
    assert refusal(engine, "/routing/bgp/connection/unset", id_="*1", value_name="local.role") == [
        (1, "input does not match any value of value-name")
    ]
    assert refusal(engine, "/routing/bgp/connection/set", id_="*1", **{"!name": ""}) == [
        (None, "unknown parameter !name")
    ]


def test_comments() -> None:
    engine = idle_engine("7.18.2")
    run(engine, "/routing/bgp/connection/add", **CONNECTION, comment="a")
    run(engine, "/routing/bgp/connection/comment", numbers="*1", comment="b")
    assert rows(engine, "/routing/bgp/connection")[0]["comment"] == "b"
    run(engine, "/routing/bgp/connection/set", id_="*1", comment="")
    assert "comment" not in rows(engine, "/routing/bgp/connection")[0]


def test_order_of_rules() -> None:
    engine = idle_engine("7.18.2")
    for rule in ("accept", "reject", "return"):
        run(engine, "/routing/filter/rule/add", chain="c", rule=rule)
    run(engine, "/routing/filter/rule/move", numbers="*3", destination="*1")
    run(engine, "/routing/filter/rule/add", chain="c", rule="jump d", place_before="*1")
    found = [row["rule"] for row in rows(engine, "/routing/filter/rule")]
    assert found == ["return", "jump d", "accept", "reject"]
    run(engine, "/routing/filter/rule/move", numbers="*3")
    assert rows(engine, "/routing/filter/rule")[-1]["rule"] == "return"


def test_copying_a_row() -> None:
    engine = idle_engine("7.18.2")
    run(engine, "/routing/bgp/connection/add", **CONNECTION)
    run(engine, "/routing/bgp/connection/add", name="rr2", copy_from="rr1")
    copied = rows(engine, "/routing/bgp/connection")[1]
    assert (copied["name"], copied["remote.address"]) == ("rr2", "192.0.2.15/32")


def test_built_in_rows_stay() -> None:
    engine = idle_engine("6.49")
    run(engine, "/routing/bgp/instance/set", id_="default", **{"as": "63400"})
    assert rows(engine, "/routing/bgp/instance")[0]["as"] == "63400"
    with pytest.raises(Trap, match="can not be removed"):
        run(engine, "/routing/bgp/instance/remove", id_="default")


def test_printing() -> None:
    engine = idle_engine("7.18.2")
    for number in (1, 2):
        entry = {"list": f"l{number}", "address": "192.0.2.1"}
        run(engine, "/ip/firewall/address-list/add", **entry)
    path = "/ip/firewall/address-list"
    assert run(engine, f"{path}/print", count_only="").value == "2"
    assert run(engine, f"{path}/print", "list=l2", count_only="").value == "1"
    assert run(engine, f"{path}/getall", **{".proplist": "list,timeout"}).rows == [
        {"list": "l1"},
        {"list": "l2"},
    ]
    assert run(engine, f"{path}/find", "list=l2").value == "*2"
    assert run(engine, f"{path}/get", id_="*2", value_name="list").value == "l2"
    assert [row["list"] for row in run(engine, f"{path}/print", **{"from": "*2"}).rows] == ["l2"]
    assert refusal(engine, f"{path}/print", colour="red") == [(None, "unknown parameter colour")]


def test_single_menus() -> None:
    engine = idle_engine("6.49")
    assert rows(engine, "/system/identity") == [{"name": "ros"}]
    run(engine, "/system/identity/set", name="edge")
    assert rows(engine, "/system/identity") == [{"name": "edge"}]


def test_a_refused_command_changes_nothing() -> None:
    engine = idle_engine("7.18.2")
    run(engine, "/routing/bgp/connection/add", **CONNECTION)
    before = rows(engine, "/routing/bgp/connection")
    refusal(engine, "/routing/bgp/connection/set", id_="*1", hold_time="30s", multihop="maybe")
    refusal(engine, "/routing/bgp/connection/add", **CONNECTION)
    assert rows(engine, "/routing/bgp/connection") == before


READ = frozenset({"read", "api"})


@pytest.mark.parametrize(
    ("policies", "command", "allowed"),
    [
        (READ, "/ip/route/print", True),
        (READ, "/ip/route/add", False),
        (frozenset({"write", "api"}), "/ip/route/print", False),
        (READ | {"write"}, "/ip/route/add", True),
        (READ | {"write"}, "/user/print", True),
        (READ | {"write"}, "/user/add", False),
        (READ | {"write", "policy"}, "/user/add", True),
    ],
)
def test_rights(policies: frozenset[str], command: str, allowed: bool) -> None:
    engine = idle_engine("7.18.2")
    arguments = {"name": "x", "group": "read"} if command == "/user/add" else {}
    sentence = Sentence(command, arguments)
    if allowed:
        engine.execute(sentence, User("joe", policies))
        return
    with pytest.raises(Trap) as trap:
        engine.execute(sentence, User("joe", policies))
    assert trap.value.parts == [(None, "not enough permissions (9)")]


def test_secrets_need_their_own_right() -> None:
    engine = idle_engine("7.18.2")
    run(engine, "/routing/bgp/connection/add", **CONNECTION, tcp_md5_key="hush")
    assert rows(engine, "/routing/bgp/connection")[0]["tcp-md5-key"] == "hush"
    shown = engine.execute(Sentence("/routing/bgp/connection/print"), User("joe", READ))
    assert shown.rows[0]["tcp-md5-key"] == "*****"
    assert all("password" not in row for row in rows(engine, "/user"))


def test_the_command_log_masks_secrets(tmp_path: object) -> None:
    from pathlib import Path

    file = Path(str(tmp_path)) / "commands.log"
    engine = idle_engine("6.49")
    log = CommandLog(file)
    for sentence in (
        Sentence("/routing/bgp/peer/set", {".id": "*1", "tcp-md5-key": "hush"}),
        Sentence("/user/add", {"name": "joe", "password": "hush"}),
        Sentence("/login", {"name": "joe", "password": "hush"}),
        Sentence("/routing/bgp/peer/print", {}, ["tcp-md5-key=hush"]),
    ):
        log.add("joe", sentence, secrets(engine.profile.menus, sentence), "done")
    text = file.read_text()
    assert "hush" not in text
    assert [line.count('"write": true') for line in text.splitlines()] == [1, 1, 0, 0]
