# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which objects are this collection's: the labels that they carry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

OWNER_LABEL = "app.kubernetes.io/managed-by"
OWNER = "netfabric.calico_routeros"
#: Names the role that an object belongs to.
COMPONENT_LABEL = "app.kubernetes.io/component"

#: Kinds that are described as a whole where we own them: fields that are no longer described go.
WHOLE_KINDS = frozenset({"BGPPeer", "BGPFilter"})


def labels_of(component: str | None) -> dict[str, str]:
    """Return the labels of an object that a role creates; none for Calico's own objects."""
    if component is None:
        return {}
    return {OWNER_LABEL: OWNER, COMPONENT_LABEL: component}


def is_owned(item: Mapping[str, Any]) -> bool:
    """Whether an object, as ``{kind, name, labels, spec}``, is this collection's."""
    return (item.get("labels") or {}).get(OWNER_LABEL) == OWNER


def belongs_to(item: Mapping[str, Any], component: str) -> bool:
    """Whether an object is this collection's and of that role."""
    return is_owned(item) and item["labels"].get(COMPONENT_LABEL) == component


def described_whole(item: Mapping[str, Any]) -> bool:
    """Whether fields that are not described are removed from an object that exists."""
    return item["kind"] in WHOLE_KINDS and is_owned(item)
