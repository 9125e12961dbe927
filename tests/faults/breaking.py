# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ways to break the lab in the middle of a run, as commands of a shell."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

from calico_lab.lab import Lab, PartStatus

from tests.live import ROOT

API_SERVER = "kube-apiserver"


def part(lab: Lab, name: str) -> PartStatus:
    """A part of the lab, such as kube-apiserver. :raises LookupError: there is none."""
    found = [entry for entry in lab.status() if entry.name == name]
    if not found or found[0].pid is None:
        raise LookupError(f"no part {name} runs in the lab {lab.options.name}")
    return found[0]


def bird_pid(lab: Lab, node: str) -> int:
    return int((lab.state.host(node) / "run" / "calico" / "bird.pid").read_text())


def lab_command(lab: Lab, *words: str) -> str:
    return shlex.join([str(ROOT / "lab" / "lab"), words[0], "--name", lab.options.name, *words[1:]])


def up(lab: Lab) -> str:
    """Start all that does not run. (`lab restart` asks the API, which may be what does not run.)"""
    return lab_command(lab, "up", "--workers", str(len(lab.topology.workers)), "--quiet")


def kill(lab: Lab, name: str) -> str:
    return f"kill -KILL {part(lab, name).pid}"


def kill_for(lab: Lab, name: str, seconds: int) -> str:
    """Kill a part now, and start it again in so many seconds, without waiting for that."""
    restart = f"sleep {seconds}; {up(lab)}"
    # setsid and no pipes, so that the hook does not wait for it.
    return f"{kill(lab, name)}; setsid sh -c {shlex.quote(restart)} >/dev/null 2>&1 &"


def reboot(lab: Lab, node: str) -> str:
    """What a node loses by a reboot: its processes, its rules and routes, its /run."""
    run = lab.state.host(node) / "run"
    script = """
        for pid in $(ip netns pids {namespace}); do kill -KILL $pid; done
        ip netns exec {namespace} sh -c '
            for family in -4 -6; do
                ip $family rule flush
                ip $family rule add pref 0 lookup local 2>/dev/null
                ip $family rule add pref 32766 lookup main
                ip $family route flush table 900
                ip $family route flush proto bird
                ip $family route flush proto 80
            done
            ip -4 rule add pref 32767 lookup default'
        rm -rf {run}/netfabric-pins {run}/calico
    """.format(namespace=lab.topology.namespace(node), run=run)
    return f"{script}\n{up(lab)}"


def set_on_router(lab: Lab, menu: str, **fields: str) -> str:
    """Set fields of all rows of a menu of the router, past the collection."""
    words = [sys.executable, "-m", "tests.faults.on_router", lab.options.name, menu]
    words += [f"{name}={value}" for name, value in fields.items()]
    return f"cd {shlex.quote(str(ROOT))} && {shlex.join(words)}"


def write_file(file: Path, text: str) -> str:
    return f"printf %s {shlex.quote(text)} > {shlex.quote(str(file))}"
