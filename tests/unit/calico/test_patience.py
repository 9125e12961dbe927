# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An API server that is away is asked again, one that refuses is not."""

from __future__ import annotations

import pytest
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._calico import patience
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._calico.api import ApiFailed
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._calico.writer import (
    difference,
    write,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.description import (
    CalicoObject,
)

from tests.unit.calico.fake_api import FakeApi

GROUP = "crd.projectcalico.org/v1"
AWAY = ApiFailed("no answer")


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "PAUSE", 0.001)


class Server:
    """Answers with what it is told, one after the other."""

    def __init__(self, *answers: object) -> None:
        self.answers = list(answers)
        self.asked = 0

    def __call__(self) -> object:
        self.asked += 1
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def test_the_first_answer_counts() -> None:
    server = Server("here", "never")
    assert patience.persistently(server, 60) == "here"
    assert server.asked == 1


@pytest.mark.parametrize("status", [None, 429, 500, 502, 503, 504])
def test_a_server_that_is_away_is_asked_again(status: int | None) -> None:
    away = ApiFailed("away", status)
    server = Server(away, away, "back")
    assert patience.persistently(server, 60) == "back"
    assert server.asked == 3


@pytest.mark.parametrize("status", [400, 404, 409, 422])
def test_a_refusal_is_told_at_once(status: int) -> None:
    server = Server(ApiFailed("no", status), "never")
    with pytest.raises(ApiFailed, match="no"):
        patience.persistently(server, 60)
    assert server.asked == 1


@pytest.mark.parametrize("status", [401, 403])
def test_a_server_that_has_just_started_does_not_know_its_roles(
    status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "ACQUAINTANCE", 0.05)
    stranger = ApiFailed("no right", status)
    assert patience.persistently(Server(AWAY, stranger, stranger, "known"), 60) == "known"
    server = Server(*[stranger] * 1000)
    with pytest.raises(ApiFailed, match="no right"):
        patience.persistently(server, 60)
    assert 1 < server.asked < 1000


def test_patience_ends_with_the_last_reason() -> None:
    server = Server(*[ApiFailed(f"try {n}") for n in range(1000)])
    with pytest.raises(ApiFailed, match=r"try [1-9]"):
        patience.persistently(server, 0.02)
    assert 1 < server.asked < 1000


def test_without_patience_it_is_asked_once() -> None:
    server = Server(AWAY, "never")
    with pytest.raises(ApiFailed):
        patience.persistently(server, 0)
    assert server.asked == 1


def test_other_errors_are_not_swallowed() -> None:
    with pytest.raises(ZeroDivisionError):
        patience.persistently(Server(ZeroDivisionError()), 60)


def test_a_write_whose_answer_was_lost_is_not_done_twice() -> None:
    api = FakeApi()
    lost = [True]
    peer = CalicoObject("BGPPeer", "p", {"peerIP": "10.0.0.1", "asNumber": 1}, "calico_bgp")

    def attempt() -> int:
        found = difference(api, GROUP, [peer])
        write(api, found)
        if lost.pop() if lost else False:
            raise AWAY
        return len(found)

    assert patience.persistently(attempt, 60) == 0
    assert len(api.writes) == 1
