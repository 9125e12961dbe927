# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An emulated MikroTik router: RouterOS's API in front of FRR's BGP.

``python -m calico_lab.routeros --release 7.18.2 --state-dir DIR --identity ros`` runs it in the
network namespace that is to be the router. README.md beside this file says what is real, what is
emulated and what is refused.
"""
