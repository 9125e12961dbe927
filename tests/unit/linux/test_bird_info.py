# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which sessions are not Established yet: alternatives, stability, restarts that are awaited."""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._linux.bird import (
    BirdSession,
    BirdUnreachable,
)
from ansible_collections.netfabric.calico_routeros.plugins.modules import bird_info
from ansible_collections.netfabric.calico_routeros.plugins.modules.bird_info import not_established


def session(
    name: str, state: str = "Established", age: float = 100, error: str | None = None
) -> BirdSession:
    """A session that has been in its state for some seconds."""
    since = datetime.datetime.now() - datetime.timedelta(seconds=age)
    return BirdSession(name, "10.0.0.1", 64512, state, f"{since:%H:%M:%S}", error, 1, 1)


def missing(
    here: list[BirdSession],
    *names: str,
    stable_for: int = 0,
    anew: tuple[str, ...] = (),
    after: float = 0,
) -> list[str]:
    found: list[str] = not_established(
        {"ipv4": here}, {"ipv4": list(names)}, stable_for, {"ipv4": list(anew)}, after
    )
    return found


def test_established_is_enough() -> None:
    assert missing([session("a"), session("b", "Idle")], "a") == []
    assert missing([]) == []


def test_what_is_missing_says_its_state() -> None:
    here = [session("a", "Connect"), session("b", "Active", error="Socket: Connection refused")]
    assert missing(here, "a", "b", "c") == [
        "a (Connect)",
        "b (Active, last error: Socket: Connection refused)",
        "c (no such session)",
    ]


def test_of_alternatives_one_is_enough() -> None:
    up, down = session("mesh"), session("node", "Connect")
    assert missing([up, down], "mesh|node") == missing([up, down], "node|mesh") == []
    assert missing([up], "mesh|node") == []
    assert missing([session("mesh", "Idle"), down], "mesh|node") == ["mesh|node (Idle, Connect)"]
    assert missing([], "mesh|node") == ["mesh|node (no such session)"]


def test_a_session_must_have_been_up_for_a_while() -> None:
    (text,) = missing([session("a", age=2)], "a", stable_for=6)
    assert text.startswith("a (Established since ")
    assert text.endswith(" only)")
    assert missing([session("a", age=9)], "a", stable_for=6) == []


def test_of_alternatives_the_longest_counts() -> None:
    here = [session("mesh", age=1), session("node", age=60)]
    assert missing(here, "mesh|node", stable_for=6) == []


def test_a_day_later_bird_tells_the_date() -> None:
    old = BirdSession("a", None, None, "Established", "2026-11-01", None, 1, 1)
    assert missing([old], "a", stable_for=600) == []
    assert missing([old], "a", anew=("a",), after=time.time() - 5) == ["a (not restarted yet)"]


def test_a_session_that_restarts_counts_once_it_came_up_anew() -> None:
    after = time.time() - 30
    assert missing([session("a", age=100)], "a", anew=("a",), after=after) == [
        "a (not restarted yet)"
    ]
    assert missing([session("a", age=20)], "a", anew=("a",), after=after) == []
    assert missing([session("a", age=100)], "a", anew=("b",), after=after) == []


def test_bird_tells_whole_seconds() -> None:
    """A session that came up in the second in which the step began."""
    assert missing([session("a", age=10)], "a", anew=("a",), after=time.time() - 9.5) == []


def test_of_alternatives_that_restart_one_must_have_come_up_anew() -> None:
    after = time.time() - 30
    old, new = session("mesh", age=100), session("node", age=20)
    assert missing([old], "mesh|node", anew=("mesh",), after=after) == [
        "mesh|node (not restarted yet)"
    ]
    assert missing([old, new], "mesh|node", anew=("mesh",), after=after) == []


def test_families_are_apart() -> None:
    sessions = {"ipv4": [session("a")], "ipv6": [session("a", "Idle")]}
    wanted = {"ipv4": ["a"], "ipv6": ["a"]}
    assert not_established(sessions, wanted, 0, {}, 0) == ["a (Idle)"]
    assert not_established({"ipv4": [session("a")]}, wanted, 0, {}, 0) == ["a (no such session)"]


# The module around it


class Ended(Exception):
    """The module is done."""


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, Any]]:
    """Run the module against answers of BIRD, the last one for ever. Sleeping costs no time."""
    clock = SimpleNamespace(now=time.time())
    monkeypatch.setattr(
        bird_info,
        "time",
        SimpleNamespace(
            time=lambda: clock.now,
            monotonic=lambda: clock.now,
            sleep=lambda seconds: setattr(clock, "now", clock.now + seconds),
        ),
    )

    def run(*answers: Any, **options: Any) -> dict[str, Any]:
        told = list(answers)
        result: dict[str, Any] = {}

        def read_sessions(path: str) -> list[BirdSession]:
            answer = told.pop(0) if len(told) > 1 else told[0]
            if isinstance(answer, Exception):
                raise answer
            found: list[BirdSession] = answer
            return found

        def ansible_module(argument_spec: dict[str, Any], **_more: Any) -> Any:
            params = {name: each.get("default") for name, each in argument_spec.items()}

            def end(**values: Any) -> None:
                result.update(values)
                raise Ended

            return SimpleNamespace(
                params={**params, **options},
                exit_json=end,
                fail_json=lambda **values: end(failed=True, **values),
            )

        monkeypatch.setattr(bird_info, "read_sessions", read_sessions)
        monkeypatch.setattr(bird_info, "AnsibleModule", ansible_module)
        with pytest.raises(Ended):
            bird_info.main()
        return result

    return run


def test_nothing_to_wait_for(module: Callable[..., dict[str, Any]]) -> None:
    result = module([session("a", "Idle")])
    assert (result["missing"], result["waited"]) == ([], 0)
    assert result["sessions"]["ipv4"][0]["state"] == "Idle"


def test_it_waits(module: Callable[..., dict[str, Any]]) -> None:
    result = module(
        [session("a", "Idle")], [session("a", "Connect")], [session("a")], wait_for=["a"]
    )
    assert (result["missing"], result["waited"]) == ([], 1)


def test_it_gives_up(module: Callable[..., dict[str, Any]]) -> None:
    result = module([session("a", "Connect")], wait_for=["a"], timeout=7)
    assert result["failed"]
    assert result["msg"] == "not Established after 7 s: a (Connect)"
    report = module([session("a", "Connect")], wait_for=["a"], timeout=7, on_timeout="report")
    assert not report.get("failed")
    assert report["missing"] == ["a (Connect)"]


def test_a_bird_that_is_away_comes_back(module: Callable[..., dict[str, Any]]) -> None:
    away = BirdUnreachable("/s is no socket")
    assert module(away, away, [session("a")], wait_for=["a"])["missing"] == []
    failed = module(away, wait_for=["a"], timeout=3, on_timeout="report")
    assert failed["msg"] == "BIRD cannot be asked: /s is no socket"
    assert module(away)["failed"]


def test_a_restart_that_does_not_come_is_not_waited_for_for_ever(
    module: Callable[..., dict[str, Any]],
) -> None:
    """BIRD may take a change without a restart: then the session counts as it is."""
    begin = time.time()
    result = module([session("a", age=1000)], wait_for=["a"], anew=["a"], after=begin, grace=4)
    assert result["missing"] == []
    assert 3 < result["waited"] < 6


def test_within_the_grace_the_old_session_does_not_count(
    module: Callable[..., dict[str, Any]],
) -> None:
    begin = time.time()
    old, down = [session("a", age=1000)], [session("a", "Idle")]
    result = module(old, old, down, [session("a", age=0)], wait_for=["a"], anew=["a"], after=begin)
    assert result["waited"] == 1.5
