# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Acting inside a network namespace from this process."""

from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from calico_lab.errors import LabError

NETNS_DIR = Path("/run/netns")
CLONE_NEWNET = 0x40000000  # linux/sched.h

_Result = TypeVar("_Result")

_libc = ctypes.CDLL(None, use_errno=True)


def existing() -> set[str]:
    """Names of all named network namespaces of this machine."""
    try:
        return set(os.listdir(NETNS_DIR))
    except FileNotFoundError:
        return set()


def enter(namespace: str) -> None:
    """Move the calling thread into a network namespace; sockets that it opens belong there.

    Only ever call it in a thread of its own: other threads must stay where they are.

    :raises LabError: there is no such namespace.
    """
    try:
        descriptor = os.open(NETNS_DIR / namespace, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise LabError(f"no network namespace {namespace}; is the lab up?") from error
    try:
        if _libc.setns(descriptor, CLONE_NEWNET) != 0:
            code = ctypes.get_errno()
            raise LabError(f"cannot enter network namespace {namespace}: {os.strerror(code)}")
    finally:
        os.close(descriptor)


def call_in(namespace: str, function: Callable[[], _Result]) -> _Result:
    """The result of `function`, called in a thread that is in the namespace."""
    result: list[_Result] = []
    failure: list[BaseException] = []

    def run() -> None:
        try:
            enter(namespace)
            result.append(function())
        except BaseException as error:  # handed to the caller, below
            failure.append(error)

    thread = threading.Thread(target=run, name=f"in-{namespace}")
    thread.start()
    thread.join()
    if failure:
        raise failure[0]
    return result[0]
