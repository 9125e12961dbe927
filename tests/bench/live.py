# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long sessions take to come up again, and how long the way back takes, on a lab of its own.

Seconds as ansible-playbook sees them: its own time for tasks is in them, the time for which
sessions must be stable is not. BIRD's own timers stand beside them.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from calico_lab.lab import Lab
from calico_lab.topology import CLIENT

from tests.live.fresh import fresh_lab
from tests.live.inventory import Description, write_inventory
from tests.live.playbook import Boundary, Hook, Run, run_playbook

LAB = "bench"
WORKERS = 5
SITE = "playbooks/site.yml"
STEP = re.compile(r"Write to Calico, step (\d+ of \d+: .*)")
ROUTER_ADDRESS = {"address": "192.168.0.253/24", "interface": "ether1"}
TIMERS = ("connect delay time", "connect retry time", "error wait time")


def main() -> int:
    with fresh_lab(LAB, WORKERS) as lab, tempfile.TemporaryDirectory() as folder:
        description = Description(
            reflectors={lab.topology.reflector: {}},
            router={"routeros_peer_addresses": [ROUTER_ADDRESS]},
            variables={"calico_bgp_as_number": 63400, "calico_bgp_stable_time": 0},
        )
        inventory = write_inventory(lab, description, Path(folder) / "inventory.yml")
        failed = _rollback(lab, inventory, Path(folder))
        done = run_playbook(SITE, inventory, Path(folder) / "site.log")
        if done.status != 0:
            print(done.log.read_text(encoding="utf-8")[-3000:])
            return 1
        print(f"{'step':<60} {'to Established':>15}")
        for name, seconds in _established(done.boundaries):
            print(f"{name:<60} {seconds:>13.1f} s")
        print(f"{'the whole of site.yml':<60} {done.seconds:>13.1f} s")
        print(f"{'the way back from its last step, 6 nodes':<60} {failed:>13.1f} s")
        print("BIRD's timers as Calico sets them: " + ", ".join(_timers(lab)))
    return 0


def _established(boundaries: Sequence[Boundary]) -> Iterator[tuple[str, float]]:
    """Yield each step that waits, with the seconds from its write to the end of the wait."""
    begin: tuple[str, float] | None = None
    waits = False
    for boundary in boundaries:
        found = STEP.search(boundary.name)
        if found:
            begin, waits = (found.group(1), boundary.time), False
        elif boundary.name.endswith("Wait for the sessions of the node"):
            waits = True
        elif begin is not None and waits and "Wait for the sessions of" in boundary.name:
            yield begin[0], boundary.time - begin[1]
            begin = None


def _rollback(lab: Lab, inventory: Path, folder: Path) -> float:
    """Return the seconds from the failure of the last step to the end of the run."""
    client = lab.topology.lan_hosts[CLIENT]
    assert client is not None
    namespace = lab.topology.namespace(CLIENT)
    run = run_playbook(
        SITE,
        inventory,
        folder / "back.log",
        variables={"calico_bgp_probe_targets": [str(client.ip)]},
        hook=Hook(
            "Reach the probe targets",
            f"ip -n {namespace} link set eth0 down",
            after="Peer the reflectors with",
        ),
    )
    # Its addresses and routes go with the link; `lab up` sets up what is missing.
    _up_again(namespace)
    if run.status == 0 or not run.hooked:
        raise SystemExit("the run did not fail:\n" + run.log.read_text(encoding="utf-8")[-3000:])
    return _end(run) - _failure(run)


def _up_again(namespace: str) -> None:
    subprocess.run(["ip", "-n", namespace, "link", "set", "eth0", "up"], check=True)


def _failure(run: Run) -> float:
    return next(b.time for b in run.boundaries if b.name.endswith("Go back if anything failed"))


def _end(run: Run) -> float:
    return run.boundaries[-1].time


def _timers(lab: Lab) -> Iterator[str]:
    text = (
        lab.state.root / "hosts" / lab.topology.reflector / "run/calico/config/bird.cfg"
    ).read_text(encoding="utf-8")
    for timer in TIMERS:
        found = re.search(rf"{timer} ([\d,]+);", text)
        if found:
            yield f"{timer} {found.group(1)} s"


if __name__ == "__main__":
    sys.exit(main())
