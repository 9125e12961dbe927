# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Planner and propagation at 500, 1,000 and 5,000 nodes; exits 1 if over a limit.

Each size runs in a process of its own, so that the peak of memory is its own too.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time

SIZES = (500, 1000, 5000)
SECONDS = 5.0
MEGABYTES = 500.0
# The time for each session may grow by this factor from the smallest size to the largest.
GROWTH = 2.0


def measure(nodes: int) -> tuple[float, float, int, int]:
    """Seconds of processor time, peak MB, ends of sessions, routes of the places looked at."""
    from tests.collection_path import install

    install()
    from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric import (
        calico_objects,
        propagation,
        sessions,
    )

    from tests.bench.fabrics import AS_NUMBER, NODES_IN_RACK, ROUTERS, racks

    fabric = racks(nodes // NODES_IN_RACK)
    blocks = [propagation.Block(node, cidr) for node, cidr in fabric.blocks]
    routers = [
        propagation.BgpRouter(
            f"router-{address}",
            AS_NUMBER,
            address,
            tuple(
                propagation.RouterConnection(spine, AS_NUMBER, address) for spine in fabric.spines
            ),
        )
        for address in ROUTERS
    ]
    started = time.process_time()
    cluster = calico_objects.CalicoCluster.from_objects("v3.32.1", fabric.objects)
    plan = sessions.plan_sessions(cluster)
    count = sum(len(bgp.ipv4.sessions) for bgp in plan.values())
    found = propagation.propagate(cluster, blocks, routers, plan)
    missing = len(found.missing)
    places = [blocks[0].node, blocks[-1].node, *(router.name for router in routers)]
    learned = [len(found.routes[place]) for place in places]
    seconds = time.process_time() - started
    # A router also learns the service range.
    expected = [nodes - 1, nodes - 1, nodes + 1, nodes + 1]
    if missing or learned != expected:
        raise SystemExit(f"{nodes} nodes: {missing} missing, learned {learned} of {expected}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return seconds, peak, count, sum(learned)


def main() -> int:
    if len(sys.argv) > 1:
        print(*measure(int(sys.argv[1])))
        return 0
    print(f"{'nodes':>6} {'sessions':>9} {'seconds':>8} {'us/session':>11} {'peak MB':>8}")
    late = []
    each = []
    for nodes in SIZES:
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench", str(nodes)],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            print(done.stderr or done.stdout)
            return 1
        seconds, peak, count = (float(word) for word in done.stdout.split()[:3])
        each.append(seconds / count)
        print(f"{nodes:>6} {count:>9.0f} {seconds:>8.2f} {each[-1] * 1e6:>11.1f} {peak:>8.0f}")
        if seconds > SECONDS:
            late.append(f"{nodes} nodes took {seconds:.2f} s, limit {SECONDS} s")
        if peak > MEGABYTES:
            late.append(f"{nodes} nodes took {peak:.0f} MB, limit {MEGABYTES:.0f} MB")
    if each[-1] > GROWTH * each[0]:
        late.append(f"time per session grew by {each[-1] / each[0]:.1f}, limit {GROWTH}")
    for line in late:
        print(f"over the limit: {line}")
    return 1 if late else 0


if __name__ == "__main__":
    sys.exit(main())
