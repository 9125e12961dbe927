# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A router that drops the TCP session in the middle of the writes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.router_matrix.descriptions import full
from tests.router_matrix.rig import Rig, needs_root, rig

pytestmark = needs_root


def rows(router: Rig) -> dict[str, Any]:
    """Return the configuration without the numbers of the rows."""
    return {
        menu: [(row["values"], row["builtin"]) for row in found]
        for menu, found in router.configuration().items()
    }


@pytest.mark.parametrize("release", ["6.49", "7.18.2", "7.24"])
def test_the_next_run_completes_and_nothing_is_doubled(release: str, tmp_path: Path) -> None:
    options = full(release)
    with rig(tmp_path, release) as router:
        if not router.six:
            router.add("routing/bgp/template", name="slow", keepalive_time="30s")
        # Once around, since what cannot be unset is written out from then on.
        router.bgp(**options)
        router.bgp(state="absent")
        before = rows(router)
        count = len(router.bgp(**options)["actions"])
        undisturbed = rows(router)
        router.bgp(state="absent")
        assert count >= 12
        for done in range(count):
            router.drop_after(done)
            message = router.refused(**options)
            assert "connection lost during" in message
            assert f"of {count}: " in message
            assert "The next run goes on from what the router then holds" in message
            assert len(router.bgp(**options)["actions"]) == count - done
            assert rows(router) == undisturbed
            assert router.bgp(**options)["actions"] == []
            # The way back is cut off in the middle too.
            router.drop_after(done + 1)
            assert "connection lost during" in router.refused(state="absent")
            router.bgp(state="absent")
            assert rows(router) == before
