#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Usage: tests/files_tools.sh PROGRAM
#
# With SHORT=1, as under the sanitizers, damage is sampled more thinly.
#
# The file commands on real files: every flow on every library, messages and agents' answers across libraries, damaged
# files, and wrong use. Stops at the first failure and names it.
set -uo pipefail

program=$(realpath "${1:?the program is missing}")
work=$(mktemp -d -p /dev/shm 2>/dev/null || mktemp -d) # in memory: every output is synced to its disk
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
umask 022
checks=0

die() {
    printf 'files_tools: FAILED: %s\n' "$1" >&2
    sed 's/^/    /' "$work/stderr" >&2
    exit 1
}

run() { "$program" "$@" >stdout 2>stderr; }

# works NAME ARGUMENTS...: the command succeeds. What an earlier check made of messages is replaced.
works() {
    local name=$1 force=()
    shift
    checks=$((checks + 1))
    if [[ $1 =~ ^(seal|open|access)$ && $2 != --help ]]; then force=(--force); fi
    run "$@" "${force[@]}" || die "$name: escrowbench $*"
}

# refused NAME CODE PATTERN ARGUMENTS...: it fails with CODE and one line that matches, and leaves no file `out`.
refused() {
    local name=$1 code=$2 pattern=$3 got=0
    shift 3
    checks=$((checks + 1))
    rm -f out
    run "$@" || got=$?
    judge "$name: escrowbench $*" "$code" "$pattern" "$got"
}

# judge NAME CODE PATTERN GOT (no other program is started, here and below, where a check is made often)
judge() {
    local lines temps
    mapfile -t lines <stderr
    temps=(.escrowbench-* */.escrowbench-*)
    [[ $4 == "$2" ]] || die "$1: exit code $4, not $2"
    [[ ${#lines[@]} == 1 ]] || die "$1: not one line"
    [[ ${lines[0]} =~ $3 ]] || die "$1: the line does not match '$3'"
    [[ ! -e out ]] || die "$1: it left a file"
    [[ ! -e ${temps[0]} && ! -e ${temps[-1]} ]] || die "$1: it left a temporary file"
}

stderr_has() {
    local text
    text=$(<stderr)
    [[ $text =~ $2 ]] || die "$1: the line does not match '$2'"
}

stdout_has() {
    local text
    text=$(<stdout)
    [[ $text =~ $2 ]] || die "$1: the output does not match '$2'"
}

same() {
    cmp -s "$2" "$3" || die "$1: $2 and $3 differ"
    checks=$((checks + 1))
}

mode_is() { [[ $(stat -c %a "$2") == "$1" ]] || die "$2 has mode $(stat -c %a "$2"), not $1"; }

size() { stat -c %s "$1"; }

# Damage: `take FILE` notes a small file's bytes; `cut N` and `flip BYTE BIT` write changed copies to `damaged`.
take() { mapfile -t octets < <(od -An -v -to1 -w1 "$1" | tr -d ' '); }

write_octets() {
    local text
    printf -v text '\\%s' "$@"
    # shellcheck disable=SC2059
    printf "$text" >damaged
}

cut() {
    : >damaged
    if (($1 > 0)); then write_octets "${octets[@]:0:$1}"; fi
}

flip() {
    local changed=("${octets[@]}")
    printf -v "changed[$1]" '%03o' $((8#${octets[$1]} ^ (1 << $2)))
    write_octets "${changed[@]}"
}

printf 'Attack at dawn.\n' >plain
: >empty

# ---- every flow, library by library ----

# backends SUITE: who has it.
backends() {
    case $1 in
    x25519) echo sodium openssl mbedtls ;;
    p256) echo openssl mbedtls ;;
    ristretto255) echo sodium ;;
    esac
}

# both A B: who has both suites.
both() {
    local b
    for b in $(backends "$1"); do
        [[ " $(backends "$2") " == *" $b "* ]] && echo "$b"
    done
    return 0
}

# flow TRANSPORT SUITE ESCROW ESCROW_SUITE: each library seals, another opens, a third accesses, with answers of all.
flow() {
    local transport=$1 suite=$2 escrow=$3 inner=$4 name="$1+$3, $2, $4" a b c i k
    local able signed=() from=() authority=() check=() split=() answers=()
    mapfile -t able < <(both "$suite" "$inner")
    rm -rf f && mkdir f
    works "$name: keygen" keygen --suite "$suite" --transport "$transport" --out f/bob
    if [[ $transport == hpke-auth ]]; then
        works "$name: keygen" keygen --suite "$suite" --transport "$transport" --out f/alice
        signed=(--from f/alice.key) from=(--from f/alice.pub)
    fi
    if [[ $escrow != none ]]; then
        if [[ $escrow != master ]]; then split=(--agents 5 --threshold 3); fi
        works "$name: authority" authority --escrow "$escrow" --suite "$suite" --transport "$transport" \
            --escrow-suite "$inner" "${split[@]}" --out f/court
        authority=(--authority f/court/authority.pub --user 'Zoë' --epoch 7)
        check=(--authority f/court/authority.pub --check)
    fi
    for k in "${!able[@]}"; do
        a=${able[k]} b=${able[(k + 1) % ${#able[@]}]} c=${able[(k + 2) % ${#able[@]}]}
        works "$name: seal by $a" seal --backend "$a" --to f/bob.pub "${signed[@]}" "${authority[@]}" --aad note \
            --in plain --out f/eb
        works "$name: $a to $b" open --backend "$b" --key f/bob.key "${from[@]}" "${check[@]}" --aad note --in f/eb \
            --out f/opened
        same "$name: $a to $b" plain f/opened
        [[ $escrow != none ]] || continue
        answers=(f/court/agent-1.key)
        if [[ $escrow != master ]]; then
            answers=()
            for i in 5 1 3; do
                works "$name: agent $i" access --backend "${able[i % ${#able[@]}]}" \
                    --authority f/court/authority.pub --agent f/court/agent-$i.key --in f/eb --partial-out f/answer-$i
                answers+=("f/answer-$i")
            done
        fi
        works "$name: access on $c" access --backend "$c" --authority f/court/authority.pub --aad note --in f/eb \
            --out f/accessed "${answers[@]}"
        same "$name: access on $c" plain f/accessed
    done
}

for suite in x25519 p256; do
    for transport in hpke hpke-auth hpke-stream; do
        flow $transport $suite none $suite
        flow $transport $suite master $suite
        flow $transport $suite shamir $suite
    done
    flow hpke-auth $suite threshold p256
done
flow hpke x25519 threshold ristretto255
flow hpke p256 master x25519

# ---- files and their modes ----

works keygen keygen --suite p256 --out bob
works keygen keygen --suite x25519 --out eve
works keygen keygen --suite p256 --transport hpke-auth --out ann
works master authority --escrow master --suite p256 --out one
works shamir authority --escrow shamir --suite p256 --agents 4 --threshold 2 --out some
works threshold authority --escrow threshold --suite p256 --agents 4 --threshold 3 --out many
works "another master" authority --escrow master --suite p256 --out one2
works "another shamir" authority --escrow shamir --suite p256 --agents 4 --threshold 2 --out some2
works "another threshold" authority --escrow threshold --suite p256 --agents 4 --threshold 3 --out many2
for kind in one some many; do
    works "seal $kind" seal --to bob.pub --authority $kind/authority.pub --user alice --in plain --out $kind.eb
done
works "seal none" seal --to bob.pub --in plain --out none.eb
mode_is 600 bob.key
mode_is 644 bob.pub
mode_is 600 many/agent-4.key
mode_is 644 many/authority.pub
mode_is 644 many.eb
(umask 077 && works "seal under a umask" seal --to bob.pub --in plain --out masked.eb) || exit 1
mode_is 600 masked.eb
works open open --key bob.key --in many.eb --out opened
mode_is 600 opened
works answer access --authority many/authority.pub --agent many/agent-1.key --in many.eb --partial-out answer-1
mode_is 600 answer-1
works answer access --authority many/authority.pub --agent many/agent-2.key --in many.eb --partial-out answer-2
works answer access --authority one/authority.pub --agent one/agent-1.key --in one.eb --partial-out answer-one

works "an empty message" seal --to bob.pub --authority many/authority.pub --in empty --out empty.eb
works "an empty message" open --key bob.key --in empty.eb --out opened
same "an empty message" empty opened
works "an empty message" access --authority many/authority.pub --in empty.eb --out opened many/*.key
same "an empty message" empty opened

"$program" seal --to bob.pub --in - --out - <plain 2>stderr | "$program" open --key bob.key --in - --out - >piped \
    2>stderr || die "through pipes"
same "through pipes" plain piped
head -c 3000000 /dev/urandom >large
# shellcheck disable=SC2002
cat large | "$program" seal --to bob.pub --in - --out large.eb || die "a large message from a pipe"
works "a large message" open --key bob.key --in large.eb --out opened
same "a large message" large opened
cp plain self && refused "onto itself" 1 'one of the files that were read' seal --to bob.pub --in self --out self --force
same "onto itself" plain self
refused "onto a key" 1 'one of the files that were read' seal --to bob.pub --in plain --out bob.pub --force
ln -s target link && works "through a link" seal --to bob.pub --in plain --out link
: >target && rm link && ln -s target link && works "through a link" seal --to bob.pub --in plain --out link
[[ -L link && -s target ]] || die "a symbolic link was replaced"

refused "an existing authority" 1 'exists already.*--force' authority --escrow master --suite p256 --out one
refused "an existing key" 1 'exists already.*--force' keygen --suite p256 --out bob
works "a replaced key" keygen --suite p256 --out eve2
works "a replaced key" keygen --suite x25519 --out eve2 --force
works "an authority of five" authority --escrow shamir --suite p256 --agents 5 --threshold 2 --out court
works "an authority of three in its place" authority --escrow shamir --suite p256 --agents 3 --threshold 2 --out court --force
stderr_has "an authority of three in its place" 'court/agent-4.key and 1 more stay, .*former authority'
mkdir folder
for force in '' --force; do
    refused "onto a folder" 1 'cannot write folder: it is a folder; name a file' seal --to bob.pub --in plain --out folder $force
    refused "onto a folder" 1 'cannot write folder: it is a folder' open --key bob.key --in many.eb --out folder $force
    refused "onto a folder" 1 'cannot write folder: it is a folder' access --authority one/authority.pub --in one.eb \
        --out folder one/agent-1.key $force
done
cp plain kept
ln -s kept to-kept
for target in kept to-kept; do
    refused "an existing message" 1 "$target exists already.*--force" seal --to bob.pub --in plain --out $target
    refused "an existing text" 1 "$target exists already.*--force" open --key bob.key --in many.eb --out $target
    refused "an existing text" 1 "$target exists already.*--force" access --authority one/authority.pub --in one.eb \
        --out $target one/agent-1.key
    refused "an existing answer" 1 "$target exists already.*--force" access --authority many/authority.pub --in many.eb \
        --agent many/agent-1.key --partial-out $target
done
same "what was there" plain kept
got=0 && "$program" open --key bob.key --in many.eb --out kept --force 2>stderr || got=$?
[[ $got == 0 ]] || die "a file that is to be replaced"

# ---- verdicts ----

access_many=(access --authority many/authority.pub --in many.eb)
works "more than enough" "${access_many[@]}" --out opened many/*.key
stderr_has "more than enough" 'agent 1 good, agent 2 good, agent 3 good, agent 4 unused'
works "twice, then enough" "${access_many[@]}" --out opened --agent many/agent-1.key --partial answer-1 \
    --agent many/agent-3.key --agent many/agent-4.key
refused "twice" 1 'agent 1 .*same agent twice' "${access_many[@]}" --out out --agent many/agent-1.key \
    --agent many/agent-1.key --agent many/agent-2.key
refused "too few" 1 'too few good answers: 2, and 3 are needed' "${access_many[@]}" --out out answer-1 answer-2
take answer-2 && flip $((${#octets[@]} - 1)) 0 && mv damaged lie
refused "a liar" 1 'agent 2 .*lie' "${access_many[@]}" --out out answer-1 lie many/agent-3.key
works "a liar among enough" "${access_many[@]}" --out opened answer-1 lie many/agent-3.key many/agent-4.key
stderr_has "a liar among enough" 'agent 1 good, agent 2 false \(a lie, or damaged on its way\), agent 3 good, agent 4 good'
works "a liar in JSON" "${access_many[@]}" --out opened --json answer-1 lie many/agent-3.key many/agent-4.key
stdout_has "a liar in JSON" '"opened":true.*"answered":\[1,3,4\],"liars":\[2\]'
refused "a failure in JSON" 1 'too few' "${access_many[@]}" --out out --json lie
stdout_has "a failure in JSON" '"opened":false.*"liars":\[2\]'
head -c 220 many/agent-1.key >part_1
works "a truncated share among enough" "${access_many[@]}" --out opened part_1 many/agent-[234].key
stderr_has "a truncated share among enough" 'agent 1 malformed \(truncated\), agent 2 good'
refused "a truncated share" 1 'part_1\): truncated' "${access_many[@]}" --out out part_1 many/agent-[23].key
head -c 50 many/agent-1.key >part_2
refused "a share without its whole header" 1 '; part_2: truncated' "${access_many[@]}" --out out part_2 many/agent-[23].key
refused "one answer of a truncated share" 1 'part_1: truncated' "${access_many[@]}" --agent part_1 --partial-out out

works "an answer about another message among enough" access --authority many/authority.pub --in empty.eb --out opened \
    answer-1 many/agent-[234].key
stderr_has "an answer about another message among enough" 'agent 1 other message, agent 2 good'

# Of another authority: the header says so; if it lies, the cryptography does.
refused "a foreign share" 1 'agent 3 .*of another authority' "${access_many[@]}" --out out many/agent-[12].key \
    many2/agent-3.key
refused "a foreign authority" 1 'sealed to another authority' access --authority many2/authority.pub --in many.eb \
    --out out many2/*.key
refused "an answer about another message" 1 'about another message' access --authority many/authority.pub \
    --in empty.eb --out out answer-1 many/agent-[23].key
# disguise IN LIKE OUT: one authority's share with another's fingerprint.
disguise() { LC_ALL=C sed "s/^authority: .*/$(LC_ALL=C grep -a '^authority: ' "$2")/" "$1" >"$3"; }
disguise many2/agent-3.key many/agent-3.key foreign
refused "a disguised share (threshold)" 1 'agent 3 .*a lie' "${access_many[@]}" --out out many/agent-[12].key foreign
disguise some2/agent-3.key some/agent-3.key foreign
refused "a disguised share (shamir)" 1 'agent 3 .*a lie' access --authority some/authority.pub --in some.eb --out out \
    some/agent-1.key foreign
works "a disguised share among enough (shamir)" access --authority some/authority.pub --in some.eb --out opened \
    foreign some/agent-[14].key
stderr_has "a disguised share among enough" 'agent 3 false \(.*\), agent 1 good, agent 4 good'
disguise one2/agent-1.key one/agent-1.key foreign
refused "a disguised share (master)" 1 'agent 1 .*does not open its capsule.*cannot tell' access \
    --authority one/authority.pub --in one.eb --out out foreign

# ---- the recipient's check of the escrow ----

works "an honest capsule" open --key bob.key --authority many/authority.pub --check --json --in many.eb --out opened
stdout_has "an honest capsule" '"honest":true'
refused "another authority's capsule" 1 'sealed to another authority' open --key bob.key \
    --authority many2/authority.pub --check --in many.eb --out out
works "another authority's capsule, a warning" open --key bob.key --authority many2/authority.pub --in many.eb \
    --out opened
stderr_has "another authority's capsule, a warning" 'warning: .*another authority'
refused "no escrow" 1 'sealed without escrow' open --key bob.key --authority many/authority.pub --check --in none.eb \
    --out out
refused "access without escrow" 1 'sealed without escrow' access --authority many/authority.pub --in none.eb --out out \
    many/*.key

# ---- damage ----

# harmed EVERY FILE ARGUMENTS...: of FILE, each truncation and a bit flipped in each byte is refused, by the ARGUMENTS that
# read `damaged`; in steps of EVERY bytes.
harmed() {
    local every=$1 file=$2 n
    [[ -z ${SHORT:-} ]] || every=$((every * 12 + 1))
    shift 2
    take "$file"
    for ((n = every / 2; n < ${#octets[@]}; n += every)); do
        cut $n
        refused "$file, truncated to $n bytes" 1 damaged "$@" --out out
        flip $n $((n % 8))
        refused "$file, bit $((n % 8)) of byte $n" 1 damaged "$@" --out out
    done
}
harmed 5 one.eb open --key bob.key --in damaged
for ((n = 208; n <= 213; n++)); do # and each truncation where the header ends and at the end
    cut $n && refused "one.eb, truncated to $n bytes" 1 'damaged' open --key bob.key --in damaged --out out
done
for ((n = ${#octets[@]} - (${SHORT:-0} ? 2 : 20); n < ${#octets[@]}; n++)); do
    cut $n && refused "one.eb, truncated to $n bytes" 1 'damaged' open --key bob.key --in damaged --out out
done
harmed 41 one.eb access --authority one/authority.pub --in damaged one/agent-1.key
harmed 41 some.eb access --authority some/authority.pub --in damaged some/agent-1.key some/agent-2.key
harmed 41 many.eb access --authority many/authority.pub --in damaged many/agent-1.key many/agent-2.key many/agent-3.key
harmed 23 answer-2 "${access_many[@]}" answer-1 damaged many/agent-3.key
harmed 23 some/agent-1.key access --authority some/authority.pub --in some.eb damaged some/agent-2.key
printf x >byte
cat one.eb byte >damaged
refused "a byte more" 1 'does not open' open --key bob.key --in damaged --out out
refused "another aad" 1 'another --aad' open --key bob.key --aad x --in one.eb --out out
refused "another aad in access" 1 'another --aad' access --authority one/authority.pub --aad x --in one.eb --out out \
    one/agent-1.key
works "another key of the suite" keygen --suite p256 --out carol
refused "another key of the suite" 1 'carol.key: it is for another key' open --key carol.key --in one.eb --out out
LC_ALL=C sed 's/^user: alice/user: bobby/' one.eb >damaged
refused "another user" 1 'does not open' open --key bob.key --in damaged --out out
LC_ALL=C sed 's/^epoch: 0/epoch: 1/' one.eb >damaged
refused "another epoch" 1 'does not open' open --key bob.key --in damaged --out out
refused "another epoch in access" 1 'capsule' access --authority one/authority.pub --in damaged --out out \
    one/agent-1.key
for part in bob.pub many/authority.pub; do
    head -c $(($(size $part) - 1)) $part >part_1
    refused "a truncated $part" 1 'part_1: truncated' seal --to "$([[ $part == bob.pub ]] && echo part_1 || echo bob.pub)" \
        --authority "$([[ $part == bob.pub ]] && echo many/authority.pub || echo part_1)" --in plain --out out
    cat $part byte >part_1
    refused "a longer $part" 1 'part_1: too long' seal --to "$([[ $part == bob.pub ]] && echo part_1 || echo bob.pub)" \
        --authority "$([[ $part == bob.pub ]] && echo many/authority.pub || echo part_1)" --in plain --out out
done
take bob.pub && flip $((${#octets[@]} - 1)) 0 && mv damaged bent
refused "a public key off the curve" 1 'bent: damaged' seal --to bent --in plain --out out
take many/authority.pub && flip $((${#octets[@]} - 1)) 0 && mv damaged bent
refused "an authority off the curve" 1 'bent: damaged' seal --to bob.pub --authority bent --in plain --out out
head -c 80 bob.key >part_1
refused "a truncated key" 1 'part_1: truncated' open --key part_1 --in one.eb --out out

# ---- wrong files ----

refused "no such key" 1 'cannot read missing.pub: No such file' seal --to missing.pub --in plain --out out
refused "no such message" 1 'cannot read missing: No such file' open --key bob.key --in missing --out out
refused "no such share" 1 'cannot read missing: No such file' "${access_many[@]}" --out out missing
refused "a folder" 1 'it is a folder' seal --to bob.pub --in many --out out
refused "a folder as output" 1 'cannot write many: it is a folder; name a file' seal --to bob.pub --in plain --out many
refused "no such folder" 1 'cannot write missing/x: No such file' seal --to bob.pub --in plain --out missing/x
refused "not ours" 1 'plain: not a file of escrowbench' seal --to plain --in plain --out out
refused "an empty key" 1 'empty: empty' seal --to empty --in plain --out out
refused "a private key for a public one" 1 'kind private-key; one of kind public-key' seal --to bob.key --in plain \
    --out out
refused "a public key for a private one" 1 'kind public-key; one of kind private-key' open --key bob.pub --in one.eb \
    --out out
refused "a key for a message" 1 'kind public-key; one of kind message' open --key bob.key --in bob.pub --out out
refused "a key for a share" 1 'kind private-key; an agent' "${access_many[@]}" --out out --agent bob.key
refused "an answer for a share" 1 'kind partial; an agent.s key' "${access_many[@]}" --out out --agent answer-1
refused "another suite" 1 'eve.key is for transport hpke, suite x25519, but one.eb' open --key eve.key --in one.eb \
    --out out
refused "another transport" 1 'ann.key is for transport hpke-auth' open --key ann.key --in one.eb --out out
refused "an authority of another suite" 1 'one/authority.pub is for .* but eve.pub' seal --to eve.pub \
    --authority one/authority.pub --in plain --out out
LC_ALL=C sed 's/^suite: p256/suite: p384/' bob.pub >bent
refused "an unknown suite in a file" 1 "bent: made for suite 'p384', which" seal --to bent --in plain --out out
if [[ $(id -u) != 0 ]]; then
    cp bob.key locked && chmod 000 locked
    refused "an unreadable key" 1 'cannot read locked: Permission denied' open --key locked --in one.eb --out out
fi

# ---- wrong use ----

for name in authority keygen seal open access; do
    works "help of $name" $name --help
    stdout_has "help of $name" "^Usage: escrowbench $name "
done
wraps=(master partial shamir shamir-message threshold threshold-cca threshold-dkg)
works "help of authority" authority --help
for escrow in "${wraps[@]}"; do
    stdout_has "the escrows that authority names" "[ (]${escrow}[ ,]"
done
for escrow in "${wraps[@]}"; do
    [[ $escrow == master || $escrow == partial ]] && split=() || split=(--agents 3 --threshold 2)
    works "$escrow has files" authority --escrow "$escrow" --suite p256 "${split[@]}" --out "of-$escrow"
done
refused "no arguments" 2 'needed' seal
refused "an unknown flag" 2 'did you mean --authority' seal --autority x
refused "t > n" 2 'above' authority --escrow shamir --suite p256 --agents 3 --threshold 4 --out out
refused "n = 0" 2 'out of range' authority --escrow shamir --suite p256 --agents 0 --threshold 1 --out out
refused "n > 255" 2 'out of range' authority --escrow shamir --suite p256 --agents 256 --threshold 1 --out out
refused "t = 0" 2 'out of range' authority --escrow shamir --suite p256 --agents 3 --threshold 0 --out out
refused "t alone" 2 'go together' authority --escrow shamir --suite p256 --threshold 3 --out out
refused "no t and n" 2 'needs --agents N and --threshold T' authority --escrow shamir --suite p256 --out out
refused "master with agents" 2 'one holder: leave out --agents and --threshold' authority --escrow master --suite p256 --agents 3 --threshold 2 --out out
refused "no escrow" 2 'none has no authority' authority --escrow none --suite p256 --out out
refused "an unknown escrow" 2 "unknown escrow 'clipr'; there are master, shamir, threshold, shamir-message, threshold-cca, threshold-dkg, partial \\(" authority --escrow clipr --suite p256 --out out
refused "an unknown suite" 2 "unknown suite 'p265'; there are x25519, p256, xwing \\(" keygen --suite p265 --out out
refused "an unknown transport" 2 "unknown transport 'hpk'; there are hpke, hpke-auth, hpke-stream \\(" keygen --suite p256 --transport hpk --out out
refused "an unknown backend" 2 "unknown backend 'opensll'; there are" keygen --suite p256 --backend opensll --out out
refused "a backend without the suite" 2 'backend sodium cannot do this' keygen --suite p256 --backend sodium --out out
refused "a suite that is no transport's" 2 'has no suite ristretto255' keygen --suite ristretto255 --out out
refused "two suites that no library has" 2 'sodium: .*openssl: ' authority --escrow threshold --suite p256 \
    --escrow-suite ristretto255 --agents 3 --threshold 2 --out out
refused "no sender" 2 'authenticates the sender: --from' seal --to ann.pub --in plain --out out
refused "a sender too many" 2 'does not authenticate the sender' seal --to bob.pub --from bob.key --in plain --out out
refused "a user without authority" 2 'give --authority' seal --to bob.pub --user alice --in plain --out out
refused "a user's control characters" 2 'without control characters' seal --to bob.pub \
    --authority one/authority.pub --user $'a\tb' --in plain --out out
refused "a long aad" 2 'aad is too long: 5000 bytes, at most' seal --to bob.pub --aad "$(printf '%5000s' x)" --in plain \
    --out out
refused "a check without authority" 2 'check needs --authority' open --key bob.key --check --in one.eb --out out
refused "two outputs on one stream" 2 'both want standard output' seal --to bob.pub --json --in plain --out -
refused "an answer from two agents" 2 'one agent' "${access_many[@]}" --partial-out out --agent many/agent-1.key \
    --agent many/agent-2.key
refused "no agents" 2 'no agents' "${access_many[@]}" --out out
refused "an order without authority" 2 'authority is needed' access --agent many/agent-1.key --in many.eb \
    --partial-out out
[[ ! -s stdout ]] || die "a refusal printed something"

# ---- full disk, closed pipe, limits, interrupts ----

refused "a full disk" 1 'cannot write /dev/full: No space left' seal --to bob.pub --in plain --out /dev/full
got=0 && "$program" seal --to bob.pub --in large --out - >/dev/full 2>stderr || got=$?
judge "a full standard output" 1 'cannot write standard output: No space left' $got
got=0 && "$program" seal --to bob.pub --in plain --out out --json >/dev/full 2>stderr || got=$?
judge "no room for the summary" 1 'cannot write the summary.*No space left' $got
got=0 && "$program" seal --to bob.pub --in plain --out - >&- 2>stderr || got=$?
judge "no standard output" 1 'cannot write standard output' $got
{
    got=0
    "$program" open --key bob.key --in large.eb --out - 2>stderr || got=$?
    echo $got >code
} | true
judge "a closed pipe" 1 'closed pipe' "$(cat code)"
truncate -s $((1024 * 1024 * 1024 + 1)) huge
refused "more than 1 GiB" 1 'huge: too long: messages of more than 1073741824 bytes' seal --to bob.pub --in huge --out out
if (ulimit -f 1) 2>/dev/null; then
    # A file system that fills up half way: the limit on a file's size is one for tests. SIGXFSZ would end the shell.
    got=0
    (
        ulimit -f 1000
        trap '' XFSZ
        exec "$program" seal --to bob.pub --in large --out out
    ) 2>stderr || got=$?
    judge "a disk that fills up" 1 'cannot write .*out: File too large' $got
fi
truncate -s 500M huge
if { (ulimit -v 300000 && "$program" keygen --suite p256 --out small); } 2>/dev/null; then # not under a sanitizer
    got=0
    (ulimit -v 300000 && exec "$program" seal --to bob.pub --in huge --out out) 2>stderr || got=$?
    judge "no memory" 1 'not enough memory: 524288001 bytes' $got
fi
# A signal while the output is staged: the summary has to wait for room in a pipe that is full.
mkfifo fifo
exec 9<>fifo
head -c 65536 /dev/zero >&9
for signal in TERM HUP; do
    "$program" seal --to bob.pub --in plain --out out --json >&9 2>stderr &
    for ((n = 0; n < 200; n++)); do
        compgen -G '.escrowbench-*' >/dev/null && break
        sleep 0.02
    done
    ((n < 200)) || die "SIG$signal: nothing was staged"
    kill -s $signal $!
    wait $! 2>/dev/null
    [[ $? == $((128 + $(kill -l $signal))) ]] || die "SIG$signal did not end it"
    [[ ! -e out ]] || die "SIG$signal left a file"
    ! compgen -G '.escrowbench-*' >/dev/null || die "SIG$signal left a temporary file"
done
exec 9>&-

# ---- big numbers ----

works "255 agents" authority --escrow shamir --suite x25519 --agents 255 --threshold 255 --out all
works "255 agents" seal --to eve.pub --authority all/authority.pub --in plain --out all.eb
works "255 agents" access --authority all/authority.pub --in all.eb --out opened all/agent-*.key
same "255 agents" plain opened
longest=$(printf '%256s' '' | tr ' ' u)
works "the longest user and epoch" seal --to bob.pub --authority one/authority.pub --user "$longest" \
    --epoch 18446744073709551615 --in plain --out opened
works "the longest user and epoch" open --key bob.key --authority one/authority.pub --check --in opened --out opened2
refused "a user that is too long" 2 'at most 256 bytes' seal --to bob.pub --authority one/authority.pub \
    --user "u$longest" --in plain --out out

printf 'files_tools: %d checks passed\n' "$checks"
