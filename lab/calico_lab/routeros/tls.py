# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""TLS of the API's own port: with a certificate, or with anonymous Diffie-Hellman as on a router
whose api-ssl service has none."""

from __future__ import annotations

import ssl
from pathlib import Path

#: The group ffdhe2048 of RFC 7919.
_GROUP = Path(__file__).with_name("data") / "ffdhe2048.pem"


def context(certificate: Path | None, key: Path | None) -> ssl.SSLContext:
    """The server's TLS settings; OSError or ssl.SSLError when the files are no certificate."""
    chosen = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    chosen.minimum_version = ssl.TLSVersion.TLSv1_2
    if certificate:
        chosen.load_cert_chain(certificate, key)
        return chosen
    # Anonymous suites exist up to TLS 1.2, and only below OpenSSL's default security level.
    chosen.maximum_version = ssl.TLSVersion.TLSv1_2
    chosen.set_ciphers("ADH:@SECLEVEL=0")
    chosen.load_dh_params(str(_GROUP))
    return chosen
