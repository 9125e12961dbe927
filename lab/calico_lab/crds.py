# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calico's CustomResourceDefinitions, in either API group.

lab/crds/ holds one definition a kind, as of crd.projectcalico.org/v1. Where projectcalico.org/v3
(native CRDs, Calico v3.33) differs, the key `x-lab-v3` beside a schema's other keys says how: its
mappings are merged into them, its lists appended, null takes a key away, everything else replaces.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import yaml

from calico_lab.errors import LabError
from calico_lab.options import API_GROUPS

OWN_FOLDER = Path(__file__).parents[1] / "crds"
FOLDER_VARIABLE = "LAB_CALICO_CRDS"
OVERLAY = "x-lab-v3"

# Without these kinds neither the stand-in nor the collection can work.
NEEDED = frozenset(
    {
        "BGPConfiguration",
        "BGPPeer",
        "BGPFilter",
        "IPPool",
        "CalicoNodeStatus",
        "ClusterInformation",
        "FelixConfiguration",
        "BlockAffinity",
        "IPAMBlock",
    }
)


def load_crds(calico_api: str) -> list[dict[str, Any]]:
    """The definitions for `calico_api` v1 or v3: ours, or those in the folder $LAB_CALICO_CRDS.

    :raises LabError: the folder lacks a kind that the lab needs in that group.
    """
    folder = os.environ.get(FOLDER_VARIABLE)
    if folder:
        return _foreign(Path(folder), calico_api)
    return own_crds(calico_api)


def own_crds(calico_api: str) -> list[dict[str, Any]]:
    found = []
    for path in sorted(OWN_FOLDER.glob("*.yaml")):
        definition: dict[str, Any] = yaml.safe_load(path.read_text())
        found.append(_as_v3(definition) if calico_api == "v3" else _resolve(definition, False))
    return found


def _as_v3(definition: dict[str, Any]) -> dict[str, Any]:
    definition = _resolve(definition, True)
    group, version = API_GROUPS["v3"].split("/")
    spec = definition["spec"]
    definition["metadata"]["name"] = f"{spec['names']['plural']}.{group}"
    spec["group"] = group
    spec["versions"][0]["name"] = version
    spec["versions"][0]["schema"]["openAPIV3Schema"]["required"] = ["metadata", "spec"]
    return definition


def _resolve(value: Any, overlay: bool) -> Any:
    """A copy with every overlay merged in, or left out."""
    if isinstance(value, list):
        return [_resolve(entry, overlay) for entry in value]
    if not isinstance(value, dict):
        return value
    plain = {key: _resolve(entry, overlay) for key, entry in value.items() if key != OVERLAY}
    if overlay and OVERLAY in value:
        _merge(plain, _resolve(value[OVERLAY], overlay))
    return plain


def _merge(target: dict[str, Any], change: dict[str, Any]) -> None:
    for key, entry in change.items():
        present = target.get(key)
        if isinstance(present, dict) and isinstance(entry, dict):
            _merge(present, entry)
        elif isinstance(present, list) and isinstance(entry, list):
            target[key] = present + entry
        elif entry is None:
            target.pop(key, None)
        else:
            target[key] = entry


def _foreign(folder: Path, calico_api: str) -> list[dict[str, Any]]:
    group = API_GROUPS[calico_api].split("/")[0]
    if not folder.is_dir():
        raise LabError(f"{FOLDER_VARIABLE}: {folder} is no folder")
    found = [
        document
        for path in sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")])
        for document in yaml.safe_load_all(path.read_text())
        if isinstance(document, dict)
        and document.get("kind") == "CustomResourceDefinition"
        and document["spec"]["group"] == group
    ]
    absent = NEEDED - {definition["spec"]["names"]["kind"] for definition in found}
    if absent:
        raise LabError(
            f"{FOLDER_VARIABLE}: {folder} has no definition in the group {group} of"
            f" {', '.join(sorted(absent))}; choose another folder, or --calico-api"
        )
    return found
