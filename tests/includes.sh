#!/bin/sh
# Fails when a file includes what ARCHITECTURE.md says its folder does not see.
set -eu
cd "$(dirname "$0")/.."

# a line for each folder: itself, then what it may include
allowed='common: common
shm: common shm
gateway: common shm gateway
forward: common shm forward
tools: common shm tools
boardd: common shm boardd boardd/http boardd/sources boardd/login boardd/state boardd/commands boardd/stream boardd/api boardd/sandbox
boardd/http: common shm boardd/http
boardd/sources: common shm boardd/sources
boardd/sandbox: common boardd/sandbox
boardd/login: common shm boardd/http boardd/sources boardd/login
boardd/state: common shm boardd/http boardd/sources boardd/state
boardd/commands: common shm boardd/http boardd/sources boardd/state boardd/commands
boardd/stream: common shm boardd boardd/http boardd/sources boardd/login boardd/state boardd/stream
boardd/api: common shm boardd boardd/http boardd/sources boardd/login boardd/state boardd/commands boardd/stream boardd/api'

wrong=$(
    grep -HoE '^ *# *include "[^"]+/[^"/]+"' common/*.[ch] shm/*.[ch] gateway/*.[ch] forward/*.[ch] tools/*.[ch] boardd/*.[ch] boardd/*/*.[ch] |
        sed -E 's|^((.*)/[^/]*): *# *include "(.*)/([^/]*)"|\1 \2 \3 \4|' |
        while read -r file folder seen header; do
            may=$(echo "$allowed" | sed -n "s|^$folder: ||p")
            case " $may " in *" $seen "*) ;; *) echo "$file includes $seen/$header" ;; esac
            [ "$seen/$header" != shm/segment_format.h ] || [ "$folder" = shm ] || echo "$file includes $seen/$header"
        done
)
[ -z "$wrong" ] || { printf '%s\n' "$wrong" "not as ARCHITECTURE.md says, \"Who may include whom\"" >&2; exit 1; }
wslay=$(grep -lE 'include <wslay' common/*.c shm/*.c boardd/*.c boardd/*/*.c forward/*.c gateway/*.c tools/*.c | tr '\n' ' ')
[ "$wslay" = 'gateway/websocket.c tools/sim_websocket.c ' ] || { echo "who includes wslay: $wslay" >&2; exit 1; }
