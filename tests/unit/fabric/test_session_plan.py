# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of session planning that the recorded data does not show, and what the plan tells."""

from __future__ import annotations

import pytest

from .clusters import Raw, mesh_off, node, plan, raw, reflector

WORKERS = (node("w1", "10.0.0.11/24"), node("w2", "10.0.0.12/24"))
TO_REFLECTORS = raw(
    "BGPPeer", "to-rr", nodeSelector="all()", peerSelector="route-reflector == 'true'"
)


def _neighbors(*objects: Raw, on: str, version: str = "v3.32.1") -> list[str]:
    return [session.name for session in plan(*objects, version=version)[on].ipv4.sessions]


@pytest.mark.parametrize(
    ("version", "ttl_security"),
    [("v3.20.0", None), ("v3.32.9", None), ("v3.33.0", "off"), ("v4.1.0", "off")],
)
def test_releases_between_and_beyond_the_known_ones(version: str, ttl_security: str | None) -> None:
    session = plan(*WORKERS, version=version)["w1"].ipv4.sessions[0]
    assert session.ttl_security == ttl_security


def test_next_hop_kept_with_selector_only_since_3_30_2() -> None:
    objects = (
        mesh_off(),
        node("w1", "10.0.0.11/24", annotations={"ASNumber": "65001"}),
        reflector("rr", "10.0.0.21/24"),
        raw(
            "BGPPeer",
            "p",
            nodeSelector="!has(route-reflector)",
            peerSelector="has(route-reflector)",
            keepOriginalNextHop=True,
        ),
    )
    next_hops = {
        version: plan(*objects, version=version)["w1"].ipv4.sessions[0].next_hop
        for version in ("v3.30.1", "v3.30.2")
    }
    assert next_hops == {"v3.30.1": None, "v3.30.2": "keep"}


def test_peer_without_address_or_selector_reaches_nodes_without_ipv6() -> None:
    """confd compares the empty peerIP with the nodes' empty IPv6 address."""
    void = raw("BGPPeer", "void", node="w1")
    assert _neighbors(mesh_off(), *WORKERS, void, on="w2") == ["Node_10_0_0_11"]
    assert _neighbors(mesh_off(), *WORKERS, void, on="w1") == []


def test_peers_of_workloads_and_unknown_nodes_give_no_session() -> None:
    peers = (
        raw("BGPPeer", "pods", localWorkloadSelector="all()", asNumber=65001),
        raw("BGPPeer", "ghost", node="ghost", peerIP="10.0.0.11", asNumber=64512),
    )
    assert _neighbors(mesh_off(), *WORKERS, *peers, on="w1") == []


def test_selectors_that_do_not_parse_are_told() -> None:
    found = plan(*WORKERS, raw("BGPPeer", "p", nodeSelector="rack =", peerIP="10.0.0.9"))
    assert list(found.selector_errors) == ["rack ="]
    assert "position 5: expected '=='" in str(found.selector_errors["rack ="])


def test_the_plan_is_a_mapping_of_nodes_by_name() -> None:
    found = plan(*reversed(WORKERS))
    assert list(found) == ["w1", "w2"]
    assert len(found) == 2
    assert found["w1"].daemon(4) is found["w1"].ipv4
    assert found["w1"].daemon(6) is found["w1"].ipv6
    assert found.nodes_with_address("10.0.0.12") == ("w2",)
    assert found.nodes_with_address("") == ()
    with pytest.raises(KeyError):
        found["w3"]


def test_overlap_is_reported_with_its_alternatives() -> None:
    found = plan(
        mesh_off(),
        *WORKERS,
        reflector("rr", "10.0.0.21/24"),
        TO_REFLECTORS,
        raw("BGPPeer", "by-ip", nodeSelector="all()", peerIP="10.0.0.21:179", asNumber=64512,
            maxRestartTime="10s"),
    )  # fmt: skip
    on_w1 = [ambiguity for ambiguity in found.ambiguities if ambiguity.node == "w1"]
    assert len(on_w1) == 1
    ambiguity = on_w1[0]
    assert (ambiguity.kind, ambiguity.neighbor, ambiguity.port) == ("Node", "10.0.0.21", 179)
    assert ambiguity.bgppeers == ("by-ip", "to-rr")
    assert ambiguity.fields == ("name", "port", "graceful_restart_time")
    assert [session.graceful_restart_time for session in ambiguity.alternatives] == [10, None]
    assert found["w1"].ipv4.sessions == ambiguity.alternatives[:1]
    assert "BGPPeers by-ip, to-rr with different name, port, graceful_restart_time" in str(
        ambiguity
    )


def test_equal_overlap_is_no_ambiguity() -> None:
    peers = [
        raw("BGPPeer", name, nodeSelector="all()", peerIP="10.0.0.9", asNumber=65001)
        for name in ("one", "two")
    ]
    found = plan(mesh_off(), *WORKERS, *peers)
    assert found.ambiguities == ()
    assert found["w1"].ipv4.sessions[0].bgppeers == ("one", "two")


def test_static_route_by_chance_is_an_ambiguity_without_a_session() -> None:
    """A node has the route to its own address too, and the two gateways differ."""
    peers = [
        raw("BGPPeer", f"p{end}", node="w1", peerIP="10.0.0.11", asNumber=65001,
            reachableBy=f"10.0.0.25{end}")
        for end in (1, 2)
    ]  # fmt: skip
    found = plan(mesh_off(), *WORKERS, *peers)
    assert [ambiguity.fields for ambiguity in found.ambiguities] == [("reachable_by",)]
    assert found["w1"].ipv4.sessions == ()


def test_a_large_mesh_is_not_kept() -> None:
    nodes = [node(f"n{i}", f"10.{i >> 8}.{i & 255}.1/24") for i in range(501)]
    found = plan(*nodes)
    assert len(found["n7"].ipv4.sessions) == 500
    assert found["n7"] == found["n7"]
    assert found["n7"] is not found["n7"]
