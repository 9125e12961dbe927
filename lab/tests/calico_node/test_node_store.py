# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""List and watch against an API that breaks, forgets and refuses."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from typing import Any

import pytest
from calico_lab.calico_node.journal import Journal
from calico_lab.calico_node.store import Collection, Store
from calico_lab.kube_api import ApiError, ApiUnreachable
from node_waiting import wait_for

Item = dict[str, Any]


def _item(name: str, version: int, **spec: Any) -> Item:
    return {"metadata": {"name": name, "resourceVersion": str(version)}, "spec": spec}


class FakeApi:
    """`objects` is what a list gives; put events, or errors to raise, into `events`."""

    def __init__(self) -> None:
        self.objects: list[Item] = []
        self.failure: ApiError | None = None
        self.events: queue.SimpleQueue[tuple[str, Item] | ApiError | None] = queue.SimpleQueue()
        self.lists: list[str] = []
        self.watched_from: list[str] = []

    def list(self, path: str) -> tuple[list[Item], str]:
        self.lists.append(path)
        if self.failure is not None:
            raise self.failure
        return [dict(item) for item in self.objects], "10"

    def watch(self, path: str, version: str, timeout: int) -> Iterator[tuple[str, Item]]:
        self.watched_from.append(version)
        while (event := self.events.get()) is not None:
            if isinstance(event, ApiError):
                raise event
            yield event


@pytest.fixture
def api() -> FakeApi:
    return FakeApi()


@pytest.fixture
def changes() -> list[str]:
    return []


@pytest.fixture
def collection(api: FakeApi, changes: list[str]) -> Collection:
    return Collection(api, "/peers", changes.append, Journal())  # type: ignore[arg-type]


def _names(collection: Collection) -> set[str]:
    return {item["metadata"]["name"] for item in collection.items()}


def test_list_then_watch(api: FakeApi, collection: Collection, changes: list[str]) -> None:
    api.objects = [_item("a", 5)]
    collection.start()
    wait_for(lambda: collection.listed, "listed")
    api.events.put(("ADDED", _item("b", 11)))
    wait_for(lambda: _names(collection) == {"a", "b"}, "b is added")
    api.events.put(("DELETED", _item("a", 12)))
    wait_for(lambda: _names(collection) == {"b"}, "a is deleted")
    api.events.put(None)
    wait_for(lambda: len(api.watched_from) == 2, "the watch goes on")
    assert api.watched_from == ["10", "12"]
    assert len(api.lists) == 1
    assert len(changes) == 3


@pytest.mark.parametrize(
    "error", [ApiError(410, "Expired", "too old"), ApiUnreachable("connection refused")]
)
def test_lists_again_and_keeps_what_it_has_until_then(
    api: FakeApi, collection: Collection, changes: list[str], error: ApiError
) -> None:
    api.objects = [_item("a", 5)]
    collection.start()
    wait_for(lambda: collection.listed, "listed")
    api.failure = ApiUnreachable("still down")
    api.events.put(error)
    wait_for(lambda: len(api.lists) >= 3, "it tries again")
    assert _names(collection) == {"a"}
    assert len(changes) == 1
    api.objects = [_item("a", 5), _item("c", 20)]
    api.failure = None
    wait_for(lambda: _names(collection) == {"a", "c"}, "the new list")
    wait_for(lambda: len(changes) == 2, "one notification")


def test_refused_is_settled_but_not_listed(api: FakeApi, collection: Collection) -> None:
    api.failure = ApiError(403, "Forbidden", "no")
    collection.start()
    wait_for(lambda: collection.settled, "settled")
    assert not collection.listed
    api.failure = None
    wait_for(lambda: collection.listed, "listed as soon as it is allowed")


def test_unreachable_is_not_settled(api: FakeApi, collection: Collection) -> None:
    api.failure = ApiUnreachable("down")
    collection.start()
    wait_for(lambda: len(api.lists) >= 2, "it tries again")
    assert not collection.settled


class RefusingApi(FakeApi):
    """Refuses lists of paths that contain one of `refused`."""

    def __init__(self, *refused: str) -> None:
        super().__init__()
        self.refused = refused

    def list(self, path: str) -> tuple[list[Item], str]:
        if any(part in path for part in self.refused):
            self.lists.append(path)
            raise ApiError(404, "NotFound", path)
        return super().list(path)


def _store(api: FakeApi, changes: list[str]) -> Store:
    store = Store(
        api,  # type: ignore[arg-type]
        "projectcalico.org/v3",
        "n1",
        "kube-system",
        changes.append,
        Journal(),
    )
    store.start()
    return store


def test_store_is_ready_without_services_but_not_without_peers(changes: list[str]) -> None:
    api = RefusingApi("/services", "endpointslices", "pods")
    store = _store(api, changes)
    wait_for(lambda: store.ready, "ready")
    assert "/apis/projectcalico.org/v3/bgppeers" in api.lists
    assert "/api/v1/pods?fieldSelector=spec.nodeName%3Dn1" in api.lists

    api = RefusingApi("bgppeers")
    store = _store(api, changes)
    wait_for(lambda: sum("bgppeers" in path for path in api.lists) >= 2, "tried twice")
    assert not store.ready


def test_secrets_are_watched_one_by_one(api: FakeApi, changes: list[str]) -> None:
    store = _store(api, changes)
    api.objects = [_item("bgp", 1)]
    store.want_secrets({"bgp"})
    wait_for(lambda: store.want_secrets({"bgp"}), "settled")
    wait_for(lambda: "Secret" in changes, "its change is reported")
    path = "/api/v1/namespaces/kube-system/secrets?fieldSelector=metadata.name%3Dbgp"
    assert path in api.lists
    assert len(store.items("Secret")) == 1
    assert store.want_secrets(set())
    assert store.items("Secret") == []
