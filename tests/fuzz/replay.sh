#!/bin/sh
# Replays the seeds of every fuzz target, as a part of `make check`. FUZZ_TARGETS lists the programs, fuzz_NAME each;
# their seeds are in tests/fuzz/seeds/NAME.
set -eu
for target in $FUZZ_TARGETS; do
    seeds=${srcdir:-.}/tests/fuzz/seeds/${target##*/fuzz_}
    if [ -z "$(find "$seeds" -type f)" ]; then
        echo "$target has no seeds in $seeds"
        exit 1
    fi
    echo "$target"
    find "$seeds" -type f -exec "./$target" {} +
done
