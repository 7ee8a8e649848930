# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# How this machine's apt reaches a Debian archive, for whoever makes a root from it (fresh-root, sysroot): sourced, never
# run. Needs common.sh.

# apt_settings SUITE [SNAPSHOT]: apt's own settings for it.
apt_settings() {
    apt-config dump --format '%f "%v";%n' Acquire::http::Proxy Acquire::https::Proxy 2>/dev/null || true
    # Snapshots and mirrors of unstable outlive their Release files, which are valid for a week.
    if [[ $1 == unstable || -n ${2:-} ]]; then
        warn "an expired Release file is accepted for ${2:-unstable}: its packages may be old, and could be replayed ones"
        say 'Acquire::Check-Valid-Until "false";'
    fi
}

# archive_lines SUITE [URI]: lines for sources.list, of this URI alone or of the archives of this machine's apt, with its
# release's name replaced by the suite's. None where this machine is no Debian.
archive_lines() {
    local suite=$1 uri codename origin
    if [[ -n ${2:-} ]]; then
        say "deb $2 $suite main"
        return
    fi
    command -v apt-get >/dev/null || return 0
    # shellcheck disable=SC2016 # apt's own variables
    apt-get indextargets --format '$(REPO_URI) $(CODENAME) $(ORIGIN)' 'Created-By: Packages' 2>/dev/null |
        sort -u | while read -r uri codename origin; do
            [[ $origin == Debian ]] || continue
            case $suite:$codename in
            unstable:*-*) ;; # has neither
            *-security) say "deb $uri $suite-security main" ;;
            *-updates) say "deb $uri $suite-updates main" ;;
            *-*) ;;
            *) say "deb $uri $suite main" ;;
            esac
        done | sort -u
}

# no_archive WHAT LOG: dies, with the reason that mmdebstrap's log gives first.
no_archive() {
    local why
    why=$(grep -E '^(E|fresh-root): ' "$2" | head -n 1 | cut -c1-200 || true)
    die "no $1 (${why:-mmdebstrap failed}): is there a network? Try again, or name another archive by --mirror; the whole log is $2"
}
