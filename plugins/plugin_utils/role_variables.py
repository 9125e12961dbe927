# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Role variables of a host, checked against the roles' argument specs.

Ansible checks a role's argument spec when it enters the role, one role and one host at a time,
fills in no nested default and says nothing about misspelt names. Here everything is checked before
the first write, and values come out in the types that the specs give.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Callable

import yaml
from ansible.module_utils.common import validation

from ..module_utils._fabric.faults import Fault

ROLES = ("calico_bgp", "route_reflector", "routeros_peer", "static_routes")
_ROLES_FOLDER = Path(__file__).resolve().parents[2] / "roles"

Spec = Mapping[str, Mapping[str, Any]]


def _text(value: Any) -> str:
    if isinstance(value, (list, dict, tuple, bool)) or value is None:
        raise TypeError("not a string")
    return str(value)


def _number(value: Any) -> int:
    if isinstance(value, bool):
        raise TypeError("a boolean")
    return int(validation.check_type_int(value))


def _sequence(value: Any) -> list[Any]:
    return list(validation.check_type_list(value))


_CHECKS: Mapping[str, tuple[Callable[[Any], Any], str]] = {
    "str": (_text, "a string"),
    "path": (_text, "a path"),
    "int": (_number, "a whole number"),
    "bool": (validation.check_type_bool, "true or false"),
    "list": (_sequence, "a list"),
    "dict": (validation.check_type_dict, "a dictionary"),
}


@cache
def role_spec(role: str) -> Spec:
    """Return the options of a role's entry point ``main``."""
    text = (_ROLES_FOLDER / role / "meta" / "argument_specs.yml").read_text(encoding="utf-8")
    spec: Spec = yaml.safe_load(text)["argument_specs"]["main"]["options"]
    return spec


def plain(value: Any) -> Any:
    """Return ``value`` in Python's own types; Ansible's carry tags."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value)
    return str(value)


def check_host(host: str, variables: Mapping[str, Any]) -> tuple[dict[str, Any], list[Fault]]:
    """Return the role variables of a host, typed and with defaults, and what is wrong with them.

    ``variables`` are all variables of the host; those that are no role's are passed over.
    """
    known = {name: option for role in ROLES for name, option in role_spec(role).items()}
    faults = [
        Fault(
            (host,),
            name,
            "a variable of that name",
            f"a variable of the role {role}",
            _nearest(name, role_spec(role)),
        )
        for role in ROLES
        for name in variables
        if name.startswith(f"{role}_") and name not in known
    ]
    result: dict[str, Any] = {}
    for name, option in known.items():
        try:
            value = plain(variables[name]) if name in variables else None
        except Exception as exc:  # whatever a template in the inventory raises
            problem = str(exc).splitlines()[0]
            faults.append(Fault((host,), name, f"a template that fails ({problem})", "a value"))
            continue
        result[name] = _check(host, name, option, value, faults)
    return result, faults


def _nearest(name: str, spec: Spec) -> str:
    near = difflib.get_close_matches(name, list(spec), n=1, cutoff=0.5)
    return f"Did you mean {near[0]}?" if near else "The role's README lists its variables."


def _check(
    host: str, where: str, option: Mapping[str, Any], value: Any, faults: list[Fault]
) -> Any:
    """Return ``value`` in the option's type; add what is wrong with it to ``faults``."""
    if value is None:
        if option.get("required"):
            faults.append(Fault((host,), where, "nothing", _CHECKS[option.get("type", "str")][1]))
        return option.get("default")
    convert, expected = _CHECKS[option.get("type", "str")]
    try:
        result = convert(value)
    except (TypeError, ValueError):
        faults.append(Fault((host,), where, _shown(option, value), expected))
        return option.get("default")
    if isinstance(result, list):
        element = {"type": option.get("elements", "str")}
        for key in ("options", "choices"):
            if key in option:
                element[key] = option[key]
        return [
            _check_element(host, f"{where}[{index}]", element, item, faults)
            for index, item in enumerate(result)
        ]
    if "choices" in option and result not in option["choices"]:
        choices = ", ".join(str(choice) for choice in option["choices"])
        faults.append(Fault((host,), where, _shown(option, value), f"one of {choices}"))
    if isinstance(result, Mapping) and "options" in option:
        return dict(_suboptions(host, where, option["options"], result, faults))
    return result


def _check_element(
    host: str, where: str, option: Mapping[str, Any], value: Any, faults: list[Fault]
) -> Any:
    """Return an element of a list, or None if it is faulty: places in the list stay as they are."""
    before = len(faults)
    result = _check(host, where, option, value, faults)
    return result if len(faults) == before else None


def _suboptions(
    host: str, where: str, spec: Spec, value: Mapping[str, Any], faults: list[Fault]
) -> Iterator[tuple[str, Any]]:
    for key in value:
        if key not in spec:
            near = difflib.get_close_matches(key, list(spec), n=1, cutoff=0.5)
            way_out = f"Did you mean {near[0]}?" if near else ""
            expected = "one of " + ", ".join(spec)
            faults.append(Fault((host,), f"{where}.{key}", "a key of that name", expected, way_out))
    for key, option in spec.items():
        yield key, _check(host, f"{where}.{key}", option, value.get(key), faults)


def _shown(option: Mapping[str, Any], value: Any) -> str:
    if option.get("no_log"):
        return f"a hidden value of type {type(value).__name__}"
    return repr(value)
