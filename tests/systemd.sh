#!/bin/sh
# The units are correct, and leave little to the services.
set -eu
command -v systemd-analyze >/dev/null || exit 77
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
for unit in "${srcdir:?}"/systemd/*.service.in; do
    name=$(basename "$unit" .in)
    program=${name%.service}
    folder=${program#ocpp-}
    [ -x "$folder/$program" ] || continue # built without it
    sed "s|@sbindir[@]/|$PWD/$folder/|" "$unit" >"$directory/$name"
    systemd-analyze verify --man=no "$directory/$name"
    systemd-analyze security --offline=true --threshold=20 --no-pager "$directory/$name"
done
