# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pins in a network namespace of their own. Needs root."""

from __future__ import annotations

import functools
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._linux.pins import (
    PinOptions,
    PinsRefused,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._linux.pins_expiry import (
    Expiry,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._linux.pins_host import (
    PinOutcome,
    pin,
    unpin,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._linux.pins_state import (
    PinCommandFailed,
)

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")

_ROUTES = """\
link set lo up
link add eth0 type veth peer name eth1
link set eth0 addrgenmode none
link set eth1 addrgenmode none
link set eth0 up
link set eth1 up
addr add 192.0.2.1/24 dev eth0
-6 addr add 2001:db8::1/64 dev eth0 nodad
route add default via 192.0.2.254
route add 10.1.0.0/26 proto bird metric 1024 via 192.0.2.2
route add 10.1.0.64/26 proto bird metric 1024 via 10.9.9.9 dev eth1 onlink
route add 10.1.0.128/26 proto bird nexthop via 192.0.2.2 weight 1 nexthop via 192.0.2.3 weight 3
route add blackhole 10.1.0.192/26 proto bird
route add 10.1.1.7/32 proto bird metric 1024 via 192.0.2.7
-6 route add default via 2001:db8::ffff
-6 route add 2001:db8:1::/122 proto bird metric 1024 nexthop via 2001:db8::2 nexthop via 2001:db8::3
-6 route add 2001:db8:1::40/122 proto bird metric 1024 via 2001:db8:9::9 dev eth1 onlink
rule add pref 99 not fwmark 0x100000/0x100000 lookup 1
route add 10.77.0.0/16 via 192.0.2.77 table 901 proto static
"""


@dataclass
class Node:
    """A namespace with routes as on a node of Calico."""

    name: str
    folder: Path
    fails: Sequence[str] = ()

    def run(self, command: Sequence[str], text: str) -> tuple[int, str, str]:
        if command[0] == "systemctl":
            return 1, "offline\n", ""
        if self.fails and [w for w in command if w in self.fails] == list(self.fails):
            return 1, "", "RTNETLINK answers: No space left on device\nCommand failed -:1"
        done = subprocess.run(
            ["ip", "netns", "exec", self.name, *command], input=text, capture_output=True, text=True
        )
        return done.returncode, done.stdout, done.stderr

    def ip(self, words: str) -> str:
        status, out, err = self.run(["ip", *words.split()], "")
        assert status == 0, (words, err)
        return out

    def way(self, address: str) -> tuple[str, str]:
        """Table and next hop by which a packet to ``address`` leaves."""
        (row,) = json.loads(self.ip(f"-j route get {address}"))
        return row.get("table", "main"), row.get("gateway", "")

    def everything(self) -> str:
        shown = ["rule", "-6 rule", "route show table all", "-6 route show table all"]
        return "\n".join(self.ip(words) for words in shown)

    @property
    def expiry(self) -> Expiry:
        return Expiry(self.run, 900, self.folder)

    def pin(
        self, seconds: int = 60, refresh: bool = False, dry: bool = False, table: int = 900
    ) -> PinOutcome:
        return pin(self.run, self.expiry, PinOptions(table=table), seconds, refresh, dry)

    def unpin(self, dry: bool = False) -> PinOutcome:
        return unpin(self.run, self.expiry, 900, dry)

    def helper(self) -> int:
        return int((self.folder / "helper").read_text("ascii").split()[0])


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    name = f"pins-{os.getpid()}"
    subprocess.run(["ip", "netns", "add", name], check=True)
    try:
        made = Node(name, tmp_path / "pins")
        for line in _ROUTES.splitlines():
            made.ip(line)
        yield made
        Expiry(made.run, 900, made.folder).disarm()
    finally:
        subprocess.run(["ip", "netns", "del", name], check=True)


def _wait(reached: Callable[[], bool], seconds: float = 10) -> None:
    limit = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < limit, f"not so after {seconds} s"
        time.sleep(0.05)


def _gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(") ")[2].startswith("Z")
    except OSError:
        return True


@pytest.mark.parametrize(
    ("prefix", "address", "hops"),
    [
        ("10.1.0.0/26", "10.1.0.1", {"192.0.2.2"}),
        ("10.1.0.64/26", "10.1.0.65", {"10.9.9.9"}),
        ("10.1.0.128/26", "10.1.0.129", {"192.0.2.2", "192.0.2.3"}),
        ("10.1.1.7/32", "10.1.1.7", {"192.0.2.7"}),
        ("2001:db8:1::/122", "2001:db8:1::1", {"2001:db8::2", "2001:db8::3"}),
        ("2001:db8:1::40/122", "2001:db8:1::41", {"2001:db8:9::9"}),
    ],
)
def test_carries_a_gap_and_nothing_else(
    node: Node, prefix: str, address: str, hops: set[str]
) -> None:
    node.pin()
    table, hop = node.way(address)
    assert table == "main"
    assert hop in hops
    # Not the default route of main, although it is live.
    node.ip(f"route del {prefix}")
    table, hop = node.way(address)
    assert table == "900"
    assert hop in hops
    # A more specific live route, as Felix adds for a pod of its own.
    length = 128 if ":" in address else 32
    node.ip(f"route add {address}/{length} dev eth0 proto 80 metric 1")
    assert node.way(address) == ("main", "")


def test_all_next_hops_are_kept(node: Node) -> None:
    node.pin()
    shown = node.ip("route show table 900 10.1.0.128/26") + node.ip("-6 route show table 900")
    for text in (
        "via 192.0.2.2 dev eth0 weight 1",
        "via 192.0.2.3 dev eth0 weight 3",
        "nexthop via 2001:db8::2",
        "nexthop via 2001:db8::3",
        "via 2001:db8:9::9 dev eth1 proto 199 metric 1024 onlink",
    ):
        assert text in shown
    assert "blackhole" not in node.ip("route show table 900")


def test_nothing_is_left(node: Node) -> None:
    before = node.everything()
    dry = node.pin(dry=True)
    assert node.everything() == before
    assert not node.folder.exists()
    done = node.pin()
    assert (done.actions, done.before, done.after) == (dry.actions, dry.before, dry.after)
    assert done.expires_in in (59, 60)
    pid = node.helper()
    pinned = node.everything()
    assert node.pin().actions == node.pin(refresh=True).actions == node.pin(dry=True).actions == ()
    assert node.helper() == pid
    dry = node.unpin(dry=True)
    assert node.everything() == pinned
    done = node.unpin()
    assert done.actions == dry.actions
    assert done.before != done.after == ""
    assert node.everything() == before
    assert not node.folder.exists()
    _wait(functools.partial(_gone, pid))
    assert node.unpin().actions == ()


def test_nothing_to_pin(node: Node) -> None:
    before = node.everything()
    node.pin()
    node.ip("route flush proto bird")
    node.ip("-6 route flush proto bird")
    assert len(node.pin().pinned) == 6, "pins outlive what they copied"
    assert len(node.pin(refresh=True).pinned) == 6
    node.unpin()
    assert "199" not in node.everything()
    assert node.everything() != before
    assert not node.folder.exists()
    assert node.pin().actions == ()


def test_time_is_over(node: Node) -> None:
    before = node.everything()
    node.pin(seconds=2)
    assert node.everything() != before
    pid = node.helper()
    _wait(functools.partial(_gone, pid), 6)
    assert node.everything() == before
    assert not node.folder.exists()


def test_more_time(node: Node) -> None:
    node.pin(seconds=1)
    pinned = node.everything()
    assert node.pin(seconds=60).actions == ()
    over = time.monotonic() + 2.5
    while time.monotonic() < over:
        assert node.everything() == pinned
        time.sleep(0.2)
    assert (node.expiry.seconds_left() or 0) > 50
    # Less time is not given: another run may count on it.
    assert (node.pin(seconds=1).expires_in or 0) > 50


def test_its_process_is_killed(node: Node) -> None:
    before = node.everything()
    node.pin()
    pid = node.helper()
    os.killpg(pid, signal.SIGKILL)
    _wait(functools.partial(_gone, pid))
    assert node.expiry.seconds_left() is None
    # The next pin starts it again and leaves the pins as they are.
    (action,) = node.pin().actions
    assert action == "remove the pins in 60 s whatever happens"
    second = node.helper()
    assert second != pid
    os.killpg(second, signal.SIGKILL)
    node.unpin()
    assert node.everything() == before
    assert not node.folder.exists()


def test_half_made(node: Node) -> None:
    before = node.everything()
    node.pin()
    node.ip("rule del pref 1001 protocol 199")
    node.ip("route del 10.1.0.0/26 table 900 protocol 199")
    node.unpin()
    assert node.everything() == before


def test_new_length_while_pinned(node: Node) -> None:
    before = node.everything()
    node.pin()
    node.ip("route add 10.5.0.0/16 proto bird via 192.0.2.5")
    node.pin()
    node.ip("route del 10.5.0.0/16")
    assert node.way("10.5.0.1") == ("900", "192.0.2.5")
    # A connected network is more specific than a default route that BIRD learned and pins hold.
    node.ip("route add 0.0.0.0/0 proto bird metric 5 via 192.0.2.9")
    node.pin()
    assert node.way("192.0.2.50") == ("main", "")
    node.ip("route del 0.0.0.0/0 proto bird metric 5")
    assert node.way("198.51.100.1") == ("main", "192.0.2.254")
    node.unpin()
    assert node.everything() == before


def test_refused_before_anything_is_written(node: Node) -> None:
    before = node.everything()
    with pytest.raises(PinsRefused, match=r"table 901 must be empty.*10.77.0.0/16 of protocol 4"):
        node.pin(table=901)
    assert node.everything() == before
    assert not node.folder.exists()


def test_iproute2_fails_half_way(node: Node) -> None:
    before = node.everything()
    node.fails = ("-6", "-batch")
    with pytest.raises(PinCommandFailed, match=r"ip -6 route replace.*No space left"):
        node.pin()
    assert node.everything() == before
    assert not node.folder.exists()
