# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every transition of a live cluster, with packets on all ways while it happens."""

from tests import live as live  # makes the lab importable, before any module here asks for it
