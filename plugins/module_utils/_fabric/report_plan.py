# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plan for people: in text and in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .faults import Fault
from .plan_model import GONE, STOP
from .report import counted, listed, markdown_table, value_text
from .report_links import (
    DOWN,
    Row,
    away_in_short,
    gap_text,
    in_short,
    links,
    sentence,
    session_rows,
)
from .tables import table

Data = Mapping[str, Any]

_SESSION_HEAD = ("WHERE", "NEIGHBOR", "NOW", "THEN", "MEANWHILE")
_STEP_HEAD = ("STEP", "WHAT", "SESSIONS DOWN", "ROUTES AWAY UNLESS PINNED", "FOR ABOUT")


def headline(data: Data) -> str:
    """Say in one or a few short sentences what will happen."""
    steps = data["steps"]
    if not steps:
        parts = ["Nothing to do: the cluster is as described."]
    else:
        restart = [s for s in steps if any(links(s["sessions"])[verb] for verb in DOWN[:2])]
        end = [s for s in steps if links(s["sessions"])[STOP]]
        away = [s for s in steps if s["routes_away"]]
        sessions = f"Sessions restart in {_steps(restart)}" if restart else "No session restarts"
        if end:
            sessions += f"; some end in {_steps(end)}"
        routes = f"Routes are away in {_steps(away)}, unless pinned" if away else "No route is away"
        parts = [f"{counted(len(steps), 'step')}.", f"{sessions}.", f"{routes}."]
    if data["consents"]:
        parts.append(f"{counted(len(data['consents']), 'consent')} needed.")
    if data["refusals"]:
        parts.insert(0, f"REFUSED for {counted(len(data['refusals']), 'reason')}.")
    return " ".join(parts)


def _steps(steps: list[Data]) -> str:
    numbers = [str(step["number"]) for step in steps]
    return f"step {numbers[0]}" if len(numbers) == 1 else f"steps {', '.join(numbers)}"


def plan_lines(data: Data) -> list[str]:
    """Return the plan as lines: sessions, steps, then all in short."""
    lines = ["SESSIONS NOW AND THEN", "", *_session_table(session_rows(data)), ""]
    for step in data["steps"]:
        lines += [f"STEP {step['number']}  {step['title']}", *_indented(_step_lines(step)), ""]
    if data["steps"]:
        lines += [*table(_STEP_HEAD, _step_rows(data)), ""]
    if data["consents"]:
        lines += ["CONSENT NEEDED", "", *_consents(data), ""]
    if data["notes"]:
        lines += ["NOTES", "", *(f"* {note}" for note in data["notes"]), ""]
    if data["refusals"]:
        lines += ["REFUSED", "", *(f"* {text}" for text in refusal_texts(data)), ""]
    return [*lines, headline(data)]


def _session_table(rows: Iterable[Row]) -> list[str]:
    return table(_SESSION_HEAD, [(r.place, r.shown, r.now, r.then, r.meanwhile) for r in rows])


def _indented(lines: Iterable[str]) -> list[str]:
    return [f"        {line}" for line in lines]


def _step_lines(step: Data) -> list[str]:
    lines = [line for change in step["changes"] for line in change_lines(change)]
    touched = [(verb, ends) for verb, ends in links(step["sessions"]).items() if ends]
    for verb, ends in touched:
        reasons = sorted({reason for texts in ends.values() for reason in texts} - {GONE})
        because = f" ({listed(reasons, 'reasons')})" if reasons and verb in DOWN else ""
        lines.append(sentence(verb, ends) + because)
    if not touched:
        lines.append("no session is touched")
    if step["routes_away"]:
        lines.append(f"routes away unless pinned: {away_in_short(step)}, for {gap_text(step)}")
    if step["pins"]:
        lines.append("routes are pinned on all nodes before it")
    lines += [f"consent {c['kind']}: {c['subject']}: {c['reason']}" for c in step["consents"]]
    return lines + [f"note: {note}" for note in step["notes"]]


def change_lines(change: Data) -> list[str]:
    """Return a write as lines: what is written, and the fields that change."""
    head = f"{change['verb']} {change['kind']} {change['name']}"
    if change["verb"] == "configure":
        return [f"{head}: {action}" for action in change["actions"]] or [head]
    if change["verb"] == "delete":
        return [head]
    if change["verb"] == "create":
        fields = [f"{f['name']}={value_text(f['after'])}" for f in change["fields"]]
        return [f"{head}: {', '.join(fields)}"]
    return [
        f"{head}: {f['name']} {value_text(f['before'])} -> {value_text(f['after'])}"
        for f in change["fields"]
    ]


def _step_rows(data: Data) -> list[tuple[str, ...]]:
    return [
        (str(s["number"]), s["title"], in_short(s), away_in_short(s), gap_text(s))
        for s in data["steps"]
    ]


def _consents(data: Data) -> list[str]:
    return [
        f"* step {c['step']}: {c['kind']}: {c['subject']}: {c['reason']}" for c in data["consents"]
    ]


def refusal_texts(data: Data) -> list[str]:
    """Return each refusal as a sentence with its way out."""
    return [str(Fault(**{**r, "hosts": tuple(r["hosts"])})) for r in data["refusals"]]


def plan_markdown(data: Data) -> str:
    """Return the plan as a Markdown document, the gist first."""
    lines = ["# Plan", "", headline(data), ""]
    if data["refusals"]:
        lines += ["## Refused", "", *(f"* {text}" for text in refusal_texts(data)), ""]
    if data["consents"]:
        lines += ["## Consent needed", "", *_consents(data), ""]
    if data["steps"]:
        head = [name.capitalize() for name in _STEP_HEAD]
        lines += ["## In short", "", *markdown_table(head, _step_rows(data)), ""]
    if data["notes"]:
        lines += ["## Notes", "", *(f"* {note}" for note in data["notes"]), ""]
    for step in data["steps"]:
        lines += [f"## Step {step['number']}: {step['title']}", ""]
        lines += [f"* {line}" for line in _step_lines(step)]
        lines += ["", *_away_table(step)]
    lines += ["## Sessions now and then", ""]
    head = [name.capitalize() for name in _SESSION_HEAD]
    rows = [
        (row.place, ", ".join(row.neighbors), row.now, row.then, row.meanwhile)
        for row in session_rows(data)
    ]
    return "\n".join([*lines, *markdown_table(head, rows), ""])


def _away_table(step: Data) -> list[str]:
    if not step["routes_away"]:
        return []
    rows = [(place, ", ".join(found)) for place, found in step["routes_away"].items()]
    return [*markdown_table(("Where", "Routes away unless pinned"), rows), ""]
