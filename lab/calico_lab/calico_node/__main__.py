# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Command line of the stand-in: ``python -m calico_lab.calico_node --node NAME …``."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from calico_lab.calico_node.agent import Agent, Settings
from calico_lab.calico_node.confd import ConfdError, confd_settings
from calico_lab.calico_node.journal import Journal
from calico_lab.calico_node.release import DEFAULT_VERSION, Release, UnknownVersion
from calico_lab.calico_node.resources import DEFAULT_SECRET_NAMESPACE
from calico_lab.kube_api import KubeconfigError

API_GROUPS = ("crd.projectcalico.org/v1", "projectcalico.org/v3")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the agent until SIGTERM or SIGINT. Exit code 2: wrong arguments or kubeconfig."""
    try:
        settings = _settings(_parse(arguments))
        agent = Agent(settings, Journal())
    except (UnknownVersion, KubeconfigError, ConfdError) as error:
        print(f"calico-node: {error}", file=sys.stderr)
        return 2
    # With one connection per collection the pool is always full, which is no fault.
    logging.getLogger("urllib3").setLevel(logging.ERROR)

    def stop(_signal: int, _frame: FrameType | None) -> None:
        agent.stop()

    def reload(_signal: int, _frame: FrameType | None) -> None:
        agent.reload()

    signal.signal(signal.SIGHUP, reload)
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    agent.run()
    return 0


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="calico_lab.calico_node",
        description="Stand-in for calico-node: renders and runs BIRD from the Kubernetes API.",
    )
    parser.add_argument("--node", required=True, help="name of this node in the API")
    parser.add_argument("--kubeconfig", required=True, type=Path)
    parser.add_argument(
        "--run-dir",
        type=Path,
        default=Path("/run/calico"),
        help="BIRD's control socket, configuration and log (default: %(default)s)",
    )
    parser.add_argument(
        "--api-group",
        choices=API_GROUPS,
        default=API_GROUPS[0],
        help="group of Calico's resources (default: %(default)s)",
    )
    parser.add_argument(
        "--calico-version",
        default=DEFAULT_VERSION,
        help="release whose behaviour to show (default: %(default)s)",
    )
    parser.add_argument(
        "--secret-namespace",
        default=DEFAULT_SECRET_NAMESPACE,
        help="namespace of BGP passwords (default: %(default)s)",
    )
    return parser.parse_args(arguments)


def _settings(parsed: argparse.Namespace) -> Settings:
    """Settings from the command line, and from LAB_CONFD and LAB_CONFD_DIR."""
    return Settings(
        node=parsed.node,
        kubeconfig=parsed.kubeconfig,
        run_dir=parsed.run_dir,
        api_group=parsed.api_group,
        release=Release(parsed.calico_version),
        secret_namespace=parsed.secret_namespace,
        confd=confd_settings(
            os.environ, parsed.node, parsed.kubeconfig, parsed.api_group, parsed.run_dir
        ),
    )


if __name__ == "__main__":
    sys.exit(main())
