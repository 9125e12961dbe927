# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The end of pins when nobody removes them: a systemd timer, or a detached process.

Both run the same script, which waits until the deadline that is noted in :data:`FOLDER`; a later
pin moves the deadline. The folder is below /run, so nothing outlives a reboot.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import time
from pathlib import Path

from .pins_state import PROTOCOL, PinCommandFailed, Runner

FOLDER = Path("/run/netfabric-pins")
#: Exists where systemd runs, see sd_booted(3).
SYSTEMD = Path("/run/systemd/system")
UNIT = "netfabric-pins"
_UNITS = [f"{UNIT}.timer", f"{UNIT}.service"]
_PATIENCE = 5.0

# "removing" tells a pin that comes at this very moment to wait; the folder goes all at once, so
# that a deadline written too late is not found again.
_SCRIPT = """\
# Removes the pins of netfabric.calico_routeros when their time is over.
PATH="$PATH:/usr/sbin:/sbin"
folder='{folder}'
if [ "${{1-}}" = detached ]; then
  read -r stat <"/proc/$$/stat"
  set -- ${{stat##*) }}
  shift 19
  echo "$$ $1" >"$folder/helper"
fi
time_left() {{
  end=0 now=0 rest=
  [ ! -e "$folder/deadline" ] || read -r end <"$folder/deadline"
  read -r now rest </proc/uptime
  left=$((end - ${{now%.*}}))
  [ "$left" -gt 0 ]
}}
while time_left || {{ [ ! -d "$folder" ] || : >"$folder/removing"; time_left; }}; do
  rm -f "$folder/removing"
  sleep "$left"
done
for family in -4 -6; do
  ip "$family" route flush table {table} proto {protocol}
  ip "$family" rule flush protocol {protocol}
done
rm -rf "$folder.gone"
mv "$folder" "$folder.gone"
rm -rf "$folder.gone"
"""


class Expiry:
    """The removal of the pins in ``table`` that is to come."""

    def __init__(
        self, run: Runner, table: int, folder: Path = FOLDER, systemd: Path = SYSTEMD
    ) -> None:
        self._run = run
        self._systemd_folder = systemd
        self._folder = folder
        self._script = _SCRIPT.format(folder=folder, table=table, protocol=PROTOCOL)

    def armed(self) -> bool:
        """Whether something lives that will remove the pins of this table."""
        return self._read("expire.sh") == self._script and self._alive()

    def present(self) -> bool:
        """Whether there is anything of it, be it a leftover."""
        return self._folder.exists() or self._alive()

    def seconds_left(self) -> int | None:
        """Seconds until the pins go; None if nothing will remove them."""
        deadline = self._read("deadline")
        if not deadline.strip().isdecimal() or not self._alive():
            return None
        return max(0, int(int(deadline) - _uptime()))

    def arm(self, seconds: int) -> None:
        """See to it that pins go after ``seconds``, not sooner than already arranged.

        The time of pins that are there may come meanwhile: read the tables afterwards.

        Raises:
            PinCommandFailed: neither systemd nor a detached process could be started.
        """
        if self.armed() and self._extend(seconds):
            return
        self.disarm()
        self._folder.mkdir(mode=0o700, parents=True)
        self._write("expire.sh", self._script)
        self._write("deadline", f"{_deadline(seconds)}\n")
        self._start(seconds)

    def _extend(self, seconds: int) -> bool:
        """Move the deadline; false if the removal began before that was seen."""
        before = self._read("deadline").strip()
        deadline = str(max(_deadline(seconds), int(before) if before.isdecimal() else 0))
        try:
            self._write("deadline", f"{deadline}\n")
        except FileNotFoundError:
            return False
        limit = time.monotonic() + _PATIENCE
        while (self._folder / "removing").exists() and self._alive():
            if time.monotonic() > limit:
                return False
            time.sleep(0.01)
        return self._read("deadline").strip() == deadline and self._alive()

    def disarm(self) -> None:
        """End it; nothing of it is left."""
        self._end()
        for folder in (self._folder, self._folder.with_suffix(".gone")):
            shutil.rmtree(folder, ignore_errors=True)

    def _start(self, seconds: int) -> None:
        script = str(self._folder / "expire.sh")
        if self._systemd():
            command = ["systemd-run", "--quiet", "--collect", f"--unit={UNIT}"]
            command += [f"--on-active={seconds}", "--timer-property=AccuracySec=1s"]
            status, _out, _err = self._run([*command, "/bin/sh", script], "")
            if status == 0:
                return
        start = 'setsid sh "$1" detached </dev/null >/dev/null 2>&1 &'
        status, _out, err = self._run(["/bin/sh", "-c", start, "sh", script], "")
        limit = time.monotonic() + _PATIENCE
        while status == 0 and time.monotonic() < limit:
            if self._process() is not None:
                return
            time.sleep(0.01)
        raise PinCommandFailed(
            f"the process that removes the pins after {seconds} s does not start, so nothing was "
            f"pinned: 'setsid sh {script}' ended with status {status}: {err.strip()}"
        )

    def _end(self) -> None:
        pid = self._process()
        if pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
            limit = time.monotonic() + _PATIENCE
            while self._process() is not None and time.monotonic() < limit:
                time.sleep(0.01)
        if self._systemd():
            self._run(["systemctl", "stop", *_UNITS], "")

    def _alive(self) -> bool:
        if self._process() is not None:
            return True
        if not self._systemd():
            return False
        return self._run(["systemctl", "is-active", "--quiet", *_UNITS], "")[0] == 0

    def _systemd(self) -> bool:
        if not self._systemd_folder.is_dir():
            return False
        state = self._run(["systemctl", "is-system-running"], "")[1].strip()
        return state not in ("", "offline", "unknown")

    def _process(self) -> int | None:
        """The detached process; its start time tells it from one that got its number later."""
        words = self._read("helper").split()
        if len(words) != 2 or not all(word.isdecimal() for word in words):
            return None
        try:
            stat = Path(f"/proc/{words[0]}/stat").read_text("ascii", "replace")
        except OSError:
            return None
        fields = stat.rpartition(") ")[2].split()
        return int(words[0]) if fields[19] == words[1] and fields[0] != "Z" else None

    def _read(self, name: str) -> str:
        try:
            return (self._folder / name).read_text("ascii")
        except OSError:
            return ""

    def _write(self, name: str, text: str) -> None:
        path = self._folder / name
        new = path.with_suffix(".new")
        new.write_text(text, "ascii")
        os.replace(new, path)


def _deadline(seconds: int) -> int:
    # Rounded up: the script counts whole seconds.
    return int(_uptime()) + seconds + 1


def _uptime() -> float:
    return float(Path("/proc/uptime").read_text("ascii").split()[0])
