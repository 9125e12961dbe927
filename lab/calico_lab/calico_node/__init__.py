# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's stand-in for calico-node: one process per node, driven by the Kubernetes API alone.

From resources to BIRD, one way:

* ``resources``   objects of the API, read with Calico's rules for nodes, pools and settings
* ``peering``     BGPPeers to the peerings of every node (who talks to whom, and with what options)
* ``sessions``    mesh and peerings to the BGP sessions of one node and address family
* ``services``    service ranges and addresses that a node advertises
* ``bird_config`` the text of bird.cfg or bird6.cfg; ``filters`` and ``pools`` render parts of it
* ``reader``      facts read back from such a text; ``acceptance`` says what BIRD would refuse
* ``conformance`` whole scenarios through all of it, for comparison with Calico's confd

and around it ``store`` (list and watch), ``bird`` (the daemons), ``felix`` (kernel routes),
``node_status`` (CalicoNodeStatus), ``confd`` (Calico's own confd instead) and ``agent``.

Sources: Calico's documentation and behaviour as measured in the project's reference data.
"""
