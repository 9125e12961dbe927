# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The verdict tells the truth about every session and route."""

from __future__ import annotations

from typing import Any

from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.tables import (
    peer_table,
    verdict_table,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.verdict import (
    failures,
    judge,
    leave,
)

EXPECTED = {
    "n1": {
        "sessions": [{"neighbor": "192.168.0.15", "remote_as": 63400}],
        "routes": [{"dst": "10.20.1.0/26", "gateways": ["192.168.0.11"]}],
    }
}


def _session(neighbor: str, state: str = "Established", remote_as: int = 63400) -> dict[str, Any]:
    return {"neighbor": neighbor, "state": state, "remote_as": remote_as}


def _verdicts(sessions: list[dict[str, Any]], routes: list[dict[str, Any]]) -> list[str]:
    observed = {"n1": {"sessions": sessions, "routes": routes}}
    return [finding.verdict for finding in judge(EXPECTED, observed)]


GOOD_ROUTE = {"dst": "10.20.1.0/26", "gateways": ["192.168.0.11"]}


def test_all_is_well() -> None:
    assert _verdicts([_session("192.168.0.15")], [GOOD_ROUTE]) == ["ok", "ok"]


def test_the_router_s_words_count_as_well() -> None:
    route = {"dst": "10.20.1.0/26", "gateway": "192.168.0.11", "active": True}
    assert _verdicts([_session("192.168.0.15", "established")], [route]) == ["ok", "ok"]


def test_an_inactive_route_is_missing() -> None:
    route = {"dst": "10.20.1.0/26", "gateway": "192.168.0.11", "active": False}
    assert _verdicts([_session("192.168.0.15")], [route]) == ["ok", "missing"]


def test_missing() -> None:
    assert _verdicts([], []) == ["missing", "missing"]
    assert _verdicts([_session("192.168.0.15", "Active")], [GOOD_ROUTE]) == ["missing", "ok"]


def test_wrong() -> None:
    wrong = {"dst": "10.20.1.0/26", "gateways": ["192.168.0.12"]}
    assert _verdicts([_session("192.168.0.15", remote_as=1)], [wrong]) == ["wrong", "wrong"]


def test_unexpected() -> None:
    sessions = [_session("192.168.0.15"), _session("192.168.0.12")]
    assert _verdicts(sessions, [GOOD_ROUTE]) == ["ok", "unexpected", "ok"]


def test_a_second_session_to_one_neighbor_is_unexpected() -> None:
    sessions = [_session("192.168.0.15", "Connect"), _session("192.168.0.15")]
    assert _verdicts(sessions, [GOOD_ROUTE]) == ["ok", "unexpected", "ok"]


def test_what_could_not_be_read_is_no_success() -> None:
    findings = judge(EXPECTED, {})
    assert [finding.verdict for finding in findings] == ["not observed", "not observed"]
    assert failures(findings) == findings
    assert failures(findings, partial=True) == []


def test_a_session_is_judged_by_its_other_end() -> None:
    expected = {
        "n1": {**EXPECTED["n1"], "addresses": ["192.168.0.11"]},
        "rr": {
            "addresses": ["192.168.0.15"],
            "sessions": [{"neighbor": "192.168.0.11", "remote_as": 63400}],
            "routes": [],
        },
    }
    for state, verdict in (("Established", "ok"), ("Active", "missing")):
        observed = {"rr": {"sessions": [_session("192.168.0.11", state)], "routes": []}}
        session, route, _other = judge(expected, observed)
        assert (session.where, session.verdict) == ("n1", verdict)
        assert session.observed == f"{state} (seen from rr)"
        assert route.verdict == "not observed"


def test_tables() -> None:
    lines = verdict_table(judge(EXPECTED, {"n1": {"sessions": [], "routes": [GOOD_ROUTE]}}))
    assert lines[0].split() == ["WHERE", "WHAT", "NEIGHBOR/PREFIX", "OBSERVED", "VERDICT"]
    assert "MISSING, expected Established, AS 63400" in lines[1]
    peers = [
        {"kind": "BGPPeer", "name": "b", "spec": {"nodeSelector": "all()", "peerSelector": "x"}},
        {"kind": "BGPPeer", "name": "a", "spec": {"peerIP": "192.168.0.15", "asNumber": 63400}},
        {"kind": "IPPool", "name": "p", "spec": {}},
    ]
    assert [line.split() for line in peer_table(peers)] == [
        ["NAME", "PEERIP", "NODE", "ASN"],
        ["a", "192.168.0.15", "(global)", "63400"],
        ["b", "all()", "0"],
    ]


def test_what_is_up_to_others_is_told_and_is_no_failure() -> None:
    observed = {"n1": {"sessions": [_session("192.168.0.15", "Active")], "routes": [GOOD_ROUTE]}}
    findings = leave(judge(EXPECTED, observed), {"n1": ["192.168.0.15"]})
    assert [finding.verdict for finding in findings] == ["up to others", "ok"]
    assert failures(findings) == []
    assert failures(leave(judge(EXPECTED, observed), {"n2": ["192.168.0.15"]})) != []
