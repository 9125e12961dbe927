# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Imports ``ansible_collections.netfabric.calico_routeros`` from here, as Ansible would."""

from __future__ import annotations

import sys
from pathlib import Path

COLLECTIONS = Path(__file__).resolve().parent.parent / "collections"


def install() -> None:
    """Put Ansible's own collection finder in place, once per process."""
    from ansible.utils.collection_loader import _collection_finder as finder

    if any(isinstance(found, finder._AnsibleCollectionFinder) for found in sys.meta_path):
        return
    finder._AnsibleCollectionFinder(paths=[str(COLLECTIONS)])._install()
