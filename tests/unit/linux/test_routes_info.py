# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting for routes: those that must come, and those of which it is told what there is."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._linux.routes import (
    KernelRoute,
    RouteCommandFailed,
)
from ansible_collections.netfabric.calico_routeros.plugins.modules import linux_routes_info


class Ended(Exception):
    """The module is done."""


def route(dst: str, *gateways: str) -> KernelRoute:
    return KernelRoute(dst, gateways or ("10.0.0.1",), "eth0", "bird", 0, "unicast")


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, Any]]:
    """Run the module against a kernel, whose last answer is for ever. Sleeping costs no time."""
    clock = SimpleNamespace(now=0.0)
    monkeypatch.setattr(
        linux_routes_info,
        "time",
        SimpleNamespace(
            monotonic=lambda: clock.now,
            sleep=lambda seconds: setattr(clock, "now", clock.now + seconds),
        ),
    )

    def run(*answers: Any, **options: Any) -> dict[str, Any]:
        told = list(answers)
        result: dict[str, Any] = {}

        def read_routes(_run: object) -> list[KernelRoute]:
            answer = told.pop(0) if len(told) > 1 else told[0]
            if isinstance(answer, Exception):
                raise answer
            found: list[KernelRoute] = answer
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

        clock.now = 0.0
        monkeypatch.setattr(linux_routes_info, "read_routes", read_routes)
        monkeypatch.setattr(linux_routes_info, "AnsibleModule", ansible_module)
        with pytest.raises(Ended):
            linux_routes_info.main()
        return {**result, "seconds": clock.now}

    return run


Run = Callable[..., dict[str, Any]]


def test_without_wishes_it_returns_at_once(module: Run) -> None:
    result = module([route("10.20.0.0/26")])
    assert [found["dst"] for found in result["routes"]] == ["10.20.0.0/26"]
    assert result["seconds"] == 0


def test_routes_that_come_back_are_waited_for(module: Run) -> None:
    there = [route("10.20.0.0/26", "10.0.0.7")]
    result = module([], [], there, present=["10.20.0.0/26"])
    assert not result.get("failed")
    assert result["seconds"] == 1


def test_routes_that_do_not_come_back_fail(module: Run) -> None:
    here = [route("10.20.0.0/26")]
    wanted = ["10.20.2.0/26", "10.20.0.0/26", "10.20.1.0/26"]
    result = module(here, present=wanted, timeout=3)
    assert result["failed"]
    assert result["msg"] == ("no route in the table main after 3 s to 10.20.1.0/26, 10.20.2.0/26")
    assert 3 <= result["seconds"] <= 4


def test_routes_with_next_hops_are_only_told(module: Run) -> None:
    wish = [{"dst": "10.20.0.0/26", "gateways": ["10.0.0.2"]}]
    result = module([route("10.20.0.0/26", "10.0.0.1")], wait_for=wish, timeout=2)
    assert not result.get("failed")
    assert result["routes"][0]["gateways"] == ("10.0.0.1",)
    assert result["seconds"] > 2


def test_a_kernel_that_cannot_be_asked(module: Run) -> None:
    result = module(RouteCommandFailed("ip: not found"))
    assert (result["failed"], result["msg"]) == (True, "ip: not found")
