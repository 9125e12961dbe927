# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's certificates."""

from __future__ import annotations

from ipaddress import IPv4Address
from pathlib import Path

from calico_lab.pki import Authority
from cryptography import x509
from cryptography.x509.oid import NameOID


def test_server_certificate_holds_its_names_and_verifies(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    files = authority.server("router", ["192.168.88.1", "192.168.0.253", "ros"])
    certificate = x509.load_pem_x509_certificate(files.certificate.read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.IPAddress) == [
        IPv4Address("192.168.88.1"),
        IPv4Address("192.168.0.253"),
    ]
    assert names.get_values_for_type(x509.DNSName) == ["ros"]
    issuer = x509.load_pem_x509_certificate(authority.files.certificate.read_bytes())
    certificate.verify_directly_issued_by(issuer)


def test_client_certificate_names_user_and_groups(tmp_path: Path) -> None:
    files = Authority(tmp_path).client("c", "calico-node:k8s-worker1", ["calico-nodes"])
    subject = x509.load_pem_x509_certificate(files.certificate.read_bytes()).subject
    (user,) = subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    (group,) = subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    assert (user.value, group.value) == ("calico-node:k8s-worker1", "calico-nodes")


def test_what_is_there_is_kept_and_keys_are_private(tmp_path: Path) -> None:
    first = Authority(tmp_path).client("c", "user")
    content = first.certificate.read_bytes()
    again = Authority(tmp_path).client("c", "user")
    assert again.certificate.read_bytes() == content
    for key in tmp_path.glob("*.key"):
        assert key.stat().st_mode & 0o077 == 0
