# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts read back from the text of a BIRD configuration, as this package writes it.

What is compared with Calico's confd, and what the acceptance check looks at, is the text itself,
so that a slip in writing shows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_MANY_LINES = re.DOTALL | re.MULTILINE
_BLOCK = re.compile(r"^protocol bgp (\S+) from bgp_template \{\n(.*?)^\}$", _MANY_LINES)
_ORIGIN = re.compile(r"# from (?P<origin>.+?)(?P<reverse> \(reverse\))?\n$")
_MESH_ORIGIN = "the node-to-node mesh"
_NEIGHBOR = re.compile(r"^  neighbor (\S+)(?: port (\d+))? as (\d+);$", re.MULTILINE)
_FILTER_CALL = re.compile(
    r"^    'bgp_(.+)_(?:import|export)FilterV[46]'\((?:true|false|)\);$", re.MULTILINE
)
_PASSWORD = re.compile(r'^  password "(.*)";$', _MANY_LINES)
_ROUTE = re.compile(r"^  route (\S+) via (\S+);$", re.MULTILINE)
_TEMPLATE_AS = re.compile(r"^template bgp bgp_template \{.*?^  local as (\d+);$", _MANY_LINES)
_ROUTER_ID = re.compile(r"^router id (.*);$", re.MULTILINE)
_LISTEN = re.compile(r"^listen bgp(?: address (\S+))?(?: port (\d+))?;$", re.MULTILINE)


@dataclass(frozen=True)
class SessionText:
    """One BGP session as written. None: the statement is absent."""

    name: str
    neighbor: str
    port: int | None
    remote_as: int
    local_as: int | None
    source_address: str | None
    passive: bool
    rr_client: bool
    rr_cluster_id: str | None
    next_hop: str | None
    ttl_security: str | None
    multihop: bool
    multihop_hops: int | None
    password: str | None = field(repr=False)
    graceful_restart_time: int | None
    keepalive_time: int | None
    allow_local_as: int | None
    import_filters: tuple[str, ...]
    export_filters: tuple[str, ...]
    export_internal: bool
    bgppeers: tuple[str, ...]
    reverse: bool

    @property
    def kind(self) -> str:
        """Mesh, Global or Node."""
        return self.name.partition("_")[0]


@dataclass(frozen=True)
class ConfigText:
    """One file. `local_as` None: no BGP in it."""

    router_id: str
    local_as: int | None
    listen_address: str | None
    listen_port: int | None
    gateways: tuple[tuple[str, str], ...]
    sessions: tuple[SessionText, ...]

    def gateway_of(self, address: str) -> str | None:
        """Gateway of the static host route to an address."""
        length = 128 if ":" in address else 32
        return dict(self.gateways).get(f"{address}/{length}")


def read(text: str) -> ConfigText:
    """Facts of a configuration that `bird_config` wrote."""
    listen = _LISTEN.search(text)
    router_id = _ROUTER_ID.search(text)
    local_as = _TEMPLATE_AS.search(text)
    return ConfigText(
        router_id=router_id[1] if router_id else "",
        local_as=int(local_as[1]) if local_as else None,
        listen_address=listen[1] if listen else None,
        listen_port=_int(listen[2]) if listen else None,
        gateways=tuple(_ROUTE.findall(text)),
        sessions=tuple(
            _read_session(match[1], match[2], text[: match.start()])
            for match in _BLOCK.finditer(text)
        ),
    )


def _read_session(name: str, body: str, before: str) -> SessionText:
    neighbor = _NEIGHBOR.search(body)
    if neighbor is None:
        raise ValueError(f"session {name}: no neighbor statement")
    origin = _ORIGIN.search(before[before.rfind("\n# ") + 1 :])
    password = _PASSWORD.search(body)
    imports, _, exports = body.partition("  export filter {\n")
    bgppeers = origin["origin"] if origin else _MESH_ORIGIN
    return SessionText(
        name=name,
        neighbor=neighbor[1],
        port=_int(neighbor[2]),
        remote_as=int(neighbor[3]),
        local_as=_int(_value(body, "local as")),
        source_address=_value(body, "source address"),
        passive=_value(body, "passive") == "on",
        rr_client=_has(body, "rr client"),
        rr_cluster_id=_value(body, "rr cluster id"),
        next_hop=_value(body, "next hop"),
        ttl_security=_value(body, "ttl security"),
        multihop=_has(body, "multihop") or _value(body, "multihop") is not None,
        multihop_hops=_int(_value(body, "multihop")),
        password=password[1] if password else None,
        graceful_restart_time=_int(_value(body, "graceful restart time")),
        keepalive_time=_int(_value(body, "keepalive time")),
        allow_local_as=_int(_value(body, "allow local as")),
        import_filters=_calls(imports),
        export_filters=_calls(exports),
        export_internal="calico_export_to_bgp_peers(true);" in exports,
        bgppeers=() if bgppeers == _MESH_ORIGIN else tuple(bgppeers.split(", ")),
        reverse=bool(origin and origin["reverse"]),
    )


def _value(body: str, words: str) -> str | None:
    match = re.search(rf"^  {words} (\S+);$", body, re.MULTILINE)
    return match[1] if match else None


def _has(body: str, words: str) -> bool:
    return re.search(rf"^  {words};$", body, re.MULTILINE) is not None


def _calls(body: str) -> tuple[str, ...]:
    """BGPFilter names of the functions called, as they stand in the functions' names."""
    return tuple(_FILTER_CALL.findall(body))


def _int(text: str | None) -> int | None:
    return None if text is None else int(text)
