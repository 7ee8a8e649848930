#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Usage: tests/native.sh PROGRAM REASON COMMAND...
#
# Runs COMMAND on a real machine. Under an emulator, which PROGRAM notices, it says REASON and ends with 77: skipped.
set -euo pipefail
program=$1 reason=$2
shift 2
version=$("$program" --version)
grep -q '^machine ' <<<"$version" || { echo "$program does not say what machine it runs on" >&2; exit 1; }
if grep -q '^machine .*, emulated by ' <<<"$version"; then
    echo "not under emulation: $reason"
    exit 77
fi
exec "$@"
