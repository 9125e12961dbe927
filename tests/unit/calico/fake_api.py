# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Kubernetes API in memory: keeps objects by path, merges patches as RFC 7386 says."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from ansible_collections.netfabric.calico_routeros.plugins.module_utils._calico.api import (
    ApiFailed,
    KubernetesApi,
)


def _merge(target: dict[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(target)
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, Mapping):
            result[key] = _merge(result.get(key) or {}, value)
        else:
            result[key] = value
    return result


class FakeApi(KubernetesApi):
    """``objects`` maps paths to API objects; ``requests`` lists method and path of each request."""

    server = "https://api.example:6443"

    def __init__(self, objects: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        self.objects = {path: copy.deepcopy(dict(body)) for path, body in (objects or {}).items()}
        self.requests: list[tuple[str, str]] = []

    @property
    def writes(self) -> list[tuple[str, str]]:
        """Return the requests that change something."""
        return [request for request in self.requests if request[0] != "GET"]

    def request(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, content_type: str = ""
    ) -> dict[str, Any]:
        path = path.partition("?")[0]
        self.requests.append((method, path))
        if method == "POST":
            assert body is not None
            self.objects[f"{path}/{body['metadata']['name']}"] = copy.deepcopy(dict(body))
            return dict(body)
        if method == "GET" and path not in self.objects:
            below = [o for p, o in self.objects.items() if p.rpartition("/")[0] == path]
            if below or path.rsplit("/", 1)[-1].endswith("s"):
                return {"items": copy.deepcopy(below)}
        if path not in self.objects:
            raise ApiFailed(f"{path} not found", 404)
        if method == "DELETE":
            return self.objects.pop(path)
        if method == "PATCH":
            assert body is not None
            assert content_type == "application/merge-patch+json"
            self.objects[path] = _merge(self.objects[path], body)
        return copy.deepcopy(self.objects[path])
