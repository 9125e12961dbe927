# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reports of plans and verdicts, and the filter of both."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric import (
    report,
    report_filter,
    report_plan,
    report_verdict,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.plan import (
    make_plan,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.plan_data import (
    plan_data,
)

from tests.unit.plan.fabrics import cluster, describe, item, mesh, peer

FINDINGS = [
    {
        "where": "n1",
        "kind": "session",
        "subject": "192.168.0.15",
        "expected": "Established, AS 63400",
        "observed": verdict,
        "verdict": verdict,
    }
    for verdict in ("ok", "ok", "missing")
]


def reference(**change: Any) -> dict[str, Any]:
    return plan_data(make_plan(describe(4, {"n4": "244.0.0.1"}, **change), cluster(4)))


def external() -> dict[str, Any]:
    """A plan that needs consent, holds a Secret's name and is refused."""
    tor = item("BGPPeer", "tor", "calico_bgp", peerIP="192.168.0.250", asNumber=65000)
    secret = {"secretKeyRef": {"name": "tor-secret", "key": "password"}}
    wish = [
        peer("tor", peerIP="192.168.0.250", asNumber=65000, password=secret),
        peer("wrong", peerIP="192.168.0.9", peerSelector="all()"),
    ]
    return plan_data(make_plan(describe(2, as_number=63400, peers=wish), cluster(2, tor)))


def test_the_last_line_says_it_all() -> None:
    assert report_plan.plan_lines(reference())[-1] == (
        "3 steps. Sessions restart in step 2; some end in step 3. Routes are away in step 2, "
        "unless pinned."
    )
    nothing = plan_data(make_plan(describe(2), cluster(2, mesh())))
    assert report_plan.plan_lines(nothing)[-1] == "Nothing to do: the cluster is as described."


def test_the_steps_in_short() -> None:
    lines = report_plan.plan_lines(reference())
    start = next(i for i, line in enumerate(lines) if line.startswith("STEP   WHAT"))
    cells = [[c.strip() for c in line.split("   ") if c.strip()] for line in lines[start:][1:4]]
    assert cells == [
        ["1", "Create BGPPeer peer-with-route-reflectors", "none", "none"],
        [
            "2",
            "Promote n4 to route reflector",
            "3 are replaced",
            "6 on 4 hosts",
            "2 s (up to 18 s)",
        ],
        ["3", "End the node-to-node mesh", "3 end", "none"],
    ]


def test_what_restarts_stands_out_and_says_why() -> None:
    lines = "\n".join(report_plan.plan_lines(reference()))
    assert "3 sessions ARE REPLACED: n4 with n1, n2, n3 (mesh becomes node)" in lines
    assert "3 sessions end: between n1, n2, n3" in lines


def test_sessions_now_and_then() -> None:
    lines = report_plan.plan_lines(reference())
    places = [line.split("   ")[0] for line in lines[3:11]]
    assert places == ["n1", "n1", "n2", "n2", "n3", "n3", "n4", ""]
    row = next(line for line in lines if line.startswith("n1") and "192.168.0.14" in line)
    assert row.split() == ["n1", "n4", "192.168.0.14", "mesh", "node", "is", "replaced", "in", "2"]


def test_consents_and_refusals_are_at_the_end_of_the_text_and_first_in_markdown() -> None:
    data = external()
    lines = report_plan.plan_lines(data)
    assert lines.index("CONSENT NEEDED") < lines.index("REFUSED")
    assert lines[-1].startswith("REFUSED for 1 reason. ")
    assert "2 consents needed" in lines[-1]
    markdown = report_plan.plan_markdown(data)
    assert markdown.index("## Refused") < markdown.index("## Step 1")
    assert "peerIP and peerSelector exclude each other" in markdown


def test_json_holds_the_whole_plan() -> None:
    data = external()
    assert json.loads(report.json_text(data)) == data
    step = data["steps"][0]
    assert step["apply"]["objects"][0]["spec"] == {"asNumber": 63400}
    assert data["refusals"][0]["variable"] == "BGPPeer wrong"
    assert data["summary"]["refusals"] == 1


def test_a_write_is_shown_field_by_field() -> None:
    (step,) = [s for s in external()["steps"] if s["title"] == "Change BGPPeer tor"]
    assert report_plan.change_lines(step["changes"][0]) == [
        'patch BGPPeer tor: password unset -> {"secretKeyRef": {"key": "password", "name": '
        '"tor-secret"}}'
    ]


def test_the_verdict_in_short() -> None:
    data = report_verdict.verdict_data(FINDINGS)
    assert data["summary"] == {"missing": 1, "ok": 2}
    assert report_verdict.verdict_lines(data)[-1] == (
        "NOT as expected. Of 3 findings: 1 missing, 2 ok."
    )
    markdown = report_verdict.verdict_markdown(data)
    assert markdown.index("## Not as expected") < markdown.index("## Everything")
    good = report_verdict.verdict_data(FINDINGS[:2])
    assert report_verdict.verdict_lines(good)[-1] == "All 2 sessions and routes are as expected."
    assert "Not as expected" not in report_verdict.verdict_markdown(good)


def test_what_nobody_asked_for_is_no_failure() -> None:
    """With only the reflectors read, other places are not observed; the judge knows."""
    unread = {**FINDINGS[0], "verdict": "not observed"}
    data = report_verdict.verdict_data([FINDINGS[0], unread], good=True)
    assert report_verdict.verdict_headline(data) == (
        "What was observed is as expected. Of 2 findings: 1 not observed, 1 ok."
    )


def test_a_filter_that_picks_rows_gives_a_table() -> None:
    picked = report_filter.apply_filter(
        "findings[?verdict != 'ok'].{where: where, verdict: verdict}",
        report_verdict.verdict_data(FINDINGS),
    )
    assert report.filtered_lines(picked) == ["WHERE   VERDICT", "n1      missing"]
    markdown = report.filtered_markdown("Verify", "expression", picked)
    assert "| n1 | missing |" in markdown


def test_a_filter_that_picks_something_else_gives_json() -> None:
    picked = report_filter.apply_filter("steps[].title", reference())
    assert json.loads("\n".join(report.filtered_lines(picked))) == picked
    assert len(picked) == 3
    assert report.filtered_lines(None) == ["null"]


@pytest.mark.parametrize("expression", ["steps[", "length(`1`)", "nothing_of_that_name(@)"])
def test_a_bad_filter_is_told(expression: str) -> None:
    with pytest.raises(report_filter.BadFilter) as failure:
        report_filter.apply_filter(expression, reference())
    assert "calico_bgp_report_filter" in str(failure.value)
    assert expression in str(failure.value)
    assert "\n" not in str(failure.value)


def test_cells_do_not_break_a_markdown_table() -> None:
    assert report.markdown_table(["a"], [["x|y\nz"]])[2] == "| x\\|y z |"
