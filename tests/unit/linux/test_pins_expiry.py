# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The end of pins where systemd runs. The detached process is tested with a kernel, in lab_pins."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._linux.pins_expiry import (
    Expiry,
)
from ansible_collections.netfabric.calico_routeros.plugins.module_utils._linux.pins_state import (
    PinCommandFailed,
)


class _Systemd:
    """systemctl and systemd-run as far as they are asked."""

    def __init__(self, state: str = "running", works: bool = True) -> None:
        self.state = state
        self.works = works
        self.timer: list[str] = []
        self.detached = 0

    def run(self, command: Sequence[str], _text: str) -> tuple[int, str, str]:
        words = list(command)
        if words[:2] == ["systemctl", "is-system-running"]:
            return int(self.state != "running"), f"{self.state}\n", ""
        if words[:2] == ["systemctl", "is-active"]:
            return (0 if self.timer else 3), "", ""
        if words[:2] == ["systemctl", "stop"]:
            self.timer = []
            return 0, "", ""
        if words[0] == "systemd-run":
            self.timer = words if self.works else []
            return int(not self.works), "", "Failed to connect to bus"
        self.detached += 1
        return 1, "", "no setsid here"


def test_timer(tmp_path: Path) -> None:
    systemd = _Systemd()
    expiry = Expiry(systemd.run, 900, tmp_path / "pins", systemd=tmp_path)
    assert not expiry.present()
    expiry.arm(600)
    assert "--unit=netfabric-pins" in systemd.timer
    assert "--on-active=600" in systemd.timer
    # systemd replaces "$" in a command line; so the script is a file.
    assert systemd.timer[-2:] == ["/bin/sh", str(tmp_path / "pins/expire.sh")]
    assert expiry.armed()
    timer = systemd.timer
    expiry.arm(1200)
    assert systemd.timer is timer, "the timer's script looks at the new deadline"
    assert (expiry.seconds_left() or 0) > 1190
    expiry.disarm()
    assert not expiry.present()
    assert expiry.seconds_left() is None


@pytest.mark.parametrize("systemd", [_Systemd("offline"), _Systemd(works=False)])
def test_without_a_usable_systemd(tmp_path: Path, systemd: _Systemd) -> None:
    expiry = Expiry(systemd.run, 900, tmp_path / "pins", systemd=tmp_path)
    with pytest.raises(PinCommandFailed, match=r"nothing was pinned: .*no setsid here"):
        expiry.arm(600)
    assert systemd.detached == 1
