# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Descriptions in the terms of each release; what a release cannot do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._routeros.release import (
    Release,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._routeros.render import (
    Rendering,
    render,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._routeros.validation import (  # noqa: E501
    describe,
)

from tests.unit.routeros.parameters import parameters, reference

#: Arguments of ``add`` per release and menu, from the consoles of real routers.
ARGUMENTS: dict[str, dict[str, list[str]]] = json.loads(
    (Path(__file__).parent / "data" / "arguments.json").read_text()
)
OURS = "managed by netfabric.calico_routeros"


def rendered(params: dict[str, Any], release: str) -> Rendering:
    return render(describe(params), Release.parse(release))


def fields(params: dict[str, Any], release: str, menu: str) -> list[dict[str, Any]]:
    wishes = rendered(params, release).wishes
    return [dict(wish.fields) for wish in wishes if wish.menu.path == menu]


def everything() -> dict[str, Any]:
    params = reference(
        remote_port=1179,
        route_reflector_client=True,
        address_families=["ip", "ipv6"],
        hold_time="90s",
        keepalive_time="30s",
        password="key",
        multihop=True,
        ttl=64,
        next_hop_choice="force-self",
        default_originate="always",
        redistribute=["connected", "ospf"],
        input_filter="in",
        output_filter="out",
        passive=True,
    )
    params["instance"].update(
        router_id="192.168.0.253",
        cluster_id="244.0.0.1",
        client_to_client_reflection=False,
        ignore_as_path_length=True,
    )
    params["networks"] = ["10.96.0.0/12", "192.168.9.9/32"]
    return params


@pytest.mark.parametrize("release", sorted(ARGUMENTS))
def test_a_full_description_names_only_arguments_that_the_release_has(release: str) -> None:
    params = everything()
    if Release.parse(release).at_least(7, 11) or release.startswith("6"):
        params["connections"][0]["bfd"] = True
    rendering = rendered(params, release)
    assert rendering.faults == ()
    for scope in rendering.scopes:
        if scope.menu.path.startswith("ipv6/"):
            continue
        assert set(scope.menu.properties) <= set(ARGUMENTS[release][scope.menu.path])


def test_the_reference_scenario_on_routeros_6() -> None:
    assert fields(reference(), "6.49.10", "ip/address") == [
        {"address": "192.168.0.253/24", "interface": "ether1", "disabled": False}
    ]
    (instance,) = fields(reference(), "6.49.10", "routing/bgp/instance")
    assert instance["name"] == "default"
    assert instance["as"] == 63400
    assert instance["redistribute-static"] is False
    assert fields(reference(), "6.49.10", "routing/bgp/peer") == [
        {
            "name": "rr1",
            "instance": "default",
            "remote-address": "192.168.0.15",
            "remote-as": 63400,
            "update-source": "192.168.0.253",
            "disabled": False,
        }
    ]


def test_the_reference_scenario_on_7_18() -> None:
    rendering = rendered(reference(address_families=["ip"]), "7.18.2")
    assert [wish.menu.path for wish in rendering.wishes] == ["ip/address", "routing/bgp/connection"]
    assert dict(rendering.wishes[1].fields) == {
        "name": "rr1",
        "as": 63400,
        "remote.address": "192.168.0.15",
        "remote.as": 63400,
        "local.address": "192.168.0.253",
        "local.role": "ibgp",
        "address-families": ("ip",),
        "output.redistribute": None,
        "disabled": False,
    }


def test_7_19_calls_the_families_afi_and_still_has_no_instance() -> None:
    rendering = rendered(reference(address_families=["ip"]), "7.19.4")
    fields_of_it = rendering.wishes[-1].fields
    assert fields_of_it["afi"] == ("ip",)
    assert "address-families" not in fields_of_it
    assert "instance" not in fields_of_it


def test_from_7_20_the_instance_holds_as_router_id_and_cluster_id() -> None:
    params = everything()
    assert fields(params, "7.20.8", "routing/bgp/instance") == [
        {
            "name": "default",
            "as": 63400,
            "router-id": "192.168.0.253",
            "cluster-id": "244.0.0.1",
            "ignore-as-path-len": True,
            "disabled": False,
        }
    ]
    (connection,) = fields(params, "7.20.8", "routing/bgp/connection")
    assert connection["instance"] == "default"
    assert not {"as", "router-id", "cluster-id", "input.ignore-as-path-len"} & set(connection)


def test_before_7_20_the_connection_holds_them() -> None:
    (connection,) = fields(everything(), "7.18.2", "routing/bgp/connection")
    assert connection["router-id"] == "192.168.0.253"
    assert connection["cluster-id"] == "244.0.0.1"
    assert connection["output.no-client-to-client-reflection"] is True


@pytest.mark.parametrize(
    ("connection", "role"),
    [
        ({}, "ibgp"),
        ({"route_reflector_client": True}, "ibgp-rr"),
        ({"remote_as": 65001}, "ebgp"),
        ({"local_as": 65001}, "ebgp"),
        ({"local_as": 65001, "remote_as": 65001}, "ibgp"),
    ],
)
def test_the_role_follows_from_the_as_numbers(connection: dict[str, Any], role: str) -> None:
    (found,) = fields(reference(**connection), "7.22.3", "routing/bgp/connection")
    assert found["local.role"] == role


def test_networks_are_a_list_named_by_the_connection_on_7_and_a_menu_on_6() -> None:
    params = everything()
    listed = fields(params, "7.18.2", "ip/firewall/address-list")
    assert [entry["address"] for entry in listed] == ["10.96.0.0/12", "192.168.9.9"]
    (connection,) = fields(params, "7.18.2", "routing/bgp/connection")
    assert {entry["list"] for entry in listed} == {connection["output.network"]}
    menu = fields(params, "6.49", "routing/bgp/network")
    assert [entry["network"] for entry in menu] == ["10.96.0.0/12", "192.168.9.9/32"]


def test_bfd_is_allowed_for_the_neighbour() -> None:
    assert fields(reference(bfd=True), "7.18.2", "routing/bfd/configuration") == [
        {"addresses": "192.168.0.15", "disabled": False}
    ]


def test_an_ibgp_neighbour_without_source_address_is_warned_of_on_7() -> None:
    params = reference(remote_address="172.16.0.1")
    assert "local_address is not named" in rendered(params, "7.18.2").warnings[0]
    assert rendered(params, "6.49").warnings == ()


@pytest.mark.parametrize(
    ("release", "connection", "expected"),
    [
        ("6.49", {"listen": False}, "listen: RouterOS 6.49 always accepts sessions"),
        ("6.49", {"local_as": 65001}, "local_as: RouterOS 6.49 has one AS number per instance"),
        ("6.49", {"redistribute": ["isis"]}, "RouterOS 6.49 cannot redistribute isis, only bgp"),
        ("7.10.2", {"bfd": True}, "bfd: RouterOS 7.10.2 has no dependable BFD; 7.11"),
        ("7.10.2", {"hold_time": "2h"}, "hold_time: RouterOS 7.10.2 takes up to 1h"),
        ("7.14.3", {"redistribute": ["isis"]}, "cannot redistribute isis; 7.16.0 and later can"),
        ("7.21.3", {"redistribute": ["slaac"]}, "cannot redistribute slaac; 7.21.4 and later can"),
    ],
)
def test_what_a_release_cannot_do_is_refused_with_release_and_field(
    release: str, connection: dict[str, Any], expected: str
) -> None:
    (fault,) = rendered(reference(**connection), release).faults
    assert expected in fault
    assert fault.startswith("connections[0]")


@pytest.mark.parametrize("release", ["6.49", "7.21.5"])
def test_multipath_needs_7_22(release: str) -> None:
    params = parameters(instance={"as_number": 63400, "multipath": 4})
    assert "instance.multipath" in rendered(params, release).faults[0]
    assert rendered(params, "7.22.3").faults == ()


def test_routeros_6_redistributes_per_instance() -> None:
    params = reference()
    params["connections"].append(
        {
            **params["connections"][0],
            "name": "rr2",
            "remote_address": "192.168.0.14",
            "redistribute": ["static"],
        }
    )
    assert "all connections must name the same" in rendered(params, "6.49").faults[0]
    assert rendered(params, "7.18.2").faults == ()


def test_releases_without_plain_login_are_refused() -> None:
    assert "RouterOS 6.42.5 is too old" in rendered(reference(), "6.42.5").faults[0]


def test_all_refusals_come_at_once() -> None:
    params = reference(listen=False, local_as=65001, redistribute=["isis"])
    params["instance"]["multipath"] = 2
    assert len(rendered(params, "6.49").faults) == 4
