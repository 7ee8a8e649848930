#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Usage: tests/emulated.sh PROGRAM
#
# A program under QEMU's user mode takes no times, and says so in one line; what --target is given in vain is said in one line,
# and leaves no file. With this machine's own QEMU; exit code 77 says that it is not there.
set -euo pipefail
program=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export XDG_CACHE_HOME=$work/cache
emulator=qemu-$(uname -m)
command -v "$emulator" >/dev/null || { echo "$emulator is not here" && exit 77; }
cd "$work"

fail() {
    echo "FAILED: $*" >&2
    sed 's/^/    /' err >&2
    exit 1
}

# refused CODE PATTERN COMMAND...
refused() {
    local code=$1 pattern=$2 got=0
    shift 2
    "$@" >out 2>err || got=$?
    [[ $got == "$code" ]] || fail "$*: exit code $got, not $code"
    [[ $(wc -l <err) == 1 ]] || fail "$*: not one line"
    grep -q -- "$pattern" err || fail "$*: the line does not match '$pattern'"
    [[ ! -s out ]] || fail "$*: it says something on standard output"
    [[ ! -e run.json && -z $(find . -name '*.prepared*' -o -name '*.journal') ]] || fail "$*: it left a file"
}

refused 1 'runs under an emulator (qemu' "$emulator" "$program" run --out run.json --budget 1
refused 1 'runs under an emulator (qemu' "$emulator" "$program" run --instructions --out run.json
refused 1 'runs under an emulator (qemu' "$emulator" "$program" ab --base "$program"

target=(run --instructions --quiet --out run.json --filter '^seal/hpke[+]none/x25519/sodium/64$' --size 64)
refused 2 'counted under an --emulator' "$program" "${target[@]}" --target "$program"
refused 2 'go with --instructions' "$program" run --out run.json --target "$program" --emulator "$emulator"
refused 1 'No such file' "$program" "${target[@]}" --target "$work/none" --emulator "$emulator"
refused 1 'No such file' "$program" "${target[@]}" --target "$program" --emulator "$work/none"
printf 'no program\n' >text
refused 1 'text' "$program" "${target[@]}" --target "$work/text" --emulator "$emulator"

# What it proved and described itself, counted; without a plug-in nothing is.
refused 1 'nothing here counts instructions' "$program" "${target[@]}" --target "$program" --emulator "$emulator" --plugin "$work/none"
if "$program" "${target[@]}" --target "$program" --emulator "$emulator" >out 2>err; then
    grep -q '"emulated":true' run.json || fail "the run does not say that it is of an emulator"
    grep -q "\"emulator\":\"$emulator\"" run.json || fail "the run does not name the emulator"
    "$program" across run.json run.json >out 2>err || fail "across"
    grep -q '1.00' out || fail "a run beside itself"
else
    grep -q 'nothing here counts instructions: qemu: ' err || fail "no count, and no reason"
fi

# Likewise on a machine that is itself emulated: scripts/bench proves, and says that it takes no times; a run that is asked
# for by name cannot be; tests of native timing are skipped. A launcher stands in for the machine.
project=$(realpath "$(dirname "$0")/..")
mkdir -p machine/build machine/bin
cp -r "$project/scripts" machine/
printf '#!/bin/sh\nexec "%s" "%s" "$@"\n' "$(command -v "$emulator")" "$program" >machine/build/escrowbench
for name in machine/scripts/setup machine/bin/cmake; do printf '#!/bin/sh\n' >"$name"; done
chmod +x machine/build/escrowbench machine/scripts/setup machine/bin/cmake
touch machine/build/build.ninja
bench() { PATH=$work/machine/bin:$PATH machine/scripts/bench --filter '^seal/hpke[+]none/x25519/sodium' "$@"; }
bench --budget 5 >out 2>err || fail "scripts/bench on an emulated machine"
grep -q '^Proved: .*no times under an emulator (qemu.*scripts/bench --arch' out || fail "scripts/bench does not say that it took no times"
[[ -z $(ls machine/results/runs) ]] || fail "scripts/bench left $(ls machine/results/runs)"
code=0
bench --out never.json >out 2>err || code=$?
[[ $code == 1 && $(wc -l <err) == 1 && ! -e never.json ]] || fail "scripts/bench --out: exit code $code"
grep -q 'no run for --out: no times under an emulator' err || fail "scripts/bench --out does not say why"
said=0
bash "$project/tests/native.sh" machine/build/escrowbench "a reason" true >out 2>err || said=$?
[[ $said == 77 && $(<out) == *'a reason' ]] || fail "a native test was not skipped: $said"
bash "$project/tests/native.sh" "$program" "a reason" false >out 2>err && fail "a native test was skipped on a real machine"

echo "no times under an emulator"
