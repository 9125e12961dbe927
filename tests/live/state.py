# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state that a run leaves: everything on cluster, router and hosts that could differ."""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from calico_lab.hosts import host_command
from calico_lab.kube_api import KubeApi
from calico_lab.lab import Lab
from calico_lab.processes import lab_processes
from calico_lab.topology import ADMIN, CLIENT, ROUTER

from tests.live.cluster import ask_cluster
from tests.live.inventory import snapshot_folder
from tests.live.router import Router, RouterRefused
from tests.live.shell import run

# Beside Calico's own kinds.
_COLLECTIONS = ("/api/v1/nodes", "/api/v1/configmaps")

_MENUS = (
    "ip/address",
    "ip/route",
    "ip/firewall/address-list",
    "routing/bgp/connection",
    "routing/bgp/instance",
    "routing/bgp/network",
    "routing/bgp/peer",
    "routing/bgp/template",
    "routing/filter",
    "routing/filter/rule",
)
# What a row tells of the moment, or of its place in the menu.
_PASSING = (".id", ".about", "active", "inactive", "immediate-gw", "gateway-status")
_SECRET = ("tcp-md5-key",)

# Of a host's files below /run; the others come and go with the lab's own programs.
_RUN_FILES = "netfabric*"

_SETTLE = 10.0  # seconds that processes and routes get to become what they shall be
_PAUSE = 0.5


@dataclass(frozen=True)
class EndState:
    """Facts, each with its place: ("Node k8s-worker5", "labels") for example, to its value."""

    facts: Mapping[tuple[str, str], str]

    def write(self, file: Path) -> None:
        entries = [[*place, value] for place, value in self.facts.items()]
        file.write_text(json.dumps(entries), encoding="utf-8")

    @classmethod
    def read(cls, file: Path) -> EndState:
        entries = json.loads(file.read_text(encoding="utf-8"))
        return cls({(place, what): value for place, what, value in entries})


def read_state(lab: Lab) -> EndState:
    """The state of a lab as it is now."""
    facts: dict[tuple[str, str], str] = {}
    facts.update(ask_cluster(lab, lambda api: dict(_objects(api, lab.options.api_group))))
    facts.update(_rows(Router(lab)))
    facts.update(_hosts(lab))
    facts.update(_processes(lab))
    snapshots = snapshot_folder(lab)
    for file in snapshots.rglob("*"):
        facts["folder of snapshots", str(file.relative_to(snapshots))] = "there"
    return EndState(facts)


def differences(expected: EndState, found: EndState) -> list[str]:
    """A line for each fact that differs."""
    lines = []
    for place in sorted(set(expected.facts) | set(found.facts)):
        wanted, there = expected.facts.get(place), found.facts.get(place)
        if wanted != there:
            lines.append(f"{' '.join(place)}: found {there}, expected {wanted}")
    return lines


def settled_differences(expected: EndState, lab: Lab) -> list[str]:
    """The differences that do not go away by themselves in a few seconds."""
    deadline = time.monotonic() + _SETTLE
    while (found := differences(expected, read_state(lab))) and (time.monotonic() < deadline):
        time.sleep(_PAUSE)
    return found


def _objects(api: KubeApi, group: str) -> Iterator[tuple[tuple[str, str], str]]:
    kinds = api.get(f"/apis/{group}")["resources"]
    own = [f"/apis/{group}/{kind['name']}" for kind in kinds if "/" not in kind["name"]]
    for path in [*own, *_COLLECTIONS]:
        for item in api.list(path)[0]:
            metadata = item["metadata"]
            name = f"{path.rpartition('/')[2]}/{metadata['name']}"
            yield (name, ""), "there"
            for key in ("labels", "annotations", "finalizers"):
                if metadata.get(key):
                    yield (name, key), _text(metadata[key])
            for key in ("spec", "data"):
                if item.get(key):
                    yield (name, key), _text(item[key])


def _rows(router: Router) -> Iterator[tuple[tuple[str, str], str]]:
    for menu in _MENUS:
        try:
            rows = router.rows(menu)
        except RouterRefused:
            continue  # a release without that menu
        counted = Counter(
            _text({key: _masked(key, row[key]) for key in sorted(row) if key not in _PASSING})
            for row in rows
            if row.get("dynamic") is not True
        )
        for text, count in counted.items():
            yield (f"router /{menu}", text), str(count)


def _hosts(lab: Lab) -> Iterator[tuple[tuple[str, str], str]]:
    script = "; ".join(
        f"echo '{family} {what}'; ip {family} {what}"
        for family in ("-4", "-6")
        for what in ("rule show", "route show table all")
    )
    for host in [*(node.name for node in lab.topology.nodes), ROUTER, CLIENT, ADMIN]:
        section = ""
        command = host_command(lab.options.name, lab.state, host, ["sh", "-c", script])
        for line in run(command).splitlines():
            if line.startswith("-"):
                section = line
            else:
                # Numbers of next hop objects are the kernel's and FRR's own affair.
                route = " ".join(re.sub(r"nhid \d+", "", line).split())
                yield (host, f"ip {section}: {route}"), "there"
        for file in sorted((lab.state.host(host) / "run").glob(_RUN_FILES)):
            yield (host, f"/run/{file.name}"), "there"


def _processes(lab: Lab) -> Iterator[tuple[tuple[str, str], str]]:
    counted: Counter[str] = Counter()
    for pid in lab_processes(lab.options.name):
        try:
            raw = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            continue
        words = [word.decode(errors="replace") for word in raw.split(b"\0") if word]
        if words:
            counted[" ".join(words)] += 1
    for command, count in counted.items():
        yield ("process", command), str(count)


def _masked(key: str, value: Any) -> Any:
    if key in _SECRET and value:
        return "sha256 " + hashlib.sha256(str(value).encode()).hexdigest()[:8]
    return value


def _text(value: Mapping[str, Any] | Sequence[Any]) -> str:
    return json.dumps(value, sort_keys=True, default=str)
