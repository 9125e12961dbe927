# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""defaults/main.yml, argument_specs.yml and README of each role say the same."""

from __future__ import annotations

import pytest
import yaml
from ansible_collections.netfabric.calico_routeros.plugins.plugin_utils.role_variables import (
    ROLES,
    role_spec,
)

from docs.role_readme import with_section
from tests.unit.description.example import ROOT


@pytest.mark.parametrize("role", ROLES)
def test_defaults_are_those_of_the_argument_spec(role: str) -> None:
    text = (ROOT / "roles" / role / "defaults/main.yml").read_text(encoding="utf-8")
    specified = {k: v["default"] for k, v in role_spec(role).items() if "default" in v}
    assert yaml.safe_load(text) == specified


@pytest.mark.parametrize("role", ROLES)
def test_every_variable_carries_the_role_s_name(role: str) -> None:
    assert all(name.startswith(f"{role}_") for name in role_spec(role))


@pytest.mark.parametrize("role", ROLES)
def test_readme_is_up_to_date(role: str) -> None:
    readme = (ROOT / "roles" / role / "README.md").read_text(encoding="utf-8")
    assert with_section(readme, role) == readme, "run make docs"
