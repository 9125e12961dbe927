# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes the collections that are needed out of the Ansible package, and says which are in use."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import click

ROOT = "ansible_collections/"
#: community.routeros, and what it depends on.
NEEDED = ("ansible/netcommon", "ansible/utils", "community/routeros")


@click.group(help=__doc__)
def main() -> None:
    pass


@main.command()
@click.argument("package", type=click.Path(path_type=Path, exists=True))
@click.argument("folder", type=click.Path(path_type=Path))
def unpack(package: Path, folder: Path) -> None:
    """The collections in PACKAGE, a wheel, as a collections path FOLDER."""
    wanted = tuple(f"{ROOT}{name}/" for name in NEEDED)
    with zipfile.ZipFile(package) as archive:
        archive.extractall(folder, [n for n in archive.namelist() if n.startswith(wanted)])


@main.command()
def version() -> None:
    """Which community.routeros the modules come from."""
    program = Path(sys.executable).with_name("ansible-galaxy")
    told = subprocess.run(
        [str(program), "collection", "list", "community.routeros", "--format", "json"],
        capture_output=True,
        text=True,
        check=True,
    )
    paths = json.loads(told.stdout)
    first = next(iter(paths.values()))
    click.echo(f"community.routeros {first['community.routeros']['version']}")


if __name__ == "__main__":
    main()
