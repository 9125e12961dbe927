# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One BIRD daemon on a node, kept running as runit keeps it in calico-node.

BIRD outlives the process that started it: after a crash of that one, its successor finds BIRD by
the control socket and goes on with it.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

from calico_lab.calico_node import bird_control
from calico_lab.calico_node.bird_control import BirdRefused, BirdUnreachable
from calico_lab.calico_node.journal import Journal
from calico_lab.calico_node.values import Family

RESTART_SECONDS = 0.5  # between two starts, so that a BIRD that ends at once does not spin
READY_SECONDS = 3.0
END_SECONDS = 2.0
CHECK_SECONDS = 10
LOG_LIMIT = 4 << 20  # bytes; a longer log starts anew with the next BIRD


class BirdDaemon:
    """BIRD for one address family.

    :param run_dir: holds bird.ctl and bird.pid (bird6.* for IPv6), the log and the configuration.
    :param on_death: called from another thread when BIRD ended.
    """

    def __init__(
        self, family: Family, run_dir: Path, on_death: Callable[[], None], journal: Journal
    ) -> None:
        self.name = "bird" if family == 4 else "bird6"
        self.socket = run_dir / f"{self.name}.ctl"
        self.config = run_dir / "config" / f"{self.name}.cfg"
        self._pid_file = run_dir / f"{self.name}.pid"
        self._log = run_dir / f"{self.name}.log"
        self._on_death = on_death
        self._journal = journal
        self._pid = 0
        self._follower: threading.Thread | None = None
        self._last_start = 0.0
        self._in_step = False
        self._refused_text: str | None = None

    @property
    def running(self) -> bool:
        """Whether a BIRD of ours (started or adopted) lives."""
        return self._pid != 0

    def adopt(self) -> bool:
        """Take over a BIRD that already answers at the socket."""
        try:
            bird_control.ask(self.socket, "show status")
            pid = int(self._pid_file.read_text())
            self._follow(pid, child=False)
        except (BirdUnreachable, BirdRefused, OSError, ValueError):
            return False
        self._in_step = False
        self._journal.say(f"{self.name}: adopted, pid {pid}")
        return True

    def apply(self, text: str) -> bool:
        """Make BIRD run with this configuration. Returns whether something was done.

        A text that BIRD refuses changes nothing: the old configuration goes on.
        """
        if text == self._refused_text:
            return False
        if text != self._written():
            reason = self._check(text)
            if reason is not None:
                self._refused_text = text
                self._journal.say(f"{self.name}: refuses the new configuration: {reason}")
                return False
            self._write(self.config, text)
            self._in_step = False
        self._refused_text = None
        if not self.running:
            return False
        if self._in_step:
            return False
        return self.reload()

    def reload(self) -> bool:
        """`birdc configure`. Returns whether BIRD took it."""
        try:
            answer = bird_control.ask(self.socket, "configure")[0]
        except BirdUnreachable as error:
            self._journal.say(f"{self.name}: cannot configure: {error}")
            return False
        except BirdRefused as error:
            self._journal.say(f"{self.name}: configure refused: {error}")
            self._in_step = True
            return False
        self._in_step = True
        self._journal.say(f"{self.name}: configure: {answer.texts()[-1]}")
        return True

    def ensure_running(self) -> float | None:
        """Start BIRD if it has a configuration and does not run.

        Returns the seconds to wait if it is too early to start it again, else None.
        """
        if self.running or not self.config.exists():
            return None
        wait = self._last_start + RESTART_SECONDS - time.monotonic()
        if wait > 0:
            return wait
        if self.adopt():
            return None
        self._last_start = time.monotonic()
        if self._log.exists() and self._log.stat().st_size > LOG_LIMIT:
            self._log.unlink()
        with self._log.open("ab") as log:
            process = subprocess.Popen(
                [
                    self.name,
                    "-R",
                    *("-s", str(self.socket)),
                    *("-P", str(self._pid_file)),
                    "-d",
                    *("-c", str(self.config)),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        # Reaped by the thread that follows it, not by Popen.
        pid = process.pid
        process.returncode = 0
        self._follow(pid, child=True)
        self._in_step = True
        self._journal.say(f"{self.name}: started, pid {pid}")
        self._await_socket()
        return None

    def stop(self) -> None:
        """End BIRD at once. Its routes stay in the kernel and its peers hold theirs (graceful
        restart), as when the calico-node container ends."""
        if self.running:
            self._journal.say(f"{self.name}: stopped")
            os.kill(self._pid, signal.SIGKILL)
            if self._follower is not None:
                self._follower.join(END_SECONDS)

    def _await_socket(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while self.running and time.monotonic() < deadline:
            try:
                bird_control.ask(self.socket, "show status")
            except (BirdUnreachable, BirdRefused):
                time.sleep(0.02)
            else:
                return

    def _follow(self, pid: int, child: bool) -> None:
        """Wait for the end of a process in a thread."""
        handle = os.pidfd_open(pid)
        self._pid = pid

        def wait() -> None:
            poller = select.poll()
            poller.register(handle, select.POLLIN)
            poller.poll()
            os.close(handle)
            status = os.waitpid(pid, 0)[1] if child else None
            self._pid = 0
            self._journal.say(f"{self.name}: ended{_how(status)}, pid {pid}")
            self._on_death()

        self._follower = threading.Thread(target=wait, name=f"{self.name}-{pid}", daemon=True)
        self._follower.start()

    def _written(self) -> str | None:
        try:
            return self.config.read_text()
        except FileNotFoundError:
            return None

    def _check(self, text: str) -> str | None:
        """`bird -p`: why BIRD refuses a configuration; None if it accepts it."""
        trial = self.config.with_suffix(".new")
        self._write(trial, text)
        try:
            done = subprocess.run(
                [self.name, "-p", "-c", str(trial)],
                capture_output=True,
                text=True,
                timeout=CHECK_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return f"no answer from {self.name} -p in {CHECK_SECONDS} s"
        finally:
            trial.unlink(missing_ok=True)
        if done.returncode == 0:
            return None
        return (done.stderr or done.stdout).strip() or f"exit code {done.returncode}"

    def _write(self, path: Path, text: str) -> None:
        """Replace a file whole; passwords stand in it, so only root may read it."""
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.part")
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text)
        part.replace(path)


def link_default_sockets(run_dir: Path) -> None:
    """Let plain `birdc` find BIRD, where /run is the node's own and not the machine's.

    Debian's birdc and birdc6 look for /run/bird/bird.ctl and /run/bird/bird6.ctl.
    """
    run = run_dir.parent
    try:
        if run != Path("/run") or not _is_bound(run):
            return
        folder = run / "bird"
        folder.mkdir(exist_ok=True)
        for name in ("bird.ctl", "bird6.ctl"):
            link = folder / name
            if not link.is_symlink():
                link.symlink_to(run_dir / name)
    except OSError:
        # Comfort only: `birdc -s` works all the same.
        return


def _is_bound(path: Path) -> bool:
    """Whether a folder from elsewhere is mounted at `path`, proc_pid_mountinfo(5)."""
    fields = [line.split() for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    roots = [root for _id, _parent, _device, root, point, *_rest in fields if point == str(path)]
    return bool(roots) and roots[-1] != "/"


def _how(status: int | None) -> str:
    if status is None:
        return ""
    if os.WIFSIGNALED(status):
        return f" by signal {os.WTERMSIG(status)}"
    return f" with exit code {os.WEXITSTATUS(status)}"
