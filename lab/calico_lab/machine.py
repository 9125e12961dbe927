# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the lab needs of the machine, all checked before anything is made."""

from __future__ import annotations

import os
import shutil
import socket
import struct
import subprocess
from pathlib import Path

from calico_lab.errors import LabError

# command -> Debian package
COMMANDS = {
    "bird": "bird",
    "bird6": "bird",
    "birdc": "bird",
    "bgpd": "frr",
    "zebra": "frr",
    "vtysh": "frr",
    "etcd": "etcd-server",
    "nft": "nftables",
    "conntrack": "conntrack",
    "ip": "iproute2",
    "ping": "iputils-ping",
    "dig": "bind9-dnsutils",
    "unshare": "util-linux",
    "mount": "mount",
    "hostname": "hostname",
}
# Daemons are not on the PATH of a user's shell.
DAEMON_FOLDERS = ("/usr/sbin", "/sbin", "/usr/local/sbin", "/usr/lib/frr", "/usr/libexec/frr")

TCP_MD5SIG = 14  # linux/tcp.h


def find_command(name: str) -> str | None:
    """Full path of a command or daemon; None if it is not installed."""
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), *DAEMON_FOLDERS])
    return shutil.which(name, path=path)


def missing_on_machine() -> list[str]:
    """Everything that keeps the lab from running here, one line each; empty if nothing does."""
    missing = []
    if os.geteuid() != 0:
        missing.append("root: network namespaces need it; run the command with sudo")
    absent = [name for name in COMMANDS if find_command(name) is None]
    missing += [f"command {name}: Debian package {COMMANDS[name]}" for name in absent]
    if absent:
        packages = " ".join(sorted({COMMANDS[name] for name in absent}))
        missing.append(f"all of these commands: apt-get install {packages}")
    # The kernel can be asked only with these.
    if os.geteuid() == 0 and not {"ip", "nft", "unshare"} & set(absent):
        missing += _missing_in_kernel()
    return missing


def check_machine() -> None:
    """:raises LabError: lists all that is missing."""
    missing = missing_on_machine()
    if missing:
        lines = "\n".join(f"  - {line}" for line in missing)
        raise LabError(f"this machine cannot run the lab, it lacks:\n{lines}")


def _missing_in_kernel() -> list[str]:
    missing = []
    trial = (
        "ip link add name lab0 type veth peer name lab1 || echo veth pairs: CONFIG_VETH;"
        "ip link add name lab2 type bridge || echo bridges: CONFIG_BRIDGE;"
        "ip rule add pref 1 lookup main suppress_prefixlength 25"
        " || echo policy routing: CONFIG_IP_MULTIPLE_TABLES;"
        "printf 'table ip t { chain c { type nat hook prerouting priority -100; }; }' | nft -f -"
        " || echo nftables NAT: CONFIG_NF_TABLES, CONFIG_NFT_NAT"
    )
    done = subprocess.run(
        ["unshare", "--net", "--", "/bin/sh", "-c", trial],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0 and not done.stdout:
        return [f"kernel feature network namespaces (CONFIG_NET_NS): {done.stderr.strip()}"]
    missing += [f"kernel feature {line}" for line in done.stdout.splitlines()]
    if not _has_tcp_md5():
        missing.append("kernel feature TCP MD5 signatures (BGP passwords): CONFIG_TCP_MD5SIG")
    if not Path("/proc/self/ns/uts").exists():
        missing.append("kernel feature UTS namespaces: CONFIG_UTS_NS")
    return missing


def _has_tcp_md5() -> bool:
    key = b"x"
    address = struct.pack("=HH4s120x", socket.AF_INET, 0, socket.inet_aton("127.0.0.1"))
    option = address + struct.pack("=BBHI80s", 0, 0, len(key), 0, key)
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as trial:
        try:
            trial.setsockopt(socket.IPPROTO_TCP, TCP_MD5SIG, option)
        except OSError:
            return False
    return True
