# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What makes BIRD refuse a node's file, and which object is to blame."""

from __future__ import annotations

from typing import Any

import pytest

from .clusters import Raw, mesh_off, node, plan, raw, reflector

N1 = node("n1", "10.0.0.1/24")
N2 = node("n2", "10.0.0.2/24")


def _peer(**spec: Any) -> Raw:
    return raw("BGPPeer", "p", **{"peerIP": "10.0.0.9", "asNumber": 65001, **spec})


def _password(text: str) -> Raw:
    return {"kind": "Secret", "name": "bgp", "namespace": "kube-system", "stringData": {"k": text}}


def _advertised(**entry: Any) -> Raw:
    return raw("BGPConfiguration", "default", prefixAdvertisements=[entry])


def _filter(**rule: Any) -> Raw:
    return raw("BGPFilter", "f", importV4=[{"action": "Reject", "matchOperator": "In", **rule}])


WITH_PASSWORD = _peer(password={"secretKeyRef": {"name": "bgp", "key": "k"}})
CLIENT = raw("BGPPeer", "p", nodeSelector="all()", peerSelector="has(route-reflector)")
BY_SELECTOR_OVER_IPV6 = raw(
    "BGPPeer",
    "p",
    nodeSelector="all()",
    peerSelector="has(route-reflector)",
    reachableBy="fd00::1",
)

CASES: dict[str, tuple[tuple[Raw, ...], str | None, str]] = {
    "fine": ((N1, N2, _peer()), None, ""),
    "no AS": ((N1, _peer(asNumber=0)), "BGPPeer p", "as 0"),
    "own AS 0": ((node("n1", "10.0.0.1/24", annotations={"ASNumber": "0"}), N2), "Node n1", "is 0"),
    "own AS 0, alone": ((node("n1", "10.0.0.1/24", annotations={"ASNumber": "0"}),), None, ""),
    "AS of the other 0": (
        (N1, node("n2", "10.0.0.2/24", annotations={"ASNumber": "0"})),
        "Node n2",
        "as 0",
    ),
    "one address twice": (
        (N1, node("n2", "10.0.0.3/24"), node("n3", "10.0.0.3/24")),
        "Nodes n2, n3",
        "share the address 10.0.0.3",
    ),
    "cluster ID with mask": (
        (reflector("n1", "10.0.0.1/24", "10.0.0.0/8"), N2, CLIENT),
        "Node n1",
        "'10.0.0.0/8'",
    ),
    "cluster ID with mask, no client": ((reflector("n1", "10.0.0.1/24", "10.0.0.0/8"),), None, ""),
    "quote in the password": ((N1, WITH_PASSWORD, _password('a"b')), "BGPPeer p", "double quote"),
    "line break in the password": ((N1, WITH_PASSWORD, _password("a\n")), "BGPPeer p", "break"),
    "long password": ((N1, WITH_PASSWORD, _password("x" * 81)), None, ""),
    "unspecified neighbor": ((N1, _peer(peerIP="0.0.0.0")), "BGPPeer p", "no address"),
    "gateway of the other family, by selector": (
        (N1, reflector("n2", "10.0.0.2/24"), BY_SELECTOR_OVER_IPV6),
        "BGPPeer p",
        "not IPv4",
    ),
    "filter rule of the other family": ((N1, _filter(cidr="fd00::/8")), "BGPFilter f", "IPv6"),
    "filter rule with host bits": ((N1, _filter(cidr="10.0.0.1/8")), "BGPFilter f", "host bits"),
    "empty prefix lengths": (
        (N1, _filter(cidr="10.0.0.0/16", prefixLength={"max": 8})),
        "BGPFilter f",
        "from 16 to 8",
    ),
    "community out of range": (
        (N1, _advertised(cidr="10.1.0.0/16", communities=["65000:70000"])),
        "BGPConfiguration default",
        "out of range",
    ),
    "large community": (
        (N1, _advertised(cidr="10.1.0.0/16", communities=["65000:70000:1"])),
        None,
        "",
    ),
    "advertised prefix with host bits": (
        (N1, _advertised(cidr="10.1.2.3/16", communities=["1:1"])),
        "BGPConfiguration default",
        "10.1.0.0/16",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_ipv4(case: str) -> None:
    objects, at_fault, reason = CASES[case]
    daemon = plan(*objects)["n1"].ipv4
    assert daemon.bird_accepts is (at_fault is None)
    if at_fault is not None:
        assert at_fault in [refusal.at_fault for refusal in daemon.refusals]
        assert reason in " ".join(map(str, daemon.refusals))


def test_empty_router_id_breaks_both_families_even_without_bgp() -> None:
    bgp = plan(node("n1", annotations={"IPv6Address": "fd00::1/64"}))["n1"]
    assert (bgp.ipv4.bird_accepts, bgp.ipv6.bird_accepts) == (False, False)
    assert "CALICO_ROUTER_ID=hash" in str(bgp.ipv4.refusals[0])


@pytest.mark.parametrize(
    ("router_id", "accepted"), [("hash", True), ("1.2.3.4", True), ("77", True), ("n1", False)]
)
def test_given_router_ids(router_id: str, accepted: bool) -> None:
    bgp = plan(node("n1", annotations={"IPv6Address": "fd00::1/64"}), router_id=router_id)["n1"]
    assert bgp.ipv6.bird_accepts is accepted


def test_link_local_neighbor() -> None:
    objects = (
        node("n1", "10.0.0.1/24", annotations={"IPv6Address": "fd00::1/64"}),
        _peer(peerIP="fe80::1"),
    )
    assert "needs an interface" in str(plan(*objects)["n1"].ipv6.refusals[0])


def test_rule_that_confd_cannot_write_leaves_no_file() -> None:
    rule = {"action": "Reject", "cidr": "10.0.0.0/8"}
    daemon = plan(N1, raw("BGPFilter", "f", exportV4=[rule]), version="v3.29.7")["n1"].ipv4
    assert (daemon.rendered, daemon.bird_accepts) == (False, False)
    assert "exportV4[0]: a rule with cidr needs matchOperator" in str(daemon.refusals[0])


def test_no_password_in_refusals() -> None:
    daemon = plan(mesh_off(), N1, WITH_PASSWORD, _password('hunter2"'))["n1"].ipv4
    assert daemon.refusals
    assert "hunter2" not in repr(daemon) + " ".join(map(str, daemon.refusals))
