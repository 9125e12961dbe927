# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans of generated clusters: they end where they should, twice, and lose nothing on the way."""

from __future__ import annotations

from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.calico_objects import (  # noqa: E501
    CalicoCluster,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.description import (
    Description,
    torn_down,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.object_patch import (  # noqa: E501
    merge_patch,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.objects import (
    configuration,
    mesh_off,
    promotions,
    reflector_peers,
    router_labels,
    router_peers,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.plan import (
    make_plan,
    plan_back,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.plan_wish import (
    ROLES,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.propagation import (
    Block,
    propagate,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.sessions import (
    plan_sessions,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.plan.fabrics import (
    ADDRESS,
    Observed,
    address,
    after,
    apply,
    cluster,
    describe,
    everything,
    item,
    mesh,
    peer,
    requests,
    router,
    snapshot,
)

IDS = ("244.0.0.1", "244.0.0.2")
SECRET = {"secretKeyRef": {"name": "bgp", "key": "password"}}


@st.composite
def histories(draw: st.DrawFn) -> tuple[Observed, Observed, Description]:
    """A cluster before we came, as it is now, and what it shall be."""
    number = draw(st.integers(2, 5))
    number_now = draw(st.sampled_from([None, 64512, 63400]))
    objects = [mesh(asNumber=number_now)] if number_now else draw(st.sampled_from([[], [mesh()]]))
    if draw(st.booleans()):
        objects.append(item("BGPPeer", "tor", peerIP="192.168.0.250", asNumber=65000))
    before = observed = cluster(number, *objects, racks=draw(st.integers(1, 2)))
    if draw(st.booleans()):
        plan = make_plan(draw(_descriptions(number, number_now)), before)
        # Some of its steps may be missing: the run was killed.
        if not plan.refusals:
            observed = after(before, plan.steps[: draw(st.integers(1, 9))])
    return before, observed, draw(_descriptions(number, number_now))


def wishes() -> st.SearchStrategy[tuple[Observed, Description]]:
    """A cluster as it is, and what it shall be."""
    return histories().map(lambda history: history[1:])


@st.composite
def _descriptions(draw: st.DrawFn, number: int, number_now: int | None) -> Description:
    names = [f"n{n}" for n in range(1, number + 1)]
    wished = draw(st.dictionaries(st.sampled_from(names), st.sampled_from(IDS), max_size=3))
    as_number = draw(st.sampled_from([None, 63400]))
    target = names[-1]
    peers = []
    if draw(st.booleans()):
        options = {"password": SECRET} if draw(st.booleans()) else {}
        remote = as_number or number_now or 64512
        peers.append(peer("to-last", peerIP=address(target), asNumber=remote, **options))
    if draw(st.booleans()):
        peers.append(
            peer("own", nodeSelector="rack == 'r1'", peerIP=address(target), asNumber=63400)
        )
    with_router = bool(wished) and draw(st.booleans())
    return describe(
        number,
        wished,
        as_number=as_number,
        mesh_wish=draw(st.sampled_from(["auto", "auto", "enabled"])),
        peers=peers,
        routers=[router(as_number=draw(st.sampled_from([None, 65010])))] if with_router else [],
        purge=draw(st.booleans()),
        reflector_peer_node_selector=draw(st.sampled_from(["all()", "all()", "rack == 'r1'"])),
        reflector_rack_label=draw(st.sampled_from([None, None, "rack"])),
        reflector_password=draw(st.sampled_from([None, SECRET])),
    )


def _calico(observed: Observed) -> CalicoCluster:
    return CalicoCluster.from_objects(
        observed["calico_version"],
        [*observed["objects"], *({**node, "kind": "Node"} for node in observed["nodes"])],
    )


def _learned(observed: Observed) -> dict[str, set[str]]:
    blocks = [Block(block["node"], block["cidr"]) for block in observed["blocks"]]
    found = _calico(observed)
    routes = propagate(found, blocks, (), plan_sessions(found)).routes
    return {node.name: set(routes.get(node.name, ())) for node in found.nodes}


@settings(max_examples=10, deadline=None)
@given(wishes())
def test_the_end_is_what_was_wished(case: tuple[Observed, Description]) -> None:
    observed, description = case
    plan = make_plan(description, observed)
    end = after(observed, plan.steps)
    objects = {(found["kind"], found["name"]): found for found in end["objects"]}
    as_number = _calico(end).as_number
    racks = {node["name"]: node["labels"]["rack"] for node in observed["nodes"]}
    wished = [
        *configuration(description),
        *reflector_peers(description, racks),
        *router_peers(description, as_number, (3, 32)),
        *mesh_off(description),
    ]
    for wish in wished:
        assert merge_patch(objects[wish.kind, wish.name]["spec"], wish.spec) == {}
    nodes = {node["name"]: node for node in end["nodes"]}
    for patch in (*promotions(description), *router_labels(description)):
        assert patch.labels.items() <= nodes[patch.node]["labels"].items()
        assert patch.annotations.items() <= nodes[patch.node]["annotations"].items()
    # Who is no reflector any more has nothing of ours.
    for name in set(nodes) - {reflector.node for reflector in description.reflectors}:
        assert set(nodes[name]["labels"]) == {"rack"}
        assert set(nodes[name]["annotations"]) == {ADDRESS}
        assert not nodes[name].get("record")
    again = make_plan(description, end)
    assert [step.title for step in again.steps] == [], "a second plan has no step"
    assert {place: {v.name for v in views} for place, views in again.now.items()} == {
        place: {v.name for v in views} for place, views in plan.then.items()
    }


@settings(max_examples=10, deadline=None)
@given(wishes())
def test_no_step_loses_a_route(case: tuple[Observed, Description]) -> None:
    observed, description = case
    plan = make_plan(description, observed)
    if plan.refusals:
        return
    before = _learned(observed)
    for step in plan.steps:
        observed = after(observed, [step])
        learned = _learned(observed)
        for node, routes in before.items():
            assert routes <= learned[node], (step.title, node)
        before = learned


@settings(max_examples=10, deadline=None)
@given(wishes())
def test_what_every_step_keeps_to(case: tuple[Observed, Description]) -> None:
    observed, description = case
    role = 0
    for step in make_plan(description, observed).steps:
        # The writer compares each write with what was read before the step.
        names = [(change.kind, change.name) for change in step.changes]
        assert len(names) == len(set(names)), step.title
        assert ROLES.index(step.role) >= role, "roles follow one another"
        role = ROLES.index(step.role)
        # Routes are away only while sessions are down.
        touched = {e.place for e in step.sessions if e.effect in ("stop", "restart")}
        assert bool(step.away) <= bool(touched)
        for place in step.away:
            assert place in touched or any(e.place != place for e in step.sessions)
        for place, families in step.anew.items():
            for family, waited in families.items():
                known = {n for text in step.wait_for[place][family] for n in text.split("|")}
                assert set(waited) <= known


@settings(max_examples=10, deadline=None)
@given(histories())
def test_a_teardown_ends_where_we_came(history: tuple[Observed, Observed, Description]) -> None:
    """From wherever a run got to, killed or not."""
    before, observed, description = history
    if description.mesh == "enabled":
        return
    wish = torn_down(description)
    for there in (observed, after(observed, make_plan(description, observed).steps)):
        plan = make_plan(wish, there)
        end = after(there, plan.steps)
        assert everything(end) == everything(before)
        assert make_plan(wish, end).steps == ()


@settings(max_examples=10, deadline=None)
@given(wishes(), st.integers(0, 30))
def test_the_way_back_ends_where_the_plan_began(
    case: tuple[Observed, Description], writes: int
) -> None:
    """After any number of single writes."""
    observed, description = case
    plan = make_plan(description, observed)
    kept = snapshot(observed, plan)
    changes = [change for step in plan.steps for change in requests(step)]
    there = observed
    for change in changes[: writes % (len(changes) + 1)]:
        there = apply(there, [change])
    back = plan_back(description, there, kept)
    assert everything(after(there, back.steps)) == everything(observed)
