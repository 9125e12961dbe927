# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds nodes by name, address and selector without walking all of them each time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .calico_objects import Node
from .selector import Selector, SelectorError, parse_selector


class NodeIndex:
    """Nodes in order of their names. Each selector is parsed once and matched once per distinct
    combination of the labels it looks at."""

    def __init__(self, nodes: Iterable[Node]) -> None:
        self.nodes: tuple[Node, ...] = tuple(sorted(nodes, key=lambda node: node.name))
        self.by_name: Mapping[str, Node] = {node.name: node for node in self.nodes}
        self._by_address: dict[str, list[Node]] = {}
        for node in self.nodes:
            for address in dict.fromkeys((node.address(4), node.address(6))):
                self._by_address.setdefault(address, []).append(node)
        self._by_label: dict[str, dict[str | None, list[Node]]] = {}
        self._matching: dict[str, tuple[Node, ...]] = {}
        self.selector_errors: dict[str, SelectorError] = {}

    def with_address(self, address: str) -> tuple[Node, ...]:
        """Nodes with this IPv4 or IPv6 address; for "" those that lack one of the two."""
        return tuple(self._by_address.get(address, ()))

    def matching(self, selector: str) -> tuple[Node, ...]:
        """Nodes that a selector matches; none if it does not parse (see ``selector_errors``)."""
        found = self._matching.get(selector)
        if found is None:
            found = self._matching[selector] = self._match(selector)
        return found

    def _match(self, text: str) -> tuple[Node, ...]:
        try:
            selector = parse_selector(text)
        except SelectorError as error:
            self.selector_errors[text] = error
            return ()
        if not selector.keys:
            return self.nodes if selector.matches({}) else ()
        verdicts: dict[tuple[str | None, ...], bool] = {}
        matching = []
        for node in self._candidates(selector):
            values = tuple([node.labels.get(key) for key in selector.keys])
            verdict = verdicts.get(values)
            if verdict is None:
                verdict = verdicts[values] = selector.matches(node.labels)
            if verdict:
                matching.append(node)
        return tuple(matching)

    def _candidates(self, selector: Selector) -> Iterable[Node]:
        if selector.narrowing is None:
            return self.nodes
        key, values = selector.narrowing
        by_value = self._by_label.get(key)
        if by_value is None:
            by_value = self._by_label[key] = {}
            for node in self.nodes:
                by_value.setdefault(node.labels.get(key), []).append(node)
        candidates = [node for value in values for node in by_value.get(value, ())]
        return sorted(candidates, key=lambda node: node.name) if len(values) > 1 else candidates
