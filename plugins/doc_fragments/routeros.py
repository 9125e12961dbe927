# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation that the RouterOS modules share."""

from __future__ import annotations


class ModuleDocFragment:
    """Options of the connection to a router."""

    DOCUMENTATION = r"""
options:
  hostname:
    description:
      - Name or address of the router.
      - If not set, the environment variable E(ROUTEROS_HOST) is used.
    type: str
    required: true
  username:
    description:
      - User of the router. Its group needs the policies C(api) and C(read), C(write) for changes,
        and C(sensitive) if TCP MD5 keys are to be compared.
      - If not set, the environment variable E(ROUTEROS_USERNAME) is used.
    type: str
    required: true
  password:
    description:
      - Password of the user.
      - If not set, the environment variable E(ROUTEROS_PASSWORD) is used.
    type: str
    required: true
  tls:
    description:
      - Whether to use API-SSL. Without it the password crosses the network in clear text.
      - If not set, the environment variable E(ROUTEROS_TLS) is used.
    type: bool
    default: true
    aliases: [ssl]
  force_no_cert:
    description:
      - Use TLS with anonymous Diffie-Hellman, for a router whose C(api-ssl) has no certificate.
      - This encrypts without knowing who is at the other end.
      - If not set, the environment variable E(ROUTEROS_FORCE_NO_CERT) is used.
    type: bool
    default: false
  validate_certs:
    description:
      - Whether the router's certificate must be signed by a CA in O(ca_path), or one of the host's
        own.
      - If not set, the environment variable E(ROUTEROS_VALIDATE_CERTS) is used.
    type: bool
    default: true
  validate_cert_hostname:
    description:
      - Whether the router's certificate must be for O(hostname). Only used with
        O(validate_certs=true).
      - If not set, the environment variable E(ROUTEROS_VALIDATE_CERT_HOSTNAME) is used.
    type: bool
    default: true
  ca_path:
    description:
      - File with the CA certificates, in PEM form, that vouch for the router. The router's own
        certificate will do if it is self-signed.
      - If not set, the environment variable E(ROUTEROS_CA) is used, and without it the CAs of the
        host.
    type: path
  port:
    description:
      - Port of the API. Unset is V(8729) with O(tls=true) and V(8728) without.
      - If not set, the environment variable E(ROUTEROS_PORT) is used.
    type: int
  timeout:
    description:
      - Seconds after which a silent router is given up.
      - If not set, the environment variable E(ROUTEROS_TIMEOUT) is used.
    type: int
    default: 10
  encoding:
    description:
      - Encoding of texts on the router.
      - If not set, the environment variable E(ROUTEROS_ENCODING) is used.
    type: str
    default: ASCII
requirements:
  - librouteros >= 3.4.1
notes:
  - Works with RouterOS 6.43 and later, and 7.1 and later.
  - Names of the connection options are those of the collection community.routeros. Its defaults
    differ in O(tls) and O(validate_cert_hostname), which are on here.
"""
