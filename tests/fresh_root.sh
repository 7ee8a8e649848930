#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Usage: fresh_root.sh SOURCE-FOLDER
#
# scripts/fresh-root with a stand-in for mmdebstrap: what it refuses, that a command's result is handed on, and that a base
# system whose making failed, was interrupted or killed is never used. Skipped (77) after the refusals where the rest cannot
# be: without root rights, namespaces or git.
set -euo pipefail

source=$1
script=$source/scripts/fresh-root
tmp=$(mktemp -d)
trap 'rm -rf --one-file-system "$tmp"' EXIT
export PATH=$tmp/bin:$PATH
roots=$tmp/roots

fail() {
    printf 'FAILED: %s\n' "$*"
    cat "$tmp/said" 2>/dev/null || true
    exit 1
}

# expect CODE TEXT COMMAND...: exits with it, and says that.
expect() {
    local code=0
    "${@:3}" >"$tmp/said" 2>&1 </dev/null || code=$?
    [[ $code == "$1" ]] || fail "exit code $code instead of $1: ${*:3}"
    grep -q -- "$2" "$tmp/said" || fail "says nothing of '$2': ${*:3}"
}

# refused TEXT ARGUMENTS...: a usage error, in one line.
refused() {
    expect 2 "$1" "$script" --dir "$roots" "${@:2}"
    (($(wc -l <"$tmp/said") == 1)) || fail "not one line: ${*:2}"
}

refused "suite and a command" trixie
refused "suite 'sarge' is not supported" sarge true
refused "architecture 'mips' is not supported" --arch mips trixie true
refused "--arch needs a value" --arch
refused "not 'yesterday'" --snapshot yesterday --mirror http://localhost trixie true
refused "needs --mirror" --snapshot 20261124T000000Z trixie true
refused "unknown argument '--fast'" --fast trixie true
[[ ! -e $roots ]] || fail "a refused call made $roots"

[[ $(id -u) == 0 ]] || { echo "not root: the rest is skipped"; exit 77; }
unshare --mount --pid --fork true 2>/dev/null || { echo "no namespaces here: the rest is skipped"; exit 77; }
git -C "$source" rev-parse --quiet --verify HEAD >/dev/null 2>&1 || { echo "no git clone: the rest is skipped"; exit 77; }

# A base system of a shell and its libraries.
mkdir -p "$tmp/bin" "$tmp/base"/{proc,sys,dev,root,bin,etc/apt/apt.conf.d}
cp -L "$(command -v dash || command -v sh)" "$tmp/base/bin/sh"
ldd "$tmp/base/bin/sh" | grep -o '/[^ ]*' | while read -r file; do
    mkdir -p "$tmp/base${file%/*}"
    cp -L "$file" "$tmp/base$file"
done

# The stand-in does what the file "how" says: make the base system, fail half-way, or hang half-way. As the real one it works
# by a child and by mounts in its temporary folder. The file "hanging" is held by all that it has started.
cat >"$tmp/bin/mmdebstrap" <<STAND_IN
#!/usr/bin/env bash
for argument; do case \$argument in *.tar) out=\$argument ;; esac; done
case \$(cat "$tmp/how") in
make) tar --create --file "\$out" --directory "$tmp/base" . ;;
fail) echo half >"\$out"; printf 'I: begins\nE: no such archive\nI: ends\n'; exit 1 ;;
hang)
    echo half >"\$out"
    folder=\$(mktemp -d)
    mount -t tmpfs tmpfs "\$folder"
    exec 8>"$tmp/held"
    flock 8
    sh -c 'trap "" TERM INT; sleep 60; sleep 60' &
    echo "\$folder" >"$tmp/hanging"
    wait
    ;;
esac
STAND_IN
chmod +x "$tmp/bin/mmdebstrap"

run() { "$script" --dir "$roots" --mirror http://localhost "$@"; }

no_base() {
    local files=("$roots"/*.tar)
    [[ ! -e ${files[0]} ]] || fail "a half-made base system was kept: ${files[*]}"
}

nothing_left() {
    local folders=("$roots"/run.*)
    [[ ! -e ${folders[0]} ]] || fail "left over: ${folders[*]}"
}

# during COMMAND...: ends a run by a signal while its command runs in the root; command and run must be gone at once.
during() {
    local pid
    mkfifo "$tmp/alive"
    "$script" --dir "$roots" trixie "$@" >"$tmp/alive" 2>/dev/null &
    pid=$!
    exec 9<"$tmp/alive"
    while read -r line <&9; do [[ $line == started ]] && break; done
    kill -TERM "$pid"
    wait "$pid" 2>/dev/null && fail "a run that was ended succeeded"
    # Its end of the pipe is closed once all that it has started is gone.
    read -r -t 20 line <&9 && fail "it went on: $line"
    (($? <= 128)) || fail "what it has started is still there"
    exec 9<&-
    rm "$tmp/alive"
}

# hang SIGNAL: starts a run, and ends it while the base system is being made; nothing that it has started or mounted is left.
hang() {
    local pid folder started
    rm -f "$tmp/hanging"
    echo hang >"$tmp/how"
    "$script" --dir "$roots" --mirror http://localhost trixie true >"$tmp/said" 2>&1 & # no function: its own process
    pid=$!
    for _ in {1..200}; do
        [[ -s $tmp/hanging ]] && break
        sleep 0.05
    done
    [[ -s $tmp/hanging ]] || fail "the stand-in was not called"
    folder=$(cat "$tmp/hanging")
    [[ $folder == "$roots"/run.*/* ]] || fail "it works in $folder, not in its own folder"
    ! grep -q " $folder " /proc/mounts || fail "what it mounts is seen outside"
    mapfile -t started < <(pgrep -P "$pid")
    kill "-$1" "$pid"
    wait "$pid" 2>/dev/null && fail "a run that got $1 succeeded"
    if [[ $1 == KILL ]]; then kill -KILL "${started[@]}"; fi # else the run ends it
    flock --timeout 10 "$tmp/held" true || fail "a run that got $1 left running what it had started"
    no_base
}

echo fail >"$tmp/how"
expect 1 "no such archive" run trixie true
no_base
nothing_left

hang TERM
nothing_left

hang KILL # no chance to clean up: the next run does
echo make >"$tmp/how"
# shellcheck disable=SC2016 # expanded inside
expect 0 "inside /root/escrowbench" run trixie sh -c 'echo inside $PWD'
nothing_left

during sh -c 'echo started; while :; do :; done'
nothing_left

echo fail >"$tmp/how" # would fail if the base system was made again
expect 7 "Debian trixie" run trixie sh -c 'exit 7'
expect 1 "no such archive" run --rebuild trixie true
expect 0 "again" run trixie sh -c 'echo again; echo used >/used'
expect 0 "untouched" run trixie sh -c '[ -e /used ] || echo untouched'
nothing_left

echo "fresh-root: all as it should be"
