# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Small clusters for the tests, in the form of the recorded scenarios."""

from __future__ import annotations

from typing import Any

from calico_lab.calico_node.bird_config import Rendered
from calico_lab.calico_node.conformance import render_texts

Json = dict[str, Any]


def node(name: str, labels: dict[str, str] | None = None, **annotations: str) -> Json:
    """A node; annotations by their name without `projectcalico.org/`."""
    return {
        "name": name,
        "labels": labels or {},
        "annotations": {f"projectcalico.org/{key}": value for key, value in annotations.items()},
    }


TWO_NODES = [
    node("n1", IPv4Address="10.0.0.1/24", IPv6Address="fd00::1/64"),
    node("n2", IPv4Address="10.0.0.2/24", IPv6Address="fd00::2/64"),
]


def resource(kind: str, name: str, **spec: Any) -> Json:
    """An object of Calico's."""
    return {"kind": kind, "name": name, "spec": spec}


def block(holder: str, cidr: str, state: str = "confirmed") -> Json:
    """A block affinity."""
    return resource("BlockAffinity", f"{holder}-{cidr}", cidr=cidr, node=holder, state=state)


def scenario(
    *objects: Json,
    nodes: list[Json] | None = None,
    version: str = "v3.32.1",
    env: dict[str, str] | None = None,
) -> Json:
    """A scenario for `render_texts`."""
    return {
        "nodes": TWO_NODES if nodes is None else nodes,
        "objects": list(objects),
        "calico_version": version,
        "env": env or {},
    }


def rendered(about: Json, name: str, family: int = 4) -> Rendered:
    """The file of one node."""
    for found, found_family, file in render_texts(about):
        if (found, found_family) == (name, family):
            assert file is not None
            return file
    raise AssertionError(f"no node {name} in the scenario")
