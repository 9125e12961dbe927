# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Propagation without any short cut: every prefix alone, every session of every place written out,
every path kept. Slow, and so simple that it can be compared with."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.bgp_path import (
    Attributes,
    Candidate,
    order,
    rank,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.bgp_prefix import (
    address_number,
    parse_prefix,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.calico_objects import (  # noqa: E501
    CalicoCluster,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.propagation import (
    BgpRouter,
    Block,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.propagation_export import (  # noqa: E501
    ExportRules,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.propagation_links import (  # noqa: E501
    Links,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.propagation_rules import (  # noqa: E501
    Speakers,
    Stop,
    Subject,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.propagation_topology import (  # noqa: E501
    Channel,
    Topology,
)

ROUNDS = 60
Box = dict[int, dict[Attributes, int]]  # channel -> attributes -> preference
Routes = dict[str, dict[str, tuple[str, ...]]]  # place -> prefix -> next hops


class NotComparable(Exception):
    """The fabric has more ways than this can walk, or several stable states (RFC 4264)."""


def routes(
    cluster: CalicoCluster,
    blocks: Sequence[Block],
    routers: Sequence[BgpRouter],
    down: Collection[tuple[str, str]],
) -> Routes:
    """IPv4 routes of every place, from the same arguments as ``propagate``."""
    rules = ExportRules(cluster, 4)
    links = Links(cluster, routers, None, down, 4, {})
    links.spell_out_mesh(links.mesh.members)
    topology = Topology(links)
    speakers = Speakers(links, rules)
    owners: dict[str, set[str]] = {}
    for block in blocks:
        owners.setdefault(block.cidr, set()).add(block.node)
    for router in routers:
        for prefix in router.originates:
            owners.setdefault(prefix, set()).add(router.name)
    everybody = {
        name
        for name, place in links.places.items()
        if place.advertises_ranges and place.address and not place.refusal
    }
    for text in rules.service_ranges.values():
        owners[text] = everybody
    found: Routes = {name: {} for name in links.places}
    for text, origins in owners.items():
        prefix = parse_prefix(text)
        kind = rules.classify(prefix)
        subject = Subject(prefix, kind, frozenset(origins))
        boxes = _spread(topology, speakers, subject, topology.channels)
        if boxes != _spread(topology, speakers, subject, topology.channels[::-1]):
            raise NotComparable
        for name, place in links.places.items():
            if name in origins or (place.is_node and not kind.programmed):
                continue
            if place.is_node and place.network == prefix:
                continue
            hops = _chosen(topology, name, boxes[name])
            if hops:
                found[name][text] = hops
    return found


def _spread(
    topology: Topology, speakers: Speakers, subject: Subject, channels: Sequence[Channel]
) -> dict[str, Box]:
    boxes: dict[str, Box] = {name: {} for name in topology.links.places}
    for _ in range(ROUNDS):
        changed = False
        for channel in channels:
            crate: dict[Attributes, int] = {}
            for attributes in _sent(topology, speakers, subject, boxes, channel):
                received = speakers.receive(subject, attributes, channel.receiver)
                if not isinstance(received, Stop):
                    crate[received[0]] = received[1]
            box = boxes[channel.receiver.place]
            if box.get(channel.number, {}) != crate:
                box[channel.number] = crate
                changed = True
            if not crate:
                box.pop(channel.number, None)
        if not changed:
            return boxes
        if sum(len(crate) for box in boxes.values() for crate in box.values()) > 3000:
            break
    raise NotComparable


def _sent(
    topology: Topology,
    speakers: Speakers,
    subject: Subject,
    boxes: dict[str, Box],
    channel: Channel,
) -> list[Attributes]:
    out = channel.sender
    paths = [
        (topology.channels[number], attributes, preference)
        for number, crate in boxes[out.place].items()
        for attributes, preference in crate.items()
    ]
    own = out.place in subject.origins
    if not (out.bird and channel.receiver.bird):
        if own:
            paths = []
        candidates = [
            (_candidate(topology, out.place, *path, position), path)
            for position, path in enumerate(paths)
        ]
        if not out.bird:
            candidates = [pair for pair in candidates if pair[0].metric is not None]
        paths = [min(candidates, key=lambda pair: order(pair[0]))[1]] if candidates else []
    sent = [speakers.send(subject, None, None, out)] if own else []
    sent += [
        speakers.send(subject, (came.sender, came.receiver), attributes, out)
        for came, attributes, _ in paths
        if came.number != channel.reverse
    ]
    return [attributes for attributes in sent if not isinstance(attributes, Stop)]


def _candidate(
    topology: Topology,
    name: str,
    channel: Channel,
    attributes: Attributes,
    preference: int,
    position: int,
) -> Candidate:
    sender = channel.sender
    originator = attributes.originator
    return Candidate(
        attributes=attributes,
        preference=preference,
        internal=channel.receiver.internal,
        metric=topology.links.metric(topology.links.places[name], attributes.next_hop),
        originator=sender.router_id if originator is None else originator,
        peer_number=address_number(sender.address)[0],
        neighbor=sender.address,
        position=position,
    )


def _chosen(topology: Topology, name: str, box: Box) -> tuple[str, ...]:
    candidates = [
        _candidate(topology, name, topology.channels[number], attributes, preference, 0)
        for number, crate in box.items()
        for attributes, preference in crate.items()
    ]
    if not candidates:
        return ()
    best = min(candidates, key=order)
    if best.metric is None:
        return ()
    chosen = [best]
    if topology.links.places[name].is_node:
        chosen = [found for found in candidates if rank(found) == rank(best)]
    hops = {found.attributes.next_hop for found in chosen}
    return tuple(sorted(hops, key=lambda hop: address_number(hop)[0]))
