#!/bin/sh
# Kills writers while readers keep account, on small and large rings. Then the same with a reader that
# does not validate: that has to fail, or the test would prove nothing.
set -eu
kills=${TORTURE_KILLS:-100}
here=tests/torture

for size in 65536 1048576 16777216; do
    "$here/torture" -k "$kills" -m $size
done

attempt=1
while "$here/torture_unchecked" -k 100 -m 65536 2>&1; do
    attempt=$((attempt + 1))
    if [ $attempt -gt 20 ]; then
        echo "FAILED: a reader without validation passes"
        exit 1
    fi
done
echo "a reader without validation was caught, as it has to be"
