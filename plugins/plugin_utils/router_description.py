# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the module routeros_bgp would refuse of a description, said before any router is called."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ..module_utils._fabric.description import InventoryHost
from ..module_utils._fabric.faults import Fault
from ..module_utils._routeros.arguments import bgp_arguments
from ..module_utils._routeros.errors import Refused
from ..module_utils._routeros.validation import describe

_KEY = "routeros_peer_tcp_md5_key"
# The options of every connection, and those of the instance, are variables of their own.
_OF_ALL = re.compile(r"(connections\[\d+\]|instance)\.")
_FAULT = re.compile(r"found (?P<found>.*?), expected (?P<expected>.*)", re.DOTALL)


def router_faults(
    routers: Mapping[str, Mapping[str, Any]], hosts: Sequence[InventoryHost]
) -> list[Fault]:
    """Return the faults of the routers' options, named as the variables of routeros_peer.

    ``routers`` maps hosts to options of routeros_bgp; the TCP MD5 keys are taken from ``hosts``.
    """
    keys = {host.name: host.variables.get(_KEY) or None for host in hosts}
    return [fault for host, options in routers.items() for fault in _faults(host, options, keys)]


def _faults(
    host: str, options: Mapping[str, Any], keys: Mapping[str, str | None]
) -> Iterator[Fault]:
    connections = [{**entry, "password": keys.get(host)} for entry in options["connections"]]
    checked = ArgumentSpecValidator(bgp_arguments()).validate(
        {**options, "connections": connections}
    )
    if checked.error_messages:
        raise ValueError(f"{host}: options that routeros_bgp does not take")
    try:
        describe(checked.validated_parameters)
    except Refused as refusal:
        for line in dict.fromkeys(refusal.faults):
            yield _fault(host, line)


def _fault(host: str, line: str) -> Fault:
    where, _colon, told = line.partition(": ")
    where = "tcp_md5_key" if where.endswith("].password") else _OF_ALL.sub("", where, count=1)
    found = _FAULT.fullmatch(told)
    if found:
        return Fault((host,), f"routeros_peer_{where}", found["found"], found["expected"])
    return Fault((host,), f"routeros_peer_{where}", told, "each once")
