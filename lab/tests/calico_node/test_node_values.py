# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values as Calico's Go code reads them."""

from __future__ import annotations

import pytest
from calico_lab.calico_node.values import (
    parse_as_number,
    parse_cidr_or_ip,
    parse_duration_seconds,
    parse_ip,
    split_ip_port,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10.0.0.1", ("10.0.0.1", 0)),
        ("10.0.0.1:179", ("10.0.0.1", 179)),
        ("10.0.0.1:0", ("10.0.0.1", 0)),
        ("10.0.0.1:0x10", ("10.0.0.1", 16)),
        ("10.0.0.1:010", ("10.0.0.1", 8)),
        ("10.0.0.1:65536", ("10.0.0.1:65536", 0)),
        ("10.0.0.1:bgp", ("10.0.0.1:bgp", 0)),
        ("10.0.0.1:", ("10.0.0.1:", 0)),
        ("fd00::1", ("fd00::1", 0)),
        ("[fd00::1]:1790", ("fd00::1", 1790)),
        ("[fd00::1]", ("[fd00::1]", 0)),
        ("fd00::1:1790:", ("fd00::1:1790:", 0)),
        ("", ("", 0)),
    ],
)
def test_split_ip_port(text: str, expected: tuple[str, int]) -> None:
    assert split_ip_port(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("64512", 64512),
        ("0", 0),
        ("4294967295", 4294967295),
        ("4294967296", None),
        ("65000.100", 65000 * 65536 + 100),
        ("65536.1", None),
        ("1.2.3", None),
        ("", None),
        ("+5", None),
        (" 5", None),
        ("-1", None),
        ("AS5", None),
    ],
)
def test_as_number(text: str, expected: int | None) -> None:
    assert parse_as_number(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("120s", 120),
        ("1m30s", 90),
        ("1.5s", 2),
        ("2.5s", 3),
        ("1499ms", 1),
        ("1h", 3600),
        ("0", 0),
        ("-10s", -10),
        ("10", None),
        ("", None),
        ("s", None),
        ("1 s", None),
    ],
)
def test_duration(text: str, expected: int | None) -> None:
    assert parse_duration_seconds(text) == expected


def test_addresses() -> None:
    assert str(parse_ip("FD00:0::1")) == "fd00::1"
    assert str(parse_ip("::ffff:10.0.0.1")) == "10.0.0.1"
    assert parse_ip("fe80::1%eth0") is None
    assert parse_ip("10.0.0.01") is None
    parsed = parse_cidr_or_ip("10.0.0.5/24")
    assert parsed is not None
    assert (str(parsed[0]), str(parsed[1])) == ("10.0.0.5", "10.0.0.0/24")
    assert parse_cidr_or_ip("10.0.0.5/255.255.255.0") is None
    assert parse_cidr_or_ip("10.0.0.5/33") is None
