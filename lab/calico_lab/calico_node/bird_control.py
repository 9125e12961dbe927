# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""BIRD's control socket: one command, its answer.

Every line of an answer starts with a four-digit code, or a blank that continues the code before;
a blank after the code ends the answer (BIRD 1.6, doc/reply_codes).
"""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

TIMEOUT = 3.0  # seconds without an answer

_CODE = re.compile(r"(\d{4})([ -])(.*)")
_FIRST_ERROR = 8000


class BirdUnreachable(Exception):
    """No BIRD answers at a socket."""


class BirdRefused(Exception):
    """BIRD answered with an error."""


@dataclass(frozen=True)
class Answer:
    """Lines of an answer, each with its code."""

    lines: tuple[tuple[int, str], ...]

    @property
    def code(self) -> int:
        """Code of the last line: the outcome."""
        return self.lines[-1][0] if self.lines else 0

    def texts(self, code: int | None = None) -> list[str]:
        """Lines without code, all or those of one code."""
        return [text for found, text in self.lines if code in (None, found)]


def ask(path: Path, *commands: str) -> list[Answer]:
    """Answers to commands, over one connection.

    :raises BirdUnreachable: nothing listens, or it does not answer in time.
    :raises BirdRefused: a command failed; the text is BIRD's.
    """
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(TIMEOUT)
            connection.connect(str(path))
            with connection.makefile("r", encoding="utf-8", errors="replace") as stream:
                _read(stream)
                answers = []
                for command in commands:
                    connection.sendall(f"{command}\n".encode())
                    answers.append(_read(stream))
                    _check(command, answers[-1])
                return answers
    except OSError as error:
        raise BirdUnreachable(f"no answer from BIRD at {path}: {error}") from error


def _read(stream: TextIO) -> Answer:
    lines: list[tuple[int, str]] = []
    code = 0
    for line in stream:
        match = _CODE.match(line)
        if match is None:
            lines.append((code, line.rstrip("\n")[1:]))
            continue
        code = int(match[1])
        lines.append((code, match[3]))
        if match[2] == " ":
            return Answer(tuple(lines))
    raise BirdUnreachable("BIRD closed the connection in the middle of an answer")


def _check(command: str, answer: Answer) -> None:
    if answer.code >= _FIRST_ERROR:
        raise BirdRefused(f"{command}: {answer.lines[-1][1].strip()}")
