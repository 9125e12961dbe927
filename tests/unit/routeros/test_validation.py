# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bad descriptions: every fault, all at once, with place, found and expected."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._routeros.errors import (
    Refused,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._routeros.validation import (  # noqa: E501
    awaited,
    describe,
)

from tests.unit.routeros.parameters import parameters, reference


def faults_of(params: dict[str, Any]) -> tuple[str, ...]:
    with pytest.raises(Refused) as caught:
        describe(params)
    return tuple(caught.value.faults)


@pytest.mark.parametrize(
    ("connection", "expected"),
    [
        ({"remote_address": "192.168.0.15/24"}, "connections[0].remote_address: found"),
        ({"remote_address": "rr1"}, "connections[0].remote_address: found 'rr1', expected an IPv4"),
        ({"remote_as": 0}, "connections[0].remote_as: found 0, expected a number from 1 to"),
        ({"remote_as": 2**32}, "connections[0].remote_as: found 4294967296"),
        ({"local_as": 2**32}, "connections[0].local_as: found 4294967296"),
        ({"local_address": "ether1"}, "connections[0].local_address: found 'ether1'"),
        ({"local_address": "fd00::1"}, "connections[0].local_address: found 'fd00::1'"),
        ({"remote_port": 70000}, "connections[0].remote_port: found 70000"),
        ({"hold_time": "2s"}, "connections[0].hold_time: found '2s'"),
        ({"hold_time": "often"}, "connections[0].hold_time: found 'often'"),
        ({"hold_time": "19h"}, "connections[0].hold_time: found '19h'"),
        ({"keepalive_time": "0s"}, "connections[0].keepalive_time: found '0s'"),
        ({"keepalive_time": "31m"}, "connections[0].keepalive_time: found '31m'"),
        ({"hold_time": "30s", "keepalive_time": "30s"}, "expected 'less than hold_time'"),
        ({"ttl": 0}, "connections[0].ttl: found 0"),
        ({"ttl": 256}, "connections[0].ttl: found 256"),
        ({"name": " "}, "connections[0].name: found ' ', expected a name"),
        ({"address_families": []}, "connections[0].address_families: found []"),
        ({"remote_as": 65001, "route_reflector_client": True}, "only iBGP neighbours"),
        ({"password": "x" * 81}, "connections[0].password: found 81 characters"),
        ({"password": "line\nbreak"}, "connections[0].password: found 10 characters"),
    ],
)
def test_a_bad_connection_is_refused(connection: dict[str, Any], expected: str) -> None:
    faults = faults_of(reference(**connection))
    assert len(faults) == 1
    assert expected.replace("'less than hold_time'", "less than hold_time") in faults[0]


@pytest.mark.parametrize(
    ("instance", "expected"),
    [
        ({"as_number": 0}, "instance.as_number: found 0"),
        ({"as_number": 2**32}, "instance.as_number: found 4294967296"),
        ({"as_number": 63400, "router_id": "fd00::1"}, "instance.router_id: found 'fd00::1'"),
        ({"as_number": 63400, "router_id": "0.0.0.0"}, "instance.router_id: found '0.0.0.0'"),
        ({"as_number": 63400, "cluster_id": "244.0.0"}, "instance.cluster_id: found '244.0.0'"),
        ({"as_number": 63400, "cluster_id": "244.0.0.1/32"}, "expected a plain IPv4 address"),
        ({"as_number": 63400, "name": ""}, "instance.name: found ''"),
        ({"as_number": 63400, "multipath": 0}, "instance.multipath: found 0"),
    ],
)
def test_a_bad_instance_is_refused(instance: dict[str, Any], expected: str) -> None:
    faults = faults_of(parameters(instance=instance))
    assert len(faults) == 1
    assert expected in faults[0]


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        (
            {"addresses": [{"address": "192.168.0.253", "interface": "ether1"}]},
            "addresses[0].address: found '192.168.0.253', expected an address with prefix length",
        ),
        (
            {"addresses": [{"address": "192.168.0.256/24", "interface": "ether1"}]},
            "addresses[0].address: found '192.168.0.256/24'",
        ),
        (
            {"addresses": [{"address": "192.168.0.1/24", "interface": ""}]},
            "addresses[0].interface: found ''",
        ),
        (
            {"addresses": [{"address": "10.0.0.1/24", "interface": i} for i in ("a", "b")]},
            "addresses: address '10.0.0.1' is there 2 times",
        ),
        (
            {"instance": {"as_number": 1}, "networks": ["10.96.0.1/12"]},
            "networks[0]: found '10.96.0.1/12', expected a network without host bits",
        ),
        ({"networks": ["10.96.0.0/12"]}, "instance: found None"),
        (
            {"connections": [{"name": "a", "remote_address": "10.0.0.1", "remote_as": 1}]},
            "instance: found None, expected the BGP instance of the connections",
        ),
        ({"owner": ""}, "owner: found ''"),
    ],
)
def test_other_bad_parameters_are_refused(params: dict[str, Any], expected: str) -> None:
    faults = faults_of(parameters(**params))
    assert len(faults) == 1
    assert expected in faults[0]


def test_duplicates_are_named() -> None:
    double = {"name": "a", "remote_address": "10.0.0.1", "remote_as": 1}
    faults = faults_of(parameters(instance={"as_number": 1}, connections=[double, double]))
    assert faults == (
        "connections: name 'a' is there 2 times",
        "connections: remote_address '10.0.0.1' is there 2 times",
    )


def test_all_faults_come_at_once_and_none_shows_the_password() -> None:
    params = reference(ttl=0, remote_as=0, hold_time="x", password="s3cret-" * 20)
    with pytest.raises(Refused) as caught:
        describe(params)
    assert len(caught.value.faults) == 4
    assert "s3cret" not in str(caught.value)
    assert str(caught.value).startswith("4 faults, nothing was written: ")


def test_the_source_address_is_the_one_in_the_neighbours_network() -> None:
    params = reference()
    params["addresses"].append({"address": "10.0.0.1/8", "interface": "ether2", "comment": None})
    (connection,) = describe(params).connections
    assert connection.local_address == "192.168.0.253"


def test_without_a_near_address_the_source_is_not_named() -> None:
    (connection,) = describe(reference(remote_address="172.16.0.1")).connections
    assert connection.local_address is None


def test_what_to_wait_for_is_checked_all_at_once() -> None:
    good = {"wait_for": [{"remote_address": "FD00::15"}], "wait_for_routes": ["10.20.0.0/26"]}
    assert (awaited(good).sessions, awaited(good).routes) == (["fd00::15"], ["10.20.0.0/26"])
    bad = {"wait_for": [{"remote_address": "rr1"}], "wait_for_routes": ["10.20.0.1/26"]}
    with pytest.raises(Refused) as caught:
        awaited(bad)
    assert [fault.split(",")[0] for fault in caught.value.faults] == [
        "wait_for[0].remote_address: found 'rr1'",
        "wait_for_routes[0]: found '10.20.0.1/26'",
    ]
