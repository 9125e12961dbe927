# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Configurations of the routers: like RouterOS they take and send one path for a prefix."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.propagation import (
    BgpRouter,
    RouterConnection,
)


def bird_text(router: BgpRouter, family: int) -> str:
    """For BIRD 1.6."""
    return "\n".join(_bird(router, family)) + "\n"


def _bird(router: BgpRouter, family: int) -> Iterator[str]:
    yield f"router id {router.router_id};"
    yield "protocol device { scan time 2; }"
    yield "protocol direct { }"
    yield "protocol kernel { scan time 2; import none; export where source ~ [RTS_BGP]; }"
    yield "protocol static {"
    for prefix in router.originates:
        if (":" in prefix) == (family == 6):
            yield f"  route {prefix} blackhole;"
    yield "}"
    for number, connection in enumerate(_of_family(router, family)):
        yield f"protocol bgp peer{number} {{"
        yield f"  local {connection.local_address} as {router.as_number};"
        yield f"  neighbor {connection.remote_address} as {connection.remote_as};"
        yield f"  source address {connection.local_address};"
        yield "  import all;"
        yield "  export where source ~ [RTS_STATIC, RTS_BGP];"
        yield "  gateway recursive;"
        yield "  connect delay time 1; connect retry time 1; error wait time 1,2;"
        if connection.route_reflector_client and connection.remote_as == router.as_number:
            yield f"  rr client; rr cluster id {router.cluster_id or router.router_id};"
        if connection.next_hop == "force-self":
            yield "  next hop self;"
        if connection.next_hop == "propagate":
            yield "  next hop keep;"
        if connection.password:
            yield f'  password "{connection.password.reveal()}";'
        if connection.passive:
            yield "  passive on;"
        yield "}"


def frr_text(router: BgpRouter) -> str:
    """For FRR's bgpd, both address families."""
    return "\n".join(_frr(router)) + "\n"


def _frr(router: BgpRouter) -> Iterator[str]:
    yield f"router bgp {router.as_number}"
    yield f" bgp router-id {router.router_id}"
    if router.cluster_id:
        yield f" bgp cluster-id {router.cluster_id}"
    yield " no bgp ebgp-requires-policy"
    yield " no bgp default ipv4-unicast"
    yield " no bgp network import-check"
    # Else the older of two eBGP paths would win.
    yield " bgp bestpath compare-routerid"
    for connection in router.connections:
        start = f" neighbor {connection.remote_address}"
        yield f"{start} remote-as {connection.remote_as}"
        yield f"{start} update-source {connection.local_address}"
        yield f"{start} timers connect 1"
        if connection.password:
            yield f"{start} password {connection.password.reveal()}"
        if connection.passive:
            yield f"{start} passive"
    for family, name in ((4, "ipv4"), (6, "ipv6")):
        connections = list(_of_family(router, family))
        if not connections:
            continue
        yield f" address-family {name} unicast"
        yield "  maximum-paths 1"
        yield "  maximum-paths ibgp 1"
        for prefix in router.originates:
            if (":" in prefix) == (family == 6):
                yield f"  network {prefix}"
        for connection in connections:
            start = f"  neighbor {connection.remote_address}"
            yield f"{start} activate"
            yield f"{start} disable-addpath-rx"
            if connection.route_reflector_client and connection.remote_as == router.as_number:
                yield f"{start} route-reflector-client"
            if connection.next_hop == "force-self":
                yield f"{start} next-hop-self force"
            if connection.next_hop == "propagate":
                yield f"{start} attribute-unchanged next-hop"
        yield " exit-address-family"


def _of_family(router: BgpRouter, family: int) -> Iterator[RouterConnection]:
    for connection in router.connections:
        if (":" in connection.remote_address) == (family == 6):
            yield connection
