# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Query words of ``print`` (MikroTik's manual, "API", Queries)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from calico_lab.routeros.errors import Trap

_TRUE = {"yes": "true", "no": "false"}


def matches(row: Mapping[str, str], queries: Sequence[str]) -> bool:
    """Whether ``row`` passes the query words (without their leading ``?``).

    The words work on a stack that holds endless trues at first; a row passes when no false is
    left at the end. Trap for a malformed word.
    """
    stack: list[bool] = []
    for word in queries:
        if word.startswith("#"):
            _operate(stack, word[1:])
        else:
            stack.append(_test(row, word))
    return all(stack)


def _test(row: Mapping[str, str], word: str) -> bool:
    if word.startswith("-"):
        return word[1:] not in row
    operator = "="
    if word[:1] in ("=", "<", ">"):
        operator, word = word[0], word[1:]
    name, separator, wanted = word.partition("=")
    if not separator:
        return name in row
    if name not in row:
        return False
    found = row[name]
    if operator == "=":
        return found == wanted or found == _TRUE.get(wanted)
    return _less(found, wanted) if operator == "<" else _less(wanted, found)


def _less(left: str, right: str) -> bool:
    try:
        return int(left) < int(right)
    except ValueError:
        return left < right


def _operate(stack: list[bool], operations: str) -> None:
    position = 0
    while position < len(operations):
        operation = operations[position]
        position += 1
        if operation == "!":
            stack.append(not _pop(stack))
        elif operation in "&|":
            right, left = _pop(stack), _pop(stack)
            stack.append((left and right) if operation == "&" else (left or right))
        elif operation == ".":
            stack.append(_peek(stack, 0))
        elif operation.isdigit():
            digits = operation
            while position < len(operations) and operations[position].isdigit():
                digits += operations[position]
                position += 1
            value = _peek(stack, int(digits))
            if position == len(operations):
                stack[:] = [value]
            else:
                stack.append(value)
                position += operations[position] == "."
        else:
            raise Trap(f"invalid query operation {operation}")


def _pop(stack: list[bool]) -> bool:
    return stack.pop() if stack else True


def _peek(stack: list[bool], depth: int) -> bool:
    return stack[-1 - depth] if depth < len(stack) else True
