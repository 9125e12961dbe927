# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can go wrong with a router, one class per kind.

The message of every error stands alone: it names host and port where a connection is concerned,
what was found, what was expected and the way out. None holds a password or key.
"""

from __future__ import annotations

from collections.abc import Sequence


class RouterError(Exception):
    """Base of all errors of this package."""


class ConnectionFailure(RouterError):
    """The API of the router cannot be used; the subclasses say why."""


class Unreachable(ConnectionFailure):
    """Name not known, no route, or nothing listens at the port."""


class TimedOut(ConnectionFailure):
    """The router was silent for longer than the time limit."""


class TlsNotTrusted(ConnectionFailure):
    """The router's certificate was not verified."""


class TlsRefused(ConnectionFailure):
    """No TLS session came about, for another reason than the certificate."""


class LoginRefused(ConnectionFailure):
    """User name, password or policy was refused."""


class NotRouterOs(ConnectionFailure):
    """Something else than the RouterOS API answered."""


class ConnectionLost(ConnectionFailure):
    """The connection broke after login."""


class CommandRefused(RouterError):
    """The router answered a command with ``!trap``.

    ``reason`` is the router's own text.
    """

    def __init__(self, command: str, reason: str) -> None:
        self.command = command
        self.reason = reason
        super().__init__(f"The router refused {command}: {reason}")


class NotPermitted(CommandRefused):
    """The login's group lacks a policy that the command needs."""

    def __init__(self, command: str, reason: str) -> None:
        super().__init__(command, reason)
        self.args = (
            f"The router refused {command}: {reason}. The login's group needs the policies api, "
            "read and write, and sensitive if TCP MD5 keys are to be compared "
            "(/user/group/set <group> policy=api,read,write,sensitive)",
        )


class SnapshotFailure(RouterError):
    """A snapshot file cannot be written, or read, or is none."""


class RuleInactive(RouterError):
    """The router took a filter rule, but does not follow it, as it does not understand it."""

    def __init__(self, chain: str, rule: str, about: str) -> None:
        said = f": {about}" if about else ""
        super().__init__(
            f"The router does not follow the rule {rule!r} of the filter chain {chain}{said}. "
            "Expected a release whose filters know every word of it; change the filter so that it "
            "needs none other"
        )


class ApplyFailure(RouterError):
    """A write failed; ``done`` commands had been carried out before it."""

    def __init__(self, cause: RouterError, command: str, done: int, total: int) -> None:
        self.cause = cause
        self.done = done
        super().__init__(
            f"{cause} (at command {done + 1} of {total}: {command}; {done} carried out before it). "
            "The next run goes on from what the router then holds"
        )


class Refused(RouterError):
    """A description that cannot be carried out; nothing was written.

    ``faults`` holds one line per fault, all that were found.
    """

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        count = "1 fault" if len(self.faults) == 1 else f"{len(self.faults)} faults"
        super().__init__(f"{count}, nothing was written: " + "; ".join(self.faults))
