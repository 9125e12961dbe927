# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command log: one JSON line for each sentence of a client."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Collection
from pathlib import Path

from calico_lab.routeros.engine import is_write
from calico_lab.routeros.protocol import Sentence

_MASK = "*****"


class CommandLog:
    """Appends to one file (mode 0600); each line is written at once, so none is torn."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def add(self, user: str, sentence: Sentence, secret: Collection[str], result: str) -> None:
        """Note a command: ``result`` is ``done``, or the message of its refusal."""
        entry = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.localtime()),
            "user": user,
            "command": sentence.command,
            "arguments": {
                name: _MASK if name in secret and value else value
                for name, value in sentence.arguments.items()
            },
            "queries": [_masked(word, secret) for word in sentence.queries],
            "write": is_write(sentence.command),
            "result": result,
        }
        os.write(self._descriptor, (json.dumps(entry) + "\n").encode())

    def close(self) -> None:
        os.close(self._descriptor)


def _masked(word: str, secret: Collection[str]) -> str:
    name, equal, _ = word.lstrip("=<>").partition("=")
    return f"{name}={_MASK}" if equal and name in secret else word
