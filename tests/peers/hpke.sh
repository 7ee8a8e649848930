#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Usage: tests/peers/hpke.sh PROGRAM PACKAGES
#
# HPKE against independent implementations: messages by this program and by npm packages, in the folder PACKAGES
# (node_modules), open each other's, changed ones do not. Exits 77, which ctest counts as skipped, where node or the packages
# are missing; scripts/test installs the packages where npm is there.
set -uo pipefail

program=$(realpath "${1:?the program is missing}")
packages=$2
here=$(realpath "$(dirname "$0")")
if ! command -v node >/dev/null || [[ ! -d $packages/@hpke/core ]]; then
    echo "SKIPPED: needs node, and in $packages: @hpke/core @hpke/chacha20poly1305 @hpke/hybridkem-x-wing hpke @noble/post-quantum"
    exit 77
fi
packages=$(realpath "$packages")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
checks=0

die() {
    printf 'peers/hpke: FAILED: %s\n' "$1" >&2
    sed 's/^/    /' log >&2
    exit 1
}
works() {
    local name=$1
    shift
    checks=$((checks + 1))
    "$@" >log 2>&1 || die "$name: $*"
}
refused() {
    local name=$1
    shift
    checks=$((checks + 1))
    ! "$@" >log 2>&1 || die "$name was accepted: $*"
}
peer() { node "$here/hpke.mjs" "$packages" "$@"; }

# exchange PACKAGE TRANSPORT SUITE SENDER: both ways, and with one byte changed. SENDER: - or the prefix of a sender's keys.
exchange() {
    local name="$1 $2 $3" sender=() from=()
    [[ $4 == - ]] || { sender=(--from "$4.key"); from=(--from "$4.pub"); }
    works "$name" "$program" seal --to bob.pub "${sender[@]}" --force --in letter --out ours
    works "$name" peer open "$1" bob.key "$([[ $4 == - ]] && echo - || echo "$4.pub")" ours plain
    works "$name" cmp letter plain
    works "$name" peer seal "$1" bob.pub "$4" letter theirs
    works "$name" "$program" open --key bob.key "${from[@]}" --force --in theirs --out plain
    works "$name" cmp letter plain
    changed ours
    refused "$name" peer open "$1" bob.key "$([[ $4 == - ]] && echo - || echo "$4.pub")" ours plain
    changed theirs
    refused "$name" "$program" open --key bob.key "${from[@]}" --force --in theirs --out plain
    rm -f plain
}

# changed FILE: its last byte.
changed() {
    local last
    last=$(tail -c 1 "$1" | od -An -tu1)
    # shellcheck disable=SC2059 # an octal escape
    printf "\\$(printf %o $((last ^ 1)))" | dd of="$1" bs=1 seek=$(($(stat -c %s "$1") - 1)) conv=notrunc status=none
}

head -c 1000 /dev/urandom >letter
suites=()
for suite in x25519 p256 xwing; do
    if ! "$program" keygen --suite $suite --out bob --force >log 2>&1; then
        [[ $suite == xwing ]] || die "keygen of $suite"
        echo "SKIPPED: suite xwing, which no library here has"
        continue
    fi
    suites+=("$suite")
    exchange @hpke/core hpke $suite -
    if [[ $suite == xwing ]]; then
        works "noble" "$program" seal --to bob.pub --force --in letter --out ours
        works "noble" peer x-wing bob.key bob.pub ours
        works "another key" "$program" keygen --suite $suite --out eve --force
        refused "another key" peer x-wing eve.key bob.pub ours
        continue
    fi
    [[ $suite != p256 ]] || exchange hpke hpke $suite - # which has ChaCha20-Poly1305 in the newest node alone
    for who in bob alice; do
        works "keys" "$program" keygen --transport hpke-auth --suite $suite --out $who --force
    done
    exchange @hpke/core hpke-auth $suite alice
done
echo "$checks checks passed: ${suites[*]}"
