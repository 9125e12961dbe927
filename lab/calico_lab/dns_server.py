# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cluster's DNS server, in the place of CoreDNS: `python -m calico_lab.dns_server ADDRESS`.

It knows the services of the lab, answers every other name below cluster.local with its own address,
and refuses the rest: the lab leads nowhere else.
"""

from __future__ import annotations

import argparse
import signal
import threading
from ipaddress import IPv4Address

from dnslib import QTYPE, RCODE, RR, A, DNSRecord
from dnslib.server import BaseResolver, DNSHandler, DNSLogger, DNSServer

from calico_lab.topology import DNS_SERVICE, KUBERNETES_SERVICE

ZONE = "cluster.local"
TTL = 5  # seconds, as CoreDNS' kubernetes plugin has it

SERVICES = {
    f"kubernetes.default.svc.{ZONE}": KUBERNETES_SERVICE,
    f"kube-dns.kube-system.svc.{ZONE}": DNS_SERVICE,
}


class ClusterResolver(BaseResolver):  # type: ignore[misc]
    """Answers for cluster.local."""

    def __init__(self, own_address: IPv4Address) -> None:
        self._own_address = own_address

    def resolve(self, request: DNSRecord, handler: DNSHandler) -> DNSRecord:
        reply = request.reply()
        name = str(request.q.qname).rstrip(".").lower()
        if name != ZONE and not name.endswith(f".{ZONE}"):
            reply.header.rcode = RCODE.REFUSED
            return reply
        reply.header.aa = 1
        if request.q.qtype in (QTYPE.A, QTYPE.ANY):
            address = SERVICES.get(name, self._own_address)
            reply.add_answer(RR(request.q.qname, QTYPE.A, rdata=A(str(address)), ttl=TTL))
        return reply


def main() -> None:
    """Serve UDP and TCP on port 53 until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(description="The lab's cluster DNS server.")
    parser.add_argument("address", type=IPv4Address, help="the pod's address, to listen on")
    address: IPv4Address = parser.parse_args().address
    resolver = ClusterResolver(address)
    logger = DNSLogger("-request,-reply,-truncated,error", prefix=False)
    servers = [
        DNSServer(resolver, address=str(address), port=53, tcp=tcp, logger=logger)
        for tcp in (False, True)
    ]
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    for server in servers:
        server.start_thread()
    print(f"answering for {ZONE} on {address}:53", flush=True)
    ended.wait()
    for server in servers:
        server.stop()


if __name__ == "__main__":
    main()
