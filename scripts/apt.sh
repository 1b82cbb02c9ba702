#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# apt-get that asks nothing and says in $PROGRESS (scripts/progress.sh) how far it is: fetching is
# the first 40 %.
# APT_GET: what makes us root (sudo), or nothing.
#   apt.sh ARGUMENT…
set -uo pipefail
status=$(mktemp -u)
mkfifo "$status"
trap 'rm -f "$status"' EXIT
while IFS=: read -r kind _ percent text; do
    case $kind in
        dlstatus) echo "$((${percent%%.*} * 2 / 5)) $text" ;;
        pmstatus) echo "$((40 + ${percent%%.*} * 3 / 5)) $text" ;;
    esac
done <"$status" >>"${PROGRESS:-/dev/null}" &
# sudo closes descriptors, so a shell behind it opens the one that apt-get writes to.
run='exec 9>"$0"; exec apt-get -qq -o APT::Status-Fd=9 "$@"'
# shellcheck disable=SC2086 # sudo, or no word at all
${APT_GET:-} env DEBIAN_FRONTEND=noninteractive bash -c "$run" "$status" "$@"
