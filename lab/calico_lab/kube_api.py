# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A light client for the Kubernetes API, for the lab's own processes.

Every node of the lab runs one process that watches the API; the `kubernetes` package would cost
each of them about a second to import and 60 MB of memory, `requests` does not.
"""

from __future__ import annotations

import base64
import binascii
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import requests
import yaml

CONNECT_TIMEOUT = 5.0  # seconds
READ_TIMEOUT = 30.0  # seconds
WATCH_GRACE = 10.0  # seconds that a watch may be silent beyond its own timeout

MERGE_PATCH = "application/merge-patch+json"

NOT_FOUND = 404
CONFLICT = 409
GONE = 410


class ApiError(Exception):
    """The API server refused a request.

    `status` is the HTTP status (410: the resource version of a watch is too old, list again),
    `reason` the one-word reason of Kubernetes (NotFound, AlreadyExists, Invalid, ...), `message`
    its text.
    """

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(f"{status} {reason}: {message}")
        self.status = status
        self.reason = reason
        self.message = message


class ApiUnreachable(ApiError):
    """No answer at all: connection refused, time-out, TLS not trusted. `status` is 0."""

    def __init__(self, message: str) -> None:
        super().__init__(0, "Unreachable", message)


class KubeconfigError(Exception):
    """A kubeconfig file lacks what is needed to log in."""


class KubeApi:
    """One user's connection to one API server.

    :param kubeconfig: file with a current context; client certificate or token, in files or inline.
    :param read_timeout: seconds without a byte of an answer (a watch has its own timeout).
    :raises KubeconfigError: the file cannot be read or lacks the server, the user or the CA.

    Objects are the decoded JSON as the server sends it. Paths are absolute paths of the API, such
    as ``/api/v1/nodes`` or ``/apis/crd.projectcalico.org/v1/bgppeers/my-global-peer``; a query
    (``?labelSelector=...``) may follow. An instance may be shared by threads.
    """

    def __init__(self, kubeconfig: Path, read_timeout: float = READ_TIMEOUT) -> None:
        self._read_timeout = read_timeout
        cluster, user = _current_context(kubeconfig)
        self.server = str(cluster["server"]).rstrip("/")
        self._inline: tempfile.TemporaryDirectory[str] | None = None
        self._session = requests.Session()
        # The lab never goes through a proxy, and trusts only its own CA.
        self._session.trust_env = False
        ca = self._file(kubeconfig, cluster, "certificate-authority")
        if ca is None:
            raise KubeconfigError(f"{kubeconfig}: cluster has no certificate-authority(-data)")
        self._session.verify = ca
        certificate = self._file(kubeconfig, user, "client-certificate")
        key = self._file(kubeconfig, user, "client-key")
        if certificate and key:
            self._session.cert = (certificate, key)
        elif "token" in user:
            self._session.headers["Authorization"] = f"Bearer {user['token']}"
        elif "tokenFile" in user:
            token = (kubeconfig.parent / str(user["tokenFile"])).read_text().strip()
            self._session.headers["Authorization"] = f"Bearer {token}"
        else:
            raise KubeconfigError(f"{kubeconfig}: user has neither client-certificate nor token")

    def get(self, path: str) -> dict[str, Any]:
        """One object (or any JSON answer, as of ``/version``).

        :raises ApiError: refused; status 404 if there is no such object.
        """
        return self._call("GET", path)

    def list(self, path: str) -> tuple[list[dict[str, Any]], str]:
        """All objects of a collection and the resource version to start a watch from."""
        answer = self._call("GET", path)
        items = answer.get("items") or []
        return list(items), str(answer["metadata"].get("resourceVersion", ""))

    def create(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Create in the collection `path`. :raises ApiError: 409 AlreadyExists if it is there."""
        return self._call("POST", path, body)

    def merge_patch(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """JSON merge patch (RFC 7396) of the object `path`: null removes a field."""
        return self._call("PATCH", path, body, content_type=MERGE_PATCH)

    def replace(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Replace the object `path`, or its status if the path ends in ``/status``."""
        return self._call("PUT", path, body)

    def delete(self, path: str) -> None:
        """Delete the object `path`; it is no error if there is none."""
        try:
            self._call("DELETE", path)
        except ApiError as error:
            if error.status != NOT_FOUND:
                raise

    def apply(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Make the collection `path` hold `body`: create it, else merge it into what is there."""
        try:
            return self.create(path, body)
        except ApiError as error:
            if error.status != CONFLICT:
                raise
        return self.merge_patch(f"{path}/{body['metadata']['name']}", body)

    def watch(
        self, path: str, resource_version: str, timeout: int
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        """Changes of the collection `path` after `resource_version`, as they happen.

        Yields (ADDED | MODIFIED | DELETED, object) and ends after `timeout` seconds; go on with the
        resource version of the last object seen.

        :raises ApiError: status 410 if `resource_version` is too old (list again).
        :raises ApiUnreachable: the connection broke.
        """
        separator = "&" if "?" in path else "?"
        url = (
            f"{self.server}{path}{separator}watch=1"
            f"&resourceVersion={resource_version}&timeoutSeconds={timeout}"
        )
        try:
            with self._session.get(
                url, stream=True, timeout=(CONNECT_TIMEOUT, timeout + WATCH_GRACE)
            ) as response:
                if not response.ok:
                    raise _refusal(response)
                for line in response.iter_lines(chunk_size=None):
                    if not line:
                        continue
                    event = json.loads(line)
                    found: dict[str, Any] = event["object"]
                    if event["type"] == "ERROR":
                        raise _status_error(found, response.status_code)
                    yield str(event["type"]), found
        except requests.RequestException as error:
            raise self._unreachable(error) from error

    def _call(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        content_type: str = "application/json",
    ) -> dict[str, Any]:
        headers = {"Accept": "application/json"}
        data = None
        if body is not None:
            headers["Content-Type"] = content_type
            data = json.dumps(body)
        try:
            response = self._session.request(
                method,
                self.server + path,
                data=data,
                headers=headers,
                timeout=(CONNECT_TIMEOUT, self._read_timeout),
            )
        except requests.RequestException as error:
            raise self._unreachable(error) from error
        if not response.ok:
            raise _refusal(response)
        answer = response.json()
        if not isinstance(answer, dict):
            raise ApiError(response.status_code, "NotAnObject", f"{method} {path}: {answer!r}")
        return answer

    def _unreachable(self, error: requests.RequestException) -> ApiUnreachable:
        return ApiUnreachable(f"no answer from the API server {self.server}: {error}")

    def _file(self, kubeconfig: Path, section: dict[str, Any], key: str) -> str | None:
        """Path of a PEM file named by `key`, or made from the inline `key`-data."""
        if key in section:
            return str(kubeconfig.parent / str(section[key]))
        inline = section.get(f"{key}-data")
        if inline is None:
            return None
        if self._inline is None:
            self._inline = tempfile.TemporaryDirectory(prefix="calico-lab-")
        target = Path(self._inline.name, f"{key}.pem")
        try:
            target.write_bytes(base64.b64decode(inline, validate=True))
        except (binascii.Error, ValueError) as error:
            raise KubeconfigError(f"{kubeconfig}: {key}-data is not base64: {error}") from error
        return str(target)


def _current_context(kubeconfig: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The cluster and the user of the current context."""
    try:
        config = yaml.safe_load(kubeconfig.read_text())
        context = _named(config, "contexts", "context", config["current-context"])
        return (
            _named(config, "clusters", "cluster", context["cluster"]),
            _named(config, "users", "user", context["user"]),
        )
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        raise KubeconfigError(
            f"{kubeconfig}: not a kubeconfig with a current context, cluster and user ({error!r})"
        ) from error


def _named(config: dict[str, Any], section: str, key: str, name: str) -> dict[str, Any]:
    for entry in config[section]:
        if entry["name"] == name:
            found: dict[str, Any] = entry[key]
            return found
    raise KeyError(f"{section}: {name}")


def _refusal(response: requests.Response) -> ApiError:
    try:
        status = response.json()
    except requests.JSONDecodeError:
        status = {}
    if not isinstance(status, dict) or "message" not in status:
        status = {"message": response.text.strip(), "reason": response.reason}
    return _status_error(status, response.status_code)


def _status_error(status: dict[str, Any], code: int) -> ApiError:
    return ApiError(
        int(status.get("code") or code),
        str(status.get("reason") or "Unknown"),
        str(status.get("message") or ""),
    )
