# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares the lab's emulated RouterOS with what published devices of each release offer."""

from __future__ import annotations

import sys
from pathlib import Path

_LAB = Path(__file__).resolve().parents[2] / "lab"

if str(_LAB) not in sys.path:
    sys.path.insert(0, str(_LAB))
