# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's CustomResourceDefinitions hold what Calico's do, field by field.

data/crd_fields.json holds the facts of Calico's definitions: v3.32.1 for crd.projectcalico.org/v1,
the development state after v3.33 for projectcalico.org/v3. FelixConfiguration is left out: of its
160 fields the lab knows those that decide who programs routes.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from calico_lab import crds
from calico_lab.errors import LabError

FACTS = json.loads((Path(__file__).parents[1] / "data" / "crd_fields.json").read_text())

KEYS = (
    "type",
    "enum",
    "default",
    "format",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "minProperties",
    "maxProperties",
    "required",
    "nullable",
    "x-kubernetes-list-type",
    "x-kubernetes-map-type",
)


def definitions(calico_api: str) -> dict[str, Any]:
    return {entry["spec"]["names"]["kind"]: entry for entry in crds.own_crds(calico_api)}


def schema(definition: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    return found


def fields(part: dict[str, Any], path: str = "") -> dict[str, dict[str, Any]]:
    """Every field of a schema by its path; list entries are `name[]`."""
    facts = {key: part[key] for key in KEYS if key in part}
    for key in ("enum", "required"):
        if key in facts:
            facts[key] = sorted(facts[key])
    if "x-kubernetes-validations" in part:
        facts["rules"] = sorted(rule["message"] for rule in part["x-kubernetes-validations"])
    found = {path: facts}
    for name, entry in part.get("properties", {}).items():
        found |= fields(entry, f"{path}.{name}" if path else name)
    if isinstance(part.get("items"), dict):
        found |= fields(part["items"], f"{path}[]")
    return found


KINDS = [(api, kind) for api, kinds in FACTS.items() for kind in kinds]


@pytest.mark.parametrize(("calico_api", "kind"), KINDS)
def test_fields_are_calicos(calico_api: str, kind: str) -> None:
    assert fields(schema(definitions(calico_api)[kind])) == FACTS[calico_api][kind]["fields"]


@pytest.mark.parametrize(("calico_api", "kind"), KINDS)
def test_names_and_status_are_calicos(calico_api: str, kind: str) -> None:
    facts, spec = FACTS[calico_api][kind], definitions(calico_api)[kind]["spec"]
    assert spec["names"] == facts["names"]
    assert spec["scope"] == facts["scope"]
    status = "status" in spec["versions"][0].get("subresources", {})
    assert status == facts["status_subresource"]


@pytest.mark.parametrize(
    ("calico_api", "group", "version"),
    [("v1", "crd.projectcalico.org", "v1"), ("v3", "projectcalico.org", "v3")],
)
def test_every_needed_kind_is_there_in_its_group(calico_api: str, group: str, version: str) -> None:
    found = definitions(calico_api)
    assert found.keys() >= crds.NEEDED
    for definition in found.values():
        spec = definition["spec"]
        assert spec["group"] == group
        assert definition["metadata"]["name"] == f"{spec['names']['plural']}.{group}"
        assert [entry["name"] for entry in spec["versions"]] == [version]
        assert crds.OVERLAY not in json.dumps(definition)


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("64512:100", True),
        ("65535:65535", True),
        ("65536:1", False),
        ("1:2:3", True),
        ("4294967295:4294967295:4294967295", True),
        ("4294967296:1:1", False),
        ("1:2:3:4", False),
        ("01:2", False),
        ("a:b", False),
    ],
)
def test_communities_of_filters(text: str, valid: bool) -> None:
    rule = schema(definitions("v1")["BGPFilter"])["properties"]["spec"]["properties"]["exportV4"]
    community = rule["items"]["properties"]["communities"]["properties"]["values"]["items"]
    assert bool(re.search(community["pattern"], text)) == valid


def test_a_folder_of_definitions_replaces_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for definition in crds.own_crds("v3"):
        definition["metadata"]["annotations"] = {"origin": "folder"}
        path = tmp_path / f"{definition['metadata']['name']}.yaml"
        path.write_text(yaml.safe_dump(definition))
    monkeypatch.setenv(crds.FOLDER_VARIABLE, str(tmp_path))
    found = crds.load_crds("v3")
    assert {entry["metadata"]["annotations"]["origin"] for entry in found} == {"folder"}
    with pytest.raises(LabError, match=r"no definition in the group crd\.projectcalico\.org"):
        crds.load_crds("v1")
