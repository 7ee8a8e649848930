#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Usage: tests/two_machines.sh HERE THERE
#
# Two builds of the program, for two architectures, each given as something that can be started: do they make the same bytes
# of the same coins, does each open, access and recombine what the other sealed and split, and read what the other wrote? For
# every scheme that both have; files for every transport and escrow that has a file form. Ends with what was compared.
set -euo pipefail

here=$(realpath "${1:?the program is missing}") there=$(realpath "${2:?the other program is missing}")
repository=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d -p /dev/shm 2>/dev/null || mktemp -d)
makers=()
trap '((${#makers[@]} == 0)) || kill "${makers[@]}" 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
export XDG_CACHE_HOME=$work/cache
checks=0

fail() {
    printf 'two_machines: FAILED: %s\n' "$*" >&2
    [[ ! -s err ]] || sed 's/^/    /' err >&2
    exit 1
}

works() {
    checks=$((checks + 1))
    "$@" >out 2>err || fail "$*"
}

refused() {
    checks=$((checks + 1))
    ! "$@" >out 2>err || fail "not refused: $*"
}

same() {
    checks=$((checks + 1))
    cmp -s "$1" "$2" || fail "$3: $1 and $2 differ"
}

# ---- the same bytes of the same coins ----

# While files are exchanged: an emulator takes half a minute.
"$here" verify --bytes >bytes-here 2>err-here &
makers+=($!)
"$there" verify --bytes >bytes-there 2>err-there &
makers+=($!)

# ---- each other's files ----

printf 'Attack at dawn.\n' >plain

# flow A B TRANSPORT ESCROW SUITE ESCROW_SUITE BACKEND T N: A makes keys, authority and message; B opens, answers and
# combines, with A's answers among its own.
flow() {
    local a=$1 b=$2 transport=$3 escrow=$4 suite=$5 inner=$6 backend=$7 t=$8 n=$9 i
    local to=(--to f/bob.pub) from=() check=() split=() answers=()
    rm -rf f damaged
    mkdir f
    works "$a" keygen --suite "$suite" --transport "$transport" --out f/bob
    if [[ $transport == hpke-auth ]]; then
        works "$b" keygen --suite "$suite" --transport "$transport" --out f/alice
        to+=(--from f/alice.key)
        from=(--from f/alice.pub)
    fi
    if [[ $escrow != none ]]; then
        if ((n > 1)); then split=(--agents "$n" --threshold "$t"); fi
        works "$a" authority --escrow "$escrow" --suite "$suite" --transport "$transport" --escrow-suite "$inner" "${split[@]}" \
            --out f/court
        to+=(--authority f/court/authority.pub --user alice --epoch 7)
        check=(--authority f/court/authority.pub)
    fi
    works "$a" seal --backend "$backend" "${to[@]}" --aad note --in plain --out f/eb
    works "$b" open --backend "$backend" --key f/bob.key "${from[@]}" "${check[@]}" --aad note --in f/eb --out f/opened
    same plain f/opened "$transport+$escrow/$suite/$backend"
    # A byte of the body changed: refused on the other machine, too.
    { head -c -1 f/eb && tail -c 1 f/eb | tr '\000-\377' '\001-\377\000'; } >damaged
    refused "$b" open --backend "$backend" --key f/bob.key "${from[@]}" "${check[@]}" --aad note --in damaged --out f/no
    [[ $escrow != none ]] || return 0
    for ((i = 1; i <= (n > 1 ? t : 1); i++)); do
        if ((n > 1)); then
            works "$(if ((i % 2)); then echo "$b"; else echo "$a"; fi)" access --backend "$backend" \
                --authority f/court/authority.pub --agent "f/court/agent-$i.key" --in f/eb --partial-out "f/answer-$i"
            answers+=("f/answer-$i")
        else
            answers+=("f/court/agent-$i.key")
        fi
    done
    works "$b" access --backend "$backend" --authority f/court/authority.pub --aad note --in f/eb --out f/accessed \
        "${answers[@]}"
    same plain f/accessed "access, $transport+$escrow/$suite/$backend"
}

# Each transport and escrow once, on one library after the other.
"$here" list --plain --files --threshold 2 --agents 3 >cells-here
"$there" list --plain --files --threshold 2 --agents 3 >cells-there
sort cells-here cells-there | uniq -d | awk '
    $1 == ($3 == "none" ? "open" : "access") {
        pair = $2 " " $3
        if (!(pair in count)) order[++pairs] = pair
        line[pair, ++count[pair]] = $2 " " $3 " " $4 " " $5 " " $6 " " $7 " " $8
    }
    END { for (i = 1; i <= pairs; i++) print line[order[i], 1 + i % count[order[i]]] }' >flows
[[ -s flows ]] || fail "no scheme with a file form in common"
flows=0
while read -r transport escrow suite inner backend t n; do
    [[ $inner != - ]] || inner=$suite
    flow "$here" "$there" "$transport" "$escrow" "$suite" "$inner" "$backend" "$t" "$n"
    flow "$there" "$here" "$transport" "$escrow" "$suite" "$inner" "$backend" "$t" "$n"
    flows=$((flows + 2))
done <flows

# ---- run files ----

published=("$repository"/results/quick-*.json)
for format in terminal markdown csv json; do
    works "$here" report --format "$format" --out report-here "${published[0]}"
    works "$there" report --format "$format" --out report-there "${published[0]}"
    same report-here report-there "report --format $format"
done
cat >times.json <<'END'
{"results": [{"command": "seal/hpke+none/x25519/sodium/1024", "times": [0.001, 0.0012, 0.00110000001], "exit_codes": [0, 0, 0]}]}
END
for pair in "$here $there" "$there $here"; do
    read -r writer reader <<<"$pair"
    rm -f run.json
    works "$writer" import --hyperfine times.json --out run.json
    for program in "$writer" "$reader"; do
        works "$program" report --format csv --all --out "report-$([[ $program == "$writer" ]] && echo writer || echo reader)" run.json
    done
    same report-writer report-reader "a run file that the other wrote"
done

# ---- the same bytes, compared ----

for maker in "${makers[@]}"; do
    wait "$maker" || { cat err-here err-there >err && fail "verify --bytes"; }
done
makers=()
sort -k2 bytes-here >sorted-here
sort -k2 bytes-there >sorted-there
# Schemes that one of them lacks (an older library) are left out; those that both have must be equal.
join -1 2 -2 2 sorted-here sorted-there >both
schemes=$(wc -l <both)
((schemes >= 100)) || fail "only $schemes schemes in common"
awk '$2 != $3 { print $1; bad = 1 } END { exit bad }' both >err || fail "other bytes of the same coins"
distinct=$(cut -d' ' -f2 both | sort -u | wc -l)
checks=$((checks + schemes))

echo "$schemes schemes make the same bytes ($distinct distinct), $flows exchanges of files, $checks checks"
