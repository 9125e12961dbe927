# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calico's own confd in place of our rendering.

``LAB_CONFD`` names its program, ``LAB_CONFD_DIR`` a folder with ``conf.d`` and ``templates``. Every
node has a copy of that folder in which confd writes below the node's run folder. confd checks and
reloads BIRD by commands that it finds on PATH: there are `bird`, which leaves the check to us, and
`sv`, which tells us that there is something new. What confd wrote is joined to one file without
`krt_tunnel`, which stock BIRD does not know.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from calico_lab.calico_node.journal import Journal
from calico_lab.calico_node.values import Family

PROGRAM = "LAB_CONFD"
FOLDER = "LAB_CONFD_DIR"
CONFIG_FOLDER = "/etc/calico/confd/config"

_INCLUDE = re.compile(r'^\s*include\s+"([^"]+)"\s*;', re.MULTILINE)
_TUNNEL = re.compile(r'krt_tunnel\s*=\s*"[^"]*"')
_NOTHING = "preference = preference"  # a statement that changes nothing


class ConfdError(Exception):
    """LAB_CONFD or LAB_CONFD_DIR does not lead to what is needed."""


@dataclass(frozen=True)
class ConfdSettings:
    """How confd is run on one node. `home` is the node's folder for it."""

    program: Path
    folder: Path
    home: Path
    environment: Mapping[str, str]


def confd_settings(
    environment: Mapping[str, str], node: str, kubeconfig: Path, api_group: str, run_dir: Path
) -> ConfdSettings | None:
    """Settings from the environment; None if LAB_CONFD is not set.

    :raises ConfdError: the program or the folder is not there.
    """
    if not environment.get(PROGRAM):
        return None
    program = Path(environment[PROGRAM])
    folder = Path(environment.get(FOLDER, ""))
    if not os.access(program, os.X_OK):
        raise ConfdError(f"{PROGRAM}: expected a program, found {program}")
    for part in ("conf.d", "templates"):
        if not environment.get(FOLDER) or not (folder / part).is_dir():
            raise ConfdError(
                f"{FOLDER}: expected a folder with conf.d and templates, found {str(folder)!r} "
                f"without {part}"
            )
    return ConfdSettings(
        program=program,
        folder=folder,
        home=run_dir / "confd",
        environment={
            **environment,
            "NODENAME": node,
            "KUBECONFIG": str(kubeconfig),
            "DATASTORE_TYPE": "kubernetes",
            "CALICO_API_GROUP": api_group,
            "CALICO_NETWORKING_BACKEND": "bird",
            "CALICO_ENDPOINT_STATUS_PATH_PREFIX": str(run_dir / "confd"),
        },
    )


class Confd:
    """confd on one node. It ends with this process."""

    def __init__(self, settings: ConfdSettings, journal: Journal) -> None:
        self._settings = settings
        self._journal = journal
        self._config = settings.home / "config"
        self._process: subprocess.Popen[bytes] | None = None

    def ensure_running(self) -> None:
        """Start confd, or start it again if it ended.

        Call this from the main thread: confd is killed when the thread that started it ends.
        """
        if self._process is not None:
            if self._process.poll() is None:
                return
            self._journal.say(f"confd: ended with exit code {self._process.returncode}")
        settings = self._settings
        self._prepare()
        with (settings.home / "confd.log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *("setpriv", "--pdeathsig", "KILL"),
                    str(settings.program),
                    f"-confdir={settings.home}",
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={
                    **settings.environment,
                    "PATH": f"{settings.home / 'bin'}:{os.environ.get('PATH', '')}",
                },
            )
        self._journal.say(f"confd: started, pid {self._process.pid}")

    def stop(self) -> None:
        """End confd."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def text(self, family: Family) -> str | None:
        """The configuration that confd wrote, in one piece; None as long as it is not whole."""
        name = "bird.cfg" if family == 4 else "bird6.cfg"
        try:
            text = (self._config / name).read_text()
            joined = _INCLUDE.sub(lambda match: (self._config / match[1]).read_text(), text)
        except FileNotFoundError:
            return None
        return _TUNNEL.sub(_NOTHING, joined)

    def _prepare(self) -> None:
        home = self._settings.home
        for part in ("conf.d", "templates"):
            shutil.rmtree(home / part, ignore_errors=True)
            shutil.copytree(self._settings.folder / part, home / part)
        for path in (home / "conf.d").iterdir():
            path.write_text(path.read_text().replace(CONFIG_FOLDER, str(self._config)))
        self._config.mkdir(exist_ok=True)
        (home / "bin").mkdir(exist_ok=True)
        for name in ("bird", "bird6"):
            _script(home / "bin" / name, "exit 0")
        _script(home / "bin" / "sv", f"exec kill -{signal.SIGHUP.value} {os.getpid()}")


def _script(path: Path, line: str) -> None:
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)
