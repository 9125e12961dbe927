# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Words and sentences of the RouterOS API (MikroTik's manual, "API")."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

ReadExactly = Callable[[int], Awaitable[bytes]]

#: (first byte below this, bytes that follow it, bits that mark the form)
_FORMS = (
    (0x80, 0, 0),
    (0xC0, 1, 0x8000),
    (0xE0, 2, 0xC00000),
    (0xF0, 3, 0xE0000000),
    (0xF8, 4, 0xF000000000),
)


class ProtocolFault(Exception):
    """The peer sent bytes that are no API sentence, or one beyond the limits."""


@dataclass
class Sentence:
    """One command as a client sent it: ``/path/command``, then its words, in order."""

    command: str
    arguments: dict[str, str] = field(default_factory=dict)
    queries: list[str] = field(default_factory=list)
    tag: str | None = None

    @classmethod
    def parse(cls, words: Sequence[str]) -> Sentence:
        """Sort a sentence's words; ProtocolFault for a word of no known kind."""
        sentence = cls(words[0])
        for word in words[1:]:
            if word.startswith("="):
                name, _, value = word[1:].partition("=")
                sentence.arguments[name] = value
            elif word.startswith("?"):
                sentence.queries.append(word[1:])
            elif word.startswith(".tag="):
                sentence.tag = word[5:]
            elif word.startswith("."):
                name, _, value = word.partition("=")
                sentence.arguments[name] = value
            else:
                raise ProtocolFault(f"word {word!r}: expected =name=value, ?query or .tag=value")
        return sentence


def encode_length(length: int) -> bytes:
    """The length prefix of a word of ``length`` bytes."""
    for limit, (_, following, mark) in zip(
        (0x80, 0x4000, 0x200000, 0x10000000, 0x100000000), _FORMS, strict=True
    ):
        if length < limit:
            return (length | mark).to_bytes(following + 1, "big")
    raise ProtocolFault(f"word of {length} bytes: a word holds less than 4294967296")


def encode_sentence(words: Sequence[str], encoding: str = "utf-8") -> bytes:
    """Frame ``words`` as one sentence, its end mark included."""
    out = bytearray()
    for word in words:
        raw = word.encode(encoding, "surrogateescape")
        out += encode_length(len(raw)) + raw
    return bytes(out) + b"\x00"


async def read_length(read: ReadExactly) -> int:
    """Read one length prefix; ProtocolFault for the reserved control bytes F8 to FF."""
    first = (await read(1))[0]
    for below, following, mark in _FORMS:
        if first < below:
            rest = await read(following) if following else b""
            return int.from_bytes(bytes([first]) + rest, "big") ^ mark
    raise ProtocolFault(f"control byte {first:#04x} is reserved")


async def read_sentence(read: ReadExactly, limit: int) -> list[str]:
    """Read words up to the empty one; ProtocolFault when they exceed ``limit`` bytes in all."""
    words: list[str] = []
    total = 0
    while True:
        length = await read_length(read)
        if length == 0:
            return words
        total += length
        if total > limit:
            raise ProtocolFault(f"sentence of more than {limit} bytes")
        words.append((await read(length)).decode("utf-8", "surrogateescape"))
