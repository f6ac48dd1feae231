#!/bin/sh
# npm ci, once for all build directories that share this tree: a second one finds what the first has installed.
set -eu
cd "$(dirname "$0")/.."
exec 9>.installing
flock 9
if [ -e node_modules/.installed ] && cmp -s package-lock.json node_modules/.installed; then exit 0; fi
npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2
cp package-lock.json node_modules/.installed
