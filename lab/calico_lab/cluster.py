# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filling the API: access rights, Calico's kinds, nodes, pods and the rest of the cluster."""

from __future__ import annotations

import contextlib
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from typing import Any

import yaml

from calico_lab import namespaces
from calico_lab.access import access_objects
from calico_lab.crds import load_crds
from calico_lab.errors import LabError
from calico_lab.kube_api import NOT_FOUND, ApiError, KubeApi
from calico_lab.objects import (
    KUBE_PROXY_CONFIG,
    SYSTEM,
    ApiObject,
    calico_objects,
    cluster_objects,
    pod_objects,
)
from calico_lab.options import LabOptions
from calico_lab.topology import Topology

CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
DAEMON_SETS = f"/apis/apps/v1/namespaces/{SYSTEM}/daemonsets"
KUBE_PROXY_CONFIG_MAP = f"/api/v1/namespaces/{SYSTEM}/configmaps/kube-proxy"

TIMEOUT = 20.0  # seconds for the API to serve what was just created
PAUSE = 0.05  # seconds between two looks

THREADS = 8


class Cluster:
    """The API as the lab's administrator; all requests come from one host of the lab."""

    def __init__(self, api: KubeApi, namespace: str) -> None:
        self._api = api
        self._namespace = namespace

    def fill(self, options: LabOptions, topology: Topology) -> None:
        """Create all objects of the cluster; what exists stays as it is.

        :raises LabError: the API refused one, or does not serve Calico's kinds in time.
        """
        now = datetime.now(timezone.utc)
        definitions = load_crds(options.calico_api)
        self._wait_for(f"/api/v1/namespaces/{SYSTEM}")
        self._wait_for("/api/v1/namespaces/default")
        with self._threads() as threads:
            first: list[ApiObject] = [(CRDS, definition) for definition in definitions]
            first += access_objects()
            first += cluster_objects(options, topology, self._api.server, now)
            list(threads.map(self._create, first))
            daemon_set = threads.submit(self._api.get, f"{DAEMON_SETS}/calico-node").result()
            pods = pod_objects(options, topology, daemon_set["metadata"]["uid"], now)
            list(threads.map(self._create_pod, pods))
            threads.submit(self._report_daemon_set, len(topology.nodes)).result()
            list(threads.map(self._wait_until_served, definitions))
            list(threads.map(self._create, calico_objects(options, topology, now)))

    def kube_proxy_config(self) -> dict[str, Any]:
        """kube-proxy's configuration, from the text in its ConfigMap."""

        def read() -> str:
            data = self._api.get(KUBE_PROXY_CONFIG_MAP)["data"]
            return str(data[KUBE_PROXY_CONFIG])

        text = namespaces.call_in(self._namespace, read)
        try:
            config = yaml.safe_load(text)
        except yaml.YAMLError as error:
            raise LabError(
                f"ConfigMap {SYSTEM}/kube-proxy, {KUBE_PROXY_CONFIG}: {error}"
            ) from error
        if not isinstance(config, dict):
            raise LabError(
                f"ConfigMap {SYSTEM}/kube-proxy, {KUBE_PROXY_CONFIG}: expected a mapping"
            )
        return config

    def _threads(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(
            max_workers=THREADS, initializer=namespaces.enter, initargs=(self._namespace,)
        )

    def _create(self, entry: ApiObject) -> dict[str, Any]:
        path, body = entry
        own_path = f"{path}/{body['metadata']['name']}"
        deadline = time.monotonic() + TIMEOUT
        while True:
            try:
                return self._api.create(path, body)
            except ApiError as error:
                # Not 409 alone: a Service that is there is refused for its address, 422.
                with contextlib.suppress(ApiError):
                    return self._api.get(own_path)
                # A kind just defined is not served at once, and a pod is refused until the
                # admission plugin has seen its service account.
                early = error.status == NOT_FOUND or "serviceaccount" in error.message
                if not early or time.monotonic() > deadline:
                    raise LabError(f"the API refused {own_path}: {error}") from error
            time.sleep(PAUSE)

    def _create_pod(self, pod: dict[str, Any]) -> None:
        path = f"/api/v1/namespaces/{pod['metadata']['namespace']}/pods"
        self._create((path, pod))
        self._api.merge_patch(f"{path}/{pod['metadata']['name']}/status", {"status": pod["status"]})

    def _report_daemon_set(self, nodes: int) -> None:
        counts = [
            "currentNumberScheduled",
            "desiredNumberScheduled",
            "numberAvailable",
            "numberReady",
            "updatedNumberScheduled",
        ]
        self._api.merge_patch(
            f"{DAEMON_SETS}/calico-node/status",
            {"status": {"numberMisscheduled": 0, **dict.fromkeys(counts, nodes)}},
        )

    def _wait_for(self, path: str) -> None:
        def there() -> bool:
            try:
                self._api.get(path)
            except ApiError as error:
                # While it starts, the API server refuses with 401, 403, 404 or 503 in turn.
                if time.monotonic() > deadline:
                    raise LabError(f"the API does not serve {path}: {error}") from error
                return False
            return True

        deadline = time.monotonic() + TIMEOUT
        while not namespaces.call_in(self._namespace, there):
            time.sleep(PAUSE)

    def _wait_until_served(self, definition: dict[str, Any]) -> None:
        """Until the kind can be listed; at first the API server says 404, and then 429."""
        spec = definition["spec"]
        version = spec["versions"][0]["name"]
        path = f"/apis/{spec['group']}/{version}/{spec['names']['plural']}?limit=1"
        deadline = time.monotonic() + TIMEOUT
        while True:
            try:
                self._api.list(path)
                return
            except ApiError as error:
                if time.monotonic() > deadline:
                    raise LabError(f"the API does not serve {path}: {error}") from error
            time.sleep(PAUSE)
