# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From module parameters to a :class:`.Description`; every fault at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import ip_address, ip_interface, ip_network
from typing import Any

from .description import (
    DEFAULT_OWNER,
    MAX_PASSWORD_LENGTH,
    Connection,
    Description,
    Instance,
    InterfaceAddress,
)
from .errors import Refused
from .faults import Faults, a_name, identifier
from .observe import Awaited
from .validation_filters import check_filters
from .validation_ospf import check_ospf
from .values import Secret, parse_duration

#: Highest AS number (RFC 6793, four octets); 0 is reserved (RFC 7607).
MAX_AS_NUMBER = 2**32 - 1
#: RouterOS takes keepalive times of up to 30 minutes.
MAX_KEEPALIVE = 1800
#: Two octets in the OPEN message (RFC 4271, 4.2).
MAX_HOLD_TIME = 65535


def _interface_address(text: str) -> str:
    if "/" not in text:
        raise ValueError
    return str(ip_interface(text))


def _hold_time(text: str) -> int | str:
    if text == "infinity":
        return text
    seconds = int(parse_duration(text))
    if not 3 <= seconds <= MAX_HOLD_TIME:
        raise ValueError
    return seconds


def _keepalive_time(text: str) -> int:
    seconds = int(parse_duration(text))
    if not 1 <= seconds <= MAX_KEEPALIVE:
        raise ValueError
    return seconds


def _addresses(items: Sequence[Mapping[str, Any]], faults: Faults) -> list[InterfaceAddress]:
    result = []
    for position, item in enumerate(items):
        where = f"addresses[{position}]"
        address = faults.check(
            f"{where}.address",
            item["address"],
            _interface_address,
            "an address with prefix length, such as 192.168.0.253/24",
        )
        faults.check(f"{where}.interface", item["interface"], a_name, "the name of an interface")
        if address:
            result.append(InterfaceAddress(address, item["interface"], item.get("comment")))
    faults.duplicates("addresses", [entry.address.split("/")[0] for entry in result], "address")
    return result


def _instance(item: Mapping[str, Any], faults: Faults) -> Instance:
    expected = "a plain IPv4 address other than 0.0.0.0, such as 244.0.0.1"
    return Instance(
        name=faults.check("instance.name", item["name"], a_name, "a name") or "",
        as_number=faults.number("instance.as_number", item["as_number"], 1, MAX_AS_NUMBER) or 0,
        router_id=faults.check("instance.router_id", item["router_id"], identifier, expected),
        cluster_id=faults.check("instance.cluster_id", item["cluster_id"], identifier, expected),
        client_to_client_reflection=item["client_to_client_reflection"],
        ignore_as_path_length=item["ignore_as_path_length"],
        multipath=faults.number("instance.multipath", item["multipath"], 1, 128),
        comment=item["comment"],
    )


def _source_address(remote: str | None, addresses: Sequence[InterfaceAddress]) -> str | None:
    """Return the one described address in whose network the neighbour is.

    RouterOS 7 would take its highest loopback or other address for an iBGP session (manual,
    "peering sessions"), which the neighbour then refuses.
    """
    if remote is None:
        return None
    interfaces = [ip_interface(entry.address) for entry in addresses]
    near = [str(entry.ip) for entry in interfaces if ip_address(remote) in entry.network]
    return near[0] if len(near) == 1 else None


def _password(where: str, text: str | None, faults: Faults) -> Secret | None:
    if not text:
        return None
    if len(text) > MAX_PASSWORD_LENGTH or not text.isprintable():
        faults.lines.append(
            f"{where}: found {len(text)} characters, expected up to {MAX_PASSWORD_LENGTH} "
            "printable ones"
        )
    return Secret(text)


def _connection(
    where: str,
    item: Mapping[str, Any],
    instance: Instance | None,
    addresses: Sequence[InterfaceAddress],
    faults: Faults,
) -> Connection:
    def address(key: str) -> Any:
        return faults.check(
            f"{where}.{key}",
            item[key],
            lambda text: str(ip_address(text)),
            "an IPv4 or IPv6 address without prefix length",
        )

    remote, local = address("remote_address"), address("local_address")
    if remote and local and ip_address(remote).version != ip_address(local).version:
        faults.add(f"{where}.local_address", local, f"an address of the family of {remote}")
    remote_as = faults.number(f"{where}.remote_as", item["remote_as"], 1, MAX_AS_NUMBER)
    local_as = faults.number(f"{where}.local_as", item["local_as"], 1, MAX_AS_NUMBER)
    own_as = local_as or (instance.as_number if instance else None)
    if item["route_reflector_client"] and remote_as and own_as and remote_as != own_as:
        faults.lines.append(
            f"{where}.route_reflector_client: found true with remote_as {remote_as}, expected the "
            f"own AS number {own_as}: only iBGP neighbours can be reflector clients (RFC 4456)"
        )
    hold = faults.check(
        f"{where}.hold_time",
        item["hold_time"],
        _hold_time,
        f"infinity, or a time from 3s to {MAX_HOLD_TIME}s such as 90s or 3m",
    )
    keepalive = faults.check(
        f"{where}.keepalive_time",
        item["keepalive_time"],
        _keepalive_time,
        f"a time from 1s to {MAX_KEEPALIVE}s such as 30s",
    )
    if isinstance(hold, int) and keepalive is not None and keepalive >= hold:
        faults.add(f"{where}.keepalive_time", item["keepalive_time"], "less than hold_time")
    families, redistribute = item["address_families"], item["redistribute"]
    templates = item["templates"]
    if families is not None and not families:
        faults.add(f"{where}.address_families", families, "ip, ipv6 or both")
    return Connection(
        name=faults.check(f"{where}.name", item["name"], a_name, "a name") or "",
        remote_address=remote or "",
        remote_as=remote_as or 0,
        remote_port=faults.number(f"{where}.remote_port", item["remote_port"], 1, 65535),
        local_address=local or _source_address(remote, addresses),
        local_as=local_as,
        route_reflector_client=item["route_reflector_client"],
        address_families=None if families is None else tuple(sorted(set(families))),
        hold_time=hold,
        keepalive_time=keepalive,
        password=_password(f"{where}.password", item["password"], faults),
        multihop=item["multihop"],
        ttl=faults.number(f"{where}.ttl", item["ttl"], 1, 255),
        bfd=item["bfd"],
        next_hop_choice=item["next_hop_choice"],
        default_originate=item["default_originate"],
        redistribute=None if redistribute is None else tuple(sorted(set(redistribute))),
        input_filter=item["input_filter"],
        output_filter=item["output_filter"],
        templates=None if templates is None else tuple(templates),
        listen=item["listen"],
        passive=item["passive"],
        disabled=bool(item["disabled"]),
        comment=item["comment"],
    )


def _owner(params: Mapping[str, Any], faults: Faults) -> str:
    owner = params.get("owner") or ""
    faults.check("owner", owner, a_name, f"a text such as {DEFAULT_OWNER!r}")
    return owner


def describe_nothing(params: Mapping[str, Any]) -> Description:
    """Return an empty description of the owner; whatever else the parameters say is not looked at.

    Raises Refused if the owner is none.
    """
    faults = Faults()
    owner = _owner(params, faults)
    if faults.lines:
        raise Refused(faults.lines)
    return Description(owner=owner)


def describe(params: Mapping[str, Any]) -> Description:
    """Return the description that module parameters make.

    Raises Refused with all faults.
    """
    faults = Faults()
    owner = _owner(params, faults)
    addresses, networks = params.get("addresses"), params.get("networks")
    places = None if addresses is None else _addresses(addresses, faults)
    instance = None
    if params.get("instance") is not None:
        instance = _instance(params["instance"], faults)
    elif params.get("connections"):
        faults.add("instance", None, "the BGP instance of the connections, with its as_number")
    elif networks:
        faults.add("instance", None, "the BGP instance that advertises the networks")
    connections = None
    if params.get("connections") is not None:
        connections = tuple(
            _connection(f"connections[{position}]", item, instance, places or (), faults)
            for position, item in enumerate(params["connections"])
        )
        faults.duplicates("connections", [entry.name for entry in connections], "name")
        faults.duplicates(
            "connections",
            [entry.remote_address for entry in connections if entry.remote_address],
            "remote_address",
        )
    prefixes = None
    if networks is not None:
        prefixes = tuple(
            faults.check(
                f"networks[{position}]",
                text,
                lambda value: str(ip_network(value)),
                "a network without host bits, such as 10.96.0.0/12",
            )
            for position, text in enumerate(networks)
        )
        faults.duplicates("networks", prefixes, "network")
    filters = None
    if params.get("filters") is not None:
        filters = check_filters(params["filters"], faults)
    ospf = None if params.get("ospf") is None else check_ospf(params["ospf"], faults)
    if faults.lines:
        raise Refused(faults.lines)
    return Description(
        addresses=None if places is None else tuple(places),
        filters=filters,
        instance=instance,
        connections=connections,
        networks=prefixes,
        ospf=ospf,
        owner=owner,
    )


def awaited(params: Mapping[str, Any]) -> Awaited:
    """Return what module parameters ask to wait for. Raises Refused with all faults."""
    faults = Faults()
    sessions = [
        faults.check(
            f"wait_for[{position}].remote_address",
            item["remote_address"],
            lambda text: str(ip_address(text)),
            "an IPv4 or IPv6 address without prefix length",
        )
        for position, item in enumerate(params["wait_for"])
    ]
    routes = [
        faults.check(
            f"wait_for_routes[{position}]",
            text,
            lambda value: str(ip_network(value)),
            "a network without host bits, such as 10.20.0.0/26",
        )
        for position, text in enumerate(params["wait_for_routes"])
    ]
    if faults.lines:
        raise Refused(faults.lines)
    return Awaited(sessions, routes)
