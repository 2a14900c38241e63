#!/bin/sh
# Every configuration key stands in ocpp-board.conf(5), in its section, and there is no other.
set -eu

keys=${srcdir:?}/common/config_keys.def
page=man/ocpp-board.conf.5

sed -n 's/^CONFIG_[A-Z]*(\([a-z]*\), \([a-z_0-9]*\),.*/\1.\2/p' "$keys" | sort >keys.code.$$
awk '/^\.Ss \[/ { section = substr($2, 2, length($2) - 2) } /^\.It Cm / && section != "" { print section "." $3 }' \
    "$page" | sort >keys.page.$$
[ -s keys.code.$$ ] || {
    echo "no keys found in $keys"
    exit 1
}
if ! diff keys.code.$$ keys.page.$$; then
    echo "keys of the code (<) and of the page (>) differ"
    exit 1
fi
rm -f keys.code.$$ keys.page.$$
