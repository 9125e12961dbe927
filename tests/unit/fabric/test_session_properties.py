# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Properties that hold for any cluster."""

from __future__ import annotations

import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from .clusters import Raw, node, plan, raw

SELECTORS = st.sampled_from(
    ["all()", "has(rr)", "!has(rr)", "rack == 'r1'", "rack != 'r1'", "rack in {'r1', 'r2'}"]
)
VERSIONS = st.sampled_from(["v3.29.7", "v3.31.7", "v3.32.1", "v3.34.0"])


@st.composite
def _nodes(draw: st.DrawFn) -> list[Raw]:
    nodes = []
    for number in range(1, draw(st.integers(1, 7)) + 1):
        labels = {"rack": draw(st.sampled_from(["r1", "r2", "r3"]))}
        annotations = {}
        if draw(st.booleans()):
            labels["rr"] = ""
            annotations["RouteReflectorClusterID"] = draw(st.sampled_from(["1.1.1.1", "2.2.2.2"]))
        if draw(st.booleans()):
            annotations["IPv6Address"] = f"fd00::{number:x}/64"
        nodes.append(node(f"n{number}", f"10.0.0.{number}/24", labels, annotations))
    return nodes


@st.composite
def _peers(draw: st.DrawFn) -> list[Raw]:
    peers = []
    for number in range(draw(st.integers(0, 4))):
        spec: dict[str, Any] = {}
        if draw(st.booleans()):
            spec["nodeSelector"] = draw(SELECTORS)
        if draw(st.booleans()):
            spec["peerSelector"] = draw(SELECTORS)
        else:
            spec["peerIP"] = f"10.0.0.{draw(st.integers(1, 9))}"
            spec["asNumber"] = draw(st.sampled_from([64512, 65000]))
        if draw(st.booleans()):
            spec["maxRestartTime"] = draw(st.sampled_from(["10s", "20s"]))
        peers.append(raw("BGPPeer", f"p{number}", **spec))
    return peers


@settings(max_examples=60, deadline=None)
@given(_nodes(), _peers(), st.booleans(), VERSIONS, st.randoms(use_true_random=False))
def test_order_of_objects_does_not_matter(
    nodes: list[Raw], peers: list[Raw], mesh: bool, version: str, chance: random.Random
) -> None:
    objects = [*nodes, *peers, raw("BGPConfiguration", "default", nodeToNodeMeshEnabled=mesh)]
    shuffled = list(objects)
    chance.shuffle(shuffled)
    one, other = plan(*objects, version=version), plan(*shuffled, version=version)
    assert dict(one) == dict(other)
    assert one.ambiguities == other.ambiguities


@settings(max_examples=60, deadline=None)
@given(_nodes(), st.lists(st.tuples(SELECTORS, SELECTORS), max_size=3), st.booleans(), VERSIONS)
def test_sessions_between_nodes_stand_on_both_ends(
    nodes: list[Raw], selectors: list[tuple[str, str]], mesh: bool, version: str
) -> None:
    peers = [
        raw("BGPPeer", f"p{i}", nodeSelector=nodes_of, peerSelector=peers_of)
        for i, (nodes_of, peers_of) in enumerate(selectors)
    ]
    configuration = raw("BGPConfiguration", "default", nodeToNodeMeshEnabled=mesh)
    found = plan(*nodes, *peers, configuration, version=version)
    for family in (4, 6):
        ends = {
            (session.kind, session.source_address, session.neighbor): session
            for bgp in found.values()
            for session in bgp.daemon(family).sessions
        }
        for (kind, here, there), session in ends.items():
            back = ends[kind, there, here]
            assert back.remote_as == session.remote_as == 64512
            if kind == "Mesh":
                assert back.passive != session.passive


@settings(max_examples=60, deadline=None)
@given(_nodes(), _peers(), VERSIONS)
def test_no_node_talks_to_itself_and_names_are_unique(
    nodes: list[Raw], peers: list[Raw], version: str
) -> None:
    for bgp in plan(*nodes, *peers, version=version).values():
        for daemon in bgp:
            names = [session.name for session in daemon.sessions]
            assert names == sorted(set(names))
            assert all(session.neighbor != session.source_address for session in daemon.sessions)


@settings(max_examples=60, deadline=None)
@given(_nodes(), _peers(), st.booleans())
def test_planned_sessions_are_one_of_the_alternatives(
    nodes: list[Raw], peers: list[Raw], mesh: bool
) -> None:
    found = plan(*nodes, *peers, raw("BGPConfiguration", "default", nodeToNodeMeshEnabled=mesh))
    for ambiguity in found.ambiguities:
        assert ambiguity.alternatives[0] in found[ambiguity.node].daemon(ambiguity.family).sessions
        assert len(set(ambiguity.alternatives)) == len(ambiguity.alternatives) > 1
        assert ambiguity.fields
