# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The RouterOS API over librouteros: connection, login, one error per kind of failure."""

from __future__ import annotations

import socket
import ssl
import traceback
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from .errors import (
    CommandRefused,
    ConnectionFailure,
    ConnectionLost,
    LoginRefused,
    NotPermitted,
    NotRouterOs,
    RouterError,
    TimedOut,
    TlsNotTrusted,
    TlsRefused,
    Unreachable,
)
from .port import RouterApi, Row
from .values import Secret

LIBRARY_ERROR: str | None = None
try:
    import librouteros
    from librouteros.api import Api
    from librouteros.exceptions import (
        ConnectionClosed,
        FatalError,
        LibRouterosError,
        MultiTrapError,
        TrapError,
    )

    _ApiBase: Any = Api
except ImportError:
    LIBRARY_ERROR = traceback.format_exc()
    _ApiBase = object

PLAIN_PORT = 8728
TLS_PORT = 8729


@dataclass(frozen=True)
class Login:
    """Where and how to log in; option names are those of community.routeros. Timeout in seconds."""

    hostname: str
    username: str
    password: Secret = field(repr=False)
    tls: bool = True
    force_no_cert: bool = False
    validate_certs: bool = True
    validate_cert_hostname: bool = True
    ca_path: str | None = None
    port: int | None = None
    timeout: float = 10
    encoding: str = "ASCII"

    @property
    def target(self) -> tuple[str, int]:
        """Host and port that are called."""
        return self.hostname, self.port or (TLS_PORT if self.tls else PLAIN_PORT)

    @property
    def tried(self) -> str:
        """What is tried, for messages: host, port, transport and user, never the password."""
        if not self.tls:
            how = "plain API"
        elif self.force_no_cert:
            how = "API-SSL with anonymous Diffie-Hellman"
        elif not self.validate_certs:
            how = "API-SSL without verification"
        else:
            trust = f"verified with {self.ca_path or 'the CAs of this host'}"
            how = f"API-SSL {trust}"
        host, port = self.target
        return f"{host} port {port} ({how}, user {self.username})"


class _WordsApi(_ApiBase):  # type: ignore[misc]
    """librouteros' API with every value as the string that the router sent.

    The library would turn ``yes`` and ``true`` into one, and a comment ``10`` into a number.
    """

    def readSentence(self) -> tuple[str, dict[str, str]]:  # noqa: N802 (name of the library)
        reply, words = self.protocol.readSentence()
        pairs = dict(
            word[1:].split("=", 1) for word in words if word[:1] == "=" and "=" in word[1:]
        )
        if reply == "!trap":
            # TrapError takes no other keys.
            pairs = {
                "message": pairs.get("message", "no reason given"),
                "category": pairs.get("category", ""),
            }
        return reply, pairs


def _context(login: Login) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=login.ca_path)
    except (OSError, ssl.SSLError) as error:
        raise TlsNotTrusted(
            f"ca_path {login.ca_path}: expected a file with CA certificates in PEM form, "
            f"found: {error}"
        ) from error
    context.check_hostname = login.validate_certs and login.validate_cert_hostname
    if login.force_no_cert:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.set_ciphers("ADH:@SECLEVEL=0")
    elif not login.validate_certs:
        context.verify_mode = ssl.CERT_NONE
    return context


class _Dialler:
    """Opens one connection and remembers how far it came, to tell failures apart."""

    def __init__(self, login: Login) -> None:
        self.login = login
        self.phase = "connect"
        self.peer = ""

    def wrap(self, plain: socket.socket) -> socket.socket:
        """Take the connected socket to TLS, where asked for."""
        self.peer = str(plain.getpeername()[0])
        if not self.login.tls:
            self.phase = "login"
            return plain
        self.phase = "tls"
        context = self.context
        try:
            wrapped = context.wrap_socket(plain, server_hostname=self.login.hostname)
        except BaseException:
            plain.close()
            raise
        self.phase = "login"
        return wrapped

    def dial(self) -> Any:
        """Connect and log in. Raises a ConnectionFailure."""
        if LIBRARY_ERROR is not None:
            raise RouterError("Python's librouteros library is missing")
        if self.login.tls:
            self.context = _context(self.login)
        host, port = self.login.target
        try:
            return librouteros.connect(
                host=host,
                username=self.login.username,
                password=self.login.password.reveal(),
                port=port,
                timeout=self.login.timeout,
                encoding=self.login.encoding,
                ssl_wrapper=self.wrap,
                subclass=_WordsApi,
            )
        except UnicodeError as error:
            if self.phase == "connect":
                raise Unreachable(
                    f"{self.login.tried}: {host!r} is no host name: {error}"
                ) from error
            # Its text would show a character of the password.
            raise LoginRefused(
                f"{self.login.tried}: user name or password cannot be written in the encoding "
                f"{self.login.encoding}; choose another with the option encoding"
            ) from None
        except (TrapError, MultiTrapError) as error:
            raise self.refused(str(error)) from error
        except (OSError, LibRouterosError, ValueError, KeyError, IndexError) as error:
            raise self.failure(error) from error

    def refused(self, reason: str) -> ConnectionFailure:
        old = " (RouterOS before 6.43 answers so)" if reason.startswith("cannot log in") else ""
        return LoginRefused(
            f"{self.login.tried}: the router refused the login: {reason}{old}. Expected a user "
            "with this password in a group with the policy api, allowed from this host's address "
            "(/user print, /ip/service print)"
        )

    def failure(self, error: Exception) -> ConnectionFailure:
        tried, seconds = self.login.tried, f"{self.login.timeout:g} s"
        if self.phase == "connect":
            if isinstance(error, socket.timeout):
                return TimedOut(
                    f"{tried}: timed out, no answer to the connection within {seconds}. Expected a "
                    "router at this address and no firewall between"
                )
            return Unreachable(
                f"{tried}: unreachable: {_reason(error)}. Expected a router with the service "
                f"{'api-ssl' if self.login.tls else 'api'} enabled (/ip/service print)"
            )
        if self.phase == "tls":
            return self.tls_failure(error)
        if isinstance(error, socket.timeout):
            return TimedOut(
                f"{tried}: timed out, connected but no answer to the login within {seconds}. "
                f"{self.mismatch}"
            )
        if isinstance(error, FatalError):
            return self.refused(f"{error} (RouterOS before 6.43 answers so)")
        return NotRouterOs(
            f"{tried}: not a RouterOS API: connected, but found {_reason(error)} in place of an "
            f"answer to the login. {self.mismatch}"
        )

    @property
    def mismatch(self) -> str:
        other = "without TLS on 8728 (tls: false)" if self.login.tls else "with TLS on 8729"
        return f"Expected the RouterOS API; a router also offers it {other}"

    def tls_failure(self, error: Exception) -> ConnectionFailure:
        tried = self.login.tried
        if isinstance(error, ssl.SSLCertVerificationError):
            return TlsNotTrusted(
                f"{tried}: the router's certificate is not trusted: {error.verify_message}. "
                "Expected one for this host name or address, signed by a CA in ca_path. "
                "validate_cert_hostname: false accepts another name, validate_certs: false any "
                "certificate"
            )
        if isinstance(error, socket.timeout):
            return TimedOut(
                f"{tried}: timed out, connected but no TLS answer within "
                f"{self.login.timeout:g} s. {self.mismatch}"
            )
        return TlsRefused(
            f"{tried}: no TLS session: {_reason(error)}. Expected api-ssl with a certificate "
            "(/ip/service set api-ssl certificate=<name>); without one the router can only do "
            "anonymous Diffie-Hellman, which force_no_cert: true asks for. Without TLS "
            f"(tls: false) the port is {PLAIN_PORT}"
        )


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLError) and error.reason:
        return error.reason.replace("_", " ").lower()
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error).rstrip(".") or type(error).__name__


class LibrouterosApi(RouterApi):
    """A logged-in router. Use it as a context manager."""

    def __init__(self, login: Login) -> None:
        """Connect and log in. Raises a ConnectionFailure."""
        self._login = login
        dialler = _Dialler(login)
        self._api = dialler.dial()
        self._peer = dialler.peer

    def __enter__(self) -> LibrouterosApi:
        return self

    def __exit__(self, *_exception: object) -> None:
        with suppress(OSError):
            self._api.close()

    @property
    def peer_address(self) -> str:
        return self._peer

    def _call(self, command: str, words: Iterable[str]) -> list[Row]:
        try:
            return list(self._api.rawCmd(f"/{command}", *words))
        except (TrapError, MultiTrapError) as error:
            kind = NotPermitted if "not enough permissions" in str(error) else CommandRefused
            raise kind(f"/{command}", str(error)) from error
        except UnicodeError:
            raise RouterError(
                f"/{command}: a value cannot be written in the encoding {self._login.encoding}; "
                "choose another with the option encoding"
            ) from None
        except socket.timeout as error:
            raise TimedOut(
                f"{self._login.tried}: timed out, no answer to /{command} within "
                f"{self._login.timeout:g} s"
            ) from error
        except (ConnectionClosed, FatalError, OSError) as error:
            raise ConnectionLost(
                f"{self._login.tried}: connection lost during /{command}: {_reason(error)}"
            ) from error

    def rows(self, menu: str, *queries: str, fields: Sequence[str] = ()) -> list[Row]:
        words = [f"=.proplist={','.join(fields)}"] if fields else []
        return self._call(f"{menu}/print", words + [f"?{query}" for query in queries])

    def add(self, menu: str, values: Mapping[str, str]) -> str:
        words = [f"={name}={text}" for name, text in values.items()]
        reply = self._call(f"{menu}/add", words)
        return reply[0].get("ret", "") if reply else ""

    def change(self, menu: str, row_id: str, values: Mapping[str, str]) -> None:
        words = [f"={name}={text}" for name, text in values.items()]
        self._call(f"{menu}/set", [f"=.id={row_id}", *words])

    def remove(self, menu: str, row_id: str) -> None:
        self._call(f"{menu}/remove", [f"=.id={row_id}"])
