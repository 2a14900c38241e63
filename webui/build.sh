#!/bin/sh
# build.sh SOURCE BUILD: makes BUILD/dist, the web UI as a browser gets it.
# Does nothing where it is newer than every source. A tarball carries SOURCE/dist: taken as it is, without Node.js.
set -eu

source=$(cd "$1" && pwd)
mkdir -p "$2"
build=$(cd "$2" && pwd)
parts='index.html package.json package-lock.json .npmrc tsconfig.json vite.config.ts vite-precompress.ts biome.json public scripts src'

die() {
    echo "webui: $*" >&2
    exit 1
}

# Whether $1/dist is newer than what it is made of
is_fresh() {
    [ -f "$1/dist/index.html" ] || return 1
    for part in $parts; do
        [ -z "$(find "$source/$part" -type f -newer "$1/dist/index.html" 2>/dev/null | head -n 1)" ] || return 1
    done
}

# The sources next to node_modules, so that nothing is written into SOURCE
mirror_sources() {
    [ "$source" != "$build" ] || return 0
    rm -rf "$build/src" "$build/public" "$build/scripts"
    for part in $parts; do cp -R "$source/$part" "$build/"; done
    chmod -R u+w "$build"
}

install_packages() {
    if [ -f "$build/node_modules/.installed" ] && cmp -s "$source/package-lock.json" "$build/node_modules/.installed"; then
        return 0
    fi
    (cd "$build" && npm ci --silent --no-audit --no-fund) || die "npm ci failed; it needs the npm registry"
    cp "$source/package-lock.json" "$build/node_modules/.installed"
}

is_fresh "$build" && exit 0
if [ "$source" != "$build" ] && is_fresh "$source"; then
    rm -rf "$build/dist"
    cp -R "$source/dist" "$build/dist"
    chmod -R u+w "$build/dist"
    exit 0
fi
command -v npm >/dev/null ||
    die "npm not found; install Node.js 20.19 or later (Debian: apt-get install nodejs npm), or configure --disable-webui"
mirror_sources
install_packages
(cd "$build" && npm run --silent build -- --logLevel warn) || die "the build failed"
