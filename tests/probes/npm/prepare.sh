#!/usr/bin/env bash
# Installs the pinned packages of this folder: prepare.sh BUILD_DIRECTORY. Again only when the lock file has changed.
set -euo pipefail
source=$(cd "$(dirname "$0")" && pwd)
target=$1
mkdir -p "$target"
if [ -d "$target/node_modules" ] && cmp -s "$source/package-lock.json" "$target/package-lock.json"; then exit 0; fi
rm -rf "$target/package-lock.json" "$target/node_modules"
installing=$(mktemp -d "$target/installing.XXXXXX")
trap 'rm -rf "$installing"' EXIT
cp "$source/package.json" "$source/package-lock.json" "$installing/"
if ! (cd "$installing" && npm ci --ignore-scripts --no-audit --no-fund --prefer-offline >npm.log 2>&1); then
  cat "$installing/npm.log" >&2
  echo "prepare.sh: npm could not install the pinned packages of tests/probes/npm" >&2
  exit 1
fi
mv "$installing/node_modules" "$target/node_modules"
cp "$source/package-lock.json" "$target/package-lock.json"
