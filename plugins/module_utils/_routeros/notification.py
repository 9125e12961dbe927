# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""BGP NOTIFICATION messages, which say why a session ended (RFC 4271, 4.5)."""

from __future__ import annotations

from dataclasses import dataclass

_TYPE_NOTIFICATION = 3
OPEN_ERROR = 2
#: Code and subcode of an AS number that the other side does not expect.
BAD_PEER_AS = (OPEN_ERROR, 2)
HOLD_TIMER_EXPIRED = 4
CEASE = 6

#: Error codes and subcodes: RFC 4271 4.5, RFC 4486 (Cease), RFC 5492 (capability), RFC 6608 (FSM),
#: RFC 7313 (route refresh), RFC 8538 (hard reset), RFC 9003 (shutdown).
_CODES = {
    1: "message header error",
    2: "OPEN message error",
    3: "UPDATE message error",
    4: "hold timer expired",
    5: "finite state machine error",
    6: "cease",
    7: "route refresh message error",
}
_SUBCODES = {
    (1, 1): "connection not synchronised",
    (1, 2): "bad message length",
    (1, 3): "bad message type",
    (2, 1): "unsupported version number",
    (2, 2): "bad peer AS",
    (2, 3): "bad BGP identifier",
    (2, 4): "unsupported optional parameter",
    (2, 6): "unacceptable hold time",
    (2, 7): "unsupported capability",
    (2, 11): "role mismatch",
    (3, 1): "malformed attribute list",
    (3, 2): "unrecognised well-known attribute",
    (3, 3): "missing well-known attribute",
    (3, 4): "attribute flags error",
    (3, 5): "attribute length error",
    (3, 6): "invalid ORIGIN attribute",
    (3, 8): "invalid NEXT_HOP attribute",
    (3, 9): "optional attribute error",
    (3, 10): "invalid network field",
    (3, 11): "malformed AS_PATH",
    (6, 1): "maximum number of prefixes reached",
    (6, 2): "administrative shutdown",
    (6, 3): "peer de-configured",
    (6, 4): "administrative reset",
    (6, 5): "connection rejected",
    (6, 6): "other configuration change",
    (6, 7): "connection collision resolution",
    (6, 8): "out of resources",
    (6, 9): "hard reset",
    (6, 10): "BFD down",
}


@dataclass(frozen=True)
class Notification:
    """A NOTIFICATION; ``direction`` is ``sent`` or ``received``, seen from the router."""

    direction: str
    code: int
    subcode: int

    @property
    def text(self) -> str:
        """Code and subcode in words."""
        code = _CODES.get(self.code, f"code {self.code}")
        subcode = _SUBCODES.get((self.code, self.subcode))
        if subcode is None and self.subcode:
            subcode = f"subcode {self.subcode}"
        return f"{code}: {subcode}" if subcode else code


def parse_notification(direction: str, message: str) -> Notification | None:
    """Read a message as RouterOS 7 prints it: the whole of it, marker first, in hexadecimal.

    Returns ``None`` if it is no NOTIFICATION.
    """
    try:
        octets = bytes.fromhex(message)
    except ValueError:
        return None
    if len(octets) < 21 or octets[18] != _TYPE_NOTIFICATION:
        return None
    return Notification(direction, octets[19], octets[20])
