# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the lab's command reports to its user and ends with."""

from __future__ import annotations


class LabError(Exception):
    """Something that the user can act on; the text says what was found and the way out."""
