# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reference scenario of inventory/example, for a lab of any size."""

from __future__ import annotations

from typing import Any

import yaml
from calico_lab.lab import Lab

from tests.live import ROOT
from tests.live.inventory import Description

EXAMPLE = ROOT / "inventory" / "example" / "group_vars" / "all.yml"

# In the example, this is the last worker.
_REFLECTOR_ADDRESS = "192.168.0.15"


def reference_description(lab: Lab, **variables: Any) -> Description:
    """What the example describes, with the lab's last worker as the reflector.

    The client's route to the pods is left out: it has one of its own, through the router.

    :param variables: more variables of all hosts.
    """
    reflector = lab.topology.node(lab.topology.reflector)
    text = EXAMPLE.read_text(encoding="utf-8")
    described = yaml.safe_load(text.replace(_REFLECTOR_ADDRESS, str(reflector.address.ip)))
    described["static_routes_routes"] = [
        route
        for route in described["static_routes_routes"]
        if route["dst"] != str(lab.topology.pool)
    ]
    return Description(
        reflectors={reflector.name: {}},
        variables={**described, **variables},
    )
