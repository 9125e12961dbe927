# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pings between all pods, and what was lost of them.

One process sends for all hosts: a socket stays in the namespace that it was opened in. So a few
thousand packets a second cost little, no reply is lost at the end (it waits for the last ones), and
every lost packet is known by its time.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import socket
import struct
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from typing import Any

from dnslib import DNSRecord

from calico_lab import namespaces
from calico_lab.topology import CLIENT, DNS_SERVICE, Topology

ECHO_REPLY = 0  # ICMP types, RFC 792
ECHO_REQUEST = 8
ICMP_FILTER = 1  # linux/icmp.h; with SOL_RAW
SOL_RAW = 255

PAYLOAD = bytes(range(48))  # with the header the 56 bytes that ping sends
LINGER = 1.0  # seconds to wait for the last replies
RECEIVE_BUFFER = 4 << 20  # bytes; a busy machine must not lose replies here

DNS_NAME = "kubernetes.default.svc.cluster.local"


@dataclass(frozen=True)
class Gap:
    """Packets lost in a row, from the first of them to the next that arrived (or the last one).

    Times are CLOCK_MONOTONIC, in seconds: the same in all processes of the machine.
    """

    begin: float
    end: float
    lost: int


@dataclass
class Pair:
    """One direction between two hosts, and the fate of its packets."""

    source: str
    target: str
    address: IPv4Address
    # A pair's packets are known by this in the reply: ICMP identifier, or DNS transaction ID base.
    identifier: int = 0
    sent: list[float] = field(default_factory=list)
    received: set[int] = field(default_factory=set)
    wrong_source: int = 0

    @property
    def lost(self) -> int:
        return len(self.sent) - len(self.received)

    def gaps(self) -> list[Gap]:
        """The losses, in order."""
        found: list[Gap] = []
        begin, lost = 0.0, 0
        for sequence, moment in enumerate(self.sent):
            if sequence not in self.received:
                begin = begin if lost else moment
                lost += 1
            elif lost:
                found.append(Gap(begin, moment, lost))
                lost = 0
        if lost:
            found.append(Gap(begin, self.sent[-1], lost))
        return found

    def longest_gap(self) -> float:
        """Longest time, in seconds, from one lost packet to the next that arrived (or the end)."""
        return max((gap.end - gap.begin for gap in self.gaps()), default=0.0)


@dataclass(frozen=True)
class ProbeResult:
    """The pairs of a probe and how long it sent, in seconds."""

    pairs: Sequence[Pair]
    seconds: float
    rate: float

    @property
    def sent(self) -> int:
        return sum(len(pair.sent) for pair in self.pairs)

    @property
    def lost(self) -> int:
        return sum(pair.lost for pair in self.pairs)

    def as_data(self) -> dict[str, Any]:
        return {
            "rate": self.rate,
            "seconds": round(self.seconds, 3),
            "sent": self.sent,
            "lost": self.lost,
            "pairs": [
                {
                    "from": pair.source,
                    "to": pair.target,
                    "sent": len(pair.sent),
                    "lost": pair.lost,
                    "longest_gap_ms": round(pair.longest_gap() * 1000),
                    **({"gaps": [vars(gap) for gap in pair.gaps()]} if pair.lost else {}),
                    **({"wrong_source": pair.wrong_source} if pair.wrong_source else {}),
                }
                for pair in self.pairs
            ],
        }


def ping_pairs(topology: Topology, *, from_client: bool) -> list[Pair]:
    """Every pod to every other pod; from the client too, if wished."""
    pods = {pod.host: pod.address for pod in topology.pods}
    sources = [*pods, *([CLIENT] if from_client else [])]
    return [
        Pair(source, target, address)
        for source in sources
        for target, address in pods.items()
        if source != target
    ]


def dns_pair(source: str) -> Pair:
    """Queries to the cluster's DNS service from a host."""
    return Pair(source, "dns", DNS_SERVICE)


def run_probe(
    topology: Topology,
    pings: Sequence[Pair],
    queries: Sequence[Pair],
    rate: float,
    seconds: float | None,
    started: Callable[[], None] = lambda: None,
) -> ProbeResult:
    """Send `rate` packets a second over every pair for `seconds`, or until SIGINT or SIGTERM.

    :param started: called when the first packets are out.
    """
    with contextlib.ExitStack() as stack:
        engine = _Engine()
        for index, pair in enumerate(pings):
            pair.identifier = (os.getpid() + index) & 0xFFFF
        by_source: dict[str, list[Pair]] = {
            source: [] for source in dict.fromkeys(pair.source for pair in pings)
        }
        for pair in pings:
            by_source[pair.source].append(pair)
        for source, pairs in by_source.items():
            opened = namespaces.call_in(topology.namespace(source), _open_ping)
            engine.add_pings(stack.enter_context(opened), pairs)
        for pair in queries:
            opened = namespaces.call_in(topology.namespace(pair.source), _open_query)
            engine.add_queries(stack.enter_context(opened), pair)
        elapsed = engine.run(rate, seconds, started)
    return ProbeResult([*pings, *queries], elapsed, rate)


class _Engine:
    """Sends in rounds, one packet for every pair, and takes replies in between."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._senders: list[Callable[[], None]] = []

    def add_pings(self, sock: socket.socket, pairs: Sequence[Pair]) -> None:
        by_identifier = {pair.identifier: pair for pair in pairs}

        def send() -> None:
            for pair in pairs:
                sequence = len(pair.sent)
                pair.sent.append(time.monotonic())
                # A refused send (no route) is a lost packet like any other.
                with contextlib.suppress(OSError):
                    sock.sendto(echo_request(pair.identifier, sequence), (str(pair.address), 0))

        def receive() -> None:
            for packet, _ in _drain(sock):
                reply = parse_echo_reply(packet)
                pair = by_identifier.get(reply[0]) if reply else None
                if reply and pair:
                    _count(pair, reply[1])

        self._senders.append(send)
        self._selector.register(sock, selectors.EVENT_READ, receive)

    def add_queries(self, sock: socket.socket, pair: Pair) -> None:
        question = DNSRecord.question(DNS_NAME).pack()[2:]
        target = (str(pair.address), 53)

        def send() -> None:
            sequence = len(pair.sent)
            pair.sent.append(time.monotonic())
            with contextlib.suppress(OSError):
                sock.sendto(struct.pack("!H", sequence & 0xFFFF) + question, target)

        def receive() -> None:
            for packet, source in _drain(sock):
                if source[0] != target[0]:
                    # What dig calls "reply from unexpected source".
                    pair.wrong_source += 1
                elif len(packet) > 2:
                    _count(pair, struct.unpack("!H", packet[:2])[0])

        self._senders.append(send)
        self._selector.register(sock, selectors.EVENT_READ, receive)

    def run(self, rate: float, seconds: float | None, started: Callable[[], None]) -> float:
        interval = 1.0 / rate
        with _stop_on_signal() as stopped:
            begin = time.monotonic()
            rounds = 0
            while not stopped() and (seconds is None or rounds < round(rate * seconds)):
                for send in self._senders:
                    send()
                rounds += 1
                if rounds == 1:
                    started()
                self._receive_until(begin + rounds * interval, stopped)
            elapsed = time.monotonic() - begin
            self._receive_until(time.monotonic() + LINGER, lambda: False)
        return elapsed

    def _receive_until(self, moment: float, stopped: Callable[[], bool]) -> None:
        while not stopped():
            remaining = moment - time.monotonic()
            for key, _ in self._selector.select(max(remaining, 0)):
                key.data()
            if remaining <= 0:
                return


def echo_request(identifier: int, sequence: int) -> bytes:
    """An ICMP echo request; the sequence number's low 16 bits go into its field, all of it into the
    payload (RFC 792, checksum RFC 1071)."""
    body = struct.pack("!I", sequence) + PAYLOAD
    header = struct.pack("!BBHHH", ECHO_REQUEST, 0, 0, identifier, sequence & 0xFFFF)
    return header[:2] + struct.pack("!H", _checksum(header + body)) + header[4:] + body


def parse_echo_reply(packet: bytes) -> tuple[int, int] | None:
    """(identifier, sequence) of an echo reply of ours in an IPv4 packet; None for anything else."""
    header = (packet[0] & 0x0F) * 4 if packet else 0
    if len(packet) < header + 12 or packet[header] != ECHO_REPLY:
        return None
    identifier, _, sequence = struct.unpack("!HHI", packet[header + 4 : header + 12])
    return identifier, sequence


def _count(pair: Pair, sequence: int) -> None:
    if sequence < len(pair.sent):
        pair.received.add(sequence)


def _checksum(data: bytes) -> int:
    words = struct.unpack(f"!{len(data) // 2}H", data)
    total = sum(words)
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return int(~total & 0xFFFF)


def _open_ping() -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    # Nothing but echo replies; the requests of others that arrive here are no business of ours.
    sock.setsockopt(SOL_RAW, ICMP_FILTER, struct.pack("I", ~(1 << ECHO_REPLY) & 0xFFFFFFFF))
    return _prepared(sock)


def _open_query() -> socket.socket:
    return _prepared(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))


def _prepared(sock: socket.socket) -> socket.socket:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
    with contextlib.suppress(OSError):  # the forced size needs CAP_NET_ADMIN
        sock.setsockopt(socket.SOL_SOCKET, 33, RECEIVE_BUFFER)  # SO_RCVBUFFORCE
    sock.setblocking(False)
    return sock


def _drain(sock: socket.socket) -> Iterator[tuple[bytes, Any]]:
    """All packets that wait. Errors of earlier sends (host unreachable) are no packets."""
    while True:
        try:
            yield sock.recvfrom(2048)
        except BlockingIOError:
            return
        except OSError:
            continue


@contextlib.contextmanager
def _stop_on_signal() -> Iterator[Callable[[], bool]]:
    """Whether SIGINT or SIGTERM came."""
    stopped = False

    def note(*_: object) -> None:
        nonlocal stopped
        stopped = True

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
