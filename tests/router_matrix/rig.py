# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An emulated router and a BIRD, in two network namespaces with one link between them."""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import librouteros
from ansible.module_utils.testing import patch_module_args
from ansible_collections.netfabric.calico_routeros.plugins.modules import (
    routeros_bgp,
    routeros_bgp_info,
)
from ros_namespaces import NODE as NODE
from ros_namespaces import PASSWORD, USER, Pair, end, inside, ip
from ros_namespaces import ROUTER as ROUTER
from ros_namespaces import needs_root as needs_root
from ros_namespaces import wait_for as wait_for

#: The neighbour has one pod block that may pass the filters, and two networks that may not.
BIRD = """
router id 192.168.0.15;
protocol device {{}}
protocol bfd {{ interface "eth0" {{ min rx interval 100 ms; min tx interval 100 ms; }}; }}
protocol static {{
  route 10.20.1.0/26 via 192.168.0.11 {{ bgp_community.add((63400, 7)); }};
  route 10.20.0.0/15 via 192.168.0.11;
  route 10.30.0.0/16 via 192.168.0.11;
}}
protocol bgp ros {{
  local as 63400;
  neighbor 192.168.0.253 as {remote}; direct;
  {options}
  import all;
  export where source = RTS_STATIC;
  connect delay time 1; connect retry time 1; error wait time 1,2;
}}
"""


class Rig(Pair):
    """The two namespaces, an address of either family on the node, and a router of a release."""

    def __init__(self, folder: Path, release: str) -> None:
        super().__init__(folder)
        self.release = release
        self.six = release.startswith("6.")
        self._bird: subprocess.Popen[str] | None = None

    def up(self) -> None:
        super().up()
        ip("-n", self.node, "addr", "add", "fd00::15/64", "dev", "eth0", "nodad")
        self.start_router(self.release)

    @property
    def state(self) -> Path:
        return self.folder / "router"

    # the neighbour

    def bird(self, options: str = "", remote: int = 63400, more: str = "") -> None:
        """Start BIRD on the node, or start it anew with other options."""
        self.run_bird(BIRD.format(remote=remote, options=options) + more)

    def run_bird(self, configuration: str, program: str = "bird") -> subprocess.Popen[str]:
        """Start it in place of the one that runs."""
        if self._bird is not None:
            end(self._bird)
            (self.folder / f"{program}.ctl").unlink(missing_ok=True)
        self._bird = super().run_bird(configuration, program)
        return self._bird

    def bird_established(self) -> bool:
        return "Established" in self.birdc("show", "protocols", "ros")

    # the router

    def call(self, module: Any, **options: Any) -> dict[str, Any]:
        """Run a module as Ansible does, from the router's own namespace."""
        login = {"hostname": "127.0.0.1", "username": USER, "password": PASSWORD, "tls": False}
        told = io.StringIO()
        with (
            patch_module_args({**login, **options}),
            inside(self.router),
            contextlib.redirect_stdout(told),
            contextlib.suppress(SystemExit),
        ):
            module.main()
        result: dict[str, Any] = json.loads(told.getvalue())
        return result

    def bgp(self, **options: Any) -> dict[str, Any]:
        """Run routeros_bgp, which must not fail."""
        result = self.call(routeros_bgp, **options)
        assert not result.get("failed"), result["msg"]
        return result

    def refused(self, **options: Any) -> str:
        """Run routeros_bgp, which must fail; return its message."""
        result = self.call(routeros_bgp, **options)
        assert result.get("failed"), result
        return str(result["msg"])

    def info(self, **options: Any) -> dict[str, Any]:
        """Run routeros_bgp_info, which may fail."""
        return self.call(routeros_bgp_info, **options)

    def session(self, address: str = NODE) -> dict[str, Any]:
        """Return the session with a neighbour, once it is up."""
        result = self.info(wait_for=[{"remote_address": address}], wait_timeout=20)
        assert not result.get("failed"), result["msg"]
        found: dict[str, Any] = next(
            session for session in result["sessions"] if session["remote_address"] == address
        )
        return found

    def api(self) -> librouteros.Api:
        """Log in beside the module."""
        return self.client()

    def add(self, menu: str, **values: str) -> str:
        """Add a row of others; ``__`` in a name stands for a dot, ``_`` for a dash."""
        named = {name.replace("__", ".").replace("_", "-"): text for name, text in values.items()}
        return str(self.api().path(*menu.split("/")).add(**named))

    def rows(self, menu: str) -> list[dict[str, Any]]:
        return [dict(row) for row in self.api().path(*menu.split("/"))]

    def configuration(self) -> dict[str, Any]:
        """Return what the router keeps, all menus, without the counter of row IDs."""
        content = json.loads((self.state / "configuration.json").read_text())
        return {menu: rows for menu, rows in content["rows"].items() if rows}

    def writes(self) -> list[Mapping[str, Any]]:
        """Return the writes that the router carried out or refused."""
        lines = (self.state / "commands.log").read_text().splitlines()
        return [entry for entry in map(json.loads, lines) if entry["write"]]

    def drop_after(self, writes: int) -> None:
        """Let the router end the TCP session with that many writes from now on."""
        fresh = self.state / "drop-after.new"
        fresh.write_text(f"{writes}\n")
        fresh.rename(self.state / "drop-after")


@contextlib.contextmanager
def rig(folder: Path, release: str) -> Iterator[Rig]:
    """Boot a router of a release; its neighbour is started by the test."""
    found = Rig(folder, release)
    try:
        found.up()
        yield found
    finally:
        found.down()
