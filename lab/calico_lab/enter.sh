#!/bin/sh
# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# enter.sh LAB STATE HOST COMMAND [ARGUMENT...]
# Runs COMMAND as if on HOST (a name, or an address on the LAN): in its network namespace, with its host name and its own /run.
# It replaces itself by COMMAND: same process, same exit code, same terminal.
set -eu

lab=$1 state=$2 host=$3
shift 3

# An address is a link to the folder of the host that has it.
if [ -L "$state/hosts/$host" ]; then
    host=$(readlink "$state/hosts/$host")
fi
if [ ! -e "/run/netns/$lab-$host" ]; then
    echo "no host $host in the lab $lab: there is no network namespace $lab-$host" >&2
    exit 125
fi
if [ ! -d "$state/hosts/$host/run" ]; then
    echo "the lab's folder $state has no hosts/$host/run; \`down\` and \`up\` make it anew" >&2
    exit 125
fi

# What ends the lab's processes finds them by this.
CALICO_ROUTEROS_LAB=$lab
export CALICO_ROUTEROS_LAB

# `ip netns exec` makes a mount namespace of its own, in which /run can be covered. The lab's folder
# stays where it is, also if it is below /run.
exec ip netns exec "$lab-$host" unshare --uts /bin/sh -c '
    state=$1 host=$2
    shift 2
    hostname "$host"
    case $state in
        /run/*)
            [ -d "$state/hosts/$host$state" ] || mkdir -p "$state/hosts/$host$state"
            mount --no-mtab --bind "$state" "$state/hosts/$host$state"
            ;;
    esac
    mount --no-mtab --rbind "$state/hosts/$host/run" /run
    exec "$@"
' sh "$state" "$host" "$@"
