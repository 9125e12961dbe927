# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What failed on the hosts of a play, the first cause first."""

from __future__ import annotations

from typing import Any

from ansible_collections.netfabric.calico_routeros.plugins.action.bgp_failures import ActionModule

from tests.unit.action.plugins import run


def failures(results: list[str], **hosts: dict[str, Any]) -> list[str]:
    """Failures of the hosts n1, n2, …, which is what they registered."""
    task_vars = {"ansible_play_hosts_all": list(hosts), "hostvars": hosts}
    result = run(ActionModule, task_vars=task_vars, results=results)
    assert result["changed"] is False
    found: list[str] = result["failures"]
    return found


def test_nothing_failed() -> None:
    well = {"written": {"changed": True}, "waited": {"skipped": True}, "text": "failed"}
    assert failures(["written", "waited", "text", "never"], n1=well, n2={}) == []


def test_the_order_is_that_of_the_tasks_then_of_the_hosts() -> None:
    one = {"waited": {"failed": True, "msg": "not Established"}}
    two = {"written": {"failed": True, "msg": "refused"}, "waited": one["waited"]}
    assert failures(["written", "waited"], n1=one, n2=two) == [
        "n2: refused",
        "n1, n2: not Established",
    ]


def test_a_host_that_is_gone_counts() -> None:
    gone = {"waited": {"unreachable": True, "msg": "timed out\n"}}
    assert failures(["waited"], n1=gone) == ["n1: timed out"]


def test_a_loop_has_several() -> None:
    items = [{"failed": True, "msg": "10.0.0.1"}, {"changed": False}, {"failed": True, "msg": "x"}]
    looped = {"probed": {"failed": True, "msg": "One or more items failed", "results": items}}
    assert failures(["probed"], n1=looped) == ["n1: 10.0.0.1", "n1: x"]


def test_without_a_message() -> None:
    assert failures(["w"], n1={"w": {"failed": True}}) == ["n1: failed without a message"]
