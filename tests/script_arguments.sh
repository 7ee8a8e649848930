#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Usage: tests/script_arguments.sh PROJECT
#
# scripts/test refuses what neither it nor ctest knows, before it installs or builds anything: ctest itself passes over it,
# and runs every test.
set -euo pipefail

die() {
    printf 'script_arguments: %s\n' "$*" >&2
    exit 1
}

# refused PATTERN ARGUMENTS...: exit 2 with one line that matches, and nothing else said.
refused() {
    local pattern=$1 got=0 said
    shift
    said=$(timeout 20 "$project/scripts/test" "$@" 2>&1) || got=$?
    ((got == 2)) || die "$* ended with $got, not 2: $said"
    [[ $said =~ $pattern && $said != *$'\n'* ]] || die "$*: not one line with '$pattern': $said"
}

project=$1
refused "unknown argument '--nonsense'" --nonsense
refused "unknown argument '--nonsense'" -R gf256 --nonsense
refused "unknown argument 'gf256'" gf256
refused "unknown argument '--test-dir'" --test-dir elsewhere
refused '-R needs a value' -R
refused "architecture 'none' is not supported" -L quick --arch none
help=$("$project/scripts/test" --help) || die "no help"
[[ $help == *build/npm* ]] || die "the help does not say what is fetched"
