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

# build PRESET [OPTIONS of cmake --build]: configures where that was not done yet, then builds.
build() {
    local dir
    dir=$(build_dir "$1")
    mkdir -p "$dir"
    say "Building ($1) ..."
    if [[ ! -f $dir/build.ninja ]]; then
        logged "$dir/configure.log" cmake --preset "$1"
    fi
    logged "$dir/build.log" cmake --build --preset "$1" "${@:2}"
}

# npm_packages: independent implementations to compare with, into build/npm, where npm is there. Without them their tests are skipped.
npm_packages() {
    local dir=build/npm
    if cmp -s tests/peers/package.json "$dir/package.json" && [[ -d $dir/node_modules ]]; then
        return
    fi
    command -v npm >/dev/null || { say "npm is not here: the tests against its packages will be skipped"; return; }
    say "Installing npm packages to compare with, in $dir ..."
    mkdir -p "$dir"
    cp tests/peers/package.json "$dir/"
    if ! npm install --prefix "$dir" --no-audit --no-fund --ignore-scripts >"$dir/install.log" 2>&1; then
        rm -f "$dir/package.json"
        say "npm could not install them ($dir/install.log): the tests against its packages will be skipped"
    fi
}

# emulator: what emulates this machine, as the program that was built here sees it; nothing on a real one.
emulator() { build/escrowbench --version | sed -n 's/^machine .*, emulated by //p'; }

# architecture ARCH [triplet|emulator]: that field of scripts/cmake/architectures; misused if there is no such one.
architecture() {
    local name processor triplet emulator
    while read -r name processor triplet emulator; do
        [[ $name == "$1" ]] || continue
        case ${2:-} in
        triplet) say "$triplet" ;;
        emulator) say "$emulator" ;;
        processor) say "$processor" ;;
        esac
        return 0
    done < <(grep -v '^#' "$root/scripts/cmake/architectures")
    misused "architecture '$1' is not supported: $(grep -v '^#' "$root/scripts/cmake/architectures" | cut -d' ' -f1 | paste -sd' ')"
}

# own_arch: Debian's name for what this machine is, where it is one of those; else the kernel's.
own_arch() {
    local name processor machine
    machine=$(uname -m)
    while read -r name processor _; do
        [[ $processor != "$machine" ]] || break
    done < <(grep -v '^#' "$root/scripts/cmake/architectures")
    say "${name:-$machine}"
}

# known_suite SUITE: misused if no roots are made of it.
known_suite() {
    case $1 in
    bookworm | trixie | unstable) ;;
    *) misused "suite '$1' is not supported: bookworm, trixie or unstable" ;;
    esac
}

# own_suite: the Debian that this machine is, if it is one of these; else trixie.
own_suite() {
    local codename
    codename=$(. /etc/os-release 2>/dev/null && say "${VERSION_CODENAME:-}") || codename=
    case $codename in
    bookworm | trixie) say "$codename" ;;
    *) say trixie ;;
    esac
}

# cross_dir ARCH SUITE: where that is built.
cross_dir() {
    if [[ $2 == "$(own_suite)" ]]; then say "build/$1"; else say "build/$1-$2"; fi
}

# build_cross ARCH SUITE: makes the root of libraries where it is missing, then builds. Sets sysroot and cross.
build_cross() {
    scripts/setup --quiet --arch "$1"
    sysroot=$(scripts/sysroot "$1" "$2")
    cross=$(cross_dir "$1" "$2")
    # Another root is another build.
    if [[ -e $cross && "$(cat "$cross/root-packages" 2>/dev/null)" != "$(cat "$sysroot/packages")" ]]; then
        rm -rf --one-file-system "$cross"
    fi
    mkdir -p "$cross"
    say "Building ($1, Debian $2) ..."
    if [[ ! -f $cross/build.ninja ]]; then
        logged "$cross/configure.log" cmake --preset "$1" -B "$cross" -D EB_SYSROOT="$sysroot"
        cp "$sysroot/packages" "$cross/root-packages"
    fi
    logged "$cross/build.log" cmake --build "$cross"
}
