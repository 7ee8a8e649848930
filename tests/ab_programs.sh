#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Usage: tests/ab_programs.sh ESCROWBENCH AB_SLOW
#
# `ab` against a program with a planted slowdown, against programs that misbehave in every way that the protocol leaves them,
# and against bad options. Each misbehaviour is one line that names the program, exit code 1, and no process left.
set -euo pipefail

program=$1 slow=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export XDG_CACHE_HOME=$work/cache
failures=0
fail() {
    printf 'FAILED: %s\n' "$*" >&2
    failures=$((failures + 1))
}

# ---- programs that misbehave ----

hello='echo "escrowbench-serve 1"; echo "program 9 - clean 0"; echo "library sodium 1"; echo ready'
cell='cell x/1 seal hpke none x25519 - sodium 0 0 1024'
until_run="$hello; while read -r verb slot rest; do case \$verb in cells) echo '$cell'; echo 'end 1';;
 open) echo \"opened \$slot\";; prove) echo 'proved 3';; plan) echo \"planned \$slot 1000.000\";;"

# make NAME BODY: a program.
make() {
    printf '#!/bin/bash\n%s\n' "$2" >"$work/$1"
    chmod +x "$work/$1"
}

# expect CODE TEXT BASE [OPTIONS...]: what `ab` makes of it.
expect() {
    local code=$1 text=$2 base=$3 result=0 lines
    shift 3
    timeout 60 "$program" ab --base "$base" --budget 0.5 --pairs 1 --patience 1 "$@" >"$work/out" 2>"$work/err" </dev/null ||
        result=$?
    lines=$(wc -l <"$work/err")
    ((result == code)) || fail "$base $*: exit code $result, not $code: $(cat "$work/err")"
    grep -qF -- "$text" "$work/err" || fail "$base $*: no '$text' in: $(cat "$work/err")"
    ((code != 1 || lines == 1)) || fail "$base $*: $lines lines: $(cat "$work/err")"
    ((code != 1)) || grep -qE -- "$base \((base|head)\)" "$work/err" || fail "$base $*: is not named: $(cat "$work/err")"
    [[ ! -s $work/out ]] || fail "$base $*: says something on standard output"
    ! pgrep -f "$work/" >/dev/null || fail "$base $*: leaves a process behind"
}

make silent 'exec sleep 100'
make ends 'exit 0'
make fails 'echo "cannot open libfoo.so" >&2; exit 127'
make dies 'kill -SEGV $$'
make garbage 'echo hello world'
make binary 'printf "\001\002\377\n"; sleep 100'
make endless 'exec tr "\0" x </dev/zero'
make blank 'echo; sleep 100'
make newer 'echo "escrowbench-serve 2"; sleep 100'
make refuses 'echo "error protocol 1 is asked for, this program speaks 2"; exit 1'
make older "exec \"$program\" no-such-command"
make libraries 'echo "escrowbench-serve 1"; echo "program 9 - clean 0"; while :; do echo "library x 1"; done'
make hangs_cells "$hello; sleep 100"
make lists_badly "$hello; read -r x; echo 'cell a b c'; sleep 100"
make lists_traps "$hello; read -r x; echo 'cell x/1 seal hpke none x25519 - sodium 0 0 -5'; sleep 100"
make miscounts "$hello; read -r x; echo '$cell'; echo 'end 7'; sleep 100"
make unproved "$hello; while read -r verb slot rest; do case \$verb in cells) echo '$cell'; echo 'end 1';;
 open) echo \"opened \$slot\";; prove) echo 'unproved rejects, x: a forged message was opened';; esac; done"
make crashes_running "$until_run run) kill -SEGV \$\$;; esac; done"
make hangs_running "$until_run run) sleep 100;; esac; done"
make no_time "$until_run run) echo \"ran \$slot 0 0.000 0.000 0.000\";; esac; done"
make not_a_time "$until_run run) echo \"ran \$slot 0 nan nan nan\";; esac; done"
make negative "$until_run run) echo \"ran \$slot 0 -5.000 -5.000 -5.000\";; esac; done"
make too_few "$until_run run) echo \"ran \$slot 0 5.000\";; esac; done"
make other_slot "$until_run run) echo 'ran 200 0 5.000 5.000 5.000';; esac; done"
printf 'no program\n' >"$work/text"
mkdir "$work/folder"

expect 1 'cannot be started: No such file' "$work/none"
expect 1 'cannot be started: Permission denied' "$work/text"
expect 1 'cannot be started: Permission denied' "$work/folder"
chmod +x "$work/text"
expect 1 'cannot be started: Exec format error' "$work/text"
expect 1 'it hangs' "$work/silent"
expect 1 'ended with exit code 0 before it was asked anything' "$work/ends"
expect 1 'ended with exit code 127 before it was asked anything; it said: cannot open libfoo.so' "$work/fails"
expect 1 'crashed (Segmentation fault)' "$work/dies"
expect 1 "says 'hello world'" "$work/garbage"
expect 1 "says '???'" "$work/binary"
expect 1 'not of the protocol' "$work/endless"
expect 1 'not of the protocol' "$work/blank"
expect 1 'speaks protocol 2, this program speaks 1' "$work/newer"
expect 1 'protocol 1 is asked for, this program speaks 2' "$work/refuses"
expect 1 'it said: escrowbench: there is no command' "$work/older"
expect 1 'not of the protocol' "$work/libraries"
expect 1 'it hangs' "$work/hangs_cells"
expect 1 "says 'cell a b c'" "$work/lists_badly"
expect 1 'not of the protocol' "$work/lists_traps"
expect 1 "says 'end 7'" "$work/miscounts"

# Both sides alike, so that they have a cell in common.
both() { expect "$1" "$2" "$work/$3" --head "$work/$3" --filter x; }
both 1 'nothing is timed that is not proved: rejects, x: a forged message was opened' unproved
both 1 "crashed (Segmentation fault) when it was asked to 'run" crashes_running
both 1 'it hangs' hangs_running
both 1 'not of the protocol' no_time
both 1 'not of the protocol' not_a_time
both 1 'not of the protocol' negative
both 1 'not of the protocol' too_few
both 1 'not of the protocol' other_slot

# A signal ends all of it.
"$program" ab --base "$work/hangs_running" --head "$work/hangs_running" --filter x --budget 5 --pairs 1 2>"$work/err" &
ab=$!
sleep 1
kill -TERM $ab
result=0
wait $ab || result=$?
{ ((result == 1)) && grep -q 'stopped by a signal' "$work/err"; } || fail "SIGTERM: exit code $result, $(cat "$work/err")"
! pgrep -f "$work/" >/dev/null || fail "SIGTERM: leaves a process behind"

# ---- bad options ----

expect 2 '--suite is' "$program" --suite huge
expect 2 '--format is' "$program" --format xml
expect 2 'no regular expression' "$program" --filter '('
result=0 # asked before any program is started
"$program" ab --base "$work/fails" --out "$work/missing/report" >"$work/out" 2>"$work/err" || result=$?
{ ((result == 1 && $(wc -l <"$work/err") == 1)) && grep -qF "cannot create $work/missing/report: No such file" "$work/err"; } ||
    fail "a report in a folder that is missing: exit code $result, $(cat "$work/err")"
result=0
"$program" ab 2>"$work/err" || result=$?
{ ((result == 2)) && grep -q -- '--base is missing' "$work/err"; } || fail "no --base: $result, $(cat "$work/err")"

# ---- the protocol, from the other side ----

# served CODE TEXT REQUESTS: what `serve` says.
served() {
    local result=0
    printf '%b' "$3" | "$program" serve --protocol 1 >"$work/out" 2>&1 || result=$?
    ((result == $1)) || fail "serve '$3': exit code $result, not $1"
    tail -n 1 "$work/out" | grep -qF -- "$2" || fail "serve '$3': no '$2' in: $(tail -n 1 "$work/out")"
}
known='seal/x seal hpke none x25519 - openssl 0 0 64'
served 0 ready 'quit\n'
served 0 ready ''
served 1 'error no such request' 'dance\n'
served 1 'error a request has fields' 'run  1\n'
served 1 'error a request is a line of printable ASCII' 'run \001\n'
served 1 'error cells' 'cells huge\n'
served 1 'error open' 'open 256 1 '"$known"'\n'
served 1 'error run' 'run 0 0 1 1\n'
served 1 'error run' 'open 0 1 '"$known"'\nrun 0 0 0 1\n'
served 1 'error run' 'open 0 1 '"$known"'\nrun 0 0 1 17\n'
served 1 'error open' 'open 0 1 '"$known"'\nopen 0 1 '"$known"'\n'
served 0 'absent 0' 'open 0 1 seal/x seal hpke none x25519 - nothere 0 0 64\n'
served 0 'absent 0' 'open 0 1 seal/x seal hpke master x25519 x25519 openssl 9 3 64\n'
served 0 'closed 0' 'open 0 1 '"$known"'\nplan 0 1000\nrun 0 1 2 3\nclose 0\n'
result=0
"$program" serve --protocol 7 >"$work/out" </dev/null || result=$?
{ ((result == 1)) && grep -q '^error protocol 7' "$work/out"; } || fail "protocol 7: $result, $(cat "$work/out")"

# ---- a budget that all pairs would exceed ----

"$program" ab --base "$program" --head "$program" --filter '^seal/hpke\+none/x25519/openssl/64$' --budget 0.1 --format markdown --out "$work/report" 2>"$work/err" || true
tr '\n' ' ' <"$work/report" | grep -q '6 pairs of processes.*there was no time for 10 pairs more' ||
    fail "a budget for no pair at all: $(cat "$work/err" "$work/report")"

# ---- the comparison itself ----

# The planted cell alone: two programs of the same code also differ by where the linker puts it, but not by half. Under
# the sanitizers (SHORT) no time means anything.
if [[ -n ${SHORT:-} ]]; then
    ((failures == 0))
    exit
fi
filter='^seal/hpke\+none/x25519/openssl/64$'
planted=seal/hpke+none/x25519/openssl/64
make planted "exec \"$slow\" --plant $planted 500 \"\$@\""
for format in terminal markdown json; do
    result=0
    "$program" ab --base "$program" --head "$work/planted" --filter "$filter" --budget 4 --format $format \
        --out "$work/report" 2>"$work/err" || result=$?
    ((result == 1)) || fail "a slowdown of half: exit code $result: $(cat "$work/err" "$work/report")"
    grep -q slower "$work/report" || fail "a slowdown of half: not in the report: $(cat "$work/report")"
done
result=0
"$program" ab --base "$work/planted" --head "$program" --filter "$filter" --budget 4 >"$work/report" || result=$?
{ ((result == 0)) && grep -q faster "$work/report"; } || fail "the other way round: $result, $(cat "$work/report")"

((failures == 0))
