# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The RouterOS modules against an emulated router of each release, with BIRD as neighbour."""

import sys
from pathlib import Path

# The lab's own tests have the namespaces, the emulator and BIRD already.
_NAMESPACES = str(Path(__file__).resolve().parents[2] / "lab" / "tests" / "routeros")

if _NAMESPACES not in sys.path:
    sys.path.insert(0, _NAMESPACES)
