#!/bin/sh
# Every test, as named steps; called by `./quickstart check`, which installed what they need.
# check.sh [STEP ...] does only those. Logs are in build/check/.
# No step can hang: each has a time limit, after which it and all that it left running is killed; so has the whole.
set -u

top=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
cd "$top" || exit 1
logs=$top/build/check
source_copy=$top/build/source # unconfigured, so that other builds can be made of it
jobs=$(nproc)
fuzz_seconds=${FUZZ_SECONDS:-60}
step_limit=${STEP_SECONDS:-600}
deadline=$(($(date +%s) + ${CHECK_SECONDS:-3000}))
all_steps='build lint webui distcheck integration sanitizers sanitized_integration browser model threads fuzz'

# Configures one more build in build/NAME and goes there: other_build NAME CONFIGURE-ARGUMENT ...
other_build() {
    directory=$top/build/$1
    shift
    mkdir -p "$directory"
    cd "$directory"
    [ -f Makefile ] || "$source_copy/configure" --quiet --enable-werror --disable-webui "$@"
}

# In the current directory, unless what is there fits the lock file.
install_modules() {
    cmp -s package-lock.json node_modules/.installed && return
    npm ci --silent
    cp package-lock.json node_modules/.installed
}

step_build() {
    ./quickstart build
    make --no-print-directory -s tests/tools/publish_events
    # what a tarball holds, and nothing else, is what the other builds are made of
    make --no-print-directory -s distdir distdir=build/source.new
    mkdir -p "$source_copy"
    cp -pRu build/source.new/. "$source_copy"
    chmod -R u+w build/source.new
    rm -rf build/source.new
}

step_lint() {
    tests/includes.sh
    find common shm gateway boardd forward tools tests -name '*.[ch]' -not -path '*/node_modules/*' -print0 |
        xargs -0 clang-format --dry-run -Werror
    find . \( -name node_modules -o -path ./build -o -path ./build-aux -o -path ./.git \) -prune -o \
        \( -name '*.sh' -o -name quickstart -o -name ocpp-board.in -o -path ./.ci/run \) -print0 |
        xargs -0 shellcheck
}

step_webui() {
    cd webui
    npm run check
    if [ -f scripts/budget.mjs ]; then npm run budget; fi
}

# Every file of the repository, but for what is about the repository itself, is in the tarball.
whole_tarball() {
    git rev-parse --git-dir >/dev/null 2>&1 || return 0
    tar -tf "$1" | sed 's|^[^/]*/||' >build/tarball.list
    missing=$(git ls-files | grep -vE '(^|/)\.gitignore$|^\.ci/' | grep -vxF -f build/tarball.list || true)
    [ -z "$missing" ] || echo "not in $1: $missing" >&2
    [ -z "$missing" ]
}

# Unpacks the tarball, builds it elsewhere without warnings, runs `make check`, installs, uninstalls, cleans.
step_distcheck() {
    make --no-print-directory -j"$jobs" distcheck DISTCHECK_CONFIGURE_FLAGS=--enable-werror VERBOSE=1
    whole_tarball "ocpp-board-$(sed -n 's/^VERSION = //p' Makefile).tar.xz"
}

# Against the programs of $OCPP_BOARD_BUILD.
integration() {
    cd "$top/tests/integration"
    install_modules
    npm test
}

step_integration() {
    OCPP_BOARD_BUILD=$top OCPP_BOARD_PATIENCE=3 integration
}

step_sanitizers() {
    other_build sanitized --enable-sanitizers
    make --no-print-directory -j"$jobs" all
    make --no-print-directory -j"$jobs" check VERBOSE=1
}

step_sanitized_integration() {
    OCPP_BOARD_BUILD=$top/build/sanitized OCPP_BOARD_PATIENCE=3 OCPP_BOARD_FLEET=100 OCPP_BOARD_STALL=8 integration
}

step_threads() {
    other_build threads --enable-sanitizers=thread
    make --no-print-directory -j"$jobs" check-threads
}

step_model() {
    make --no-print-directory model
}

step_fuzz() {
    # shows, too, that everything builds with clang, and without what is optional
    CC=clang other_build fuzz --enable-sanitizers --enable-fuzzers --without-hiredis --without-seccomp
    targets=$(cd "$source_copy" && find tests/fuzz -name 'fuzz_*.c' | sed 's/\.c$//')
    # shellcheck disable=SC2086 # a list of words
    make --no-print-directory -j"$jobs" $targets
    "$top/tests/fuzz/run.sh" . "$fuzz_seconds" $((jobs * 2)) # what counts is time
}

step_browser() {
    cd "$top/webui" # holds the browser tests' packages too
    BUILD_DIR=$top OCPP_BOARD_PATIENCE=3 npm run e2e
}

passed=0
failed=0

# Whatever carries a step's mark in its environment: also what left the step's process group, or is stopped.
kill_marked() {
    for environment in /proc/[0-9]*/environ; do
        if grep -qz "^OCPP_BOARD_STEP=$1" "$environment" 2>/dev/null; then
            pid=${environment#/proc/}
            kill -KILL "${pid%/environ}" 2>/dev/null
        fi
    done
}

# Runs one step as a process of its own, with that niceness; its exit status, duration and output are left in files.
run_step() {
    began=$(date +%s)
    mark=$$.$1
    limit=$((deadline - began < step_limit ? deadline - began : step_limit))
    code=125
    if [ "$limit" -gt 0 ]; then
        OCPP_BOARD_STEP=$mark timeout -k 10 "$limit" "$top/tests/check.sh" --step "$1" "$2" >"$logs/$1.log" 2>&1 </dev/null
        code=$?
        kill_marked "$mark\$"
    else
        echo "no time was left for this step" >"$logs/$1.log"
    fi
    [ "$code" -ne 124 ] || echo "stopped after $limit s" >>"$logs/$1.log"
    echo "$code $(($(date +%s) - began))" >"$logs/$1.result.new"
    mv "$logs/$1.result.new" "$logs/$1.result" # whole, for who waits for it
}

# The tests that failed, of a log in the Test Anything Protocol; nothing, of another.
failed_tests() {
    awk '/^ *not ok / { block = ""; inside = 1 }
         inside && !/node:internal|async Promise/ { block = block $0 "\n" }
         inside && /^ *\.\.\.$/ { inside = 0; if (block !~ /subtestsFailed/) printf "%s", block }' "$1"
}

# Says how a step went that has run.
report_step() {
    read -r code seconds <"$logs/$1.result"
    if [ "$code" -eq 0 ]; then
        passed=$((passed + 1))
        printf 'ok      %4d s\n' "$seconds"
        return
    fi
    failed=$((failed + 1))
    printf 'FAILED  %4d s; from build/check/%s.log:\n' "$seconds" "$1"
    { tail -n 10 "$logs/$1.log"; failed_tests "$logs/$1.log"; } >"$logs/$1.extract"
    [ "$(wc -l <"$logs/$1.extract")" -gt 10 ] || tail -n 60 "$logs/$1.log" >"$logs/$1.extract"
    head -n 70 "$logs/$1.extract" | sed 's/^/    /'
}

# The steps after the build go in three lanes beside each other: what computes, what mostly waits for the processes that it
# tests, and, with what those leave of the processor, what has no hurry.
start_lanes() {
    lane 0 "$*" lint webui distcheck sanitizers browser &
    lanes=$!
    lane 0 "$*" integration sanitized_integration &
    lanes="$lanes $!"
    (
        step_limit=$((deadline - $(date +%s)))
        lane 19 "$*" model threads fuzz
    ) &
    lanes="$lanes $!"
}

# Runs those of its steps that are wanted, one after the other: lane NICE "WANTED ..." STEP ...
lane() {
    nice=$1
    wanted=$2
    shift 2
    for step; do
        is_word "$step" "$wanted" || continue
        # its programs are what that step builds
        [ "$step" != sanitized_integration ] || ! is_word sanitizers "$wanted" || await sanitizers
        run_step "$step" "$nice"
    done
}

is_word() {
    case " $2 " in *" $1 "*) return 0 ;; esac
    return 1
}

# Until a step that another lane runs has ended.
await() {
    until [ -f "$logs/$1.result" ]; do sleep 0.2; done
}

stop_lanes() {
    # shellcheck disable=SC2086 # a list of numbers
    kill $lanes 2>/dev/null
    kill_marked "$$[.]"
    exit 130
}

if [ "${1:-}" = --step ]; then
    [ "$3" -eq 0 ] || renice -n "$3" $$ >/dev/null
    set -e
    "step_$2"
    exit
fi

mkdir -p "$logs"
rm -f "$logs"/*.result
# shellcheck disable=SC2086 # a list of words
[ $# -gt 0 ] || set -- $all_steps
lanes=
trap stop_lanes INT TERM
is_word build "$*" || start_lanes "$@"
for step; do
    printf '%-24s' "$step"
    [ "$step" != build ] || run_step build 0
    await "$step"
    report_step "$step"
    [ "$step" != build ] || start_lanes "$@"
done
printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
