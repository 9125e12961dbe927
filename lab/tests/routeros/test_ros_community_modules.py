# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""community.routeros' own modules, unchanged, against the emulator."""

from __future__ import annotations

import datetime
import ipaddress
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from ros_namespaces import PASSWORD, USER, needs_root, pair

pytestmark = needs_root
ADDRESS = {"address": "192.168.0.253/24", "interface": "ether1"}
PEER = {"name": "rr1", "remote-address": "192.168.0.15", "remote-as": "63400"}
CONNECTION = {
    "name": "rr1",
    "as": "63400",
    "local.role": "ibgp",
    "local.address": "192.168.0.253",
    "remote.address": "192.168.0.15/32",
    "remote.as": "63400",
}


def play(folder: Path, namespace: str, login: dict[str, Any], tasks: dict[str, Any]) -> Any:
    """Run tasks by name in one play; what each of them returned."""
    steps = [
        {
            "name": name,
            f"community.routeros.{module}": options,
            "register": name,
            "ignore_errors": True,
        }
        for name, (module, options) in tasks.items()
    ]
    told = "{{ dict(names | zip(names | map('extract', vars))) | to_json }}"
    results = folder / "results.json"
    steps.append({"ansible.builtin.copy": {"content": told, "dest": str(results), "mode": "0600"}})
    content = {
        "hosts": "localhost",
        "gather_facts": False,
        "vars": {"names": list(tasks), "ansible_python_interpreter": sys.executable},
        "module_defaults": {"group/community.routeros.api": login},
        "tasks": steps,
    }
    (folder / "play.yml").write_text(json.dumps([content]))
    settings = folder / "ansible.cfg"
    settings.write_text("[defaults]\nlocalhost_warning = false\n")
    program = Path(sys.executable).with_name("ansible-playbook")
    done = subprocess.run(
        ["ip", "netns", "exec", namespace, str(program), "-c", "local", str(folder / "play.yml")],
        env={
            **os.environ,
            "ANSIBLE_HOME": str(folder / "ansible"),
            "ANSIBLE_CONFIG": str(settings),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(results.read_text())


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that is its own authority, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ros")])
    now = datetime.datetime.now(datetime.timezone.utc)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    files = folder / "router.pem", folder / "router.key"
    files[0].write_bytes(built.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return files


def modify(path: str, *data: dict[str, str], **options: Any) -> tuple[str, dict[str, Any]]:
    return "api_modify", {"path": path, "data": list(data), **options}


def tasks_for(release: str) -> dict[str, Any]:
    six = release.startswith("6")
    path, values = ("routing bgp peer", PEER) if six else ("routing bgp connection", CONNECTION)
    session = "routing bgp peer" if six else "routing bgp session"
    attributes = ["name", "hold-time"]
    where = [{"attribute": "name", "is": "==", "value": "rr1"}]
    return {
        "address": modify("ip address", ADDRESS),
        "address_again": modify("ip address", ADDRESS),
        "addresses": ("api_info", {"path": "ip address"}),
        "identity": modify("system identity", {"name": "edge"}),
        "added": modify(path, values),
        "added_again": modify(path, values),
        "changed": (
            "api_find_and_modify",
            {"path": path, "find": {"name": "rr1"}, "values": {"hold-time": "30s"}},
        ),
        "changed_again": (
            "api_find_and_modify",
            {"path": path, "find": {"name": "rr1"}, "values": {"hold-time": "30s"}},
        ),
        "cleared": (
            "api_find_and_modify",
            {
                "path": path,
                "find": {"name": "rr1"},
                "values": {"!cluster-id" if not six else "!keepalive-time": ""},
            },
        ),
        "info": ("api_info", {"path": path}),
        "sessions": ("api", {"path": session}),
        "query": ("api", {"path": path, "query": "name hold-time WHERE name == rr1"}),
        "extended": (
            "api",
            {"path": path, "extended_query": {"attributes": attributes, "where": where}},
        ),
        "nothing": ("api", {"path": path, "query": "name WHERE name == other"}),
        "wrong": ("api", {"path": path, "add": "name=x colour=red"}),
        "command": ("api", {"path": "system identity", "cmd": "set name=edge2"}),
        "route": ("api", {"path": "ip route", "add": "dst-address=10.9.0.0/16 gateway=ether1"}),
        "routes": ("api_info", {"path": "ip route", "include_dynamic": True, "unfiltered": True}),
        "removed": ("api", {"path": "ip route", "remove": "*1"}),
        "gone": ("api", {"path": "ip route", "remove": "*1"}),
    }


@pytest.mark.parametrize(("release", "secured"), [("6.49", False), ("7.18.2", True)])
def test_the_modules_work_as_documented(release: str, secured: bool, tmp_path: Path) -> None:
    login: dict[str, Any] = {"hostname": "127.0.0.1", "username": USER, "password": PASSWORD}
    login["tls"] = True
    options: list[str] = []
    if secured:
        file, key = certificate(tmp_path)
        options = ["--certificate", str(file), "--key", str(key)]
        login |= {"ca_path": str(file), "validate_certs": True, "validate_cert_hostname": True}
    else:
        login["force_no_cert"] = True
    with pair(tmp_path) as lan:
        lan.start_router(release, *options)
        found = play(tmp_path, lan.router, login, tasks_for(release))

    def changed(name: str) -> bool:
        return bool(found[name]["changed"]) and not found[name].get("failed")

    for name in ("address", "identity", "added", "changed", "command", "route", "removed"):
        if name == "command":
            assert not found[name].get("failed"), found[name]
        else:
            assert changed(name), f"{name}: {found[name]}"
    for name in ("address_again", "added_again", "changed_again", "cleared"):
        assert found[name]["changed"] is False, found[name]
        assert not found[name].get("failed"), found[name]
    (address,) = found["addresses"]["result"]
    assert address["address"] == "192.168.0.253/24"
    (row,) = found["info"]["result"]
    assert (row["name"], row["hold-time"]) == ("rr1", "30s")
    assert found["extended"]["msg"] == [{"name": "rr1", "hold-time": "30s"}]
    assert found["query"]["msg"] == [{"name": "rr1", "hold-time": "30s"}]
    assert found["nothing"]["msg"][0].startswith("no results")
    assert found["wrong"]["failed"]
    assert "unknown parameter colour" in found["wrong"]["msg"]
    assert [item["dst-address"] for item in found["routes"]["result"]] == [
        "10.9.0.0/16",
        "192.168.0.0/24",
    ]
    assert found["gone"]["failed"]
    if release == "6.49":
        assert "no such item (4)" in found["gone"]["msg"]
        assert found["sessions"]["msg"][0]["state"] in ("idle", "connect", "active")
    else:
        assert found["sessions"]["msg"] == []
