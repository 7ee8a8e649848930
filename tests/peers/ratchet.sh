#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Usage: tests/peers/ratchet.sh TALK PACKAGES
#
# The ratchet against an implementation of its own on node's cryptography (ratchet.mjs), and that this one notices another key, another
# signature, another order. Exits 77, which ctest counts as skipped, where node is missing.
set -euo pipefail

here=$(realpath "$(dirname "$0")")
if ! command -v node >/dev/null; then
    echo "SKIPPED: needs node"
    exit 77
fi
said=$(mktemp)
trap 'rm -f "$said"' EXIT
follow() { node "$here/ratchet.mjs" "$2" <<<"$1"; }
talks=$("$1")
follow "$talks" "$2"

# refused WHAT EXPRESSION: with that put into the first conversation.
refused() {
    local changed
    changed=$(node -e "
        const lines = require('fs').readFileSync(0, 'utf8').trim().split('\n');
        const t = JSON.parse(lines[0]), flip = (s, at) => s.slice(0, at) + (s[at] === '0' ? '1' : '0') + s.slice(at + 1);
        $2
        console.log([JSON.stringify(t), ...lines.slice(1)].join('\n'));" <<<"$talks")
    if follow "$changed" "${3:-}" >"$said" 2>&1; then
        echo "FAILED: it accepts $1"
        exit 1
    fi
}
refused "another signature" 't.pkA = flip(t.pkA, t.pkA.length - 2);'
refused "another private key" 't.skB = flip(t.skB, 70);'
refused "another message" 't.messages[1].wire = flip(t.messages[1].wire, t.messages[1].wire.length - 2);'
refused "another order" '[t.messages[0], t.messages[1]] = [t.messages[1], t.messages[0]];'
refused "other coins of an answer" 't.messages[3].coins = flip(t.messages[3].coins, 0);'
