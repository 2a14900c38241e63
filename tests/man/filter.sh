#!/bin/sh
# The expressions that ocpp-board-filter(7) shows are right.
set -eu

page=${srcdir:?}/man/ocpp-board-filter.7.in
failed=0
count=0
expressions=$(sed -n '/^\.Dl \$/d; s/^\.Dl //p' "$page" | sed 's/\\(dq/"/g')
while read -r expression; do
    count=$((count + 1))
    status=0
    answer=$(tools/ocpp-log -o shm.dir=/nonexistent -c /dev/null "$expression" 2>&1) || status=$?
    if [ "$status" -ne 1 ]; then # 1: there is no segment; 2: the expression is wrong
        printf '%s\n%s\n' "$expression" "$answer"
        failed=1
    fi
done <<EXPRESSIONS
$expressions
EXPRESSIONS
[ "$count" -ge 4 ] || {
    echo "only $count expressions found in $page"
    exit 1
}
exit "$failed"
