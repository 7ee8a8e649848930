#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Usage: tests/post_quantum_control.sh
#
# post_quantum.sh with a stand-in for the program: passes where all is there, and not where any one thing is missing.
set -euo pipefail
script=$(realpath "$(dirname "$0")")/post_quantum.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

cat >program <<'STAND_IN'
#!/bin/sh
if [ "$1" = list ]; then cat listed; else cat timed; fi
STAND_IN
chmod +x program

whole() {
    printf '%s none %s - openssl 0 0 1024\n' 'seal hpke' xwing 'open hpke' xwing 'seal pqxdh' x25519 'open pqxdh' x25519 >listed
    printf ',,%s/openssl/1024,traffic\n' seal/hpke+none/xwing open/hpke+none/xwing seal/pqxdh+none/x25519 open/pqxdh+none/x25519 >timed
    printf '1/9 Test  #%d: %s ......   Passed    0.1 sec\n' 1 impls_pq 2 peers_hpke 3 peers_ratchet 10 cms_command >log
}

whole
bash "$script" ./program run log >said || { echo "FAILED: all is there, and it says: $(cat said)"; exit 1; }
for file in listed timed log; do
    for ((line = 1; line <= $(wc -l <$file); line++)); do
        sed -i "$line d" $file
        if bash "$script" ./program run log >said 2>&1; then
            echo "FAILED: it passes without line $line of $file"
            exit 1
        fi
        whole
    done
done
sed -i 's/Passed/***Skipped/' log
if bash "$script" ./program run log >said 2>&1; then
    echo "FAILED: it passes with tests skipped"
    exit 1
fi
echo "what is missing is found"
