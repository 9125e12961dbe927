# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One normal form per value, whatever a release prints."""

from __future__ import annotations

import pytest
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._routeros.values import (
    Kind,
    Secret,
    duration_text,
    parse_duration,
    read,
    write,
)
from hypothesis import given, settings
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("3m", 180),
        ("180s", 180),
        ("180", 180),
        ("1m30s", 90),
        ("19w4d13h22m21s", 19 * 604800 + 4 * 86400 + 13 * 3600 + 22 * 60 + 21),
        ("53m10s720ms", 3190.72),
        ("1d00:00:05", 86405),
        ("00:03:00", 180),
    ],
)
def test_times_of_all_spellings_are_seconds(text: str, seconds: float) -> None:
    assert parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "3 minutes", "3x", "m3", "infinity", "-3s"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no time"):
        parse_duration(text)


@settings(deadline=None)
@given(st.integers(min_value=0, max_value=10**8))
def test_seconds_come_back_from_their_text(seconds: int) -> None:
    assert parse_duration(duration_text(seconds)) == seconds


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        (Kind.ADDRESS, "192.168.0.15/32", "192.168.0.15"),
        (Kind.ADDRESS, "fd00:0::15/128", "fd00::15"),
        (Kind.DURATION, "3m", "180s"),
        (Kind.FLAG, "yes", "true"),
        (Kind.FLAG, "no", "false"),
        (Kind.NAMES, "ip,ipv6", "ipv6,ip"),
        (Kind.PREFIX, "10.96.0.0/12", "10.96.0.0/255.240.0.0"),
        (Kind.TEXT, "", None),
    ],
)
def test_spellings_of_one_value_are_equal(kind: Kind, one: str, other: str | None) -> None:
    assert read(kind, one) == read(kind, other)


def test_prefix_length_of_a_network_to_listen_for_stays() -> None:
    assert read(Kind.ADDRESS, "192.168.0.0/24") == "192.168.0.0/24"


@pytest.mark.parametrize("kind", [Kind.ADDRESS, Kind.NUMBER, Kind.DURATION, Kind.PREFIX])
def test_a_word_of_an_unknown_release_is_kept(kind: Kind) -> None:
    assert read(kind, "novelty") == "novelty"


@settings(deadline=None)
@given(st.sampled_from([k for k in Kind if k is not Kind.SECRET]), st.text(max_size=12))
def test_what_is_written_reads_the_same(kind: Kind, text: str) -> None:
    value = read(kind, text)
    assert read(kind, write(kind, value)) == value


def test_a_secret_shows_nowhere() -> None:
    secret = Secret("hunter2")
    assert "hunter2" not in f"{secret} {secret!r} {[secret]} {(secret,)}"
    assert secret.reveal() == "hunter2"
    assert not secret.hidden
    assert Secret("*****").hidden
