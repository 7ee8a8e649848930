#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Usage: tests/post_quantum.sh PROGRAM RUN TEST-LOG
#
# Where a library has ML-KEM, that is used: PROGRAM lists HPKE on X-Wing and PQXDH on OpenSSL, RUN has times of both, and the log of
# scripts/test says that the tests against other implementations passed and were not skipped. Says what is missing, and ends
# with 1 then.
set -euo pipefail
program=$1 run=$2 log=$3

die() {
    printf 'post_quantum: %s\n' "$*" >&2
    exit 1
}

listed=$("$program" list --plain)
timed=$("$program" report --format csv "$run")
for transport in hpke pqxdh; do
    suite=xwing
    [[ $transport == hpke ]] || suite='[a-z0-9-]*'
    for operation in seal open; do
        grep -q "^$operation $transport none $suite - openssl " <<<"$listed" || die "no cell $operation of $transport on OpenSSL"
        grep -q ",$operation/$transport+none/$suite/openssl/" <<<"$timed" || die "no time of $operation by $transport on OpenSSL"
    done
done
for name in impls_pq peers_hpke peers_ratchet cms_command; do
    grep -Eq "Test +#[0-9]+: $name [. ]+ Passed" "$log" || die "test $name did not pass, or was skipped"
done
echo "post-quantum cells and tests ran"
