# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which API group Calico reads, decided as Calico itself and its migration controller do.

Source: projectcalico/calico libcalico-go/lib/apiconfig and kube-controllers' migration controller.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

V1 = "crd.projectcalico.org/v1"
V3 = "projectcalico.org/v3"

API_SERVICE_PATH = "/apis/apiregistration.k8s.io/v1/apiservices/v3.projectcalico.org"
MIGRATION_PATH = "/apis/migration.projectcalico.org/v1/datastoremigrations/v1-to-v3"
_AUTOMANAGED = "kube-aggregator.kubernetes.io/automanaged"


class NoCalicoApi(Exception):
    """Calico keeps its objects outside the Kubernetes API, or must not be written now."""


@dataclass(frozen=True)
class Datastore:
    """The API group to use.

    ``served_by`` is ``api-server``, ``native`` (v3 resource definitions) or ``v1``.
    """

    api_group: str
    served_by: str


def detect(
    groups: Collection[str],
    api_service: Mapping[str, Any] | None,
    migration: Mapping[str, Any] | None,
) -> Datastore:
    """Return the datastore of a cluster.

    ``groups`` are the names of the API groups, ``api_service`` the APIService
    ``v3.projectcalico.org`` and ``migration`` the DatastoreMigration ``v1-to-v3``, None if absent.

    Raises:
        NoCalicoApi: no group of Calico's is there, or a migration is under way.
    """
    has_v1 = "crd.projectcalico.org" in groups
    if api_service is not None and "projectcalico.org" in groups:
        if (api_service.get("spec") or {}).get("service"):
            return Datastore(V3, "api-server")
        phase = ((migration or {}).get("status") or {}).get("phase")
        if phase in ("Migrating", "WaitingForConflictResolution"):
            raise NoCalicoApi(
                f"Calico's datastore migration v1-to-v3 is in phase {phase}, in which nothing may"
                " be written. Run again when it is Complete."
            )
        if not has_v1 or phase in ("Converged", "Complete"):
            return Datastore(V3, "native")
    if has_v1:
        return Datastore(V1, "v1")
    raise NoCalicoApi(
        "found neither the API group crd.projectcalico.org nor projectcalico.org, expected one of"
        " them: Calico is not installed, or keeps its objects in etcd, which only calicoctl can"
        " write"
    )
