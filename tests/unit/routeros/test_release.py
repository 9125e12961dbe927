# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Releases as routers write them."""

from __future__ import annotations

import pytest
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._routeros.errors import (
    RouterError,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._routeros.release import (
    Release,
)


@pytest.mark.parametrize(
    ("version", "text"),
    [
        ("6.49.10 (long-term)", "6.49.10"),
        ("7.18.2 (stable)", "7.18.2"),
        ("7.20beta2 (development)", "7.20beta2"),
        ("6.43", "6.43"),
    ],
)
def test_a_version_is_read(version: str, text: str) -> None:
    assert str(Release.parse(version)) == text


def test_releases_are_ordered_by_number() -> None:
    assert Release.parse("7.9").at_least(7, 9)
    assert not Release.parse("7.9").at_least(7, 10)
    assert Release.parse("7.20beta2").at_least(7, 20)
    assert not Release.parse("7.21.3").at_least(7, 21, 4)
    assert not Release.parse("6.49.10").at_least(7)


def test_what_is_no_version_is_named() -> None:
    with pytest.raises(RouterError, match=r"'SwOS'.*expected a RouterOS version"):
        Release.parse("SwOS")
