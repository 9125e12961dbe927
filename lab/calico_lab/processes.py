# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starting, finding and ending the lab's processes.

A process is known by its number and its start time, so a number that the kernel gave to another
process is never taken for ours. Nothing is ever found by its name.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from calico_lab import namespaces
from calico_lab.errors import LabError
from calico_lab.hosts import LAB_MARKER, host_command
from calico_lab.options import State
from calico_lab.topology import is_lab_namespace, namespace_name

PART_MARKER = "CALICO_ROUTEROS_LAB_PART"

# Of the caller's environment only this reaches the lab's processes: no secrets, no proxies.
_KEPT_ENVIRONMENT = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR")
_KEPT_PREFIX = "LAB_"

END_TIMEOUT = 10.0  # seconds that killed processes may take to be gone


@dataclass(frozen=True)
class Part:
    """One process that the lab keeps running."""

    name: str
    host: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ProcessId:
    """A process of this machine; `start` is its start time in clock ticks since boot."""

    pid: int
    start: int


class Supervisor:
    """The processes of one lab. Holds no state of its own: what it says is read from /proc."""

    def __init__(self, lab: str, state: State) -> None:
        self.lab = lab
        self.state = state

    def log(self, part: Part) -> Path:
        return self.state.logs / f"{part.name}.log"

    def running(self, part: Part) -> ProcessId | None:
        """The part's process, if it lives and is in the namespace that its host has now."""
        record = self._read_record(part)
        if record is None:
            return None
        recorded = ProcessId(record["pid"], record["start"])
        if start_time(recorded.pid) != recorded.start:
            return None
        if not _in_namespace(recorded.pid, namespace_name(self.lab, part.host)):
            return None
        return recorded

    def outdated(self, part: Part) -> bool:
        """Whether the part was last started with another command line than it has now."""
        record = self._read_record(part)
        return record is not None and record["command"] != list(part.command)

    def start(self, part: Part) -> ProcessId:
        """Start the part, or take over one that was started without being recorded."""
        found = self._unrecorded(part)
        if found is None:
            found = self._spawn(part)
        record = self._record(part)
        record.parent.mkdir(parents=True, exist_ok=True)
        content = {"pid": found.pid, "start": found.start, "command": list(part.command)}
        record.write_text(json.dumps(content) + "\n")
        return found

    def stop(self, part: Part) -> None:
        """End the part's process, if there is one."""
        found = self.running(part)
        if found is not None:
            end_processes([found.pid])

    def last_words(self, part: Part, lines: int = 5) -> str:
        """The end of the part's log, for error messages."""
        try:
            text = self.log(part).read_text(errors="replace")
        except FileNotFoundError:
            return "(no log)"
        return "\n".join(text.strip().splitlines()[-lines:]) or "(empty log)"

    def _record(self, part: Part) -> Path:
        return self.state.processes / f"{part.name}.json"

    def _read_record(self, part: Part) -> dict[str, Any] | None:
        try:
            record: dict[str, Any] = json.loads(self._record(part).read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            # A lab killed while it wrote leaves half a record; the process is then found again
            # by `_unrecorded`.
            return None
        return record

    def _spawn(self, part: Part) -> ProcessId:
        environment = {
            name: value
            for name, value in os.environ.items()
            if name in _KEPT_ENVIRONMENT or name.startswith(_KEPT_PREFIX)
        }
        environment |= part.environment
        environment |= {LAB_MARKER: self.lab, PART_MARKER: part.name}
        self.state.logs.mkdir(parents=True, exist_ok=True)
        with self.log(part).open("ab") as log:
            process = subprocess.Popen(
                host_command(self.lab, self.state, part.host, part.command),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment,
                start_new_session=True,
                cwd="/",
            )
        start = start_time(process.pid)
        if start is None:
            raise LabError(f"{part.name} ended at once: {self.last_words(part)}")
        # It outlives us; without this, Python warns that it still runs when we end.
        process.returncode = 0
        return ProcessId(process.pid, start)

    def _unrecorded(self, part: Part) -> ProcessId | None:
        """A process with the part's command line: its starter was killed before it recorded it."""
        marker = f"{PART_MARKER}={part.name}"
        for pid in marked_processes(self.lab):
            if (
                marker in _environment(pid)
                and _command_line(pid) == list(part.command)
                and _in_namespace(pid, namespace_name(self.lab, part.host))
            ):
                start = start_time(pid)
                if start is not None:
                    return ProcessId(pid, start)
        return None


def python_command(module: str, *arguments: str) -> list[str]:
    """Command line of one of the lab's own programs; needs `python_environment`."""
    return [sys.executable, "-m", module, *arguments]


def python_environment() -> dict[str, str]:
    """What lets another process find this package, and keeps its log readable at once."""
    return {"PYTHONPATH": str(Path(__file__).parents[1]), "PYTHONUNBUFFERED": "1"}


def start_time(pid: int) -> int | None:
    """Start time of a process in clock ticks since boot; None if it is gone or a zombie."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The second field, the command, may hold spaces and brackets; proc(5).
    fields = text.rpartition(")")[2].split()
    if fields[0] in "ZX":
        return None
    return int(fields[19])


def marked_processes(lab: str) -> Iterator[int]:
    """All processes that run on a host of the lab, by their environment."""
    marker = f"{LAB_MARKER}={lab}"
    for pid in _all_pids():
        if marker in _environment(pid) and start_time(pid) is not None:
            yield pid


def lab_processes(lab: str) -> set[int]:
    """All processes of the lab, by their environment or their network namespace.

    Without this process and those that it descends from.
    """
    inodes = _namespace_inodes(lab)
    found = set(marked_processes(lab))
    for pid in _all_pids():
        if _inode(Path(f"/proc/{pid}/ns/net")) in inodes and start_time(pid) is not None:
            found.add(pid)
    return found - set(_ancestors(os.getpid()))


def stranded_processes(lab: str) -> set[int]:
    """Processes of the lab in a network namespace that the lab no longer has, as it was deleted."""
    known = _namespace_inodes(lab) | {_inode(Path("/proc/self/ns/net")), None}
    return {
        pid
        for pid in set(marked_processes(lab)) - set(_ancestors(os.getpid()))
        # A process that is just being started is still in ours.
        if _inode(Path(f"/proc/{pid}/ns/net")) not in known
    }


def end_processes(pids: Iterable[int]) -> None:
    """Kill processes and wait until they are gone. :raises LabError: they are not, in time."""
    waiting = {pid: start for pid in pids if (start := start_time(pid)) is not None}
    for pid in waiting:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    deadline = time.monotonic() + END_TIMEOUT
    while waiting:
        waiting = {pid: start for pid, start in waiting.items() if start_time(pid) == start}
        if waiting and time.monotonic() > deadline:
            raise LabError(
                f"processes {sorted(waiting)} are still there {END_TIMEOUT:.0f} s after SIGKILL"
            )
        if waiting:
            time.sleep(0.01)


def _all_pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def _environment(pid: int) -> list[str]:
    try:
        raw = Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return []
    return raw.decode(errors="replace").split("\0")


def _command_line(pid: int) -> list[str]:
    try:
        raw = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return []
    return raw.decode(errors="replace").rstrip("\0").split("\0")


def _ancestors(pid: int) -> Iterator[int]:
    while pid > 0:
        yield pid
        try:
            text = Path(f"/proc/{pid}/stat").read_text()
        except OSError:
            return
        pid = int(text.rpartition(")")[2].split()[1])


def _inode(path: Path) -> int | None:
    try:
        return path.stat().st_ino
    except OSError:
        return None


def _namespace_inodes(lab: str) -> set[int | None]:
    return {
        _inode(namespaces.NETNS_DIR / name)
        for name in namespaces.existing()
        if is_lab_namespace(lab, name)
    } - {None}


def _in_namespace(pid: int, namespace: str) -> bool:
    wanted = _inode(namespaces.NETNS_DIR / namespace)
    if wanted is None:
        return False
    # Between fork and setns, a process just started is not there yet; it is what we started.
    deadline = time.monotonic() + 1.0
    while (found := _inode(Path(f"/proc/{pid}/ns/net"))) != wanted:
        if found != _inode(Path("/proc/self/ns/net")) or time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True
