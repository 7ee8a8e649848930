#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# statistics_gate.sh PLANTED: the statistical test of constant time must catch each planted leak, in that cell alone, and accuse
# nothing that is constant in time. Exit code 77 where memory cannot be kept in one place (not glibc).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$1" "$work/program"
export XDG_CACHE_HOME=$work/cache
# Short operations: a leak of some tens of cycles is to be seen.
cell=verify/hpke+shamir/x25519/sodium/2-of-3/64

fail() {
    echo "FAILED: $*" >&2
    cat "$work/out" >&2
    exit 1
}

# check KIND EXPECTED-CODE
check() {
    local code=0
    echo "$1 0 $cell" >"$work/program.plant"
    "$work/program" constant-time --by statistics --budget 0.3 --filter '^(verify|partial)/hpke[+]shamir/x25519/sodium/2-of-3/64$' \
        --quiet >"$work/out" 2>&1 || code=$?
    ! grep -q 'memory cannot be kept in one place here' "$work/out" || exit 77
    [[ $code == "$2" ]] || fail "$1: exit code $code instead of $2"
}

check masked 0
grep -q '^constant time: 2 passed, 0 excepted, 0 failed, 0 not testable' "$work/out" || fail "masked: accused, or not judged"
for kind in compare table tag; do
    check $kind 1
    grep -q '^constant time: 1 passed, 0 excepted, 1 failed, 0 not testable' "$work/out" || fail "$kind: not found, or in another cell"
    grep -qx "$cell" "$work/out" || fail "$kind: its cell is not named"
done

# The vector paths of this machine, which memcheck does not see.
code=0
"$work/program" constant-time --by statistics --budget 0.3 --filter 'sharing/.*/32$' --quiet >"$work/out" 2>&1 || code=$?
[[ $code == 0 ]] || fail "a path of secret sharing is accused"
grep -Eq '^constant time: [1-9][0-9]* passed, 0 excepted, 0 failed' "$work/out" || fail "no path of secret sharing was judged"
echo "3 leaks found, none accused that is constant in time"
