#!/usr/bin/env bash
# Brings the contract tests and their pinned packages into the build directory: prepare.sh BUILD_DIRECTORY
# Packages are installed again only when the lock file has changed.
set -euo pipefail
source=$(cd "$(dirname "$0")" && pwd)
target=$1
mkdir -p "$target"
cp "$source"/*.mjs "$source/package.json" "$target/"
if [ -d "$target/node_modules" ] && cmp -s "$source/package-lock.json" "$target/package-lock.json"; then exit 0; fi
rm -f "$target/package-lock.json"
installing=$(mktemp -d "$target/installing.XXXXXX")
trap 'rm -rf "$installing"' EXIT
cp "$source/package.json" "$source/package-lock.json" "$installing/"
if ! (cd "$installing" && npm ci --ignore-scripts --no-audit --no-fund --prefer-offline >npm.log 2>&1); then
  cat "$installing/npm.log" >&2
  echo "prepare.sh: npm could not install the pinned packages of tests/contract" >&2
  exit 1
fi
rm -f "$installing"/node_modules/@octokit/openapi/generated/*.deref.json  # 250 MB that nobody reads
rm -rf "$target/node_modules"
mv "$installing/node_modules" "$target/node_modules"
cp "$source/package-lock.json" "$target/package-lock.json"
