# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from calico_lab.routeros.errors import Trap
from calico_lab.routeros.release import Release
from calico_lab.routeros.values import (
    AddressRange,
    Choice,
    Gateway,
    Kind,
    Number,
    NumberRange,
    Prefix,
    Time,
    milliseconds,
    time_text,
)
from hypothesis import given
from hypothesis import strategies as st
from ros_idle import idle_engine

ENGINE = idle_engine("7.18.2")

GOOD: list[tuple[Kind, str, str]] = [
    (Time(3, 65535), "180s", "3m"),
    (Time(3, 65535), "180", "3m"),
    (Time(3, 65535), "00:03:00", "3m"),
    (Time(3, 65535), "1m30s", "1m30s"),
    (Time(3, 65535), "18h12m15s", "18h12m15s"),
    (Prefix(), "10.20.0.1/16", "10.20.0.0/16"),
    (Prefix(), "10.20.0.1", "10.20.0.1/32"),
    (Prefix(short=True), "10.20.0.1/32", "10.20.0.1"),
    (Prefix(keep_host=True), "192.168.0.253/24", "192.168.0.253/24"),
    (Choice(("always", "if-installed", "never")), "al", "always"),
    (Choice(("ip", "ipv6"), many=True), "ip,ipv6,ip", "ip,ipv6"),
    (Gateway(), "192.168.0.15%ether1,ether2", "192.168.0.15%ether1,ether2"),
    (NumberRange(128), "16-32", "16-32"),
    (AddressRange(), "10.0.0.1-10.0.0.9", "10.0.0.1-10.0.0.9"),
    (AddressRange(), "10.20.0.0/16", "10.20.0.0/16"),
    (AddressRange(), "example.org", "example.org"),
]

BAD: list[tuple[Kind, str, str]] = [
    (Time(3, 3600), "2s", "invalid value for argument x"),
    (Time(3, 3600), "3x", "invalid value for argument x"),
    (Number(0, 10), "11", "invalid value for argument x"),
    (Number(0, 10), "-1", "invalid value for argument x"),
    (Prefix(), "10.20.0.0/33", "invalid value for argument x"),
    (Prefix(), "fd00::/8", "invalid value for argument x"),
    (Choice(("ebgp", "ibgp")), "igp", "input does not match any value of x"),
    (
        Choice(("ebgp-peer", "ebgp-provider")),
        "ebgp-p",
        "ambiguous value of x, more than one possible value matches input",
    ),
    (Choice(("ip",), many=True), ",", "input does not match any value of x"),
    (Gateway(), "ether9", "invalid value for argument x"),
    (AddressRange(), "10.0.0.9-10.0.0.1", "invalid value for argument x"),
    (AddressRange(), "10.0.0.256", "invalid value for argument x"),
]


@pytest.mark.parametrize(("kind", "text", "stored"), GOOD)
def test_values_get_their_one_form(kind: Kind, text: str, stored: str) -> None:
    assert kind.parse("x", text, ENGINE) == stored


@pytest.mark.parametrize(("kind", "text", "message"), BAD)
def test_other_values_are_refused(kind: Kind, text: str, message: str) -> None:
    with pytest.raises(Trap) as refusal:
        kind.parse("x", text, ENGINE)
    assert refusal.value.parts == [(1, message)]


@given(st.integers(0, 10**12))
def test_times_are_read_back(span: int) -> None:
    assert milliseconds(time_text(span)) == span


@pytest.mark.parametrize(
    ("release", "span", "expected"),
    [
        ("7.18.2", "..7.19", True),
        ("7.19", "..7.19", False),
        ("7.19", "7.19..", True),
        ("7.20.8", "7.20.8..7.21 7.21.2..", True),
        ("7.21.1", "7.20.8..7.21 7.21.2..", False),
        ("7.21.2", "7.20.8..7.21 7.21.2..", True),
        ("7.9", "7.10..", False),
        ("7.20rc2", "7.20..", True),
        ("6.49.15", "..7.0", True),
    ],
)
def test_spans(release: str, span: str, expected: bool) -> None:
    assert Release.parse(release).within(span) is expected


@pytest.mark.parametrize("text", ["", "7", "8.1", "7.x", "7.18.2 (stable)"])
def test_other_releases_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected 6\.x or 7\.x"):
        Release.parse(text)
