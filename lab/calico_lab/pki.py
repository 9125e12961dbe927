# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's own certificate authority and every certificate that it signs."""

from __future__ import annotations

import datetime
import ipaddress
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

VALID = datetime.timedelta(days=365)
# Clocks of the machine and of who looks at the certificates may differ.
BACKDATED = datetime.timedelta(hours=1)


@dataclass(frozen=True)
class CertificateFiles:
    """Paths of a certificate and its key, both PEM."""

    certificate: Path
    key: Path


def certificate_files(folder: Path, name: str) -> CertificateFiles:
    """Where an authority in `folder` keeps the certificate `name`; `ca` is its own."""
    return CertificateFiles(folder / f"{name}.crt", folder / f"{name}.key")


def signing_key_files(folder: Path, name: str) -> CertificateFiles:
    """Where an authority in `folder` keeps the key pair `name`: public and private part."""
    return CertificateFiles(folder / f"{name}.pub", folder / f"{name}.key")


class Authority:
    """A certificate authority in a folder: `ca.crt`, `ca.key`, and what it signs.

    Made at first use; later uses take what is there.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files = certificate_files(folder, "ca")
        if self.files.certificate.exists() and self.files.key.exists():
            key = serialization.load_pem_private_key(self.files.key.read_bytes(), password=None)
            if not isinstance(key, ec.EllipticCurvePrivateKey):
                raise TypeError(f"{self.files.key}: expected an elliptic curve key")
            self._key = key
            self._name = x509.load_pem_x509_certificate(self.files.certificate.read_bytes()).subject
            return
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "calico-routeros-lab")])
        certificate = (
            self._builder(self._name, self._key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_key_usage(signs_certificates=True), critical=True)
            .sign(self._key, hashes.SHA256())
        )
        self._write(self.files, certificate, self._key)

    def client(self, file_name: str, user: str, groups: Sequence[str] = ()) -> CertificateFiles:
        """A client certificate: for Kubernetes the common name is the user, each organization a
        group."""
        attributes = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, group) for group in groups]
        attributes.append(x509.NameAttribute(NameOID.COMMON_NAME, user))
        return self._issue(file_name, x509.Name(attributes), ExtendedKeyUsageOID.CLIENT_AUTH, [])

    def server(self, file_name: str, names: Sequence[str]) -> CertificateFiles:
        """A server certificate for host names and IP addresses; the first is the common name."""
        alternative: list[x509.GeneralName] = []
        for name in names:
            try:
                alternative.append(x509.IPAddress(ipaddress.ip_address(name)))
            except ValueError:
                alternative.append(x509.DNSName(name))
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
        return self._issue(file_name, subject, ExtendedKeyUsageOID.SERVER_AUTH, alternative)

    def signing_key(self, file_name: str) -> CertificateFiles:
        """A key pair without a certificate, for service account tokens: public and private part."""
        files = signing_key_files(self.folder, file_name)
        if not (files.certificate.exists() and files.key.exists()):
            key = ec.generate_private_key(ec.SECP256R1())
            public = key.public_key().public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            )
            _write_file(files.key, _pem(key), 0o600)
            _write_file(files.certificate, public, 0o644)
        return files

    def _issue(
        self,
        file_name: str,
        subject: x509.Name,
        usage: x509.ObjectIdentifier,
        alternative: Sequence[x509.GeneralName],
    ) -> CertificateFiles:
        files = certificate_files(self.folder, file_name)
        if files.certificate.exists() and files.key.exists():
            return files
        key = ec.generate_private_key(ec.SECP256R1())
        builder = (
            self._builder(subject, key.public_key())
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_key_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        )
        if alternative:
            builder = builder.add_extension(
                x509.SubjectAlternativeName(alternative), critical=False
            )
        self._write(files, builder.sign(self._key, hashes.SHA256()), key)
        return files

    def _builder(
        self, subject: x509.Name, public_key: ec.EllipticCurvePublicKey
    ) -> x509.CertificateBuilder:
        now = datetime.datetime.now(datetime.timezone.utc)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - BACKDATED)
            .not_valid_after(now + VALID)
            # Python 3.13 refuses certificates without these two.
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()),
                critical=False,
            )
        )

    @staticmethod
    def _write(
        files: CertificateFiles, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey
    ) -> None:
        _write_file(files.key, _pem(key), 0o600)
        _write_file(files.certificate, certificate.public_bytes(serialization.Encoding.PEM), 0o644)


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _write_file(path: Path, content: bytes, mode: int) -> None:
    """Whole or not at all, so that a lab killed here is completed by the next `up`."""
    partial = path.with_name(path.name + ".partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    partial.rename(path)
