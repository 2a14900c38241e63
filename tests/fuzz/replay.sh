#!/bin/sh
# Replays the seeds of one fuzz target: replay.sh TARGET-BINARY SEED-DIRECTORY
set -eu
find "$2" -type f -exec "$1" {} +
