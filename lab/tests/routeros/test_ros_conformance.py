# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``python -m tests.emulator_conformance`` tells what differs, and fails then."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

TOP = Path(__file__).parents[3]
DATA = TOP / "tests" / "data" / "routeros_schema"
CONNECTION = "routing/bgp/connection"
Content = dict[str, Any]


def conformance(folder: Path) -> tuple[int, list[str]]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.emulator_conformance", str(folder)],
        cwd=TOP,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, (done.stdout + done.stderr).splitlines()


def test_the_emulator_agrees_with_every_published_release() -> None:
    code, lines = conformance(DATA)
    assert code == 0, "\n".join(lines)
    releases = [line.partition(":")[0] for line in lines]
    assert releases[:8] == [f"6.{minor}" for minor in range(42, 50)]
    assert {"7.10.2", "7.18.2", "7.21.4", "7.24", "all"} <= set(releases)
    assert len(releases) == len(set(releases))


def more_arguments(content: Content) -> None:
    content["menus"][CONNECTION]["commands"]["add"]["colour"] = {}


def fewer_arguments(content: Content) -> None:
    del content["menus"][CONNECTION]["commands"]["set"]["hold-time"]


def another_range(content: Content) -> None:
    told = content["menus"][CONNECTION]["commands"]["add"]["keepalive-time"]
    told["desc"] = "1s..31m    (time interval)"


def another_word(content: Content) -> None:
    told = content["menus"][CONNECTION]["commands"]["add"]["afi"]
    told["values"] = [*told["values"], "ipx"]


def another_menu(content: Content) -> None:
    content["menus"]["routing/colours"] = {"commands": {}, "all_commands": ["print"]}


def another_command(content: Content) -> None:
    content["menus"][CONNECTION]["all_commands"].append("paint")


def not_unsettable(content: Content) -> None:
    content["menus"][CONNECTION]["unset_value_names"].remove("hold-time")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (more_arguments, "routing/bgp/connection add: the emulator lacks colour"),
        (fewer_arguments, "routing/bgp/connection set: the device has no hold-time"),
        (another_range, "routing/bgp/connection keepalive-time: the emulator refuses 31m"),
        (another_word, "routing/bgp/connection afi: the emulator lacks ipx"),
        (another_menu, "routing/colours: the emulator does not know this menu"),
        (another_command, "routing/bgp/connection commands: the emulator lacks paint"),
        (not_unsettable, "routing/bgp/connection unset: the device has no hold-time"),
    ],
)
def test_a_difference_is_told(tmp_path: Path, change: Callable[[Content], None], told: str) -> None:
    content = json.loads((DATA / "7.22.3.json").read_text())
    change(content)
    (tmp_path / "7.22.3.json").write_text(json.dumps(content))
    code, lines = conformance(tmp_path)
    assert code == 1
    assert lines[0] == f"7.22.3 {told}"
    assert lines[-1].startswith("all: agree ")


def test_a_mandatory_argument_and_a_default_are_compared(tmp_path: Path) -> None:
    content = json.loads((DATA / "6.4x.json").read_text())
    peer = content["menus"]["routing/bgp/peer"]["commands"]["add/set"]
    peer["hold-time"]["default"] = "4m"
    peer["keepalive-time"]["required"] = True
    (tmp_path / "6.json").write_text(json.dumps(content))
    code, lines = conformance(tmp_path)
    assert code == 1
    where = "6.49 routing/bgp/peer"
    assert f"{where} hold-time: default 4m on the device, 3m in the emulator" in lines
    assert f"{where} keepalive-time: mandatory on the device" in lines


def test_a_folder_without_schema_files_is_told(tmp_path: Path) -> None:
    code, lines = conformance(tmp_path)
    assert code == 2
    assert "found none" in lines[0]
