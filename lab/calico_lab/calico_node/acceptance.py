# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What BIRD 1.6 would refuse in a configuration, without starting BIRD.

Rules of BIRD's parser as far as a configuration of `bird_config` can break them; `bird -p` agrees
with them in the tests. BIRD refuses a whole file for one such statement.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from calico_lab.calico_node.reader import ConfigText, SessionText, read
from calico_lab.calico_node.values import MAX_UINT32, Family, parse_ip

_PREFIX = re.compile(
    r"(?:net (?:=|!=|~|!~)|route) (?:\[ )?([0-9a-fA-F.:]+)/(\d+)(?:\{(\d+),(\d+)\})?"
)


def refusals(text: str, family: Family) -> list[str]:
    """Reasons why BIRD refuses the file; none if it accepts it."""
    config = read(text)
    return [
        *_settings(config, family),
        *_duplicates(config),
        *(
            reason
            for session in config.sessions
            for reason in _session(session, family, config.local_as)
        ),
        *_prefixes(text, family),
        *_gateways(config, family),
    ]


def _settings(config: ConfigText, family: Family) -> Iterator[str]:
    address = parse_ip(config.router_id)
    if config.router_id.isdigit() and int(config.router_id) <= MAX_UINT32:
        number = int(config.router_id)
    elif address is not None and address.version == 4:
        number = int(address)
    else:
        yield f"router id: expected an IPv4 address, found {config.router_id!r}"
        return
    if number == 0 and family == 6:
        yield "router id: must be set on IPv6, found 0"


def _duplicates(config: ConfigText) -> Iterator[str]:
    for name, count in Counter(session.name for session in config.sessions).items():
        if count > 1:
            yield f"{name}: defined {count} times"


def _session(session: SessionText, family: Family, template_as: int | None) -> Iterator[str]:
    name = session.name
    local_as = template_as if session.local_as is None else session.local_as
    if not local_as:
        yield f"{name}: local AS number must be set"
    if session.remote_as == 0:
        yield f"{name}: remote AS number must be set"
    if session.rr_cluster_id is not None and parse_ip(session.rr_cluster_id) is None:
        yield f"{name}: cluster ID {session.rr_cluster_id} is no IPv4 address"
    if session.password is not None and ('"' in session.password or "\n" in session.password):
        yield f"{name}: password with a quote or a line break"
    for seconds in (session.graceful_restart_time, session.keepalive_time):
        if seconds is not None and not 0 <= seconds <= MAX_UINT32:
            yield f"{name}: time {seconds} out of range"
    yield from _addresses(session, family, session.multihop or session.remote_as == local_as)


def _addresses(session: SessionText, family: Family, multihop: bool) -> Iterator[str]:
    """A session without multihop statement is multihop inside an AS, else direct."""
    name = session.name
    neighbor = parse_ip(session.neighbor)
    source = parse_ip(session.source_address) if session.source_address else None
    for address in (neighbor, source):
        if address is not None and address.version != family:
            yield f"{name}: {address} is of the other family"
    if neighbor is None or neighbor.is_unspecified:
        yield f"{name}: neighbor must be configured"
    elif neighbor.version == 6 and neighbor.is_link_local:
        yield f"{name}: link-local neighbor {neighbor} needs an interface"
    if multihop and source is not None and source.version == 6 and source.is_link_local:
        yield f"{name}: multihop from the link-local address {source}"


def _prefixes(text: str, family: Family) -> Iterator[str]:
    for address_text, length_text, shortest, longest in _PREFIX.findall(text):
        prefix = f"{address_text}/{length_text}"
        address = parse_ip(address_text)
        bits = 32 if family == 4 else 128
        length = int(length_text)
        if address is None or address.version != family or length > bits:
            yield f"{prefix}: no prefix of this family"
        elif int(address) & ((1 << (bits - length)) - 1):
            yield f"{prefix}: bits set outside the prefix"
        elif shortest and not int(shortest) <= int(longest) <= bits:
            yield f"{prefix}: lengths {shortest} to {longest}"


def _gateways(config: ConfigText, family: Family) -> Iterator[str]:
    for prefix, gateway in config.gateways:
        address = parse_ip(gateway)
        if address is None or address.version != family:
            yield f"{prefix}: gateway {gateway} is no address of this family"
