# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# What the stages of scripts/campaign share: sourced, never run. A stage calls `campaign NAME RUNS "$@"`, then either
# each_run FUNCTION (its number as argument, one line of JSON as output; what was done before is not done again) or its
# own work in $work, and at the end `conclude MET JSON-MEMBERS TEXT`. A stage whose outcome hangs on time sets timed=1.

# shellcheck source=scripts/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../common.sh"
program=$root/build/escrowbench
# Seconds that `ab` gets in the stages that try it: the bar is 10 s, start and end included.
# shellcheck disable=SC2034
ab_budget=9.5 ab_longest=10

# campaign NAME RUNS [--runs N] [ARGUMENTS...]: sets stage, runs, work, state and extra.
campaign() {
    stage=$1 runs=$2 extra=()
    shift 2
    while (($#)); do
        case $1 in
        --help | -h) help ;;
        --runs)
            [[ ${2:-} =~ ^[1-9][0-9]*$ ]] || misused "--runs takes a number"
            runs=$2
            shift
            ;;
        *) extra+=("$1") ;;
        esac
        shift
    done
    [[ -x $program ]] || die "build first: scripts/bench, or cmake --build --preset release"
    work=$root/build/campaigns/$stage-$runs
    state=$work/state
    mkdir -p "$work"
    touch "$state"
    built=$("$program" --version --json | tr -d '\n ')
    # Trials of two builds are not trials of one.
    if [[ -e $work/built && $(cat "$work/built") != "$built" ]]; then
        warn "another build: the $(wc -l <"$state") trials that were there are dropped"
        find "$work" -mindepth 1 -delete
        touch "$state"
    fi
    printf '%s' "$built" >"$work/built"
}

# each_run FUNCTION: run numbers that have no line yet.
each_run() {
    local n
    for ((n = $(wc -l <"$state") + 1; n <= runs; n++)); do
        "$1" "$n" >"$work/line"
        cat "$work/line" >>"$state"
        if [[ -t 2 ]]; then printf '\r%s %d of %d ' "$stage" "$n" "$runs" >&2; fi
    done
    if [[ -t 2 ]]; then printf '\r%40s\r' '' >&2; fi
}

# within SECONDS LIMIT: 1 if it is, else 0.
within() { awk -v s="$1" -v limit="$2" 'BEGIN { print (s + 0 <= limit) }'; }

# member NAME: of what the program that ran says of itself, as JSON; null if it does not say it.
member() {
    local value
    value=$(grep -oE "\"$1\":(\"[^\"]*\"|true|false)" <<<"$built" | head -n 1) || value=:null
    say "${value#*:}"
}

# conclude MET MEMBERS TEXT: writes results/campaigns/STAGE.json for a whole campaign, build/campaigns/STAGE.json for a
# short form (CAMPAIGN_SHORT set); exit code 1 if the bar was missed (MET 0). The commit is that of the program, which was
# built before: the tree may have moved on.
conclude() {
    local folder=results/campaigns
    [[ -z ${CAMPAIGN_SHORT:-} ]] || folder=build/campaigns
    mkdir -p "$folder"
    printf '{"stage": "%s", "date": "%s", "commit": %s, "dirty": %s, "machine": "%s", "runs": %d, "met": %s,\n %s}\n' \
        "$stage" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$(member commit)" "$(member dirty)" "$(uname -m), $(nproc) CPUs, $(uname -r)" "$runs" \
        "$(if (($1)); then say true; else say false; fi)" "$2" >"$folder/$stage.json"
    say "$stage: $3 ($folder/$stage.json)"
    if (($1 == 0)); then
        # A handful of timed trials on a machine that is doing other things proves nothing either way: it is said only.
        if [[ -n ${CAMPAIGN_SHORT:-} && -n ${timed:-} ]]; then
            warn "the bar is missed, in a short form"
        else
            die "the bar is missed"
        fi
    fi
}
