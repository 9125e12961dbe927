# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is this collection's: labels of its own objects, and a record on the objects of others.

The record is an annotation that is set in the same write as the fields that it tells of. It holds
what a field was before, so that there is a way back from any state, whoever runs it from wherever.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

OWNER_LABEL = "app.kubernetes.io/managed-by"
OWNER = "netfabric.calico_routeros"
#: Names the role that an object belongs to.
COMPONENT_LABEL = "app.kubernetes.io/component"
#: Holds the record, as JSON: ``{field: {"before": value, "set": value}}``; null is absent.
RECORD_ANNOTATION = "calico-routeros.netfabric/before"

#: Kinds that are described as a whole where we own them: fields that are no longer described go.
WHOLE_KINDS = frozenset({"BGPPeer", "BGPFilter"})

Record = Mapping[str, Mapping[str, Any]]


def labels_of(component: str | None) -> dict[str, str]:
    """Return the labels of an object that a role creates; none without a role."""
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


def parse_record(annotations: Mapping[str, str] | None) -> dict[str, Any]:
    """Return the record among an object's annotations; one that cannot be read counts as none."""
    text = (annotations or {}).get(RECORD_ANNOTATION)
    if not text:
        return {}
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    if not isinstance(found, dict):
        return {}
    return {
        str(name): entry
        for name, entry in found.items()
        if isinstance(entry, dict) and {"before", "set"} <= set(entry)
    }


def record_text(record: Record) -> str | None:
    """Return the annotation of a record; None, which removes it, if there is nothing to tell."""
    return json.dumps(record, sort_keys=True, separators=(",", ":")) if record else None


def recorded(record: Record, current: Mapping[str, Any], patch: Mapping[str, Any]) -> Record:
    """Return the record after a patch. What was there before us stays; back to it ends the entry.

    ``current`` and ``patch`` map the same field names to values; None is absent.
    """
    result = dict(record)
    for name, value in patch.items():
        entry = result.get(name)
        # Somebody else changed the field since: that is what was before now.
        known = entry is not None and entry["set"] == current.get(name)
        before = entry["before"] if entry is not None and known else current.get(name)
        if before == value:
            result.pop(name, None)
        else:
            result[name] = {"before": before, "set": value}
    return result


def undone(record: Record, current: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values that fields had before us, of those that are still as we set them."""
    return {
        name: entry["before"] for name, entry in record.items() if current.get(name) == entry["set"]
    }
