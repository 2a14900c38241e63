#!/bin/sh
# Runs every fuzz target of a build made with --enable-fuzzers for a while: run.sh BUILD-DIRECTORY SECONDS [JOBS]
# Findings stay in BUILD-DIRECTORY/tests/fuzz/findings/TARGET/.
set -eu
seeds=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)/seeds
cd "$1/tests/fuzz"
targets=$(find . -maxdepth 1 -name 'fuzz_*' -type f -perm -u+x | sort)
[ -n "$targets" ] || {
    echo "no fuzz targets in $PWD" >&2
    exit 1
}

# shellcheck disable=SC2016 # expanded by the inner shell
printf '%s\n' "$targets" | xargs -P "${3:-1}" -I{} sh -c '
    name=${1#./fuzz_}
    mkdir -p "findings/$name" "corpus/$name"
    set -- "$1" -max_total_time="$2" -timeout=60 -rss_limit_mb=1024 -artifact_prefix="findings/$name/" "corpus/$name" "$3/$name"
    if "$@" >"fuzz_$name.log" 2>&1; then
        printf "%s: %s\n" "$name" "$(grep "^Done" "fuzz_$name.log")"
    else
        printf "%s: FAILED\n" "$name"
        tail -n 40 "fuzz_$name.log"
        exit 1
    fi' sh {} "$2" "$seeds"
