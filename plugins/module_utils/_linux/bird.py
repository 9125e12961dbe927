# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""BIRD's control socket: read the BGP protocols of a running daemon.

The protocol is line based: a four-digit code, then ``-`` on lines that more lines follow and a
space on the last one; a line that begins with a space continues the code before it (BIRD 1.6
documentation, "Remote control"; doc/reply_codes in its source). The session restricts itself to
commands that read before it asks anything.
"""

from __future__ import annotations

import datetime
import re
import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

_REPLY = re.compile(r"(\d{4})([ -])(.*)\Z")
_PROTOCOL = re.compile(r"(\S+)\s+(\S+)\s+(\S+)\s+(\S+)\s+(\S+)\s*(.*)\Z")
_PROTOCOL_CODE = "1002"
_DETAIL_CODE = "1006"


class BirdUnreachable(Exception):
    """The control socket cannot be used; the message names it."""


@dataclass(frozen=True)
class BirdSession:
    """A BGP protocol of a running BIRD.

    ``state`` is BGP's (RFC 4271 8.2.2) as BIRD spells it: Idle, Connect, Active, OpenSent,
    OpenConfirm, Established; ``Passive`` and ``Close`` are BIRD's own. ``since`` is when BIRD last
    changed the protocol's state: a time of today (``14:50:03``) or, later, a date. ``error`` is its
    last error.
    """

    name: str
    neighbor: str | None
    remote_as: int | None
    state: str
    since: str
    error: str | None
    imported: int | None
    exported: int | None

    @property
    def established(self) -> bool:
        """Whether the session is in BGP's state Established."""
        return self.state == "Established"

    def established_for(self, now: datetime.datetime) -> float:
        """Return for how many seconds the session is Established; 0 if it is not.

        ``now`` is the node's local time, in which BIRD writes ``since``. A date there is old enough
        for every use: infinity.
        """
        if not self.established:
            return 0.0
        try:
            start = datetime.datetime.strptime(self.since, "%H:%M:%S")
        except ValueError:
            return float("inf")
        begin = now.replace(hour=start.hour, minute=start.minute, second=start.second)
        return (now - begin).total_seconds() % 86400


def read_sessions(control_socket: str, timeout: float = 5.0) -> list[BirdSession]:
    """Return the BGP sessions of the daemon behind a control socket, by name.

    Raises:
        BirdUnreachable: no socket there, nobody listens, or no answer within ``timeout`` seconds.
    """
    lines = list(_ask(control_socket, "show protocols all", timeout))
    return sorted(parse_protocols(lines), key=lambda session: session.name)


def _ask(path: str, command: str, timeout: float) -> Iterator[tuple[str, str]]:
    """Send a command; yield code and text of each line of the answer."""
    if not Path(path).is_socket():
        raise BirdUnreachable(f"{path} is no socket: does calico-node run here?")
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(timeout)
            connection.connect(path)
            with connection.makefile("rw", encoding="ascii", errors="replace") as stream:
                list(_answer(stream))
                for order in ("restrict", command):
                    stream.write(order + "\n")
                    stream.flush()
                    answer = list(_answer(stream))
                yield from answer
    except OSError as exc:
        raise BirdUnreachable(f"{path}: {exc.strerror or exc}") from exc


def _answer(stream: Iterator[str]) -> Iterator[tuple[str, str]]:
    code = ""
    for line in stream:
        text = line.rstrip("\n")
        reply = _REPLY.match(text)
        if reply:
            code = reply.group(1)
            yield code, reply.group(3)
            if reply.group(2) == " ":
                return
        elif text.startswith(" "):
            yield code, text[1:]
    raise OSError("the connection was closed in the middle of an answer")


def parse_protocols(lines: Sequence[tuple[str, str]]) -> Iterator[BirdSession]:
    """Yield the BGP protocols in the answer to ``show protocols all``."""
    head: re.Match[str] | None = None
    details: list[str] = []
    for code, text in [*lines, (_PROTOCOL_CODE, "")]:
        if code == _DETAIL_CODE:
            details.append(text)
        elif code == _PROTOCOL_CODE:
            if head is not None and head.group(2) == "BGP":
                yield _session(head, details)
            head, details = _PROTOCOL.match(text), []


def _session(head: re.Match[str], details: Sequence[str]) -> BirdSession:
    values: dict[str, str] = {}
    for detail in details:
        key, colon, value = detail.strip().partition(":")
        if colon:
            values.setdefault(key, value.strip())
    info = head.group(6).strip()
    routes = re.match(
        r"(\d+) imported, (?:\d+ filtered, )?(\d+) exported", values.get("Routes", "")
    )
    remote_as = values.get("Neighbor AS", "")
    return BirdSession(
        name=head.group(1),
        neighbor=values.get("Neighbor address", "").partition("%")[0] or None,
        remote_as=int(remote_as) if remote_as.isdigit() else None,
        since=head.group(5),
        state=values.get("BGP state") or info.split(" ")[0] or head.group(4),
        error=values.get("Last error") or None,
        imported=int(routes.group(1)) if routes else None,
        exported=int(routes.group(2)) if routes else None,
    )
