# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sets fields of all rows of a menu of a lab's router, as somebody else would.

python -m tests.faults.on_router LAB MENU FIELD=VALUE...
"""

from __future__ import annotations

import sys

from calico_lab.lab import open_lab

from tests.live.router import Router


def main(lab: str, menu: str, *settings: str) -> None:
    router = Router(open_lab(lab))
    fields = dict(setting.split("=", 1) for setting in settings)
    for row in router.rows(menu):
        router.set(menu, row, **fields)


if __name__ == "__main__":
    main(*sys.argv[1:])
