# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Copies of the API's collections, kept up to date by list and watch.

One thread per collection. A lost connection or an API server that starts anew leads to a new list;
until then the last known state stays, as with Calico.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote

from calico_lab.calico_node.journal import Journal
from calico_lab.kube_api import GONE, ApiError, KubeApi

WATCH_SECONDS = 120
RETRY_SECONDS = 0.3

Item = dict[str, Any]
Notify = Callable[[str], None]


class Collection:
    """All objects of one path, by namespace and name.

    :param notify: called with the path after every change, from the collection's own thread.
    """

    def __init__(self, api: KubeApi, path: str, notify: Notify, journal: Journal) -> None:
        self.path = path
        self._api = api
        self._notify = notify
        self._journal = journal
        self._lock = threading.Lock()
        self._items: dict[tuple[str, str], Item] = {}
        self._listed = threading.Event()
        self._refused = threading.Event()
        self._stopped = threading.Event()
        self._trouble = ""

    def start(self) -> None:
        """Begin to list and watch."""
        threading.Thread(target=self._run, name=self.path, daemon=True).start()

    def stop(self) -> None:
        """Take no more changes; the thread ends with its current watch."""
        self._stopped.set()

    @property
    def listed(self) -> bool:
        """Whether the collection has been listed at least once."""
        return self._listed.is_set()

    @property
    def settled(self) -> bool:
        """Listed, or refused by the API server (not allowed, no such resource)."""
        return self.listed or self._refused.is_set()

    def items(self) -> list[Item]:
        """The objects as last seen; not to be changed."""
        with self._lock:
            return list(self._items.values())

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self._list_and_watch()
            except ApiError as error:
                if error.status == GONE:
                    continue
                self._note(error)
                self._stopped.wait(RETRY_SECONDS)

    def _list_and_watch(self) -> None:
        found, version = self._api.list(self.path)
        fresh = {_key(item): item for item in found}
        with self._lock:
            changed = fresh != self._items or not self.listed
            self._items = fresh
        self._listed.set()
        if self._trouble:
            self._trouble = ""
            self._journal.say(f"{self.path}: listed again")
        if changed:
            self._notify(self.path)
        while not self._stopped.is_set():
            for kind, item in self._api.watch(self.path, version, WATCH_SECONDS):
                if self._stopped.is_set():
                    return
                version = str(item["metadata"]["resourceVersion"])
                self._take(kind, item)

    def _take(self, kind: str, item: Item) -> None:
        key = _key(item)
        with self._lock:
            if kind == "DELETED":
                self._items.pop(key, None)
            else:
                self._items[key] = item
        self._notify(self.path)

    def _note(self, error: ApiError) -> None:
        if error.status:
            first = not self._refused.is_set()
            self._refused.set()
            if first and not self.listed:
                self._notify(self.path)
        trouble = f"{self.path}: {error}"
        if trouble != self._trouble:
            self._trouble = trouble
            self._journal.say(trouble)


class Store:
    """Every collection that a node reads. `api_group` is the group and version of Calico's own."""

    REQUIRED = ("Node", "BGPConfiguration", "BGPPeer", "IPPool", "BlockAffinity", "BGPFilter")

    def __init__(
        self,
        api: KubeApi,
        api_group: str,
        node: str,
        secret_namespace: str,
        notify: Notify,
        journal: Journal,
    ) -> None:
        self.api = api
        calico = f"/apis/{api_group}"
        self._paths = {
            "Node": "/api/v1/nodes",
            "BGPConfiguration": f"{calico}/bgpconfigurations",
            "BGPPeer": f"{calico}/bgppeers",
            "BGPFilter": f"{calico}/bgpfilters",
            "IPPool": f"{calico}/ippools",
            "BlockAffinity": f"{calico}/blockaffinities",
            "CalicoNodeStatus": f"{calico}/caliconodestatuses",
            "Service": "/api/v1/services",
            "EndpointSlice": "/apis/discovery.k8s.io/v1/endpointslices",
            "Pod": f"/api/v1/pods?fieldSelector={quote(f'spec.nodeName={node}')}",
        }
        self._secret_path = f"/api/v1/namespaces/{secret_namespace}/secrets?fieldSelector="
        self._notify = notify
        self._journal = journal
        self._collections = {
            kind: Collection(api, path, self._notifier(kind), journal)
            for kind, path in self._paths.items()
        }
        self._secrets: dict[str, Collection] = {}

    def start(self) -> None:
        """Begin to list and watch everything but Secrets."""
        for collection in self._collections.values():
            collection.start()

    def path(self, kind: str) -> str:
        """Path of a kind's collection."""
        return self._paths[kind]

    @property
    def ready(self) -> bool:
        """Whether everything that BIRD's configuration needs has been read once.

        Calico's own kinds must exist; the others may be refused.
        """
        return all(
            collection.listed if kind in self.REQUIRED else collection.settled
            for kind, collection in self._collections.items()
        )

    def items(self, kind: str) -> list[Item]:
        """All objects of a kind."""
        if kind == "Secret":
            return [item for watched in self._secrets.values() for item in watched.items()]
        return self._collections[kind].items()

    def want_secrets(self, names: Iterable[str]) -> bool:
        """Watch exactly these Secrets, each by its name, as a Role can allow them singly.

        Returns whether all of them are settled; if not, a notification follows.
        """
        wanted = set(names)
        for name in self._secrets.keys() - wanted:
            self._secrets.pop(name).stop()
        for name in wanted - self._secrets.keys():
            path = self._secret_path + quote(f"metadata.name={name}")
            watched = Collection(self.api, path, self._notifier("Secret"), self._journal)
            self._secrets[name] = watched
            watched.start()
        return all(watched.settled for watched in self._secrets.values())

    def _notifier(self, kind: str) -> Notify:
        return lambda _path: self._notify(kind)


def _key(item: Item) -> tuple[str, str]:
    metadata = item.get("metadata") or {}
    return str(metadata.get("namespace", "")), str(metadata.get("name", ""))
