# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The API's server: connections, logins, tagged commands that run side by side."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NoReturn

from calico_lab.routeros import access, protocol, query
from calico_lab.routeros.access import User
from calico_lab.routeros.commandlog import CommandLog
from calico_lab.routeros.drops import Drops
from calico_lab.routeros.engine import Attributes, Engine, Reply, is_write, secrets
from calico_lab.routeros.errors import INTERRUPTED, Fatal, Trap
from calico_lab.routeros.protocol import ProtocolFault, Sentence

#: Bytes of a sentence before and after login.
_BEFORE_LOGIN = 4096
_AFTER_LOGIN = 16 * 1024 * 1024
_LOGIN_SENTENCES = 16
#: How often ``listen`` looks for changes, in seconds.
_LISTEN_EVERY = 0.3

EmptyReply = Literal["auto", "never", "print", "always"]


@dataclass
class Service:
    """What all connections share. ``lock`` serialises work on the configuration and on FRR."""

    engine: Engine
    log: CommandLog
    lock: asyncio.Lock
    drops: Drops
    empty_reply: EmptyReply = "auto"

    def says_empty(self, reply: Reply) -> bool:
        """Whether an answer without data is announced by ``!empty`` (RouterOS 7.18 and later)."""
        if reply.rows or reply.value is not None or self.empty_reply == "never":
            return False
        if self.empty_reply == "auto" and not self.engine.release.within("7.18.."):
            return False
        return reply.listing or self.empty_reply == "always"


class Connection:
    """One client's connection."""

    def __init__(
        self, service: Service, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._service = service
        self._reader = reader
        self._writer = writer
        self._user: User | None = None
        self._challenge: bytes | None = None
        self._listening: dict[str, asyncio.Task[None]] = {}
        self._logins = 0

    async def serve(self) -> None:
        """Answer sentences until the client, or a fatal fault, ends the connection."""
        try:
            while True:
                limit = _AFTER_LOGIN if self._user else _BEFORE_LOGIN
                words = await protocol.read_sentence(self._reader.readexactly, limit)
                if words:
                    await self._answer(Sentence.parse(words))
        except (EOFError, ConnectionError, ProtocolFault):
            pass
        except Fatal as fault:
            with contextlib.suppress(ConnectionError):
                self._send(["!fatal", str(fault)])
                await self._writer.drain()
        finally:
            for task in self._listening.values():
                task.cancel()
            self._writer.close()
            with contextlib.suppress(ConnectionError, OSError):
                await self._writer.wait_closed()

    async def _answer(self, sentence: Sentence) -> None:
        command = sentence.command
        if command == "/quit":
            raise Fatal("session terminated on request")
        if command == "/login":
            await self._login(sentence)
        elif self._user is None:
            raise Fatal("not logged in")
        elif command == "/cancel":
            self._cancel(sentence)
        elif command.endswith("/listen"):
            self._listen(sentence, self._user)
        else:
            await self._execute(sentence, self._user)
        await self._writer.drain()

    async def _login(self, sentence: Sentence) -> None:
        service = self._service
        self._logins += 1
        if self._logins > _LOGIN_SENTENCES:
            raise Fatal("too many commands before login")
        arguments = sentence.arguments
        name = arguments.get("name", "")
        old = service.engine.release.major == 6
        plain = service.engine.release.within("6.43..")
        try:
            if "name" not in arguments and old:
                self._challenge = os.urandom(16)
                self._finish(sentence, Reply(value=self._challenge.hex()))
                return
            async with service.lock:
                store = service.engine.store
            if old and "response" in arguments and self._challenge:
                answer = arguments["response"]
                self._user = access.login_challenged(
                    store, name, answer, self._challenge, self._client()
                )
            elif plain:
                self._user = access.login(
                    store, name, arguments.get("password", ""), self._client()
                )
            else:
                raise Trap("cannot log in")
        except Trap as refusal:
            self._refuse(sentence, refusal if plain else Trap("cannot log in"), name)
            return
        self._note(sentence, "done", name)
        self._finish(sentence, Reply())

    def _client(self) -> str:
        return str(self._writer.get_extra_info("peername")[0])

    async def _execute(self, sentence: Sentence, user: User) -> None:
        service = self._service
        writes = is_write(sentence.command)
        async with service.lock:
            if writes and service.drops.before_write():
                self._cut()
            try:
                reply = await asyncio.to_thread(service.engine.execute, sentence, user)
            except Trap as refusal:
                self._refuse(sentence, refusal, user.name)
                return
            self._note(sentence, "done", user.name)
            if writes and service.drops.after_write():
                self._cut()
        for row in reply.rows:
            self._send(["!re", *_tag(sentence.tag), *_words(row)])
        if service.says_empty(reply):
            self._send(["!empty", *_tag(sentence.tag)])
        self._finish(sentence, reply)

    def _cut(self) -> NoReturn:
        """Reset the TCP session, as a router does that loses power or its link."""
        self._writer.transport.abort()
        raise ConnectionResetError("cut off for a test")

    def _listen(self, sentence: Sentence, user: User) -> None:
        try:
            self._service.engine.locate(sentence.command)
            user.need("read")
        except Trap as refusal:
            self._refuse(sentence, refusal, user.name)
            return
        self._note(sentence, "done", user.name)
        task = asyncio.create_task(self._follow(sentence, user))
        self._listening[sentence.tag or ""] = task

    async def _follow(self, sentence: Sentence, user: User) -> None:
        """Send each row that is new or changed, and ``.dead=yes`` for each that is gone."""
        service = self._service
        path = sentence.command.rpartition("/")[0]
        asked = Sentence(f"{path}/print")

        async def read() -> dict[str, Attributes]:
            async with service.lock:
                reply = await asyncio.to_thread(service.engine.execute, asked, user)
            return {
                row[".id"]: row
                for row in reply.rows
                if ".id" in row and query.matches(row, sentence.queries)
            }

        try:
            known = await read()
            while True:
                await asyncio.sleep(_LISTEN_EVERY)
                found = await read()
                for identifier, row in found.items():
                    if known.get(identifier) != row:
                        self._send(["!re", *_tag(sentence.tag), *_words(row)])
                for identifier in known.keys() - found.keys():
                    gone = {".id": identifier, ".dead": "yes"}
                    self._send(["!re", *_tag(sentence.tag), *_words(gone)])
                known = found
                await self._writer.drain()
        except (Trap, ConnectionError) as fault:
            if isinstance(fault, Trap):
                self._refuse(sentence, fault, user.name)

    def _cancel(self, sentence: Sentence) -> None:
        wanted = sentence.arguments.get("tag")
        tags = list(self._listening) if wanted is None else wanted.split(",")
        for tag in tags:
            task = self._listening.pop(tag, None)
            if task is None:
                continue
            task.cancel()
            self._send(["!trap", *_tag(tag), f"=category={INTERRUPTED}", "=message=interrupted"])
            self._send(["!done", *_tag(tag)])
        self._finish(sentence, Reply())

    def _refuse(self, sentence: Sentence, refusal: Trap, user: str) -> None:
        self._note(sentence, "; ".join(message for _, message in refusal.parts), user)
        for category, message in refusal.parts:
            told = [] if category is None else [f"=category={category}"]
            self._send(["!trap", *_tag(sentence.tag), *told, f"=message={message}"])
        self._finish(sentence, Reply())

    def _finish(self, sentence: Sentence, reply: Reply) -> None:
        told = [] if reply.value is None else [f"=ret={reply.value}"]
        self._send(["!done", *_tag(sentence.tag), *told])

    def _note(self, sentence: Sentence, result: str, user: str) -> None:
        secret = secrets(self._service.engine.profile.menus, sentence)
        self._service.log.add(user, sentence, secret, result)

    def _send(self, words: Sequence[str]) -> None:
        self._writer.write(protocol.encode_sentence(words))


def _tag(tag: str | None) -> list[str]:
    # A tag may only be sent where the client gave one: clients choke on others.
    return [] if not tag else [f".tag={tag}"]


def _words(row: Attributes) -> list[str]:
    return [f"={name}={value}" for name, value in row.items()]
