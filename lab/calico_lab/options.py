# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user may choose for one lab, and where the lab keeps its files."""

from __future__ import annotations

import dataclasses
import ipaddress
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path

from calico_lab.errors import LabError

STATE_ROOT = Path("/run/calico-routeros-lab")

BLOCK_SIZE = 26  # Calico's default for IPv4 pools
MAX_WORKERS = 60

API_GROUPS = {"v1": "crd.projectcalico.org/v1", "v3": "projectcalico.org/v3"}


@dataclass(frozen=True)
class LabOptions:
    """One lab's shape. Two labs may run at once if their names differ.

    :raises LabError: all that is wrong with the values, together.
    """

    name: str = "lab"
    workers: int = 5
    pod_cidr: str = "10.20.0.0/16"
    routeros: str = "7.18.2"
    calico_api: str = "v1"
    calico_version: str = "v3.32.1"

    def __post_init__(self) -> None:
        wrong = []
        # The name is part of namespace names, and "-" divides it from the host's name there.
        if not re.fullmatch(r"[a-z][a-z0-9]{0,11}", self.name):
            wrong.append(
                f"name: found {self.name!r}, expected a letter and up to 11 letters or digits"
            )
        if not 1 <= self.workers <= MAX_WORKERS:
            wrong.append(f"workers: found {self.workers}, expected 1 to {MAX_WORKERS}")
        if self.calico_api not in API_GROUPS:
            wrong.append(f"calico-api: found {self.calico_api!r}, expected v1 or v3")
        if not re.fullmatch(r"v3\.\d+\.\d+\S*", self.calico_version):
            wrong.append(
                f"calico-version: found {self.calico_version!r}, expected a release like v3.32.1"
            )
        if not re.fullmatch(r"[67]\.\d+(\.\d+)?", self.routeros):
            wrong.append(f"routeros: found {self.routeros!r}, expected a release like 7.18.2")
        try:
            pool = ipaddress.IPv4Network(self.pod_cidr)
        except ValueError as error:
            wrong.append(f"pod-cidr: {error}; expected a network like 10.20.0.0/16")
        else:
            if pool.prefixlen > 20:
                wrong.append(
                    f"pod-cidr: found {self.pod_cidr}, expected /20 or wider"
                    f" (every node takes a /{BLOCK_SIZE} of it)"
                )
        if wrong:
            raise LabError("\n".join(wrong))

    @property
    def api_group(self) -> str:
        """Group and version of Calico's objects, as in apiVersion."""
        return API_GROUPS[self.calico_api]

    def differences(self, other: LabOptions) -> list[str]:
        """One line for each value of `other` that differs from ours."""
        ours, theirs = dataclasses.asdict(self), dataclasses.asdict(other)
        return [
            f"{key.replace('_', '-')}: the running lab has {value}, asked for {theirs[key]}"
            for key, value in ours.items()
            if value != theirs[key]
        ]


@dataclass(frozen=True)
class State:
    """The lab's folder. Everything that a lab writes is in it."""

    root: Path

    @classmethod
    def of(cls, name: str) -> State:
        """$LAB_STATE_DIR, else /run/calico-routeros-lab/<name>."""
        return cls(Path(os.environ.get("LAB_STATE_DIR") or STATE_ROOT / name).absolute())

    @property
    def options_file(self) -> Path:
        return self.root / "options.json"

    @property
    def marker(self) -> Path:
        """Tells a lab's folder from any other."""
        return self.root / ".calico-routeros-lab"

    @property
    def filled(self) -> Path:
        """There once all objects of the cluster were created."""
        return self.root / "cluster-filled"

    @property
    def meshed(self) -> Path:
        """There once the first mesh of BGP sessions was established."""
        return self.root / "meshed"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def processes(self) -> Path:
        return self.root / "processes"

    @property
    def pki(self) -> Path:
        return self.root / "pki"

    @property
    def kubeconfigs(self) -> Path:
        return self.root / "kubeconfigs"

    @property
    def etcd(self) -> Path:
        return self.root / "etcd"

    @property
    def router(self) -> Path:
        return self.root / "router"

    @property
    def router_password(self) -> Path:
        return self.root / "router-password"

    @property
    def audit_log(self) -> Path:
        return self.root / "audit.log"

    def host(self, host: str) -> Path:
        """Folder of one host; its `run` is what the host sees as /run."""
        return self.root / "hosts" / host

    def kubeconfig(self, user: str) -> Path:
        return self.kubeconfigs / f"{user}.conf"

    def read_options(self) -> LabOptions | None:
        """The options that the lab was brought up with; None if there is no lab."""
        try:
            found = json.loads(self.options_file.read_text())
        except FileNotFoundError:
            return None
        except json.JSONDecodeError:
            # Half a file: whoever wrote it was killed.
            return None
        return LabOptions(**found)

    def write_options(self, options: LabOptions) -> None:
        self.root.mkdir(parents=True, exist_ok=True)
        # API keys and the router's password are in here.
        self.root.chmod(0o700)
        self.marker.touch()
        self.options_file.write_text(json.dumps(dataclasses.asdict(options), indent=2) + "\n")
