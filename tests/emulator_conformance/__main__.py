# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells, release by release, where the emulator's menus differ from the devices' own.

Usage, from the top of the repository::

    python -m tests.emulator_conformance [DIR]

DIR holds schema files as in ``tests/data/routeros_schema``, the default. Compared are the menus,
their commands, the arguments of each command and, where the files tell, words, ranges, defaults,
mandatory and unsettable arguments. Prints each difference, then per release ``agree N of M``, last
one line for all. Exit code 1 if anything differs, 2 if DIR has no schema file.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.emulator_conformance.compare import Tally, compare
from tests.emulator_conformance.device import read_devices

DATA = Path(__file__).resolve().parent.parent / "data" / "routeros_schema"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.emulator_conformance")
    parser.description = __doc__
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("folder", metavar="DIR", type=Path, nargs="?", default=DATA)
    options = parser.parse_args(arguments)
    devices = read_devices(options.folder)
    if not devices:
        print(
            f"{options.folder}: expected schema files of RouterOS releases (*.json with menus), "
            "found none",
            file=sys.stderr,
        )
        return 2
    total = Tally()
    for release in sorted(devices):
        tally = Tally()
        for device in devices[release]:
            compare(device, tally)
        for difference in tally.differences:
            print(f"{release} {difference}")
        print(f"{release}: agree {tally.agreed} of {tally.compared}")
        total.add(tally)
    print(f"all: agree {total.agreed} of {total.compared}")
    return int(bool(total.differences))


if __name__ == "__main__":
    sys.exit(main())
