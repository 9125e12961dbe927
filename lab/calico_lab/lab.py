# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bringing a lab up, looking at it, taking it down."""

from __future__ import annotations

import contextlib
import fcntl
import shutil
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from calico_lab import health, namespaces, network
from calico_lab.binaries import Binary, build_binaries, locate_binaries
from calico_lab.cluster import Cluster
from calico_lab.crds import load_crds
from calico_lab.errors import LabError
from calico_lab.hosts import make_host_folders
from calico_lab.machine import check_machine
from calico_lab.options import STATE_ROOT, LabOptions, State
from calico_lab.parts import CheckedPart, Parts
from calico_lab.processes import Supervisor, end_processes, lab_processes, stranded_processes
from calico_lab.report import Report
from calico_lab.topology import ADMIN, Topology, build_topology, is_lab_namespace

START_TIMEOUT = 20.0  # seconds for a part to do its work after its start
HEAL_TIMEOUT = 4.0  # seconds for a running part that looks ill, before it is started anew
SESSIONS_TIMEOUT = 30.0  # seconds for the BGP sessions after their nodes were started
PAUSE = 0.05  # seconds between two looks


@dataclass(frozen=True)
class PartStatus:
    """One line of the status: `state` is running, dead or unhealthy."""

    name: str
    host: str
    state: str
    pid: int | None
    detail: str

    @property
    def healthy(self) -> bool:
        return self.state == "running"


class Lab:
    """One lab: its options, its folder, its processes."""

    def __init__(self, options: LabOptions, state: State, without: Sequence[str] = ()) -> None:
        """:param without: beginnings of part names that are left out."""
        self.options = options
        self.state = state
        self.topology: Topology = build_topology(options)
        self.supervisor = Supervisor(options.name, state)
        self._without = tuple(without)

    def up(self, report: Report) -> None:
        """Start all that is missing, and wait until all of it works.

        :raises LabError: the machine lacks something, other options than those of the running lab,
            or a part does not come up; with the way out.
        """
        check_machine()
        with _lock(self.options.name):
            self._check_running_lab(report)
            load_crds(self.options.calico_api)
            binaries = self._binaries(report)
            with report.step("network namespaces, links, addresses"):
                self._write_state()
                end_processes(stranded_processes(self.options.name))
                network.build_network(self.topology)
                make_host_folders(self.topology, self.state)
            parts = Parts(self.options, self.topology, self.state, binaries)
            with report.step("certificates, kubeconfigs"):
                parts.credentials()
            with report.step("etcd, kube-apiserver, router, DNS server"):
                self._keep_running([parts.etcd()])
                others = self._wanted([parts.apiserver(), parts.router(), parts.dns()])
                self._keep_running(others)
            cluster = Cluster(parts.api(), self.topology.namespace(ADMIN))
            if not self.state.filled.exists():
                with report.step("Calico's kinds, access rights, nodes, pods, blocks"):
                    cluster.fill(self.options, self.topology)
                    self.state.filled.touch()
            with report.step("calico-node and kube-proxy on every node"):
                config = cluster.kube_proxy_config()
                names = [node.name for node in self.topology.nodes]
                calico = self._wanted([parts.calico_node(name) for name in names])
                proxies = self._wanted([parts.kube_proxy(name, config) for name in names])
                started = self._keep_running([*calico, *proxies])
            meshed = self.state.meshed.exists()
            awaited = [
                checked.part.host
                for checked in calico
                if checked.part.name in started or not meshed
            ]
            if awaited:
                with report.step("BGP sessions"):
                    self._wait_for_sessions(awaited, report)

    def status(self) -> list[PartStatus]:
        """Every part of the lab as it is now."""
        parts = self._wanted(Parts(self.options, self.topology, self.state).all())
        with ThreadPoolExecutor(max_workers=8) as threads:
            found = list(threads.map(self._part_status, parts))
        faults = network.network_faults(self.topology)
        state = "unhealthy" if faults else "running"
        detail = "; ".join(f"{host}: {fault}" for host, fault in faults.items())
        whole = f"{len(self.topology.namespaces)} namespaces"
        return [PartStatus("network", "-", state, None, detail or whole), *found]

    def restart(self, names: Sequence[str]) -> None:
        """Kill the parts of these names and start them again. :raises LabError: no such part."""
        parts = Parts(self.options, self.topology, self.state, locate_binaries())
        config = Cluster(parts.api(), self.topology.namespace(ADMIN)).kube_proxy_config()
        known = {checked.part.name: checked for checked in self._wanted(parts.all(config))}
        unknown = [name for name in names if name not in known]
        if unknown:
            raise LabError(f"no part {', '.join(unknown)}; there are {', '.join(known)}")
        with _lock(self.options.name):
            for name in names:
                self.supervisor.stop(known[name].part)
            self._keep_running([known[name] for name in names])

    def _check_running_lab(self, report: Report) -> None:
        running = self.state.read_options()
        if running is None:
            _refuse_foreign_folder(self.state)
            if _remains(self.options.name) or self.state.root.exists():
                report.note(f"remains of a lab {self.options.name} are cleared away")
                _clear(self.options.name, self.state)
            return
        differences = running.differences(self.options)
        if differences:
            raise LabError(
                f"the lab {self.options.name} runs with other options; `down` it first, or leave"
                " them out:\n" + "\n".join(f"  - {line}" for line in differences)
            )

    def _write_state(self) -> None:
        if self.state.read_options() is None:
            self.state.write_options(self.options)

    def _binaries(self, report: Report) -> dict[str, Binary]:
        found = locate_binaries()
        if all(binary.path for binary in found.values()):
            return found
        with report.bar() as bar:
            return build_binaries(bar)

    def _wanted(self, parts: Sequence[CheckedPart]) -> list[CheckedPart]:
        return [
            checked
            for checked in parts
            if not (self._without and checked.part.name.startswith(self._without))
        ]

    def _keep_running(self, parts: Sequence[CheckedPart]) -> set[str]:
        """Start what does not run, wait for all; the names of those that were started."""
        started = set()
        for checked in parts:
            if self.supervisor.running(checked.part):
                if not self.supervisor.outdated(checked.part):
                    continue
                self.supervisor.stop(checked.part)
            self.supervisor.start(checked.part)
            started.add(checked.part.name)
        with ThreadPoolExecutor(max_workers=8) as threads:
            healed = list(
                threads.map(
                    lambda checked: self._heal(checked, checked.part.name in started), parts
                )
            )
        started |= {name for name in healed if name}
        return started

    def _heal(self, checked: CheckedPart, just_started: bool) -> str | None:
        """Wait until a part works; one that ran before and does not is started anew, once."""
        if just_started:
            self._wait_until_healthy(checked, START_TIMEOUT)
            return None
        try:
            self._wait_until_healthy(checked, HEAL_TIMEOUT)
        except LabError:
            self.supervisor.stop(checked.part)
            self.supervisor.start(checked.part)
            self._wait_until_healthy(checked, START_TIMEOUT)
            return checked.part.name
        return None

    def _wait_until_healthy(self, checked: CheckedPart, timeout: float) -> None:
        deadline = time.monotonic() + timeout
        while True:
            if not self.supervisor.running(checked.part):
                fault = "it ended"
                deadline = 0
            else:
                try:
                    checked.check()
                    return
                except health.Unhealthy as error:
                    fault = str(error)
            if time.monotonic() > deadline:
                raise LabError(
                    f"{checked.part.name} on {checked.part.host} does not work: {fault}. The end of"
                    f" {self.supervisor.log(checked.part)}:\n"
                    f"{self.supervisor.last_words(checked.part)}"
                )
            time.sleep(PAUSE)

    def _part_status(self, checked: CheckedPart) -> PartStatus:
        part = checked.part
        process = self.supervisor.running(part)
        if process is None:
            return PartStatus(part.name, part.host, "dead", None, "not running")
        try:
            return PartStatus(part.name, part.host, "running", process.pid, checked.check())
        except (health.Unhealthy, LabError) as error:
            return PartStatus(part.name, part.host, "unhealthy", process.pid, str(error))

    def _wait_for_sessions(self, nodes: Sequence[str], report: Report) -> None:
        """Until all BGP sessions of these nodes are established.

        In a new lab, that is the full mesh. Later it is what the cluster's configuration makes it,
        and a session may rightly stay down: that is told, and left to the user.
        """
        fresh = not self.state.meshed.exists()
        mesh = len(self.topology.nodes) - 1
        deadline = time.monotonic() + SESSIONS_TIMEOUT
        while True:
            try:
                found = {
                    node: health.bgp_protocols(self.state.host(node) / "run") for node in nodes
                }
            except health.Unhealthy:
                found = {node: [] for node in nodes}
            down = [
                line
                for node, protocols in found.items()
                for line in health.established({node: protocols}, mesh if fresh else len(protocols))
            ]
            if not down:
                self.state.meshed.touch()
                return
            if time.monotonic() > deadline:
                break
            time.sleep(PAUSE)
        listing = "\n".join(f"  - {line}" for line in down)
        if fresh:
            raise LabError(f"BGP sessions of the full mesh that are not established:\n{listing}")
        report.note(f"BGP sessions that are not established:\n{listing}")


def open_lab(name: str, without: Sequence[str] = ()) -> Lab:
    """The running lab of that name. :raises LabError: there is none."""
    state = State.of(name)
    options = state.read_options()
    if options is None:
        raise LabError(f"there is no lab {name}: {state.options_file} is missing; `up` makes one")
    return Lab(options, state, without)


def down(name: str, report: Report) -> bool:
    """End the lab and leave nothing of it; whether there was anything.

    Works from what is on the machine, not from the lab's folder, which may be gone.
    """
    state = State.of(name)
    with _lock(name):
        found = _remains(name) or state.root.exists()
        if found:
            with report.step(f"ending the lab {name}"):
                _clear(name, state)
    return found


def _remains(name: str) -> bool:
    return bool(lab_processes(name)) or any(
        is_lab_namespace(name, namespace) for namespace in namespaces.existing()
    )


def _clear(name: str, state: State) -> None:
    _refuse_foreign_folder(state)
    # Something that starts a process may be killed only after it has started one more.
    while pids := lab_processes(name):
        end_processes(pids)
    network.delete_namespaces(
        namespace for namespace in namespaces.existing() if is_lab_namespace(name, namespace)
    )
    if state.root.exists():
        shutil.rmtree(state.root)


def _refuse_foreign_folder(state: State) -> None:
    """Never use, and above all never delete, a folder that holds something else."""
    root = state.root
    if root.is_relative_to(STATE_ROOT) or not root.exists() or state.marker.exists():
        return
    if not root.is_dir() or any(root.iterdir()):
        raise LabError(
            f"LAB_STATE_DIR: {root} is not empty and not a lab's folder (it has no"
            f" {state.marker.name}); choose another one"
        )


@contextlib.contextmanager
def _lock(name: str) -> Iterator[None]:
    """Only one `up` or `down` of a lab at a time. Leaves no file when the lab is gone."""
    STATE_ROOT.mkdir(parents=True, exist_ok=True)
    path = STATE_ROOT / f".{name}.lock"
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise LabError(f"another `up` or `down` of the lab {name} is under way") from error
        try:
            yield
        finally:
            path.unlink(missing_ok=True)
            with contextlib.suppress(OSError):  # other labs have their folders there
                STATE_ROOT.rmdir()
