# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CalicoNodeStatus objects of one node: filled when they appear or change, and then periodically.

As calico-node does (Calico documentation, "Calico node status"): `spec.classes` says what is
filled, `spec.updatePeriodSeconds` how often (0: once), and nothing is written when nothing but the
time would change.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from calico_lab.calico_node import bird_status
from calico_lab.calico_node.bird_control import BirdRefused
from calico_lab.calico_node.journal import Journal
from calico_lab.calico_node.values import FAMILIES, Family
from calico_lab.kube_api import CONFLICT, NOT_FOUND, ApiError, KubeApi

RETRY_SECONDS = 1.0

Json = dict[str, Any]
Source = Callable[[], list[Json]]


@dataclass
class _Report:
    """What is known of one object. `due`: monotonic time of the next report, None: never."""

    spec: Json
    written: Json = field(default_factory=dict)
    due: float | None = 0.0


class StatusReporter:
    """Keeps the CalicoNodeStatus objects of one node filled, from a thread of its own.

    :param source: all CalicoNodeStatus objects as last seen.
    :param path: path of their collection.
    """

    def __init__(
        self, api: KubeApi, path: str, source: Source, node: str, run_dir: Path, journal: Journal
    ) -> None:
        self._api = api
        self._path = path
        self._source = source
        self._node = node
        self._sockets = {family: run_dir / _socket(family) for family in FAMILIES}
        self._journal = journal
        self._wake = threading.Event()
        self._reports: dict[str, _Report] = {}
        self._has_subresource = True

    def start(self) -> None:
        """Begin to report."""
        threading.Thread(target=self._run, name="node-status", daemon=True).start()

    def changed(self) -> None:
        """The objects changed: look at them now."""
        self._wake.set()

    def _run(self) -> None:
        while True:
            self._wake.wait(self._seconds_to_next())
            self._wake.clear()
            self._reconcile()
            now = time.monotonic()
            for name, report in self._reports.items():
                if report.due is not None and report.due <= now:
                    self._report(name, report)

    def _reconcile(self) -> None:
        """Take up objects that appeared or whose spec changed, forget those that are gone."""
        mine = {
            str(item["metadata"]["name"]): item
            for item in self._source()
            if (item.get("spec") or {}).get("node") == self._node
            and (item.get("spec") or {}).get("updatePeriodSeconds") is not None
        }
        for name in self._reports.keys() - mine.keys():
            del self._reports[name]
            self._journal.say(f"CalicoNodeStatus {name}: gone")
        for name, item in mine.items():
            report = self._reports.get(name)
            if report is None or report.spec != item["spec"]:
                self._reports[name] = _Report(item["spec"], _without_time(item.get("status") or {}))

    def _seconds_to_next(self) -> float | None:
        due = [report.due for report in self._reports.values() if report.due is not None]
        return max(0.0, min(due) - time.monotonic()) if due else None

    def _report(self, name: str, report: _Report) -> None:
        period = int(report.spec["updatePeriodSeconds"])
        report.due = time.monotonic() + period if period else None
        try:
            status = self.collect(report.spec.get("classes") or [])
        except BirdRefused as error:
            # A session went away between two questions.
            self._journal.say(f"CalicoNodeStatus {name}: {error}")
            report.due = time.monotonic() + RETRY_SECONDS
            return
        if status == report.written:
            return
        try:
            self._write(name, {**status, "lastUpdated": _now()})
        except ApiError as error:
            if error.status == NOT_FOUND:
                return
            self._journal.say(f"CalicoNodeStatus {name}: {error}")
            if error.status in (0, CONFLICT) or error.status >= 500:
                report.due = time.monotonic() + RETRY_SECONDS
            return
        report.written = status

    def collect(self, classes: list[str]) -> Json:
        """The status for these classes (Agent, BGP, Routes), without the time."""
        status: Json = {}
        if "Agent" in classes:
            status["agent"] = {
                f"birdV{family}": bird_status.agent(path) for family, path in self._sockets.items()
            }
        if "BGP" in classes:
            status["bgp"] = {}
            for family, path in self._sockets.items():
                peers = bird_status.peers(path)
                up = sum(peer.get("state") == "Established" for peer in peers)
                status["bgp"] |= {
                    f"numberEstablishedV{family}": up,
                    f"numberNotEstablishedV{family}": len(peers) - up,
                    **({f"peersV{family}": peers} if peers else {}),
                }
        if "Routes" in classes:
            found = {
                f"routesV{family}": bird_status.routes(path, family)
                for family, path in self._sockets.items()
            }
            status["routes"] = {key: routes for key, routes in found.items() if routes}
        return status

    def _write(self, name: str, status: Json) -> None:
        """Patch the status, through the subresource if this release's CRD has one."""
        body = {"status": {**_CLEARED, **status}}
        path = f"{self._path}/{name}"
        if self._has_subresource:
            try:
                self._api.merge_patch(f"{path}/status", body)
            except ApiError as error:
                if error.status != NOT_FOUND:
                    raise
            else:
                return
        self._api.merge_patch(path, body)
        # The object is there, so it was the subresource that was not found.
        self._has_subresource = False


# A merge patch keeps what it does not name: classes that are no longer wanted.
_CLEARED: Json = {"agent": None, "bgp": None, "routes": None}


def _socket(family: Family) -> str:
    return "bird.ctl" if family == 4 else "bird6.ctl"


def _without_time(status: Json) -> Json:
    return {key: value for key, value in status.items() if key != "lastUpdated"}


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
