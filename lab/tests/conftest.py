# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the lab importable when only this folder is tested."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

_LAB = Path(__file__).resolve().parents[1]

if str(_LAB) not in sys.path:
    sys.path.insert(0, str(_LAB))


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "lab: brings a whole lab up; needs root, Debian packages and a minute or two",
    )
