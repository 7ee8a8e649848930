#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# secrecy_gate.sh PLANTED: the gate of constant time must catch each planted leak, in that cell alone, and nothing else.
# Needs valgrind; exit code 77 says that it is not there.
set -euo pipefail
command -v valgrind >/dev/null || exit 77
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$1" "$work/program"
export XDG_CACHE_HOME=$work/cache
cell=seal/hpke+none/x25519/sodium/64

fail() {
    echo "FAILED: $*" >&2
    cat "$work/out" >&2
    exit 1
}

# check KIND EXPECTED-CODE
check() {
    local code=0
    echo "$1 0 $cell" >"$work/program.plant"
    "$work/program" constant-time --filter '^(seal|open)/hpke[+]none/x25519/sodium/' --quiet >"$work/out" 2>&1 || code=$?
    [[ $code == "$2" ]] || fail "$1: exit code $code instead of $2"
}

check masked 0
grep -q '^constant time: 2 passed, 0 excepted, 0 failed, 0 not testable' "$work/out" || fail "masked: accused"
for kind in compare table tag; do
    check $kind 1
    grep -q '^constant time: 1 passed, 0 excepted, 1 failed, 0 not testable' "$work/out" || fail "$kind: not found, or in another cell"
    grep -q "leaky_$kind\|leaky_equal" "$work/out" || fail "$kind: its place is not named"
done
echo "3 leaks found, none accused that is constant in time"
