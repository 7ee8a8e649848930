#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# count_gate.sh PLANTED: instructions must repeat exactly, and a planted 0.1 % be found, in that cell alone. Needs QEMU's user
# mode with plug-ins (or hardware counters, which are not used here); exit code 77 says that it is not there.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$1" "$work/program"
cp "$(dirname "$1")/eb_count.so" "$work/"
export XDG_CACHE_HOME=$work/cache
cell=seal/hpke+master/x25519/sodium/64

fail() {
    echo "FAILED: $*" >&2
    [[ ! -e $work/out ]] || cat "$work/out" >&2
    exit 1
}

# count NAME [OPTIONS...]
count() {
    "$work/program" run --instructions --tool qemu "${@:2}" --filter '^seal/hpke[+](none|master)/x25519/sodium/64$' --size 64 \
        --quiet --force --out "$work/$1.json" >"$work/out" 2>&1
}

# An emulator that is not there, or has no plug-ins, is said in one line.
if ! count base; then
    grep -q 'nothing here counts instructions: qemu: ' "$work/out" || fail "the reason is not said"
    exit 77
fi
count again || fail "the second count"
"$work/program" compare --instructions "$work/base.json" "$work/again.json" >"$work/out" || fail "two equal counts differ"
grep -q 'No regression. 2 cells: 2 same.' "$work/out" || fail "two equal counts are not the same"
totals() { grep -o '"count":{[^}]*}' "$work/$1.json"; }
[[ $(totals base) == "$(totals again)" ]] || fail "counts do not repeat"

total=$(grep -o "\"id\":\"$cell\".*" "$work/base.json" | head -n 1 | grep -o '"total":[0-9]*' | head -n 1 | cut -d: -f2)
echo "instructions $(((total + 999) / 1000)) $cell" >"$work/program.plant"
count planted || fail "the planted count"
if "$work/program" compare --instructions "$work/base.json" "$work/planted.json" >"$work/out"; then
    fail "a planted 0.1 % is not found"
fi
grep -q 'Regression. 2 cells: 1 slower, 1 same.' "$work/out" || fail "other cells are blamed"

# An accepted regression does not fail; a limit of it does.
echo "$cell until 2099-12-31 within 1% planted" >"$work/accept"
"$work/program" compare --instructions --accept "$work/accept" "$work/base.json" "$work/planted.json" >"$work/out" ||
    fail "an accepted cell fails"
echo "$cell until 2099-12-31 within 0.05% planted" >"$work/accept"
! "$work/program" compare --instructions --accept "$work/accept" "$work/base.json" "$work/planted.json" >"$work/out" ||
    fail "more than what is accepted does not fail"

# Counts on another CPU, or of another tool, are refused.
sed 's/"features":\["aes"/"features":["gfni","aes"/' "$work/base.json" >"$work/other.json"
code=0
"$work/program" compare --instructions "$work/base.json" "$work/other.json" >"$work/out" 2>&1 || code=$?
{ [[ $code == 2 ]] && grep -q 'never compared' "$work/out"; } || fail "other CPU features are compared"
# All the listed features are the same without movbe, and the code that libcrypto takes is not.
if [[ $(uname -m) == x86_64 ]]; then
    rm -f "$work/program.plant"
    count other --emulator "qemu-x86_64 -cpu max,-movbe" || fail "the count on another CPU"
    code=0
    "$work/program" compare --instructions "$work/base.json" "$work/other.json" >"$work/out" 2>&1 || code=$?
    { [[ $code == 2 ]] && grep -q 'different CPUs are never compared: BASE has "qemu-x86_64 -cpu max", NEW ".*,-movbe"' "$work/out"; } ||
        fail "counts on another CPU of the same features are compared"
fi
sed 's/"tool":"qemu-plugin"/"tool":"perf"/' "$work/base.json" >"$work/other.json"
code=0
"$work/program" compare --instructions "$work/base.json" "$work/other.json" >"$work/out" 2>&1 || code=$?
{ [[ $code == 2 ]] && grep -q 'different tools are never compared' "$work/out"; } || fail "other tools are compared"
echo "0.1 % found, nothing else blamed"
