# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What needs somebody's word: without it nothing is written and the message says what it is; with
it the run does it. And what nobody may ever read."""

from __future__ import annotations

import os

import pytest
from calico_lab.topology import CLIENT, CONTROL

from tests.faults.conftest import Fabric
from tests.faults.test_faults import pods_of, told
from tests.live.by_hand import PASSWORD_KEY
from tests.live.cluster import ask_cluster, write_secret

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="the lab needs root")

FOREIGN = "/apis/crd.projectcalico.org/v1/bgppeers/by-hand"
NO_LOGIN = {"ansible_connection": "nobody_logs_in"}


def test_a_node_that_cannot_be_logged_in_to(fabric: Fabric) -> None:
    node = fabric.lab.topology.workers[0]
    run = fabric.site(nodes={node: NO_LOGIN})
    message = told(run)
    assert "calico_bgp_consent" in message
    assert "no_login" in message
    assert node in message
    assert "Connection refused" in message
    assert run.changed == 0
    fabric.assert_before()

    # Its own routes are away for a while; those of all others are pinned.
    spared = [*pods_of(fabric.lab, node), CLIENT]
    run = fabric.site(nodes={node: NO_LOGIN}, calico_bgp_consent=["no_login"], spared=spared)
    assert run.status == 0, f"{run.failures}; see {run.log}"
    reported = "Wait for the sessions of nodes that nobody can log in to"
    assert any(reported in boundary.name for boundary in run.boundaries)
    fabric.assert_reachable()
    fabric.assert_after()


def test_a_foreign_neighbor_that_expects_the_old_as_number(fabric: Fabric) -> None:
    address = fabric.lab.topology.lan_hosts[CLIENT]
    assert address is not None
    body = {
        "apiVersion": "crd.projectcalico.org/v1",
        "kind": "BGPPeer",
        "metadata": {"name": "by-hand"},
        "spec": {"peerIP": str(address.ip), "asNumber": 65001, "node": CONTROL},
    }
    ask_cluster(fabric.lab, lambda api: api.apply(FOREIGN, body))
    try:
        run = fabric.site()
        message = told(run)
        assert "foreign_as_number" in message
        assert f"neighbor {address.ip}" in message
        assert "expects AS 64512" in message
        assert run.changed == 0
        run = fabric.site(calico_bgp_consent=["foreign_as_number"])
        assert run.status == 0, f"{run.failures}; see {run.log}"
        fabric.assert_reachable()
    finally:
        ask_cluster(fabric.lab, lambda api: api.delete(FOREIGN))


def test_no_secret_in_any_output(fabric: Fabric) -> None:
    key = "only-two-may-know"
    write_secret(fabric.lab, "bgp-password", PASSWORD_KEY, key)
    run = fabric.site(
        verbose=3,
        router={
            "routeros_peer_tcp_md5_key": key,
            "routeros_peer_tcp_md5_secret": {"name": "bgp-password", "key": PASSWORD_KEY},
        },
    )
    assert run.status == 0, f"{run.failures}; see {run.log}"
    text = run.log.read_text()
    assert "tcp-md5-key" in text, "the difference does not show the key's field at all"
    assert key not in text
    assert fabric.lab.state.router_password.read_text().strip() not in text
