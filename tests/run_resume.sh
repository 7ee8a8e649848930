#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Usage: tests/run_resume.sh ESCROWBENCH
#
# A run whose disk is full, and what can be resumed: each refusal is one line, and leaves the journal as it is.
set -euo pipefail

program=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export XDG_CACHE_HOME=$work/cache
cd "$work"
failures=0
fail() {
    printf 'FAILED: %s\n' "$*" >&2
    failures=$((failures + 1))
}
measure=("$program" run --quiet --filter '^seal/hpke[+](none|master)/x25519/sodium/64$' --budget 0.6 --repetitions 3 --no-latency)
blocks() { grep -c '^{"block":' "$1" || true; }

# expect CODE TEXT COMMAND...: one line that says so.
expect() {
    local code=$1 text=$2 result=0
    shift 2
    "$@" >out 2>err </dev/null || result=$?
    ((result == code)) || fail "$*: exit code $result, not $code: $(cat err)"
    grep -qF -- "$text" err || fail "$*: no '$text' in: $(cat err)"
    (($(wc -l <err) == 1)) || fail "$*: $(wc -l <err) lines: $(cat err)"
    [[ ! -s out ]] || fail "$*: says something on standard output"
}

# limited KIB COMMAND...: a file may grow to so much.
# shellcheck disable=SC2317 # called by expect
limited() {
    (
        trap '' XFSZ
        ulimit -f "$1"
        "${@:2}"
    )
}

"${measure[@]}" --out whole.json || fail 'a run'
header=$(($(grep -b -m 1 '^"blocks":' whole.json | cut -d: -f1) / 1024))

# ---- a full disk ----

expect 1 'cannot write the journal none.json.journal: ' limited 1 "${measure[@]}" --out none.json
[[ ! -e none.json.journal && ! -e none.json ]] || fail 'a run that could not begin leaves a file behind'
for more in 4 8 16 32 64 128 256; do # until a block fits, and not all of them
    rm -f cut.json cut.json.journal
    # shellcheck disable=SC2016 # the text has them
    expect 1 '; what was measured is kept: make room, and `escrowbench run --resume cut.json` goes on' \
        limited $((header + more)) "${measure[@]}" --out cut.json
    if (($(blocks cut.json.journal) > 0)); then break; fi
done
(($(blocks cut.json.journal) > 0)) || fail 'no block was kept'
cp cut.json.journal kept

# ---- what is resumed ----

expect 2 '--resume takes what to measure from the run' "$program" run --resume cut.json --threshold 2
expect 2 '--resume takes what to measure from the run' "$program" run --resume cut.json --agents 3
sed '1s/"seed":"[0-9]*"/"seed":"12345"/' kept >cut.json.journal
expect 1 'its blocks were not made with its seed' "$program" run --resume cut.json
sed '1s/"processes":3/"processes":1/; s/"process":[0-9]*/"process":2/' kept >cut.json.journal
expect 1 'its blocks were not made with its seed' "$program" run --resume cut.json
mkfifo fifo.json
expect 1 'a pipe that nobody writes to' timeout 20 "$program" run --resume fifo.json
cp kept cut.json.journal
"$program" run --quiet --resume cut.json || fail 'the run itself cannot be resumed'
grep -q '"complete":true' cut.json || fail 'the resumed run is not complete'
[[ ! -e cut.json.journal ]] || fail 'the journal was left behind'

exit $((failures > 0))
