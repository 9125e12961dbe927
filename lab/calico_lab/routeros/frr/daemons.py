# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starting and ending FRR's daemons of this one router.

They run in a folder of their own, as FRR's own user, on sockets in that folder given by relative
paths: so the folders above need not be open to that user, and no other FRR on the machine is
touched. They run in the foreground as children, with the environment of the emulator.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Collection
from pathlib import Path

from calico_lab.routeros.frr.vty import Vty

_PROGRAMS = Path(os.environ.get("LAB_FRR_DIR", "/usr/lib/frr"))
_USER = "frr"
#: In the order in which they start; the others talk to zebra.
NAMES = ("zebra", "staticd", "bfdd", "ospfd", "bgpd")
#: These run only while the configuration needs them.
ON_DEMAND = frozenset({"bfdd", "ospfd"})
_PATIENCE = 10.0


class DaemonFault(Exception):
    """A daemon is missing, or does not start."""


class Daemons:
    """The daemons of one router, with their folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.terminals = {name: Vty(folder, name) for name in NAMES}
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self) -> None:
        """End what a killed predecessor left in our folder, then start all afresh."""
        missing = [name for name in NAMES if not os.access(_PROGRAMS / name, os.X_OK)]
        if missing:
            raise DaemonFault(
                f"{_PROGRAMS} has no {', '.join(missing)}: install the package frr, "
                "or name the folder of its daemons in LAB_FRR_DIR"
            )
        self.folder.mkdir(mode=0o750, parents=True, exist_ok=True)
        self._end_predecessors()
        shutil.chown(self.folder, _USER, _USER)
        for name in NAMES:
            if name not in ON_DEMAND:
                self._start(name)

    def need(self, wanted: Collection[str]) -> None:
        """Start those of the daemons on demand that are ``wanted`` and do not run."""
        for name in NAMES:
            if name in wanted and name not in self._running:
                self._start(name)

    def spare(self, wanted: Collection[str]) -> None:
        """End the daemons on demand that are not ``wanted``."""
        for name in reversed(NAMES):
            if name in ON_DEMAND and name not in wanted:
                self._stop(name)

    def stop(self) -> None:
        """End our daemons, bgpd first so that its sessions close in order."""
        for name in reversed(NAMES):
            self._stop(name)

    def _stop(self, name: str) -> None:
        self.terminals[name].close()
        process = self._running.pop(name, None)
        if process is None:
            return
        process.terminate()
        try:
            process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self._file(name, "pid").unlink(missing_ok=True)

    def alive(self) -> bool:
        """Whether every daemon still runs."""
        return all(process.poll() is None for process in self._running.values())

    def _start(self, name: str) -> None:
        self._file(name, "vty").unlink(missing_ok=True)
        log = open(self._file(name, "out"), "ab")  # noqa: SIM115
        with log:
            process = subprocess.Popen(
                [
                    str(_PROGRAMS / name),
                    *("-u", _USER, "-g", _USER),
                    *("-f", "/dev/null"),
                    *("-i", f"{name}.frr-pid"),
                    *("-z", "zserv.api"),
                    *("--vty_socket", "."),
                    *("-P", "0"),
                    *("--log", f"file:{name}.log"),
                ],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._file(name, "pid").write_text(f"{process.pid}\n", encoding="ascii")
        self._running[name] = process
        deadline = time.monotonic() + _PATIENCE
        while not self._ready(name):
            if process.poll() is not None or time.monotonic() > deadline:
                told = self._file(name, "out").read_text(encoding="utf-8", errors="replace")
                raise DaemonFault(f"{name} did not start: {told.strip()[-500:] or 'no output'}")
            time.sleep(0.01)

    def _ready(self, name: str) -> bool:
        """Whether a daemon listens; its socket is there a moment before that."""
        served = name != "zebra" or (self.folder / "zserv.api").exists()
        return served and self.terminals[name].listens()

    def _end_predecessors(self) -> None:
        for name in reversed(NAMES):
            file = self._file(name, "pid")
            with contextlib.suppress(FileNotFoundError, ValueError):
                self._end(int(file.read_text(encoding="ascii")), name)
                file.unlink()
        for leftover in ("zserv.api", *(f"{name}.frr-pid" for name in NAMES)):
            (self.folder / leftover).unlink(missing_ok=True)

    def _end(self, pid: int, name: str) -> None:
        deadline = time.monotonic() + _PATIENCE
        with contextlib.suppress(ProcessLookupError):
            if self._is_ours(pid, name):
                os.kill(pid, signal.SIGTERM)
            # One that ended but was not waited for has no program any more.
            while self._is_ours(pid, name):
                if time.monotonic() > deadline:
                    os.kill(pid, signal.SIGKILL)
                time.sleep(0.02)

    def _is_ours(self, pid: int, name: str) -> bool:
        """Whether ``pid`` is the daemon that ran in our folder, not a later owner of the number."""
        with contextlib.suppress(OSError):
            program = Path(os.readlink(f"/proc/{pid}/exe"))
            folder = Path(os.readlink(f"/proc/{pid}/cwd"))
            return program.name == name and folder == self.folder.resolve()
        return False

    def _file(self, name: str, kind: str) -> Path:
        return self.folder / f"{name}.{kind}"
