# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A daemon's terminal on its unix socket, in the form that FRR's own vtysh uses.

A command goes out with a zero byte; its output comes back, then three zero bytes and a status.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterable
from pathlib import Path
from typing import Any

_OK = 0
_WAIT = 10.0
#: The words of a command that a secret follows.
_SECRET = frozenset({"password", "authentication-key", "md5"})


class VtyFault(Exception):
    """A daemon refused a command, or does not answer."""


class Vty:
    """One daemon's terminal; connects when first used and again after a loss."""

    def __init__(self, folder: Path, daemon: str) -> None:
        self.daemon = daemon
        self._path = folder / f"{daemon}.vty"
        self._socket: socket.socket | None = None

    def close(self) -> None:
        if self._socket:
            self._socket.close()
            self._socket = None

    def listens(self) -> bool:
        """Whether the daemon answers by now."""
        try:
            if self._socket is None:
                self._connect()
        except (VtyFault, OSError):
            self.close()
            return False
        return True

    def configure(self, commands: Iterable[str]) -> None:
        """Enter configuration commands in order; VtyFault at the first that is refused."""
        commands = list(commands)
        if not commands:
            return
        self._checked("configure terminal")
        try:
            for command in commands:
                self._checked(command)
        finally:
            self._ask("end")

    def run(self, command: str) -> str:
        """The output of an operational command; VtyFault when it is refused."""
        return self._checked(command)

    def show(self, command: str) -> Any:
        """The JSON answer of a show command."""
        return json.loads(self._checked(f"{command} json") or "{}")

    def _checked(self, command: str) -> str:
        status, output = self._ask(command)
        if status != _OK:
            # The command itself may hold a password.
            words = command.split()
            end = next((n for n, word in enumerate(words, 1) if word in _SECRET), len(words))
            told = " ".join(words[:end])
            raise VtyFault(f"{self.daemon} refused {told!r}: {output.strip()}")
        return output

    def _ask(self, command: str) -> tuple[int, str]:
        if self._socket is None:
            self._connect()
        try:
            return self._exchange(command)
        except OSError:
            # The daemon was restarted since: its new terminal starts at the top level.
            self.close()
            self._connect()
            return self._exchange(command)

    def _connect(self) -> None:
        fresh = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        fresh.settimeout(_WAIT)
        try:
            # By way of an open folder: a socket's own path may not exceed 107 bytes.
            folder = os.open(self._path.parent, os.O_PATH)
            try:
                fresh.connect(f"/proc/self/fd/{folder}/{self._path.name}")
            finally:
                os.close(folder)
        except OSError as fault:
            fresh.close()
            raise VtyFault(f"{self.daemon} does not answer on {self._path}: {fault}") from None
        self._socket = fresh
        self._exchange("enable")

    def _exchange(self, command: str) -> tuple[int, str]:
        terminal = self._socket
        assert terminal is not None
        terminal.sendall(command.encode() + b"\0")
        answer = bytearray()
        while len(answer) < 4 or answer[-4:-1] != b"\0\0\0":
            part = terminal.recv(65536)
            if not part:
                raise ConnectionResetError(f"{self.daemon} closed its terminal")
            answer += part
        return answer[-1], answer[:-4].decode("utf-8", "replace")
