# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``python -m calico_lab.routeros``: one emulated router, in the network namespace it is run in."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import ssl
import sys
from collections.abc import Sequence
from pathlib import Path

from calico_lab.routeros import tls
from calico_lab.routeros.commandlog import CommandLog
from calico_lab.routeros.drops import Drops
from calico_lab.routeros.engine import Engine
from calico_lab.routeros.errors import Trap
from calico_lab.routeros.frr.daemons import DaemonFault
from calico_lab.routeros.frr.vty import VtyFault
from calico_lab.routeros.release import Release
from calico_lab.routeros.router import LabRouter
from calico_lab.routeros.schema import Profile
from calico_lab.routeros.server import Connection, Service

#: Seconds between two looks at FRR's daemons.
_WATCH_EVERY = 1.0


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        return asyncio.run(_run(options))
    except (ValueError, OSError, ssl.SSLError, DaemonFault, VtyFault, Trap) as fault:
        print(f"routeros: {fault}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m calico_lab.routeros",
        description="An emulated RouterOS in front of FRR, in the current network namespace.",
    )
    parser.add_argument("--release", required=True, type=_release, help="such as 6.49 or 7.18.2")
    parser.add_argument("--state-dir", required=True, type=Path, help="kept over restarts")
    parser.add_argument("--identity", required=True, help="/system/identity of a fresh router")
    parser.add_argument("--certificate", type=Path, help="PEM; without it api-ssl is anonymous")
    parser.add_argument("--key", type=Path, help="PEM, of the certificate")
    parser.add_argument("--user", help="a user with all rights; without it admin, no password")
    parser.add_argument("--password-file", type=Path, help="first line: that user's password")
    parser.add_argument("--listen", default="0.0.0.0", help="address of ports 8728 and 8729")
    parser.add_argument("--port", type=int, default=8728)
    parser.add_argument("--tls-port", type=int, default=8729)
    parser.add_argument(
        "--empty-reply",
        choices=("auto", "never", "print", "always"),
        default="auto",
        help="when to send !empty: auto is as the release, for prints",
    )
    return parser


def _release(text: str) -> Release:
    try:
        return Release.parse(text)
    except ValueError as fault:
        raise argparse.ArgumentTypeError(str(fault)) from None


async def _run(options: argparse.Namespace) -> int:
    folder: Path = options.state_dir
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if bool(options.user) != bool(options.password_file):
        raise ValueError("--user and --password-file belong together")
    if bool(options.certificate) != bool(options.key):
        raise ValueError("--certificate and --key belong together")
    user = None
    if options.user:
        lines = options.password_file.read_text(encoding="utf-8").splitlines()
        user = (options.user, lines[0] if lines else "")
    encryption = tls.context(options.certificate, options.key)

    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    profile = Profile(options.release)
    router = LabRouter(profile, folder / "frr", folder / "configuration.json")
    log = CommandLog(folder / "commands.log")
    try:
        store = await asyncio.to_thread(router.start, options.identity, user)
        drops = Drops(folder / "drop-after")
        engine = Engine(profile, store, router)
        service = Service(engine, log, asyncio.Lock(), drops, options.empty_reply)
        await _serve(service, router, options, encryption, ended)
    finally:
        await asyncio.to_thread(router.stop)
        log.close()
    return 0


async def _serve(
    service: Service,
    router: LabRouter,
    options: argparse.Namespace,
    encryption: ssl.SSLContext,
    ended: asyncio.Event,
) -> None:
    connections: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        connections.add(task)
        try:
            await Connection(service, reader, writer).serve()
        except asyncio.CancelledError:
            writer.close()
        finally:
            connections.discard(task)

    plain = await asyncio.start_server(serve, options.listen, options.port)
    secure = await asyncio.start_server(serve, options.listen, options.tls_port, ssl=encryption)
    print(f"routeros {options.release} is ready", flush=True)
    while not ended.is_set():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(ended.wait(), _WATCH_EVERY)
        if not ended.is_set():
            try:
                async with service.lock:
                    await asyncio.to_thread(router.watch)
            except (DaemonFault, VtyFault) as fault:
                print(f"routeros: {fault}", file=sys.stderr, flush=True)
    for server in (plain, secure):
        server.close()
    for task in connections:
        task.cancel()


if __name__ == "__main__":
    sys.exit(main())
