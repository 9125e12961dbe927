# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every fabric is booted with real BIRD and FRR; routes and sessions must be as predicted."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from tests.fabrics.boot import Outcome, boot
from tests.fabrics.cases import fabrics
from tests.fabrics.machine import missing_programs, remove_leftovers
from tests.fabrics.model import Fabric

AT_ONCE = 3 * (os.cpu_count() or 1)  # they mostly wait for BGP's timers
FABRICS = {fabric.name: fabric for fabric in fabrics()}

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or bool(missing_programs()),
    reason=f"needs root, bird and frr (missing: {', '.join(missing_programs()) or 'root'})",
)


@pytest.fixture(scope="module")
def outcomes(request: pytest.FixtureRequest) -> Iterator[dict[str, Future[Outcome]]]:
    """The fabrics of the chosen tests, booted several at once."""
    wanted: dict[str, Fabric] = {
        found.callspec.params["name"]: FABRICS[found.callspec.params["name"]]
        for found in request.session.items
        if "outcomes" in getattr(found, "fixturenames", ()) and hasattr(found, "callspec")
    }
    remove_leftovers()
    pool = ThreadPoolExecutor(AT_ONCE)
    try:
        yield {name: pool.submit(boot, fabric) for name, fabric in wanted.items()}
    finally:
        pool.shutdown(cancel_futures=True)


@pytest.mark.parametrize("name", FABRICS)
def test_kernel_routes_are_as_predicted(name: str, outcomes: dict[str, Future[Outcome]]) -> None:
    outcome = outcomes[name].result()
    assert not outcome.differences(), "\n".join([*outcome.differences(), outcome.logs])
