# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The router's own API, as an operator uses it."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import librouteros
from calico_lab import namespaces
from calico_lab.lab import Lab
from calico_lab.parts import ROUTER_USER
from calico_lab.pki import certificate_files
from calico_lab.topology import ADMIN, ROUTER_MANAGEMENT
from librouteros.exceptions import MultiTrapError, TrapError

Row = Mapping[str, Any]

PORT = 8729
TIMEOUT = 10.0  # seconds for an answer

_Result = TypeVar("_Result")


class RouterRefused(Exception):
    """The router does not do it, and says why."""


class Router:
    """The rows of the router's menus; paths are such as `ip/address`."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab

    def rows(self, path: str) -> list[Row]:
        return self._ask(lambda api: list(api.path(*path.split("/"))))

    def add(self, path: str, **fields: str) -> None:
        self._ask(lambda api: api.path(*path.split("/")).add(**fields))

    def set(self, path: str, row: Row, **fields: str) -> None:
        change = {".id": row[".id"], **fields}
        self._ask(lambda api: api.path(*path.split("/")).update(**change))

    def _ask(self, question: Callable[[librouteros.Api], _Result]) -> _Result:
        def ask() -> _Result:
            authority = certificate_files(self._lab.state.pki, "ca").certificate
            context = ssl.create_default_context(cafile=str(authority))
            api = librouteros.connect(
                host=str(ROUTER_MANAGEMENT.ip),
                username=ROUTER_USER,
                password=self._lab.state.router_password.read_text().strip(),
                port=PORT,
                timeout=TIMEOUT,
                ssl_wrapper=lambda sock: context.wrap_socket(
                    sock, server_hostname=str(ROUTER_MANAGEMENT.ip)
                ),
            )
            try:
                return question(api)
            except (TrapError, MultiTrapError) as error:
                raise RouterRefused(str(error)) from error
            finally:
                api.close()

        return namespaces.call_in(self._lab.topology.namespace(ADMIN), ask)
