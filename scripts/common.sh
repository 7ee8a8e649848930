# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# What the scripts share: sourced, never run. Moves the caller to the top folder of the project; $start is the folder
# where it was called.

start=$PWD
self=$(cd "$(dirname "$0")" && pwd)/${0##*/}
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
# shellcheck disable=SC2034 # used by most
root=$PWD

say() { printf '%s\n' "$*"; }

warn() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }

# One clear line and exit 1: something failed.
die() {
    warn "$*"
    exit 1
}

# One clear line and exit 2: the command was not understood.
misused() {
    warn "$* (--help tells more)"
    exit 2
}

# A script's help is the comment at its top, from the fourth line on.
help() {
    sed -n '4,$ { /^#/!q; s/^# \{0,1\}//; p; }' "$self"
    exit 0
}

# from_start PATH: a path as the caller meant it, made absolute.
from_start() {
    case $1 in
    /*) say "$1" ;;
    *) say "$start/$1" ;;
    esac
}

# build_dir PRESET: where the preset builds.
build_dir() {
    case $1 in
    release) say build ;;
    *) say "build/$1" ;;
    esac
}

# logged LOG COMMAND...: runs it quietly; shows the end of the log if it fails.
logged() {
    local log=$1
    shift
    if ! "$@" >"$log" 2>&1; then
        tail -n 40 "$log" >&2
        die "failed: $* (the whole log is $log)"
    fi
}

# build PRESET: configures where that was not done yet, then builds.
build() {
    local dir
    dir=$(build_dir "$1")
    mkdir -p "$dir"
    say "Building ($1) ..."
    if [[ ! -f $dir/build.ninja ]]; then
        logged "$dir/configure.log" cmake --preset "$1"
    fi
    logged "$dir/build.log" cmake --build --preset "$1"
}
