# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module parameters as Ansible fills them in, for tests."""

from __future__ import annotations

from typing import Any

from ansible_collections.netfabric.calico_routeros.plugins.module_utils._routeros.arguments import (
    bgp_arguments,
)

_ARGUMENTS = bgp_arguments()


def _filled(options: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    unknown = set(given) - set(options)
    assert not unknown, f"no such option: {unknown}"
    filled = {**{name: spec.get("default") for name, spec in options.items()}, **given}
    for name, spec in options.items():
        value, nested = filled[name], spec.get("options")
        if nested is not None and value is not None:
            filled[name] = (
                _filled(nested, value)
                if spec["type"] == "dict"
                else [_filled(nested, entry) for entry in value]
            )
    return filled


def parameters(**given: Any) -> dict[str, Any]:
    """Return the parameters of routeros_bgp with every default filled in."""
    return _filled(_ARGUMENTS, given)


def reference(**connection: Any) -> dict[str, Any]:
    """Return the reference scenario: 192.168.0.253/24 on ether1, AS 63400, reflector .15."""
    return parameters(
        addresses=[{"address": "192.168.0.253/24", "interface": "ether1"}],
        instance={"as_number": 63400},
        connections=[
            {
                "name": "rr1",
                "remote_address": "192.168.0.15",
                "remote_as": 63400,
                "redistribute": [],
                **connection,
            }
        ],
    )
