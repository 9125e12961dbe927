# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Network namespaces on one bridge, with BIRD and FRR in them.

Everything made here is named after this process and goes away with ``Machine.close``.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

_FRR = Path("/usr/lib/frr")
_numbers = itertools.count(1)
_END_SECONDS = 3.0

NEEDED = ("ip", "bird", "bird6", str(_FRR / "bgpd"), str(_FRR / "zebra"))


def missing_programs() -> list[str]:
    """What is not installed of what this needs."""
    return [program for program in NEEDED if shutil.which(program) is None]


def remove_leftovers() -> None:
    """Take down what a killed run left: all that is named after processes that are gone."""
    listed = _run("ip", "netns", "list").split("\n")
    for namespace in (line.partition(" ")[0] for line in listed):
        match = re.match(r"fab(\d+)-\d+-", namespace)
        if match is None or Path(f"/proc/{match[1]}").exists():
            continue
        for process in _run("ip", "netns", "pids", namespace).split():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(process), signal.SIGKILL)
        _run("ip", "netns", "del", namespace)
    for folder in Path(tempfile.gettempdir()).glob("fabric-*-*"):
        if not Path(f"/proc/{folder.name.split('-')[1]}").exists():
            shutil.rmtree(folder, ignore_errors=True)


class Machine:
    """Hosts with addresses on one bridge."""

    def __init__(self) -> None:
        self._prefix = f"fab{os.getpid()}-{next(_numbers)}"
        self.folder = Path(tempfile.mkdtemp(prefix=f"fabric-{os.getpid()}-"))
        self._processes: list[subprocess.Popen[bytes]] = []
        self._namespaces: list[str] = []

    def build(self, hosts: dict[str, list[str]], gateways: Iterable[str] = ()) -> None:
        """Make the namespaces; ``gateways`` are addresses of a router between networks, which is
        the default gateway of every host on its own network."""
        lan = self._add("lan")
        _batch(lan, ["link add br0 type bridge", "link set br0 up"])
        gateways = list(gateways)
        if gateways:
            hosts = {**hosts, "gateway": gateways}
        for number, (host, addresses) in enumerate(hosts.items()):
            namespace = self._add(host)
            _run(
                "ip",
                "-n",
                lan,
                "link",
                "add",
                f"p{number}",
                "type",
                "veth",
                "peer",
                "name",
                "eth0",
                "netns",
                namespace,
            )
            _batch(lan, [f"link set p{number} master br0 up"])
            lines = ["link set lo up", "link set eth0 up"]
            for address in addresses:
                lines.append(f"addr add {address} dev eth0" + (" nodad" if ":" in address else ""))
            if gateways and host != "gateway":
                own = addresses[0].rpartition(".")[0]
                via = next(found for found in gateways if found.rpartition(".")[0] == own)
                lines.append(f"route add default via {via.partition('/')[0]} proto static")
            _batch(namespace, lines)
        if gateways:
            self.run("gateway", "sysctl", "-qw", "net.ipv4.ip_forward=1")

    def close(self) -> None:
        """End the processes, remove namespaces and files."""
        for process in self._processes:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGKILL)
        for process in self._processes:
            process.wait(_END_SECONDS)
        for namespace in self._namespaces:
            subprocess.run(["ip", "netns", "del", namespace], check=False, capture_output=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, host: str, *command: str) -> str:
        return _run("ip", "netns", "exec", self._name(host), *command)

    def start(self, host: str, folder: Path, *command: str) -> None:
        """Start a program that stays in the foreground."""
        with (folder / f"{Path(command[0]).name}.log").open("wb") as log:
            self._processes.append(
                subprocess.Popen(
                    ["ip", "netns", "exec", self._name(host), *command],
                    cwd=folder,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                )
            )

    def start_bird(self, host: str, text: str, family: int) -> Path:
        """BIRD with a configuration; returns its control socket."""
        program = "bird" if family == 4 else "bird6"
        config = self.folder / f"{host}.{program}.conf"
        control = self.folder / f"{host}.{program}.ctl"
        config.write_text(text)
        folder = self.folder / f"{host}.{program}"
        folder.mkdir()
        self.start(
            host,
            folder,
            program,
            "-f",
            *("-c", str(config)),
            *("-s", str(control)),
            *("-P", str(folder / "pid")),
        )
        return control

    def start_frr(self, host: str, text: str) -> Path:
        """zebra and bgpd; returns the folder of their sockets."""
        folder = self.folder / f"{host}.frr"
        folder.mkdir()
        # FRR gives up its rights, so its folder is its user's.
        self.folder.chmod(0o755)
        shutil.chown(folder, "frr", "frr")
        (folder / "bgpd.conf").write_text(text)
        (folder / "zebra.conf").write_text("")
        for program in ("zebra", "bgpd"):
            self.start(
                host,
                folder,
                str(_FRR / program),
                *("-u", "frr", "-g", "frr"),
                *("-f", f"{program}.conf"),
                *("-i", f"{program}.pid"),
                *("-z", "zserv.api"),
                *("--vty_socket", "."),
                *("-P", "0"),
            )
            awaited = folder / "zserv.api"
            deadline = time.monotonic() + _END_SECONDS
            while not awaited.exists() and time.monotonic() < deadline:
                time.sleep(0.02)
        return folder

    def routes(self, host: str, family: int) -> dict[str, tuple[str, ...]]:
        """Routes of BGP speakers in the kernel: prefix -> gateways; blackholes are left out."""
        text = _run("ip", "-n", self._name(host), "-j", f"-{family}", "route", "show")
        found: dict[str, tuple[str, ...]] = {}
        for entry in json.loads(text or "[]"):
            if entry.get("protocol") not in ("bird", "bgp") or "type" in entry:
                continue
            hops = entry.get("nexthops") or [entry]
            destination = str(entry["dst"])
            if "/" not in destination and destination != "default":
                destination += "/32" if family == 4 else "/128"
            gateways = tuple(sorted(str(hop["gateway"]) for hop in hops if "gateway" in hop))
            known = found.get(destination, ())
            found[destination] = tuple(sorted({*known, *gateways}))
        return found

    def logs(self) -> str:
        """The ends of all logs, for a failure."""
        return "\n".join(
            f"--- {path.relative_to(self.folder)}\n{path.read_text(errors='replace')[-1500:]}"
            for path in sorted(self.folder.rglob("*.log"))
            if path.stat().st_size
        )

    def _add(self, host: str) -> str:
        name = self._name(host)
        _run("ip", "netns", "add", name)
        self._namespaces.append(name)
        return name

    def _name(self, host: str) -> str:
        return f"{self._prefix}-{host}"


@contextlib.contextmanager
def machine() -> Iterator[Machine]:
    """A machine that is taken down in any case."""
    found = Machine()
    try:
        yield found
    finally:
        found.close()


def _batch(namespace: str, lines: list[str]) -> None:
    done = subprocess.run(
        ["ip", "-n", namespace, "-batch", "-"],
        input="\n".join(lines) + "\n",
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"ip -n {namespace}: {done.stderr.strip()}")


def _run(*command: Any) -> str:
    done = subprocess.run(list(command), capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout
