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
#: Answers of a server that has just started and does not know its own roles yet (seen with
#: kube-apiserver 1.35.4 after a restart), and for how many seconds they may be that.
_STRANGER = frozenset({401, 403})
ACQUAINTANCE = 10.0


def persistently(attempt: Callable[[], Result], seconds: float) -> Result:
    """Return what ``attempt`` returns; try again for ``seconds`` while nobody answers.

    ``attempt`` must compare before it writes, so that a write whose answer was lost is not done
    twice. Raises ApiFailed at once for what the server refuses, but for missing rights only after
    :data:`ACQUAINTANCE` seconds.
    """
    end = time.monotonic() + seconds
    strange_until: float | None = None
    while True:
        try:
            return attempt()
        except ApiFailed as exc:
            if exc.status is not None and exc.status not in _BUSY | _STRANGER:
                raise
            now = time.monotonic()
            limit = end
            if exc.status in _STRANGER:
                strange_until = strange_until or now + ACQUAINTANCE
                limit = min(end, strange_until)
            if now + PAUSE > limit:
                raise
        time.sleep(PAUSE)
