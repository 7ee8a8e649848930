#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# secrecy_gate.sh PLANTED memcheck|statistics: the gate of constant time must catch each planted leak by that means, in that
# cell alone, and accuse nothing that is constant in time. Exit code 77 where the means is not there: valgrind, or memory that
# can be kept in one place (glibc).
set -euo pipefail
means=$2
case $means in
memcheck)
    command -v valgrind >/dev/null || exit 77
    cell=seal/hpke+none/x25519/sodium/64 others='^(seal|open)/hpke[+]none/x25519/sodium/' options=()
    ;;
statistics) # short operations, as a leak of some tens of cycles is to be seen
    cell=verify/hpke+shamir/x25519/sodium/2-of-3/64 others='^(verify|partial)/hpke[+]shamir/x25519/sodium/2-of-3/64$'
    options=(--budget 0.3)
    ;;
*) exit 2 ;;
esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$1" "$work/program"
export XDG_CACHE_HOME=$work/cache

fail() {
    echo "FAILED: $*" >&2
    cat "$work/out" >&2
    exit 1
}

# judge FILTER: sets code.
judge() {
    code=0
    "$work/program" constant-time --by "$means" "${options[@]}" --filter "$1" --quiet >"$work/out" 2>&1 || code=$?
    ! grep -q 'memory cannot be kept in one place here' "$work/out" || exit 77
    if grep 'this program was built without' "$work/out"; then exit 77; fi # and what to do
}

# planted KIND EXPECTED-CODE
planted() {
    echo "$1 0 $cell" >"$work/program.plant"
    judge "$others"
    [[ $code == "$2" ]] || fail "$1: exit code $code instead of $2"
}

planted masked 0
grep -q '^constant time: 2 passed, 0 excepted, 0 failed, 0 not testable' "$work/out" || fail "masked: accused, or not judged"
for kind in compare table tag; do
    planted $kind 1
    grep -q '^constant time: 1 passed, 0 excepted, 1 failed, 0 not testable' "$work/out" || fail "$kind: not found, or in another cell"
    grep -qx "$cell" "$work/out" || fail "$kind: its cell is not named"
    [[ $means == statistics ]] || grep -q "leaky_$kind\|leaky_equal" "$work/out" || fail "$kind: its place is not named"
done

# Verdicts of two calls with other filters, and then the tables of a run have both.
if [[ $means == memcheck ]]; then
    rm -f "$work/program.plant"
    pair='^(seal|open)/hpke[+]none/x25519/sodium/64$'
    for op in seal open; do
        judge "^$op/hpke[+]none/x25519/sodium/64\$"
        [[ $code == 0 ]] || fail "$op is accused"
    done
    "$work/program" run --budget 1 --repetitions 1 --no-latency --size 64 --filter "$pair" --quiet --force --out "$work/run.json" \
        >"$work/out" 2>&1 || fail "the run"
    judged=$(grep '"kind":"cell"' "$work/run.json" | grep -cE '"id":"(seal|open)/.*"constant_time":"passed"' || true)
    [[ $judged == 2 ]] || fail "a run has the verdicts of $judged cells of 2"
fi

# The vector paths of this machine, which memcheck does not see.
if [[ $means == statistics ]]; then
    rm -f "$work/program.plant"
    judge 'sharing/.*/32$'
    [[ $code == 0 ]] || fail "a path of secret sharing is accused"
    grep -Eq '^constant time: [1-9][0-9]* passed, 0 excepted, 0 failed' "$work/out" || fail "no path of secret sharing was judged"
fi
echo "3 leaks found, none accused that is constant in time"
