# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The record of what was before: what is kept of it, and what it gives back."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.description import (
    CalicoObject,
    NodePatch,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.overlay import (
    node_after,
    object_after,
    overlay,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._fabric.ownership import (
    RECORD_ANNOTATION,
    labels_of,
    parse_record,
    record_text,
    recorded,
    undone,
)
from hypothesis import given, settings
from hypothesis import strategies as st

FIELDS = st.sampled_from(["a", "b", "c"])
VALUES = st.sampled_from([None, 1, 2, 3])
PATCHES = st.dictionaries(FIELDS, VALUES, max_size=3)


def write(record: Any, state: dict[str, Any], **patch: Any) -> Any:
    """Change ``state`` as we do; return the record afterwards."""
    record = recorded(record, state, patch)
    state.update(patch)
    return record


def test_the_first_write_keeps_what_was_before() -> None:
    assert recorded({}, {"as": 64512}, {"as": 63400, "port": 179}) == {
        "as": {"before": 64512, "set": 63400},
        "port": {"before": None, "set": 179},
    }


def test_a_second_write_of_ours_keeps_the_same_before() -> None:
    state = {"as": 64512}
    record = write(write({}, state, **{"as": 63400}), state, **{"as": 65000})
    assert record == {"as": {"before": 64512, "set": 65000}}


def test_what_somebody_else_set_between_is_what_was_before_now() -> None:
    state = {"as": 64512}
    record = write({}, state, **{"as": 63400})
    state["as"] = 64999
    assert undone(record, state) == {}
    record = write(record, state, **{"as": 65000})
    assert record == {"as": {"before": 64999, "set": 65000}}
    assert undone(record, state) == {"as": 64999}


def test_back_to_the_old_value_ends_the_entry() -> None:
    state: dict[str, Any] = {"as": 64512}
    record = write({}, state, **{"as": 63400, "port": 1790})
    record = write(record, state, **{"as": 64512, "port": None})
    assert record == {}
    assert record_text(record) is None


def test_fields_that_do_not_change_keep_their_entry() -> None:
    state = {"as": 64512}
    record = write({}, state, **{"as": 63400})
    assert write(record, state, port=1790)["as"] == {"before": 64512, "set": 63400}


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(FIELDS, st.integers(1, 3)), st.lists(PATCHES, max_size=4))
def test_whatever_we_write_the_record_leads_back(
    before: dict[str, int], patches: list[dict[str, Any]]
) -> None:
    state: dict[str, Any] = dict(before)
    record: Any = {}
    for patch in patches:
        record = recorded(record, state, patch)
        state.update(patch)
        assert parse_record({RECORD_ANNOTATION: record_text(record) or ""}) == record
    state.update(undone(record, state))
    assert {name: value for name, value in state.items() if value is not None} == before


@settings(max_examples=50, deadline=None)
@given(PATCHES, PATCHES, PATCHES)
def test_what_others_set_since_stays(
    ours: dict[str, Any], theirs: dict[str, Any], before: dict[str, Any]
) -> None:
    record = recorded({}, before, ours)
    state = {**before, **ours, **theirs}
    for name, value in undone(record, state).items():
        assert state[name] == ours[name]
        assert value == before.get(name)
    for name, value in theirs.items():
        if value != ours.get(name):
            assert name not in undone(record, state)


@pytest.mark.parametrize(
    "text", ["", "not json", "[]", '"text"', "null", '{"a": 1}', '{"a": {"before": 1}}']
)
def test_a_record_that_cannot_be_read_is_none(text: str) -> None:
    assert parse_record({RECORD_ANNOTATION: text}) == {}


def test_of_a_record_what_can_be_read_counts() -> None:
    entry = {"before": None, "set": 1}
    text = json.dumps({"good": entry, "bad": 7})
    assert parse_record({RECORD_ANNOTATION: text}) == {"good": entry}
    assert parse_record(None) == {}


def test_a_created_configuration_tells_that_nothing_was_there() -> None:
    wished = CalicoObject("BGPConfiguration", "default", {"asNumber": 1, "x": None}, "calico_bgp")
    made = object_after(None, wished)
    assert made["record"] == {"asNumber": {"before": None, "set": 1}}
    assert made["labels"] == labels_of("calico_bgp")


def test_a_created_peer_is_ours_as_a_whole_and_needs_no_record() -> None:
    made = object_after(None, CalicoObject("BGPPeer", "p", {"peerIP": "10.0.0.1"}, "calico_bgp"))
    assert made["record"] == {}
    changed = object_after(made, CalicoObject("BGPPeer", "p", {"asNumber": 1}, "calico_bgp"))
    assert (changed["spec"], changed["record"]) == ({"asNumber": 1}, {})


def test_a_peer_of_others_keeps_its_fields_and_its_owner() -> None:
    theirs = {"kind": "BGPPeer", "name": "p", "labels": {}, "spec": {"keepaliveTime": "9s"}}
    changed = object_after(theirs, CalicoObject("BGPPeer", "p", {"asNumber": 1}, "calico_bgp"))
    assert changed["spec"] == {"keepaliveTime": "9s", "asNumber": 1}
    assert changed["record"] == {"asNumber": {"before": None, "set": 1}}
    assert changed["labels"] == {}


def node(**parts: Any) -> dict[str, Any]:
    return {"kind": "Node", "name": "n", "labels": {}, "annotations": {}, **parts}


def test_a_label_that_was_there_already_is_not_ours_to_take() -> None:
    there = node(labels={"route-reflector": "true"})
    promoted = node_after(there, NodePatch("n", {"route-reflector": "true"}, {"id": "1"}))
    assert promoted["record"] == {"annotation id": {"before": None, "set": "1"}}
    names = ("label route-reflector", "annotation id")
    assert node_after(promoted, NodePatch("n", restore=names)) == {**there, "record": {}}


def test_a_label_of_others_with_another_value_comes_back() -> None:
    there = node(labels={"rr-id": "theirs"})
    labelled = node_after(there, NodePatch("n", {"rr-id": "rr1"}))
    assert labelled["labels"] == {"rr-id": "rr1"}
    back = node_after(labelled, NodePatch("n", restore=("label rr-id",)))
    assert back == {**there, "record": {}}


def test_a_label_that_others_changed_since_stays_and_the_record_goes() -> None:
    labelled = node_after(node(), NodePatch("n", {"rr-id": "rr1"}))
    labelled = {**labelled, "labels": {"rr-id": "theirs"}}
    back = node_after(labelled, NodePatch("n", restore=("label rr-id",)))
    assert back["labels"] == {"rr-id": "theirs"}
    assert back["record"] == {}


def test_writes_and_deletions_together() -> None:
    before = [node(), {"kind": "BGPPeer", "name": "p", "labels": {}, "spec": {}}]
    found = overlay(
        before,
        [CalicoObject("BGPFilter", "f", {"exportV4": []}, "calico_bgp")],
        [NodePatch("n", {"a": "b"}), NodePatch("gone", {"a": "b"})],
        [("BGPPeer", "p"), ("BGPPeer", "never-there")],
    )
    assert [(item["kind"], item["name"]) for item in found] == [("Node", "n"), ("BGPFilter", "f")]
    assert before[0]["labels"] == {}
