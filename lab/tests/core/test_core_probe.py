# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the probe sends, and how it counts."""

from __future__ import annotations

import struct
from ipaddress import IPv4Address

import pytest
from calico_lab.options import LabOptions
from calico_lab.probe import (
    Pair,
    ProbeResult,
    dns_pair,
    echo_request,
    parse_echo_reply,
    ping_pairs,
)
from calico_lab.topology import build_topology

TOPOLOGY = build_topology(LabOptions())


def pair_with(sent: int, lost: set[int], interval: float = 0.01) -> Pair:
    pair = Pair("a", "b", IPv4Address("10.20.0.1"))
    pair.sent = [index * interval for index in range(sent)]
    pair.received = set(range(sent)) - lost
    return pair


def ip_packet(payload: bytes, options: int = 0) -> bytes:
    """An IPv4 packet around a payload; `options` is the length of its IP options."""
    return bytes([0x40 | (5 + options // 4)]) + bytes(19 + options) + payload


def reply_to(request: bytes) -> bytes:
    return b"\x00" + request[1:]


def test_every_pod_pings_every_other() -> None:
    pairs = {(pair.source, pair.target) for pair in ping_pairs(TOPOLOGY, from_client=False)}
    assert len(pairs) == 42
    assert ("pod-k8s-worker1", "pod-coredns-0") in pairs
    assert not any(source == target for source, target in pairs)


def test_client_pings_every_pod() -> None:
    pairs = ping_pairs(TOPOLOGY, from_client=True)
    assert len(pairs) == 42 + 7
    assert {pair.target for pair in pairs if pair.source == "client"} == {
        pod.host for pod in TOPOLOGY.pods
    }


def test_dns_queries_go_to_the_service() -> None:
    assert dns_pair("client").address == IPv4Address("10.96.0.10")


@pytest.mark.parametrize("sequence", [0, 1, 65535, 65536, 1_000_000])
def test_a_reply_is_matched_to_its_request(sequence: int) -> None:
    packet = ip_packet(reply_to(echo_request(4711, sequence)))
    assert parse_echo_reply(packet) == (4711, sequence)


def test_ip_options_do_not_confuse_it() -> None:
    packet = ip_packet(reply_to(echo_request(7, 8)), options=8)
    assert parse_echo_reply(packet) == (7, 8)


def test_checksum_is_right() -> None:
    # RFC 1071: with its checksum in place, the sum over the message is all ones.
    words = struct.unpack("!30H", echo_request(1234, 567))
    total = sum(words)
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    assert total == 0xFFFF


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        b"\x45" + bytes(10),
        ip_packet(echo_request(1, 1)),  # a request, not a reply
        ip_packet(b"\x03\x01" + bytes(40)),  # host unreachable
    ],
)
def test_anything_else_is_no_reply(packet: bytes) -> None:
    assert parse_echo_reply(packet) is None


def test_lost_packets_are_counted() -> None:
    assert pair_with(100, set()).lost == 0
    assert pair_with(100, {3, 4, 50}).lost == 3


@pytest.mark.parametrize(
    ("lost", "gap"),
    [(set(), 0.0), ({5}, 0.01), ({5, 6, 7, 20}, 0.03), ({97, 98, 99}, 0.02)],
)
def test_longest_gap_runs_to_the_next_packet_that_arrived(lost: set[int], gap: float) -> None:
    assert pair_with(100, lost).longest_gap() == pytest.approx(gap)


def test_each_gap_has_its_times_and_packets() -> None:
    pair = pair_with(100, {5, 6, 7, 20, 99})
    found = [(gap.begin, gap.end, gap.lost) for gap in pair.gaps()]
    sent = pair.sent
    assert found == [(sent[5], sent[8], 3), (sent[20], sent[21], 1), (sent[99], sent[99], 1)]


def test_only_lossy_pairs_tell_their_gaps() -> None:
    pairs = ProbeResult([pair_with(9, {1}), pair_with(9, set())], seconds=1.0, rate=100)
    lossy, clean = pairs.as_data()["pairs"]
    assert [gap["lost"] for gap in lossy["gaps"]] == [1]
    assert "gaps" not in clean


def test_result_sums_up_all_pairs() -> None:
    result = ProbeResult([pair_with(100, {1}), pair_with(50, {2, 3})], seconds=1.0, rate=100)
    data = result.as_data()
    assert (data["sent"], data["lost"]) == (150, 3)
    assert [entry["lost"] for entry in data["pairs"]] == [1, 2]
    assert data["pairs"][1]["longest_gap_ms"] == 20
