# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Feeds scenarios to the session planner and the lab's stand-in and tells where they differ.

Usage, from the top of the repository::

    python -m tests.conformance [--of planner|stand-in|both] [DIR]

Prints each difference, then per Calico version ``agree N of M``, last one line for all. Exit code 1
if anything differs, 2 if DIR has no scenarios.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from tests.collection_path import install
from tests.conformance.differences import Difference
from tests.conformance.scenarios import Scenario, read_scenarios

Disagreements = Callable[[Scenario], Iterator[Difference]]

DATA = Path(__file__).resolve().parent.parent / "data" / "confd_sessions"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.conformance", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("folder", metavar="DIR", type=Path, nargs="?", default=DATA)
    parser.add_argument("--of", choices=("planner", "stand-in", "both"), default="both")
    options = parser.parse_args(arguments)
    install()
    agreed: Counter[str] = Counter()
    total: Counter[str] = Counter()
    try:
        for scenario in read_scenarios(options.folder):
            version = scenario["calico_version"]
            for who, disagreements in _judged(options.of):
                found = list(disagreements(scenario))
                for difference in found:
                    print(f"{who}: {version} {scenario['name']} {difference}")
                total[version] += 1
                agreed[version] += not found
    except FileNotFoundError as error:
        print(error, file=sys.stderr)
        return 2
    for version in sorted(total):
        print(f"{version}: agree {agreed[version]} of {total[version]}")
    print(f"all: agree {agreed.total()} of {total.total()}")
    return int(agreed != total)


def _judged(of: str) -> list[tuple[str, Disagreements]]:
    from tests.conformance import planner, stand_in

    judged: list[tuple[str, Disagreements]] = []
    if of in ("planner", "both"):
        judged.append(("planner", planner.disagreements))
    if of in ("stand-in", "both"):
        judged.append(("stand-in", stand_in.disagreements))
    return judged


if __name__ == "__main__":
    sys.exit(main())
