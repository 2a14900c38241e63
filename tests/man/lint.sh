#!/bin/sh
# Every page is clean mdoc.
set -eu

if ! command -v mandoc >/dev/null; then
    echo "mandoc is missing; on Debian: apt-get install mandoc"
    exit 77
fi
failed=0
for source in "${srcdir:?}"/man/*.[0-9].in; do
    page=man/$(basename "$source" .in)
    if ! found=$(mandoc -Tlint -Wwarning "$page"); then
        printf '%s\n' "$found"
        failed=1
    fi
    if grep -n '@[A-Z]' "$page"; then
        echo "$page: a table was not filled in"
        failed=1
    fi
done
exit "$failed"
