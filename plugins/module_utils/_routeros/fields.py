# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Instance and connections as properties of RouterOS 6 and 7."""

from __future__ import annotations

from collections.abc import Mapping

from .description import Connection, Instance
from .menus import V6_REDISTRIBUTE, families_property
from .release import Release
from .values import Value


def v6_redistribution(connections: tuple[Connection, ...]) -> dict[str, Value]:
    """Return the redistribution of a RouterOS 6 instance, which its connections share."""
    named = [entry.redistribute for entry in connections if entry.redistribute is not None]
    if not named:
        return {}
    return {prop: word in named[0] for word, prop in V6_REDISTRIBUTE.items()}


def instance_fields(
    release: Release, instance: Instance, redistribute: Mapping[str, Value]
) -> dict[str, Value]:
    """Return the instance's properties, ``None`` dropped."""
    fields: dict[str, Value] = {"name": instance.name, "as": instance.as_number, "disabled": False}
    optional: dict[str, Value] = {
        "router-id": instance.router_id,
        "cluster-id": instance.cluster_id,
        "ignore-as-path-len": instance.ignore_as_path_length,
        "multipath": instance.multipath,
    }
    if release.major == 6:
        optional["client-to-client-reflection"] = instance.client_to_client_reflection
    fields.update({name: value for name, value in optional.items() if value is not None})
    fields.update(redistribute)
    return fields


def v6_peer(connection: Connection, instance: Instance) -> dict[str, Value]:
    """Return the properties of a RouterOS 6 ``peer``; ``None`` is not named."""
    return {
        "name": connection.name,
        "instance": instance.name,
        "remote-address": connection.remote_address,
        "remote-as": connection.remote_as,
        "remote-port": connection.remote_port,
        "update-source": connection.local_address,
        "route-reflect": connection.route_reflector_client,
        "address-families": connection.address_families,
        "hold-time": connection.hold_time,
        "keepalive-time": connection.keepalive_time,
        "tcp-md5-key": connection.password,
        "multihop": connection.multihop,
        "ttl": None if connection.ttl is None else str(connection.ttl),
        "use-bfd": connection.bfd,
        "nexthop-choice": connection.next_hop_choice,
        "default-originate": connection.default_originate,
        "in-filter": connection.input_filter,
        "out-filter": connection.output_filter,
        "passive": connection.passive,
        "disabled": connection.disabled,
    }


def _v7_role(connection: Connection, instance: Instance) -> str:
    """Return the session type, which follows from the AS numbers."""
    if connection.remote_as != (connection.local_as or instance.as_number):
        return "ebgp"
    return "ibgp-rr" if connection.route_reflector_client else "ibgp"


def v7_connection(release: Release, connection: Connection, instance: Instance) -> dict[str, Value]:
    """Return the properties of a RouterOS 7 ``connection``; ``None`` is not named."""
    reflection = instance.client_to_client_reflection
    fields: dict[str, Value] = {
        "name": connection.name,
        "remote.address": connection.remote_address,
        "remote.as": connection.remote_as,
        "remote.port": connection.remote_port,
        "local.address": connection.local_address,
        "local.role": _v7_role(connection, instance),
        "local.ttl": connection.ttl,
        families_property(release): connection.address_families,
        "hold-time": connection.hold_time,
        "keepalive-time": connection.keepalive_time,
        "tcp-md5-key": connection.password,
        "multihop": connection.multihop,
        "use-bfd": connection.bfd,
        "nexthop-choice": connection.next_hop_choice,
        "output.default-originate": connection.default_originate,
        "output.redistribute": connection.redistribute,
        "output.no-client-to-client-reflection": None if reflection is None else not reflection,
        "output.filter-chain": connection.output_filter,
        "input.filter": connection.input_filter,
        "templates": connection.templates,
        "listen": connection.listen,
        "connect": None if connection.passive is None else not connection.passive,
        "disabled": connection.disabled,
    }
    if release.at_least(7, 20):
        fields["instance"] = instance.name
        fields["as"] = connection.local_as if connection.local_as != instance.as_number else None
        return fields
    fields["as"] = connection.local_as or instance.as_number
    fields["router-id"] = instance.router_id
    fields["cluster-id"] = instance.cluster_id
    fields["input.ignore-as-path-len"] = instance.ignore_as_path_length
    return fields
