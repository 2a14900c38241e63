#!/bin/sh
# Checks the models of the segment with spin, and that each of their mutants is caught: run.sh [DIRECTORY-OF-THE-MODELS]
# A model that finds no fault in a mutant would find none in the protocol either.
set -eu
models=$(CDPATH='' cd -- "${1:-$(dirname -- "$0")}" && pwd)
cc=${CC:-cc}
command -v spin >/dev/null || {
    echo "spin is missing; on Debian: apt-get install spin" >&2
    exit 1
}
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
cd "$directory"

# verify COMPILER-OPTION MODEL MACRO ...: prints the number of errors (0 or 1) and of states
verify() {
    option=$1
    cp "$models/$2.pml" model.pml
    shift 2
    rm -f pan pan.* ./*.trail
    spin -a "$@" model.pml >spin.log 2>&1 || cat spin.log >&2
    $cc "$option" -w -DSAFETY -DCOLLAPSE -o pan pan.c
    ./pan -E -m1000000 -w22 >pan.log 2>&1 || cat pan.log >&2
    if grep -q 'max search depth too small' pan.log; then
        echo "not searched to the end" >&2
        return
    fi
    sed -n 's/.*errors: \([0-9]*\).*/\1/p; s/^ *\([0-9.e+]*\) states, stored.*/\1/p' pan.log | tr '\n' ' '
}

failures=0
expect() {
    wanted=$1
    shift
    case $wanted in
    0) result=$(verify -O2 "$@") ;;
    *) result=$(verify -O0 "$@") ;; # found at once: compiling would take longer
    esac
    errors=${result%% *}
    states=${result#* }
    if [ "$errors" = "$wanted" ]; then
        verdict=ok
    else
        verdict=FAILED
        failures=$((failures + 1))
    fi
    case $wanted in
    0) printf '%-6s %s: no violation in %sstates\n' "$verdict" "$*" "$states" ;;
    *) printf '%-6s %s: caught\n' "$verdict" "$*" ;;
    esac
}

expect 0 ring
expect 0 ring -DSLOTS=2
for mutant in LATE_INTENT NO_WRITER_FENCE NO_RELEASE NO_ACQUIRE NO_READER_FENCE NO_INTENT_CHECK ADOPT_AT_END STRADDLE; do
    expect 1 ring -D$mutant
done
expect 1 ring -DSLOTS=2 -DNO_INDEX_CHECK

expect 0 slot
for mutant in NO_WRITER_FENCE NO_RELEASE NO_ACQUIRE NO_READER_FENCE NO_REPAIR; do
    expect 1 slot -D$mutant
done

expect 0 life
for mutant in NO_LOCK EARLY_RENAME START_AT_ZERO KEEP_FRESH NO_SECOND_LOOK NO_DRAIN; do
    expect 1 life -D$mutant
done
exit $((failures > 0))
