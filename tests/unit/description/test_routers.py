# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filters, networks, OSPF and sessions of a router: from variables to options."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import yaml
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.description import (
    InventoryHost,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.faults import Fault
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.objects import (
    router_connections,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.route_filter import (  # noqa: E501
    lets_pass,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.work import work
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._routeros.arguments import (
    bgp_arguments,
)
from ansible_collections.netfabric.calico_routeros.plugins.plugin_utils.router_description import (
    router_faults,
)

from tests.unit.description.example import ADDRESSES, ROOT, read
from tests.unit.description.test_work import observed

PODS = {
    "name": "calico-in",
    "rules": [
        {
            "match": {"prefixes": [{"prefix": "10.20.0.0/16", "min_length": 26}]},
            "action": "accept",
            "set": {"local_preference": 200},
        }
    ],
}
OSPF = {"instance": "lan", "areas": [{"networks": ["192.168.0.0/24"]}], "redistribute_bgp": True}


def options(**variables: Any) -> dict[str, Any]:
    """The options of routeros_bgp for the example's router with further variables."""
    named = {f"routeros_peer_{name}": value for name, value in variables.items()}
    description, faults = read(host_change={"ros": named})
    assert faults == []
    assert description is not None
    (router,) = description.routers
    return router_connections(description, router, 63400, ADDRESSES)


def refused(**variables: Any) -> list[Fault]:
    hosts: Mapping[str, Any] = {
        "routeros_peer_tcp_md5_key": variables.pop("tcp_md5_key", None),
    }
    host = InventoryHost("ros", frozenset({"routeros"}), None, hosts)
    return router_faults({"ros": options(**variables)}, [host])


def test_what_is_said_of_a_router_reaches_it_as_it_is() -> None:
    found = options(
        filters=[PODS],
        input_filter="calico-in",
        networks=["10.0.0.0/8"],
        ospf=OSPF,
        ttl=5,
        multihop=True,
        multipath=2,
    )
    assert found["filters"] == [{**PODS, "default": "reject"}]
    assert found["networks"] == ["10.0.0.0/8"]
    assert found["instance"]["multipath"] == 2
    (connection,) = found["connections"]
    assert (connection["input_filter"], connection["ttl"]) == ("calico-in", 5)
    assert connection["multihop"] is True
    assert found["ospf"]["areas"] == [
        {"name": "backbone", "area_id": "0.0.0.0", "networks": ["192.168.0.0/24"]}
    ]
    assert refused(filters=[PODS], input_filter="calico-in", ospf=OSPF) == []


def test_what_is_not_said_is_not_there() -> None:
    found = options(filters=[], input_filter=None, output_filter=None)
    assert "ospf" not in found
    assert (found["filters"], found["networks"]) == ([], [])
    assert not {"ttl", "multihop", "input_filter", "templates"} & set(found["connections"][0])


def _rule(**rule: Any) -> dict[str, Any]:
    return {"filters": [{"name": "f", "rules": [{"action": "accept", **rule}]}]}


@pytest.mark.parametrize(
    ("variables", "variable", "found", "expected"),
    [
        ({"ttl": 300}, "ttl", "300", "a number from 1 to 255"),
        ({"multipath": 0}, "multipath", "0", "a number from 1 to 128"),
        ({"networks": ["10.0.0.1/8"]}, "networks[0]", "'10.0.0.1/8'", "without host bits"),
        ({"networks": ["10.0.0.0/8"] * 2}, "networks", "is there 2 times", "each once"),
        ({"hold_time": "1s"}, "hold_time", "'1s'", "infinity, or a time from 3s"),
        ({"keepalive_time": "2h"}, "keepalive_time", "'2h'", "from 1s to 1800s"),
        ({"filters": [{"name": "a b"}]}, "filters[0].name", "'a b'", "letters, digits"),
        (
            _rule(match={"prefixes": [{"prefix": "10.20.0.0/33"}]}),
            "filters[0] (f).rules[0].match.prefixes[0].prefix",
            "'10.20.0.0/33'",
            "a network",
        ),
        (
            _rule(match={"communities": ["63400"]}),
            "filters[0] (f).rules[0].match.communities[0]",
            "'63400'",
            "two numbers up to 65535",
        ),
        (_rule(set={"med": -1}), "filters[0] (f).rules[0].set.med", "-1", "a number from 0"),
        ({"ospf": {"metric": -1}}, "ospf.metric", "-1", "a number from"),
        ({"tcp_md5_key": "x" * 81}, "tcp_md5_key", "81 characters", "up to 80"),
    ],
)
def test_what_no_router_would_take_is_refused_by_the_name_of_the_variable(
    variables: dict[str, Any], variable: str, found: str, expected: str
) -> None:
    (fault,) = refused(**variables)
    assert (fault.hosts, fault.variable) == (("ros",), f"routeros_peer_{variable}")
    assert found in fault.found
    assert expected in fault.expected


def test_a_fault_of_every_session_is_told_once_and_a_key_never() -> None:
    faults = refused(ttl=300, tcp_md5_key="s3cret\n")
    assert len(faults) == 2
    assert "s3cret" not in str(faults)


@pytest.mark.parametrize(
    ("rules", "passes"),
    [
        ([], False),
        ([{"action": "accept"}], True),
        ([{"action": "accept", "match": {"prefixes": [{"prefix": "10.20.1.0/26"}]}}], True),
        ([{"action": "accept", "match": {"prefixes": [{"prefix": "10.20.0.0/16"}]}}], False),
        (
            [
                {
                    "action": "accept",
                    "match": {"prefixes": [{"prefix": "10.20.0.0/16", "max_length": 25}]},
                }
            ],
            False,
        ),
        (PODS["rules"], True),
        ([{"action": "reject", "match": {"communities": ["1:1"]}}, {"action": "accept"}], True),
        ([{"action": "accept", "match": {"prefixes": [{"prefix": "fd00::/8"}]}}], False),
    ],
)
def test_what_an_input_filter_does_to_a_pod_block(rules: list[Any], passes: bool) -> None:
    assert lets_pass([{"name": "f", "rules": rules}], "f", "10.20.1.0/26") is passes


def test_without_a_filter_all_passes_and_of_an_unknown_one_nothing_is_promised() -> None:
    assert lets_pass([], "", "10.20.1.0/26")
    assert not lets_pass([], "theirs", "10.20.1.0/26")


def test_the_role_takes_what_the_module_takes() -> None:
    text = (ROOT / "roles/routeros_peer/meta/argument_specs.yml").read_text(encoding="utf-8")
    role = yaml.safe_load(text)["argument_specs"]["main"]["options"]
    module = bgp_arguments()
    for name in ("filters", "ospf"):
        assert _shape(role[f"routeros_peer_{name}"]) == _shape(module[name]), name


def _shape(spec: Mapping[str, Any]) -> dict[str, Any]:
    kept = ("type", "elements", "choices", "required")
    shape: dict[str, Any] = {key: spec[key] for key in kept if key in spec}
    nested = spec.get("options") or {}
    shape["options"] = {name: _shape(sub) for name, sub in nested.items() if name != "comment"}
    return shape


def test_a_fault_is_told_before_anything_is_worked_out_of_it() -> None:
    bad = _rule(match={"prefixes": [{"prefix": "10.20.0.0/33"}]})
    named = {f"routeros_peer_{name}": value for name, value in {**bad, "input_filter": "f"}.items()}
    description, _faults = read(host_change={"ros": named})
    assert description is not None
    host = InventoryHost("ros", frozenset({"routeros"}), None, {})
    result, (fault,) = work(description, observed(), lambda routers: router_faults(routers, [host]))
    assert result == {}
    assert fault.variable == "routeros_peer_filters[0] (f).rules[0].match.prefixes[0].prefix"
