#!/usr/bin/env bash
# Brings the scripts and pinned packages of a folder of tests into the build directory:
#   prepare.sh BUILD_DIRECTORY [FOLDER]     FOLDER is this one unless named
set -euo pipefail
target=$1
source=${2:-$(cd "$(dirname "$0")" && pwd)}
mkdir -p "$target"
cp "$source"/*.mjs "$source/package.json" "$target/"
if [ -d "$target/node_modules" ] && cmp -s "$source/package-lock.json" "$target/package-lock.json"; then exit 0; fi
cp "$source/package-lock.json" "$target/package-lock.json.new"
installing=$(mktemp -d "$target/installing.XXXXXX")
trap 'rm -rf "$installing"' EXIT
cp "$source/package.json" "$source/package-lock.json" "$installing/"
if ! (cd "$installing" && npm ci --ignore-scripts --no-audit --no-fund --prefer-offline >npm.log 2>&1); then
  cat "$installing/npm.log" >&2
  echo "prepare.sh: npm could not install the pinned packages of $source" >&2
  exit 1
fi
rm -rf "$target/node_modules"
mv "$installing/node_modules" "$target/node_modules"
mv "$target/package-lock.json.new" "$target/package-lock.json"
