# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command `lab`."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import ParamSpec

import click
from rich.console import Console
from rich.table import Table

from calico_lab import lab as lab_module
from calico_lab.binaries import build_binaries
from calico_lab.errors import LabError
from calico_lab.hosts import host_command
from calico_lab.inventory import inventory_text
from calico_lab.kube_api import ApiError
from calico_lab.lab import Lab, PartStatus, open_lab
from calico_lab.options import LabOptions, State
from calico_lab.probe import ProbeResult, dns_pair, ping_pairs, run_probe
from calico_lab.report import Report
from calico_lab.topology import CLIENT
from calico_lab.writes import writes

_Parameters = ParamSpec("_Parameters")

_DEFAULTS = LabOptions()

name_option = click.option(
    "--name", envvar="LAB_NAME", default=_DEFAULTS.name, show_default=True, help="Name of the lab."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def _reported(command: Callable[_Parameters, None]) -> Callable[_Parameters, None]:
    """What the user can act on is an error message, not a traceback."""

    @wraps(command)
    def wrapped(*args: _Parameters.args, **kwargs: _Parameters.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except (LabError, ApiError) as error:
            raise click.ClickException(str(error)) from error

    return wrapped


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """A Kubernetes cluster on Calico, a RouterOS router and an outside client, on this machine.

    Everything runs in network namespaces without an uplink. Needs root.
    """


@main.command()
@name_option
@click.option(
    "--workers",
    envvar="LAB_WORKERS",
    default=_DEFAULTS.workers,
    show_default=True,
    help="Worker nodes.",
)
@click.option(
    "--pod-cidr",
    envvar="LAB_POD_CIDR",
    default=_DEFAULTS.pod_cidr,
    show_default=True,
    help="Range of the pods' addresses.",
)
@click.option(
    "--routeros",
    envvar="LAB_ROUTEROS",
    default=_DEFAULTS.routeros,
    show_default=True,
    help="RouterOS release of the router.",
)
@click.option(
    "--calico-api",
    envvar="LAB_CALICO_API",
    type=click.Choice(["v1", "v3"]),
    default=_DEFAULTS.calico_api,
    show_default=True,
    help="Group of Calico's objects: crd.projectcalico.org/v1 or projectcalico.org/v3.",
)
@click.option(
    "--calico-version",
    envvar="LAB_CALICO_VERSION",
    default=_DEFAULTS.calico_version,
    show_default=True,
    help="Calico release that the nodes behave like.",
)
@click.option("--without", multiple=True, hidden=True, metavar="PART")
@click.option("--quiet", is_flag=True, help="No progress.")
@_reported
def up(
    name: str,
    workers: int,
    pod_cidr: str,
    routeros: str,
    calico_api: str,
    calico_version: str,
    without: tuple[str, ...],
    quiet: bool,
) -> None:
    """Start the lab, or what of it does not run."""
    options = LabOptions(name, workers, pod_cidr, routeros, calico_api, calico_version)
    report = Report(quiet=quiet)
    Lab(options, State.of(name), without).up(report)
    report.done(f"the lab {name} is up")


@main.command()
@name_option
@click.option("--quiet", is_flag=True, help="No progress.")
@_reported
def down(name: str, quiet: bool) -> None:
    """End the lab; nothing of it is left."""
    report = Report(quiet=quiet)
    found = lab_module.down(name, report)
    report.done(f"the lab {name} is gone" if found else f"there is no lab {name}")


@main.command()
@name_option
@click.option("--without", multiple=True, hidden=True, metavar="PART")
@json_option
@_reported
def status(name: str, without: tuple[str, ...], as_json: bool) -> None:
    """Show every part; exit code 1 if one does not work."""
    found = open_lab(name, without).status()
    if as_json:
        click.echo(json.dumps([vars(entry) | {"healthy": entry.healthy} for entry in found]))
    else:
        Console().print(_status_table(name, found))
    if not all(entry.healthy for entry in found):
        sys.exit(1)


@main.command(name="exec", context_settings={"ignore_unknown_options": True})
@name_option
@click.argument("host")
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
@_reported
def exec_(name: str, host: str, command: tuple[str, ...]) -> None:
    """Run COMMAND on HOST of the lab: in its network, with its /run and host name."""
    lab = open_lab(name)
    if host not in lab.topology.hosts:
        raise LabError(f"no host {host}; there are {', '.join(lab.topology.hosts)}")
    line = host_command(name, lab.state, host, command)
    os.execv(line[0], line)


@main.command()
@name_option
@click.argument("parts", nargs=-1, required=True)
@_reported
def restart(name: str, parts: tuple[str, ...]) -> None:
    """Kill PARTS (names as in `status`) and start them again."""
    open_lab(name).restart(parts)


@main.command()
@name_option
@click.option("--rate", default=10.0, show_default=True, help="Packets a second for each pair.")
@click.option(
    "--seconds", type=float, help="How long; else until SIGINT or SIGTERM.", metavar="NUMBER"
)
@click.option("--from-client", is_flag=True, help="Also from the outside client to every pod.")
@click.option(
    "--dns",
    "dns_hosts",
    multiple=True,
    metavar="HOST",
    help="Also DNS queries from HOST to 10.96.0.10.",
)
@click.option("--allow-loss", is_flag=True, help="Exit code 0 also if packets were lost.")
@click.option(
    "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write JSON to a file too."
)
@json_option
@_reported
def probe(
    name: str,
    rate: float,
    seconds: float | None,
    from_client: bool,
    dns_hosts: tuple[str, ...],
    allow_loss: bool,
    output: Path | None,
    as_json: bool,
) -> None:
    """Ping between all pods; exit code 1 if a packet was lost."""
    lab = open_lab(name)
    unknown = [host for host in dns_hosts if host not in lab.topology.hosts]
    if unknown:
        raise LabError(f"--dns: no host {', '.join(unknown)}; for example {CLIENT}")
    if rate <= 0:
        raise LabError(f"--rate: found {rate}, expected a number above 0")
    result = run_probe(
        lab.topology,
        ping_pairs(lab.topology, from_client=from_client),
        [dns_pair(host) for host in dns_hosts],
        rate,
        seconds,
        started=lambda: click.echo("probing", err=True),
    )
    text = json.dumps(result.as_data())
    if output:
        output.write_text(text + "\n")
    if as_json:
        click.echo(text)
    else:
        Console().print(_probe_table(result))
        click.echo(f"{result.sent} sent, {result.lost} lost in {result.seconds:.1f} s")
    if result.lost and not allow_loss:
        sys.exit(1)


@main.command()
@name_option
@click.option(
    "--write", type=click.Path(path_type=Path, dir_okay=False), help="Write it to a file."
)
@click.option("--full", is_flag=True, help="With all groups, not as an addition to the example.")
@_reported
def inventory(name: str, write: Path | None, full: bool) -> None:
    """Print the Ansible inventory of the lab, to be given after inventory/example."""
    lab = open_lab(name)
    text = inventory_text(lab.topology, lab.state, full=full)
    if write:
        write.write_text(text)
    else:
        click.echo(text, nl=False)


@main.command()
@_reported
def build() -> None:
    """Build kube-apiserver and kube-proxy, unless they are there."""
    report = Report()
    with report.bar() as bar:
        found = build_binaries(bar)
    for binary in found.values():
        report.note(f"{binary.name}: {binary.path} ({binary.origin})")


@main.command(name="writes")
@name_option
@click.option("--skip", default=0, help="Leave out the first SKIP lines.")
@click.option("--count", is_flag=True, help="Print only how many there are.")
@_reported
def writes_(name: str, skip: int, count: bool) -> None:
    """List what the collection wrote to Kubernetes and to the router."""
    found = writes(open_lab(name).state)
    click.echo(len(found) if count else "\n".join(found[skip:]), nl=count or len(found) > skip)


def _status_table(name: str, found: list[PartStatus]) -> Table:
    table = Table(title=f"lab {name}", title_justify="left")
    for column in ("part", "host", "state", "pid", "detail"):
        table.add_column(column, overflow="fold")
    colours = {"running": "green", "dead": "red", "unhealthy": "yellow"}
    for entry in found:
        table.add_row(
            entry.name,
            entry.host,
            f"[{colours[entry.state]}]{entry.state}[/]",
            str(entry.pid or "-"),
            entry.detail,
        )
    return table


def _probe_table(result: ProbeResult) -> Table:
    table = Table()
    table.add_column("from")
    table.add_column("to")
    for column in ("sent", "lost", "longest gap"):
        table.add_column(column, justify="right")
    for pair in result.pairs:
        gap = f"{pair.longest_gap() * 1000:.0f} ms" if pair.lost else "-"
        lost = f"[red]{pair.lost}[/]" if pair.lost else "0"
        note = f" ({pair.wrong_source} from a wrong source)" if pair.wrong_source else ""
        table.add_row(pair.source, pair.target, str(len(pair.sent)), lost + note, gap)
    return table
