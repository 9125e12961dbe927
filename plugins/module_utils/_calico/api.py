# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Kubernetes API, as far as Calico's objects need it."""

from __future__ import annotations

import contextlib
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

FIELD_MANAGER = "netfabric.calico_routeros"


class ApiFailed(Exception):
    """The API could not be asked or refused; the message names server, verb and path."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class KubernetesApi(ABC):
    """What reading and writing of Calico's objects needs. Paths are those of the REST API."""

    #: URL of the API server, for messages.
    server: str

    @abstractmethod
    def request(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, content_type: str = ""
    ) -> dict[str, Any]:
        """Send one request and return the answer's JSON. Raises ApiFailed."""

    def find(self, path: str) -> dict[str, Any] | None:
        """Return the object at ``path``, or None if there is none."""
        try:
            return self.request("GET", path)
        except ApiFailed as exc:
            if exc.status == 404:
                return None
            raise

    def list(self, path: str) -> list[dict[str, Any]]:
        """Return the items of a collection."""
        items: list[dict[str, Any]] = self.request("GET", path).get("items") or []
        return items

    def create(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Create an object; fields that the cluster's Calico does not know are refused."""
        return self.request("POST", path + _STRICT, body, "application/json")

    def merge_patch(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Patch an object (RFC 7386); fields that Calico does not know are refused."""
        return self.request("PATCH", path + _STRICT, body, "application/merge-patch+json")

    def delete(self, path: str) -> None:
        """Delete an object; one that is gone already is fine."""
        try:
            self.request("DELETE", path)
        except ApiFailed as exc:
            if exc.status != 404:
                raise


_STRICT = f"?fieldValidation=Strict&fieldManager={FIELD_MANAGER}"


class DynamicClientApi(KubernetesApi):
    """The API through the client that kubernetes.core makes of its connection options."""

    def __init__(self, client: Any, server: str) -> None:
        """``client`` is a ``kubernetes.dynamic.DynamicClient``."""
        self._client = client
        self.server = server

    def request(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, content_type: str = ""
    ) -> dict[str, Any]:
        options: dict[str, Any] = {"content_type": content_type} if content_type else {}
        try:
            answer: dict[str, Any] = self._client.request(
                method, path, body=body, serializer=_plain, **options
            )
        except Exception as exc:
            raise _failed(self.server, method, path, exc) from exc
        return answer


def _plain(_client: object, data: dict[str, Any]) -> dict[str, Any]:
    """Keep the answer's JSON as it is, in place of the client's own wrapping."""
    return data


def _failed(server: str, method: str, path: str, exc: Exception) -> ApiFailed:
    """Turn whatever the client library raises into one sentence."""
    tried = f"{method} {server}{path.partition('?')[0]}"
    status = getattr(exc, "status", None)
    if not isinstance(status, int):
        return ApiFailed(f"the Kubernetes API did not answer ({tried}): {innermost_reason(exc)}")
    message = str(getattr(exc, "reason", "") or exc)
    body = getattr(exc, "body", None)
    if body:
        with contextlib.suppress(ValueError, AttributeError):
            message = json.loads(body).get("message") or message
    if status == 401:
        message = f"the credentials are not accepted ({message})"
    return ApiFailed(f"the Kubernetes API refused {tried}: {message}", status)


def innermost_reason(exc: BaseException) -> str:
    """Return what went wrong at the bottom of a connection error: the libraries wrap it."""
    inner = exc
    while True:
        reason = getattr(inner, "reason", None)
        deeper = reason if isinstance(reason, BaseException) else inner.__cause__
        deeper = deeper or inner.__context__
        if deeper is None:
            break
        inner = deeper
    text = inner.strerror if isinstance(inner, OSError) and inner.strerror else str(inner)
    return text or type(inner).__name__
