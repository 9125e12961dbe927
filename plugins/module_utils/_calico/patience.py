# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ask an API server again that is away for a while, as during its own restart."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from .api import ApiFailed

Result = TypeVar("Result")

#: Seconds between two attempts.
PAUSE = 1.0
#: Answers of a server, or of what stands before it, that will be other ones soon.
_BUSY = frozenset({429, 500, 502, 503, 504})


def persistently(attempt: Callable[[], Result], seconds: float) -> Result:
    """Return what ``attempt`` returns; try again for ``seconds`` while nobody answers.

    ``attempt`` must compare before it writes, so that a write whose answer was lost is not done
    twice. Raises ApiFailed at once for what the server refuses.
    """
    end = time.monotonic() + seconds
    while True:
        try:
            return attempt()
        except ApiFailed as exc:
            if exc.status is not None and exc.status not in _BUSY:
                raise
            if time.monotonic() + PAUSE > end:
                raise
        time.sleep(PAUSE)
