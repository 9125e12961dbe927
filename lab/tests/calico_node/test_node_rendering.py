# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The text of the configuration: what is exported, learned and programmed."""

from __future__ import annotations

import pytest
from calico_lab.calico_node.conformance import render_scenario, scenario_cluster
from calico_lab.calico_node.felix import Route, cluster_routes, pod_interface, pod_routes
from calico_lab.calico_node.reader import read
from calico_lab.calico_node.release import Release, UnknownVersion
from calico_lab.calico_node.services import service_routes
from node_clusters import block, node, rendered, resource, scenario

POOL = resource("IPPool", "default", cidr="10.20.0.0/16", ipipMode="CrossSubnet")


def _between(text: str, start: str) -> list[str]:
    """Lines of a function, filter or protocol."""
    lines = text[text.index(start) :].splitlines()
    return [line.strip() for line in lines[: lines.index("}")]]


def test_own_blocks_are_blackholes_and_exported_whole() -> None:
    text = rendered(
        scenario(block("n1", "10.20.0.0/26"), block("n2", "10.20.1.0/26"), POOL), "n1"
    ).text
    assert "route 10.20.0.0/26 blackhole;" in _between(text, "protocol static")
    assert "10.20.1.0/26" not in text
    assert _between(text, "function calico_aggr")[2:] == [
        "if net = 10.20.0.0/26 then accept;",
        "if net ~ 10.20.0.0/26 && krt_metric < 1024 then accept;",
        "if net ~ 10.20.0.0/26 then reject;",
    ]


def test_blocks_that_are_not_confirmed() -> None:
    text = rendered(
        scenario(
            block("n1", "10.20.0.0/26", state="pending"),
            block("n1", "10.20.0.64/26", state="pendingDeletion"),
        ),
        "n1",
    ).text
    assert "10.20.0.0/26" not in text
    assert "route 10.20.0.64/26 blackhole;" in _between(text, "protocol static")
    assert _between(text, "function calico_aggr")[2:] == []


def test_export_is_a_whitelist_in_order() -> None:
    text = rendered(
        scenario(
            POOL,
            resource("IPPool", "secret", cidr="10.30.0.0/16", disableBGPExport=True),
            resource(
                "BGPConfiguration",
                "default",
                serviceClusterIPs=[{"cidr": "10.96.0.0/12"}],
                serviceLoadBalancerIPs=[{"cidr": "80.15.0.0/24"}],
            ),
            nodes=[node("n1", IPv4Address="10.0.0.1/24", RouteReflectorClusterID="1.1.1.1")],
        ),
        "n1",
    ).text
    lines = _between(text, "function calico_export_to_bgp_peers")
    order = [
        "if net ~ 10.30.0.0/16 then reject;",
        "apply_communities();",
        "calico_aggr();",
        "if net ~ 10.96.0.0/12 then accept;",
        "if net ~ 10.20.0.0/16 then accept;",
    ]
    assert [line for line in lines if line in order] == order
    # A reflector passes on what others announce for load balancers.
    assert lines.count("if net ~ 80.15.0.0/24 then accept;") == 2


def test_kernel_filter() -> None:
    config = resource("BGPConfiguration", "default", serviceClusterIPs=[{"cidr": "10.96.0.0/12"}])
    vxlan = resource("IPPool", "v", cidr="10.40.0.0/16", vxlanMode="Always")
    lines = _between(
        rendered(scenario(POOL, vxlan, config), "n1").text, "filter calico_kernel_programming"
    )
    assert "if net ~ 10.96.0.0/12 then reject;" in lines
    assert "if net ~ 10.40.0.0/16 then reject;" in lines
    assert "if net ~ 10.20.0.0/16 then reject;" not in lines
    assert lines[-1] == "accept;"


@pytest.mark.parametrize(
    ("version", "choice", "bird_programs"),
    [
        ("v3.29.7", "Disabled", True),
        ("v3.32.1", None, True),
        ("v3.32.1", "Disabled", False),
        ("v3.34.0-0.dev", None, False),
        ("v3.34.0-0.dev", "Enabled", True),
        ("v3.34.0-0.dev", "EnabledIPIPOnly", True),
        ("v3.34.0-0.dev", "EnabledNoEncapOnly", False),
    ],
)
def test_who_programs_an_ipip_pool(version: str, choice: str | None, bird_programs: bool) -> None:
    spec = {} if choice is None else {"programClusterRoutes": choice}
    about = scenario(
        POOL,
        resource("BGPConfiguration", "default", **spec),
        block("n2", "10.20.1.0/26"),
        version=version,
    )
    lines = _between(rendered(about, "n1").text, "filter calico_kernel_programming")
    assert ("if net ~ 10.20.0.0/16 then reject;" not in lines) == bird_programs
    routes = cluster_routes(scenario_cluster(about), Release(version), "n1")
    assert {(r.destination, r.gateway) for r in routes} == (
        set() if bird_programs else {("10.20.1.0/26", "10.0.0.2")}
    )


def test_filter_that_cannot_be_rendered_gives_no_file() -> None:
    about = scenario(
        resource("BGPFilter", "f", importV4=[{"action": "Reject", "cidr": "10.0.0.0/8"}])
    )
    found = render_scenario(about)["n1"]
    assert found["ipv4"]["rendered"] is False
    assert found["ipv6"]["rendered"] is True


def test_password_is_in_the_text_but_in_no_repr() -> None:
    about = scenario(
        resource(
            "BGPPeer",
            "p",
            peerIP="10.9.0.1",
            asNumber=65001,
            password={"secretKeyRef": {"name": "s", "key": "k"}},
        ),
        {"kind": "Secret", "name": "s", "namespace": "kube-system", "stringData": {"k": "geheim"}},
    )
    file = rendered(about, "n1")
    (session,) = [s for s in read(file.text).sessions if s.kind == "Global"]
    assert session.password == "geheim"
    assert "geheim" not in repr(session)
    assert "geheim" not in repr(file)
    assert "geheim" not in repr(scenario_cluster(about))


def test_secret_of_another_namespace_is_not_used() -> None:
    secret = {"kind": "Secret", "name": "s", "namespace": "default", "stringData": {"k": "x"}}
    peer = resource(
        "BGPPeer",
        "p",
        peerIP="10.9.0.1",
        asNumber=65001,
        password={"secretKeyRef": {"name": "s", "key": "k"}},
    )
    assert "password" not in rendered(scenario(peer, secret), "n1").text


def _service(policy: str, **spec: object) -> dict[str, object]:
    return {
        "kind": "Service",
        "name": "web",
        "namespace": "default",
        "spec": {
            "type": "LoadBalancer",
            "clusterIP": "10.96.5.5",
            "clusterIPs": ["10.96.5.5"],
            "ipFamilies": ["IPv4"],
            "externalTrafficPolicy": policy,
            **spec,
        },
        "status": {"loadBalancer": {"ingress": [{"ip": "80.15.0.9"}]}},
    }


def _endpoints(holder: str, ready: bool = True) -> dict[str, object]:
    return {
        "kind": "EndpointSlice",
        "name": "web-1",
        "namespace": "default",
        "labels": {"kubernetes.io/service-name": "web"},
        "addressType": "IPv4",
        "endpoints": [{"nodeName": holder, "conditions": {"ready": ready}}],
    }


RANGES = {
    "serviceClusterIPs": [{"cidr": "10.96.0.0/12"}],
    "serviceLoadBalancerIPs": [{"cidr": "80.15.0.0/24"}],
}


def _advertised(*objects: dict[str, object], holder: str = "n1") -> tuple[str, ...]:
    cluster = scenario_cluster(scenario(*objects))
    found = cluster.node(holder)
    assert found is not None
    return service_routes(cluster, Release("v3.32.1"), found, 4).advertised


def test_service_ranges_come_from_every_node() -> None:
    config = resource("BGPConfiguration", "default", **RANGES)
    assert _advertised(config) == ("10.96.0.0/12", "80.15.0.0/24")
    assert _advertised() == ()


def test_local_service_comes_from_nodes_with_a_ready_endpoint() -> None:
    config = resource("BGPConfiguration", "default", **RANGES)
    ranges = ("10.96.0.0/12", "80.15.0.0/24")
    single = ("10.96.5.5/32", "80.15.0.9/32")
    local = _service("Local")
    assert set(_advertised(config, local, _endpoints("n1"))) == {*ranges, *single}
    assert _advertised(config, local, _endpoints("n1"), holder="n2") == ranges
    assert _advertised(config, local, _endpoints("n1", ready=False)) == ranges
    assert _advertised(config, _service("Cluster"), _endpoints("n1")) == ranges


def test_single_load_balancer_address_comes_from_every_node() -> None:
    config = resource(
        "BGPConfiguration", "default", serviceLoadBalancerIPs=[{"cidr": "80.15.0.9/32"}]
    )
    assert _advertised(config, _service("Cluster"), _endpoints("n2")) == ("80.15.0.9/32",)


def test_excluded_node_advertises_no_service_but_learns_none_either() -> None:
    label = {"node.kubernetes.io/exclude-from-external-load-balancers": "true"}
    config = resource("BGPConfiguration", "default", **RANGES)
    about = scenario(config, nodes=[node("n1", label, IPv4Address="10.0.0.1/24")])
    text = rendered(about, "n1").text
    assert "blackhole" not in text
    assert "if net ~ 10.96.0.0/12 then reject;" in _between(text, "filter calico_kernel")
    # kubeadm sets the label to "", which excludes nothing.
    about["nodes"][0]["labels"] = dict.fromkeys(label, "")
    assert "route 10.96.0.0/12 blackhole;" in rendered(about, "n1").text


def _pod(name: str, ip: str, **spec: object) -> dict[str, object]:
    return {
        "metadata": {"namespace": "default", "name": name},
        "spec": spec,
        "status": {"podIP": ip, "phase": "Running"},
    }


def test_pod_routes() -> None:
    cluster = scenario_cluster(scenario())
    done = _pod("done", "10.20.0.9")
    done["status"] = {"podIP": "10.20.0.9", "phase": "Succeeded"}
    pods = [
        _pod("web", "10.20.0.1"),
        _pod("calico-node", "10.0.0.1", hostNetwork=True),
        done,
        {"metadata": {"namespace": "default", "name": "new"}, "spec": {}, "status": {}},
    ]
    interface = "cali68caf03a5f4"
    assert pod_interface("default", "web") == interface
    assert pod_routes(pods, cluster, Release("v3.31.7")) == {
        Route("10.20.0.1/32", interface=interface)
    }
    (route,) = pod_routes(pods, cluster, Release("v3.32.1"))
    assert route.words() == f"10.20.0.1/32 dev {interface} scope link proto 80 metric 1024"


def test_unknown_version_is_named() -> None:
    with pytest.raises(UnknownVersion, match="found 'latest'"):
        Release("latest")


def test_mesh_restart_time_and_port_stand_in_the_text() -> None:
    config = resource(
        "BGPConfiguration", "default", nodeMeshMaxRestartTime="1m30s", listenPort=1790
    )
    session = read(rendered(scenario(config), "n1").text).sessions[0]
    assert (session.graceful_restart_time, session.port) == (90, 1790)
