# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Boots a fabric and waits until it has settled; compares it with the prediction."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address, ip_interface
from pathlib import Path

from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.propagation import (
    propagate,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.propagation_links import (  # noqa: E501
    Links,
)

from tests.fabrics.machine import Machine, machine
from tests.fabrics.model import Fabric
from tests.fabrics.routers import bird_text, frr_text

LAB = Path(__file__).resolve().parent.parent.parent / "lab"
if str(LAB) not in sys.path:
    sys.path.insert(0, str(LAB))

from calico_lab.calico_node import bird_control  # noqa: E402
from calico_lab.calico_node.conformance import render_texts  # noqa: E402

PATIENCE = 40.0  # seconds until every predicted session is Established
QUIET = 2.0  # seconds without any change after that
LOOK = 0.25

Routes = dict[str, dict[str, tuple[str, ...]]]  # place -> prefix -> next hops
Sessions = frozenset[tuple[str, str]]  # place, address of the neighbor


@dataclass(frozen=True)
class Outcome:
    """What was predicted and what came; ``routes`` and ``sessions`` of nodes and routers."""

    predicted_routes: Routes
    routes: Routes
    predicted_sessions: Sessions
    sessions: Sessions
    seconds: float
    logs: str

    def differences(self) -> list[str]:
        lines = []
        for place, expected in self.predicted_routes.items():
            found = self.routes[place]
            for prefix in sorted({*expected, *found}):
                one, other = expected.get(prefix), found.get(prefix)
                if one != other:
                    lines.append(f"{place} {prefix}: predicted {one}, found {other}")
        for place, neighbor in sorted(self.predicted_sessions - self.sessions):
            lines.append(f"{place} session with {neighbor}: predicted, not Established")
        for place, neighbor in sorted(self.sessions - self.predicted_sessions):
            lines.append(f"{place} session with {neighbor}: Established, not predicted")
        return lines


def boot(fabric: Fabric) -> Outcome:
    """Boot a fabric, wait until nothing changes any more, take it down."""
    started = time.monotonic()
    predicted_routes = _predicted_routes(fabric)
    predicted_sessions = _predicted_sessions(fabric)
    with machine() as host:
        controls = _start(fabric, host)
        routes, sessions = _settle(fabric, host, controls, predicted_sessions)
        return Outcome(
            predicted_routes,
            routes,
            predicted_sessions,
            sessions,
            time.monotonic() - started,
            host.logs(),
        )


def _start(fabric: Fabric, host: Machine) -> dict[tuple[str, int], Path]:
    """Start every speaker; control sockets of BIRD by place and family."""
    addresses = fabric.addresses()
    host.build(addresses, _gateways(fabric))
    controls = {}
    for name, family, file in render_texts(fabric.scenario()):
        if file is not None and any((":" in own) == (family == 6) for own in addresses[name]):
            text = _hurried(file.text, list(addresses).index(name))
            controls[name, family] = host.start_bird(name, text, family)
    for router in fabric.routers:
        speaker = router.speaker
        if router.program == "frr":
            host.start_frr(speaker.name, frr_text(speaker))
            continue
        for family in sorted({6 if ":" in c.local_address else 4 for c in speaker.connections}):
            controls[speaker.name, family] = host.start_bird(
                speaker.name, bird_text(speaker, family), family
            )
    return controls


def _hurried(text: str, number: int) -> str:
    """Other timers, which decide when sessions come up, not which: short ones, and not the same on
    all nodes. Two that connect to each other at once both close the session that they just had;
    after its graceful restart each waits its connect delay, and BIRD draws no chance into a time
    as short as this: with the same one they meet again."""
    text = text.replace("connect delay time 2", f"connect delay time {1 + number % 8}")
    text = text.replace("connect retry time 5", f"connect retry time {1 + number % 8}")
    return text.replace("error wait time 5,30", "error wait time 1,2")


def _settle(
    fabric: Fabric,
    host: Machine,
    controls: Mapping[tuple[str, int], Path],
    predicted: Sessions,
) -> tuple[Routes, Sessions]:
    # Sessions are seen at BIRD's ends; FRR's other ends are these.
    seen_by = {place for place, _family in controls}
    wanted = {(place, neighbor) for place, neighbor in predicted if place in seen_by}
    owners = {
        address.partition("/")[0]: place
        for place, addresses in fabric.addresses().items()
        for address in addresses
    }
    deadline = time.monotonic() + PATIENCE
    last: tuple[Routes, Sessions] | None = None
    since = time.monotonic()
    while True:
        sessions = _at_both_ends(
            {found for (place, _v), control in controls.items() for found in _up(place, control)},
            owners,
            seen_by,
        )
        found = _observed_routes(fabric, host), sessions
        now = time.monotonic()
        if found != last:
            last, since = found, now
        settled = wanted <= sessions and now - since > QUIET
        if settled or now > deadline:
            return found[0], sessions | {end for end in predicted if end[0] not in seen_by}
        time.sleep(LOOK)


def _at_both_ends(
    sessions: set[tuple[str, str]], owners: Mapping[str, str], seen_by: set[str]
) -> Sessions:
    """Without those that the other end, where it can be seen, does not hold for Established: with
    TTL security at one end only, the other one believes in the session for a while."""
    pairs = {(place, owners[neighbor]) for place, neighbor in sessions}
    return frozenset(
        (place, neighbor)
        for place, neighbor in sessions
        if owners[neighbor] not in seen_by or (owners[neighbor], place) in pairs
    )


_ESTABLISHED = re.compile(r"BGP state:\s+Established\s+Neighbor address:\s+(\S+)")


def _up(place: str, control: Path) -> list[tuple[str, str]]:
    """Established sessions of a BIRD."""
    try:
        answer = bird_control.ask(control, "show protocols all")[0]
    except bird_control.BirdUnreachable:
        return []
    text = "\n".join(answer.texts())
    return [(place, address) for address in _ESTABLISHED.findall(text)]


def _observed_routes(fabric: Fabric, host: Machine) -> Routes:
    return {
        place: {
            prefix: gateways
            for family in {6 if ":" in address else 4 for address in addresses}
            for prefix, gateways in host.routes(place, family).items()
        }
        for place, addresses in fabric.addresses().items()
    }


def _predicted_routes(fabric: Fabric) -> Routes:
    routers = [router.speaker for router in fabric.routers]
    cluster = fabric.cluster()
    found = propagate(
        cluster,
        fabric.blocks,
        routers,
        interfaces={node.name: "eth0" for node in cluster.nodes},
    )
    addresses = fabric.addresses()
    gateways = _gateways(fabric)
    return {
        place: {
            prefix: tuple(
                sorted({_gateway(addresses[place], gateways, hop) for hop in route.next_hops})
            )
            for prefix, route in routes.items()
        }
        for place, routes in found.routes.items()
    }


def _gateways(fabric: Fabric) -> list[str]:
    """One address for each network of nodes, if there are several."""
    nodes = {node["name"] for node in fabric.nodes}
    networks = {
        ip_interface(address).network
        for place, found in fabric.addresses().items()
        for address in found
        if place in nodes and ":" not in address
    }
    return [f"{network[254]}/24" for network in sorted(networks)] if len(networks) > 1 else []


def _gateway(own: list[str], gateways: list[str], hop: str) -> str:
    """What the kernel names for a next hop: itself on the own network, else the gateway."""
    networks = [ip_interface(address).network for address in own]
    if not gateways or any(ip_address(hop) in network for network in networks):
        return hop
    found = next(g for g in gateways if ip_interface(g).network in networks)
    return found.partition("/")[0]


def _predicted_sessions(fabric: Fabric) -> Sessions:
    cluster = fabric.cluster()
    routers = [router.speaker for router in fabric.routers]
    ends = set()
    for family in (4, 6):
        links = Links(cluster, routers, None, (), family, {})
        for one, other in links.explicit:
            ends |= {(one.place, other.address), (other.place, one.address)}
        for name in links.mesh.members:
            for other_name in links.mesh.members:
                if links.mesh.has(name, other_name):
                    ends.add((name, links.places[other_name].address))
    return frozenset(ends)
