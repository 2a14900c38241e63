#!/bin/sh
# Every parameter that a route of the API takes stands in ocpp-board-api(7), with what it means, and there is no other.
set -eu

page=man/ocpp-board-api.7
scratch=routes.$$
trap 'rm -f "$scratch".*' EXIT

# names that routes list ("Parameters:" is followed by the line with them), against the items of the section Parameters
awk 'listed { gsub(/^\.Cm | \.$| ,/, ""); print; listed = 0 } /^Parameters:$/ { listed = 1 }' "$page" |
    tr ' ' '\n' | sort -u >"$scratch.used"
awk '/^\.S[sh] / { inside = ($2 == "Parameters") } inside && /^\.It Cm / { gsub(/^\.It Cm | ,/, ""); print }' "$page" |
    tr ' ' '\n' | sort -u >"$scratch.described"
[ -s "$scratch.used" ] || {
    echo "no parameters found in $page"
    exit 1
}
if ! diff "$scratch.used" "$scratch.described"; then
    echo "parameters of the routes (<) and those described (>) differ"
    exit 1
fi
