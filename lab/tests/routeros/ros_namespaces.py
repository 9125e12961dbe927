# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An emulated router and a BIRD in two namespaces with one link, for tests that need root."""

from __future__ import annotations

import contextlib
import ctypes
import itertools
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import librouteros
import pytest

LAB = Path(__file__).resolve().parents[2]
USER, PASSWORD = "ansible", "login-s3cret"
ROUTER, NODE = "192.168.0.253", "192.168.0.15"
_NEW_NETWORK = 0x40000000
_numbers = itertools.count(1)
_T = TypeVar("_T")

MISSING = [
    program
    for program in ("ip", "bird", "bird6", "birdc", "/usr/lib/frr/bgpd")
    if shutil.which(program) is None
]
needs_root = pytest.mark.skipif(
    os.geteuid() != 0 or bool(MISSING),
    reason=f"needs root, iproute2, bird and frr (missing: {', '.join(MISSING) or 'root'})",
)

BIRD = """
router id 192.168.0.15;
protocol device {{}}
protocol static {{
  route 10.20.1.0/26 via 192.168.0.11;
  route 10.20.2.0/26 blackhole;
  route 10.30.0.0/16 blackhole;
}}
protocol bgp ros {{
  local as {own};
  neighbor 192.168.0.253 as {remote};
  {options}
  import all;
  export where source = RTS_STATIC;
  connect delay time 1; connect retry time 1; error wait time 1,2;
}}
"""


def wait_for(read: Callable[[], _T], holds: Callable[[_T], Any], patience: float = 15) -> _T:
    """What ``read`` gives once it ``holds``; fails with the last reading."""
    deadline = time.monotonic() + patience
    while True:
        found = read()
        if holds(found):
            return found
        if time.monotonic() > deadline:
            pytest.fail(f"not so within {patience} s, last seen: {found}")
        time.sleep(0.1)


@contextlib.contextmanager
def inside(namespace: str) -> Iterator[None]:
    """This thread's sockets are made in ``namespace``, and stay there."""
    libc = ctypes.CDLL(None, use_errno=True)
    own = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    other = os.open(f"/run/netns/{namespace}", os.O_RDONLY)
    try:
        if libc.setns(other, _NEW_NETWORK):
            raise OSError(ctypes.get_errno(), "setns")
        yield
    finally:
        libc.setns(own, _NEW_NETWORK)
        os.close(own)
        os.close(other)


class Pair:
    """Two namespaces ``h3-<n>-r`` and ``h3-<n>-n``; the node's end has its address."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        stem = f"h3-{os.getpid()}-{next(_numbers)}"
        self.router, self.node = f"{stem}-r", f"{stem}-n"
        self._processes: list[subprocess.Popen[str]] = []
        self.emulator: subprocess.Popen[str] | None = None

    def up(self) -> None:
        for name in (self.router, self.node):
            ip("netns", "add", name)
            ip("-n", name, "link", "set", "lo", "up")
        link = ("link", "add", "ether1", "type", "veth", "peer", "name", "eth0")
        ip("-n", self.router, *link, "netns", self.node)
        ip("-n", self.node, "addr", "add", f"{NODE}/24", "dev", "eth0")
        ip("-n", self.node, "link", "set", "eth0", "up")

    def down(self) -> None:
        for process in self._processes:
            end(process)
        left = {name: pids(name) for name in (self.router, self.node)}
        for found in left.values():
            for pid in found:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        for name in (self.router, self.node):
            subprocess.run(["ip", "netns", "del", name], check=False)
        assert not any(left.values()), f"processes left behind: {left}"

    def start_router(self, release: str, *options: str) -> None:
        """Start the emulator, and wait until it is ready."""
        password = self.folder / "password"
        password.write_text(f"{PASSWORD}\n")
        command = ["-m", "calico_lab.routeros", "--release", release, "--identity", "ros"]
        command += ["--state-dir", str(self.folder / "router"), "--user", USER]
        command += ["--password-file", str(password), *options]
        process = subprocess.Popen(
            ["ip", "netns", "exec", self.router, sys.executable, *command],
            env={**os.environ, "PYTHONPATH": str(LAB)},
            stdout=subprocess.PIPE,
            text=True,
        )
        self._processes.append(process)
        self.emulator = process
        assert process.stdout
        line = process.stdout.readline()
        assert line == f"routeros {release} is ready\n"

    def start_bird(self, own: int = 63400, remote: int = 63400, options: str = "") -> None:
        self.run_bird(BIRD.format(own=own, remote=remote, options=options))

    def run_bird(self, configuration: str, program: str = "bird") -> subprocess.Popen[str]:
        """Start ``bird`` or ``bird6`` on the node with this configuration."""
        config = self.folder / f"{program}.conf"
        config.write_text(configuration)
        control = self.folder / f"{program}.ctl"
        command = [program, "-f", "-c", str(config), "-s", str(control)]
        process = subprocess.Popen(
            [*("ip", "netns", "exec", self.node), *command],
            text=True,
        )
        self._processes.append(process)
        wait_for(control.exists, bool)
        return process

    def birdc(self, *command: str, program: str = "bird") -> str:
        control = str(self.folder / f"{program}.ctl")
        return subprocess.run(
            ["birdc", "-s", control, *command], capture_output=True, text=True, check=True
        ).stdout

    def client(self, **options: Any) -> librouteros.Api:
        options = {"username": USER, "password": PASSWORD, "host": "127.0.0.1", **options}
        with inside(self.router):
            return librouteros.connect(**options)

    def kernel_routes(self) -> str:
        return ip("-n", self.router, "-4", "route", "show", "table", "main")


def ip(*arguments: str) -> str:
    return subprocess.run(["ip", *arguments], capture_output=True, text=True, check=True).stdout


def end(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def pids(namespace: str) -> list[int]:
    return [int(text) for text in ip("netns", "pids", namespace).split()]


@contextlib.contextmanager
def pair(folder: Path) -> Iterator[Pair]:
    found = Pair(folder)
    try:
        found.up()
        yield found
    finally:
        found.down()
