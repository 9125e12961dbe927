# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from calico_lab.routeros.protocol import (
    ProtocolFault,
    Sentence,
    encode_length,
    encode_sentence,
    read_length,
    read_sentence,
)
from hypothesis import given
from hypothesis import strategies as st

VECTORS = {
    0x00: "00",
    0x7F: "7f",
    0x80: "80 80",
    0x3FFF: "bf ff",
    0x4000: "c0 40 00",
    0x1FFFFF: "df ff ff",
    0x200000: "e0 20 00 00",
    0xFFFFFFF: "ef ff ff ff",
    0x10000000: "f0 10 00 00 00",
    0x10000080: "f0 10 00 00 80",
}


def reader(raw: bytes) -> Callable[[int], Awaitable[bytes]]:
    stream = asyncio.StreamReader()
    stream.feed_data(raw)
    stream.feed_eof()
    return stream.readexactly


def decode(raw: bytes) -> int:
    async def read() -> int:
        return await read_length(reader(raw))

    return asyncio.run(read())


def sentence(raw: bytes, limit: int = 10_000) -> list[str]:
    async def read() -> list[str]:
        return await read_sentence(reader(raw), limit)

    return asyncio.run(read())


@pytest.mark.parametrize("length", VECTORS)
def test_lengths_have_the_manuals_forms(length: int) -> None:
    raw = bytes.fromhex(VECTORS[length])
    assert encode_length(length) == raw
    assert decode(raw) == length


@given(st.integers(0, 0xFFFFFFFF))
def test_any_length_is_read_back(length: int) -> None:
    assert decode(encode_length(length)) == length


@pytest.mark.parametrize("first", range(0xF8, 0x100))
def test_reserved_control_bytes_are_refused(first: int) -> None:
    with pytest.raises(ProtocolFault, match="reserved"):
        decode(bytes([first]) + b"\0" * 8)


@given(st.lists(st.text(min_size=1, max_size=300), max_size=5))
def test_sentences_are_read_back(words: list[str]) -> None:
    assert sentence(encode_sentence(words), limit=1_000_000) == words


def test_a_sentence_beyond_the_limit_is_refused_before_it_is_read() -> None:
    raw = encode_length(0x200000) + b"x"
    with pytest.raises(ProtocolFault, match="more than 4096 bytes"):
        sentence(raw, limit=4096)


def test_words_are_sorted() -> None:
    words = ["/ip/route/print", "=detail=", "=x=a=b", "?bgp=true", "?#!", ".tag=7", ".proplist=a"]
    found = Sentence.parse(words)
    assert found.command == "/ip/route/print"
    assert found.arguments == {"detail": "", "x": "a=b", ".proplist": "a"}
    assert found.queries == ["bgp=true", "#!"]
    assert found.tag == "7"


def test_a_word_of_no_kind_is_a_fault() -> None:
    with pytest.raises(ProtocolFault):
        Sentence.parse(["/ip/route/print", "detail"])
