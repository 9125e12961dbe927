# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Field names: snake_case as users write them, camelCase as Calico's API has them.

The names are those of Calico's api/pkg/apis/projectcalico/v3 types.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_ACRONYMS = {"as": "AS", "bgp": "BGP", "ip": "IP", "ips": "IPs"}
_IRREGULAR = {
    "import_v4": "importV4",
    "export_v4": "exportV4",
    "import_v6": "importV6",
    "export_v6": "exportV6",
}


def api_name(name: str) -> str:
    """Return the API's spelling of a field: ``local_as_number`` gives ``localASNumber``."""
    if name in _IRREGULAR:
        return _IRREGULAR[name]
    head, *rest = name.split("_")
    return head + "".join(_ACRONYMS.get(word, word.capitalize()) for word in rest)


def api_fields(value: Any) -> Any:
    """Return ``value`` with all keys in the API's spelling, without unset ones."""
    if isinstance(value, Mapping):
        return {api_name(str(k)): api_fields(v) for k, v in value.items() if v is not None}
    if isinstance(value, (list, tuple)):
        return [api_fields(item) for item in value]
    return value
