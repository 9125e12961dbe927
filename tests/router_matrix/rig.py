# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An emulated router and a BIRD, in two network namespaces with one link between them."""

from __future__ import annotations

import contextlib
import ctypes
import io
import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import librouteros
import pytest
from ansible.module_utils.testing import patch_module_args
from ansible_collections.netfabric.calico_routeros.plugins.modules import (
    routeros_bgp,
    routeros_bgp_info,
)

LAB = Path(__file__).resolve().parents[2] / "lab"
USER, PASSWORD = "ansible", "login-s3cret"
ROUTER, NODE = "192.168.0.253", "192.168.0.15"
_NEW_NETWORK = 0x40000000
_numbers = itertools.count(1)
_T = TypeVar("_T")

_NEEDED = ("ip", "bird", "bird6", "birdc", "/usr/lib/frr/bgpd")
MISSING = [program for program in _NEEDED if shutil.which(program) is None]
needs_root = pytest.mark.skipif(
    os.geteuid() != 0 or bool(MISSING),
    reason=f"needs root, iproute2, bird and frr (missing: {', '.join(MISSING) or 'root'})",
)

#: The neighbour has one pod block that may pass the filters, and two networks that may not.
BIRD = """
router id 192.168.0.15;
protocol device {{}}
protocol bfd {{ interface "eth0" {{ min rx interval 100 ms; min tx interval 100 ms; }}; }}
protocol static {{
  route 10.20.1.0/26 via 192.168.0.11 {{ bgp_community.add((63400, 7)); }};
  route 10.20.0.0/15 via 192.168.0.11;
  route 10.30.0.0/16 via 192.168.0.11;
}}
protocol bgp ros {{
  local as 63400;
  neighbor 192.168.0.253 as {remote}; direct;
  {options}
  import all;
  export where source = RTS_STATIC;
  connect delay time 1; connect retry time 1; error wait time 1,2;
}}
"""


def wait_for(read: Callable[[], _T], holds: Callable[[_T], Any], patience: float = 15) -> _T:
    """Return what ``read`` gives once it ``holds``; fail with the last reading."""
    deadline = time.monotonic() + patience
    while True:
        found = read()
        if holds(found):
            return found
        if time.monotonic() > deadline:
            pytest.fail(f"not so within {patience} s, last seen: {found}")
        time.sleep(0.1)


@contextlib.contextmanager
def _inside(namespace: str) -> Iterator[None]:
    """Make sockets of this thread in ``namespace``, where they stay."""
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


def ip(*arguments: str) -> str:
    return subprocess.run(["ip", *arguments], capture_output=True, text=True, check=True).stdout


class Rig:
    """Two namespaces ``rm6-<n>-r`` and ``rm6-<n>-n``; the node has its address, the router none."""

    def __init__(self, folder: Path, release: str) -> None:
        self.folder, self.release = folder, release
        stem = f"rm6-{os.getpid()}-{next(_numbers)}"
        self.router, self.node = f"{stem}-r", f"{stem}-n"
        self.six = release.startswith("6.")
        self._processes: list[subprocess.Popen[str]] = []
        self._bird: subprocess.Popen[str] | None = None

    def up(self) -> None:
        for name in (self.router, self.node):
            ip("netns", "add", name)
            ip("-n", name, "link", "set", "lo", "up")
        link = ("link", "add", "ether1", "type", "veth", "peer", "name", "eth0")
        ip("-n", self.router, *link, "netns", self.node)
        ip("-n", self.node, "addr", "add", f"{NODE}/24", "dev", "eth0")
        ip("-n", self.node, "addr", "add", "fd00::15/64", "dev", "eth0", "nodad")
        ip("-n", self.node, "link", "set", "eth0", "up")
        password = self.folder / "password"
        password.write_text(f"{PASSWORD}\n")
        command = ["-m", "calico_lab.routeros", "--release", self.release, "--identity", "ros"]
        command += ["--state-dir", str(self.state), "--user", USER]
        command += ["--password-file", str(password)]
        process = subprocess.Popen(
            ["ip", "netns", "exec", self.router, sys.executable, *command],
            env={**os.environ, "PYTHONPATH": str(LAB)},
            stdout=subprocess.PIPE,
            text=True,
        )
        self._processes.append(process)
        assert process.stdout
        assert process.stdout.readline() == f"routeros {self.release} is ready\n"

    def down(self) -> None:
        for process in reversed(self._processes):
            _end(process)
        for name in (self.router, self.node):
            for pid in ip("netns", "pids", name).split():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(pid), signal.SIGKILL)
            subprocess.run(["ip", "netns", "del", name], check=False)

    @property
    def state(self) -> Path:
        return self.folder / "router"

    # the neighbour

    def bird(self, options: str = "", remote: int = 63400, more: str = "") -> None:
        """Start BIRD on the node, or start it anew with other options."""
        self.run_bird(BIRD.format(remote=remote, options=options) + more)

    def run_bird(self, configuration: str, program: str = "bird") -> None:
        if self._bird is not None:
            _end(self._bird)
        config, control = self.folder / "bird.conf", self.folder / "bird.ctl"
        control.unlink(missing_ok=True)
        config.write_text(configuration)
        self._bird = subprocess.Popen(
            [
                "ip",
                "netns",
                "exec",
                self.node,
                program,
                "-f",
                "-c",
                str(config),
                "-s",
                str(control),
            ],
            text=True,
        )
        self._processes.append(self._bird)
        wait_for(control.exists, bool)

    def birdc(self, *command: str) -> str:
        control = str(self.folder / "bird.ctl")
        return subprocess.run(
            ["birdc", "-s", control, *command], capture_output=True, text=True, check=True
        ).stdout

    def bird_established(self) -> bool:
        return "Established" in self.birdc("show", "protocols", "ros")

    # the router

    def call(self, module: Any, **options: Any) -> dict[str, Any]:
        """Run a module as Ansible does, from the router's own namespace."""
        login = {"hostname": "127.0.0.1", "username": USER, "password": PASSWORD, "tls": False}
        told = io.StringIO()
        with (
            patch_module_args({**login, **options}),
            _inside(self.router),
            contextlib.redirect_stdout(told),
            contextlib.suppress(SystemExit),
        ):
            module.main()
        result: dict[str, Any] = json.loads(told.getvalue())
        return result

    def bgp(self, **options: Any) -> dict[str, Any]:
        """Run routeros_bgp, which must not fail."""
        result = self.call(routeros_bgp, **options)
        assert not result.get("failed"), result["msg"]
        return result

    def refused(self, **options: Any) -> str:
        """Run routeros_bgp, which must fail; return its message."""
        result = self.call(routeros_bgp, **options)
        assert result.get("failed"), result
        return str(result["msg"])

    def info(self, **options: Any) -> dict[str, Any]:
        """Run routeros_bgp_info, which may fail."""
        return self.call(routeros_bgp_info, **options)

    def session(self, address: str = NODE) -> dict[str, Any]:
        """Return the session with a neighbour, once it is up."""
        result = self.info(wait_for=[{"remote_address": address}], wait_timeout=20)
        assert not result.get("failed"), result["msg"]
        found: dict[str, Any] = next(
            session for session in result["sessions"] if session["remote_address"] == address
        )
        return found

    def api(self) -> librouteros.Api:
        """Log in beside the module."""
        with _inside(self.router):
            return librouteros.connect(host="127.0.0.1", username=USER, password=PASSWORD)

    def add(self, menu: str, **values: str) -> str:
        """Add a row of others; ``__`` in a name stands for a dot, ``_`` for a dash."""
        named = {name.replace("__", ".").replace("_", "-"): text for name, text in values.items()}
        return str(self.api().path(*menu.split("/")).add(**named))

    def rows(self, menu: str) -> list[dict[str, Any]]:
        return [dict(row) for row in self.api().path(*menu.split("/"))]

    def configuration(self) -> dict[str, Any]:
        """Return what the router keeps, all menus, without the counter of row IDs."""
        content = json.loads((self.state / "configuration.json").read_text())
        return {menu: rows for menu, rows in content["rows"].items() if rows}

    def writes(self) -> list[Mapping[str, Any]]:
        """Return the writes that the router carried out or refused."""
        lines = (self.state / "commands.log").read_text().splitlines()
        return [entry for entry in map(json.loads, lines) if entry["write"]]

    def drop_after(self, writes: int) -> None:
        """Let the router end the TCP session with that many writes from now on."""
        fresh = self.state / "drop-after.new"
        fresh.write_text(f"{writes}\n")
        fresh.rename(self.state / "drop-after")


def _end(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextlib.contextmanager
def rig(folder: Path, release: str) -> Iterator[Rig]:
    """Boot a router of a release; its neighbour is started by the test."""
    found = Rig(folder, release)
    try:
        found.up()
        yield found
    finally:
        found.down()
