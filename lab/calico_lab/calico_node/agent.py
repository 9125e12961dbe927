# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The agent of one node: waits for changes, renders, and keeps BIRD and the routes in step."""

from __future__ import annotations

import queue
import time
from dataclasses import dataclass
from pathlib import Path

from calico_lab.calico_node import felix
from calico_lab.calico_node.bird_config import Rendered, render, router_id_setting
from calico_lab.calico_node.bird_daemon import BirdDaemon, link_default_sockets
from calico_lab.calico_node.confd import Confd, ConfdSettings
from calico_lab.calico_node.filters import BadFilter
from calico_lab.calico_node.journal import Journal
from calico_lab.calico_node.node_status import StatusReporter
from calico_lab.calico_node.peering import find_peerings
from calico_lab.calico_node.pools import pools_of
from calico_lab.calico_node.release import Release
from calico_lab.calico_node.resources import (
    Cluster,
    Json,
    Node,
    read_cluster,
    read_node,
    secrets_wanted,
)
from calico_lab.calico_node.store import Store
from calico_lab.calico_node.values import FAMILIES, Family
from calico_lab.kube_api import KubeApi

QUIET_SECONDS = 0.05  # changes that follow each other faster are rendered together
LONGEST_WAIT = 0.25  # but the first of them waits no longer than this
PATROL_SECONDS = 10.0  # routes and daemons are looked at even if nothing was reported

_CLUSTER_KINDS = (
    "BGPConfiguration",
    "BGPPeer",
    "BGPFilter",
    "IPPool",
    "BlockAffinity",
    "Secret",
    "Service",
    "EndpointSlice",
)


@dataclass(frozen=True)
class Settings:
    """What one agent is told on its command line and in its environment."""

    node: str
    kubeconfig: Path
    run_dir: Path
    api_group: str
    release: Release
    secret_namespace: str
    confd: ConfdSettings | None = None


class Agent:
    """calico-node's stand-in on one node."""

    def __init__(self, settings: Settings, journal: Journal) -> None:
        self._settings = settings
        self._journal = journal
        self._events: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._stopping = False
        api = KubeApi(settings.kubeconfig)
        self._store = Store(
            api,
            settings.api_group,
            settings.node,
            settings.secret_namespace,
            self._changed,
            journal,
        )
        self._confd = None if settings.confd is None else Confd(settings.confd, journal)
        self._daemons = {family: self._daemon(family) for family in FAMILIES}
        self._felix = felix.Felix(journal)
        self._reporter = StatusReporter(
            api,
            self._store.path("CalicoNodeStatus"),
            lambda: self._store.items("CalicoNodeStatus"),
            settings.node,
            settings.run_dir,
            journal,
        )
        self._sessions: dict[Family, tuple[str, ...]] = {}

    def run(self) -> None:
        """Work until `stop` is called; BIRD is ended with it."""
        settings = self._settings
        settings.run_dir.mkdir(parents=True, exist_ok=True)
        link_default_sockets(settings.run_dir)
        self._journal.say(
            f"calico-node {settings.release.text} on {settings.node}, {settings.api_group}"
        )
        for daemon in self._daemons.values():
            daemon.adopt()
        felix.watch_kernel(lambda: self._changed("kernel"))
        self._store.start()
        self._reporter.start()
        wait = PATROL_SECONDS
        while not self._stopping:
            events = self._collect(wait)
            wait = PATROL_SECONDS
            if self._stopping:
                break
            wait = min(wait, self._step(events))
        if self._confd is not None:
            self._confd.stop()
        for daemon in self._daemons.values():
            daemon.stop()

    def stop(self) -> None:
        """End `run`; may be called from a signal handler."""
        self._stopping = True
        self._events.put("stop")

    def reload(self) -> None:
        """confd wrote something new; may be called from a signal handler."""
        self._events.put("confd")

    def _changed(self, what: str) -> None:
        if what == "CalicoNodeStatus":
            self._reporter.changed()
        # Before the first rendering every kind counts: it waits until all of them are read.
        if what != "CalicoNodeStatus" or not self._sessions:
            self._events.put(what)

    def _daemon(self, family: Family) -> BirdDaemon:
        return BirdDaemon(
            family, self._settings.run_dir, lambda: self._changed("daemon"), self._journal
        )

    def _collect(self, wait: float) -> set[str]:
        """Events that came within `wait` seconds, and those that follow them closely."""
        try:
            events = {self._events.get(timeout=wait)}
        except queue.Empty:
            return set()
        end = time.monotonic() + LONGEST_WAIT
        while not self._stopping and (left := end - time.monotonic()) > 0:
            try:
                events.add(self._events.get(timeout=min(QUIET_SECONDS, left)))
            except queue.Empty:
                break
        return events

    def _step(self, events: set[str]) -> float:
        """Bring everything in step. Returns the seconds after which to look again."""
        started = time.monotonic()
        cluster = self._read()
        if cluster is None:
            return self._keep_running({4, 6})
        node = cluster.node(self._settings.node)
        if node is None:
            self._journal.say_once(f"no Node {self._settings.node} in the API yet")
            return self._keep_running({4, 6})
        wanted: set[Family] = {4, 6} if node.ipv6 else {4}
        if self._confd is None:
            self._render(cluster, node, wanted)
        else:
            self._take_from(self._confd, wanted)
        wait = self._keep_running(wanted)
        self._program_routes(cluster)
        if events & {*_CLUSTER_KINDS, "Node"}:
            took = (time.monotonic() - started) * 1000
            self._journal.say(f"in step after {', '.join(sorted(events))} ({took:.0f} ms)")
        return wait

    def _read(self) -> Cluster | None:
        """The cluster as last seen; None as long as something has never been read."""
        store = self._store
        if not store.ready:
            return None
        cluster = self._cluster()
        wanted = secrets_wanted(cluster.default_config, cluster.peers)
        return self._cluster() if store.want_secrets(wanted) else None

    def _cluster(self) -> Cluster:
        store = self._store
        nodes = []
        for item in store.items("Node"):
            metadata: Json = item["metadata"]
            nodes.append(
                read_node(
                    str(metadata["name"]), metadata.get("labels"), metadata.get("annotations")
                )
            )
        objects = {kind: store.items(kind) for kind in _CLUSTER_KINDS}
        return read_cluster(nodes, objects, self._settings.secret_namespace)

    def _render(self, cluster: Cluster, node: Node, wanted: set[Family]) -> None:
        peerings = find_peerings(cluster, self._settings.release)
        for family in sorted(wanted):
            try:
                rendered = render(
                    cluster, self._settings.release, peerings, node, family, router_id_setting()
                )
            except BadFilter as error:
                self._journal.say(f"no new configuration: {error}")
                continue
            self._say_sessions(rendered)
            self._daemons[family].apply(rendered.text)
            self._say_tunnels(cluster, family)

    def _take_from(self, confd: Confd, wanted: set[Family]) -> None:
        confd.ensure_running()
        for family in sorted(wanted):
            text = confd.text(family)
            if text is not None:
                self._daemons[family].apply(text)

    def _keep_running(self, wanted: set[Family]) -> float:
        wait = PATROL_SECONDS
        for family, daemon in self._daemons.items():
            if family in wanted:
                wait = min(wait, daemon.ensure_running() or PATROL_SECONDS)
            else:
                daemon.stop()
        return wait

    def _program_routes(self, cluster: Cluster) -> None:
        release = self._settings.release
        wanted = felix.pod_routes(self._store.items("Pod"), cluster, release)
        wanted |= felix.cluster_routes(cluster, release, self._settings.node)
        self._felix.program(wanted)

    def _say_sessions(self, rendered: Rendered) -> None:
        names = tuple(session.name for session in rendered.speaker.sessions)
        if self._sessions.get(rendered.family) != names:
            self._sessions[rendered.family] = names
            self._journal.say(
                f"IPv{rendered.family}: {len(names)} sessions: {', '.join(names) or '-'}"
            )

    def _say_tunnels(self, cluster: Cluster, family: Family) -> None:
        for pool in pools_of(cluster, self._settings.release, family):
            if pool.tunnelled:
                self._journal.say_once(
                    f"pool {pool.cidr} is encapsulated; the lab has no tunnels, routes it plainly"
                )
