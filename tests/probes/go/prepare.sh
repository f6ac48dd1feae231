#!/usr/bin/env bash
# Builds the pinned Go programs of this folder: prepare.sh BUILD_DIRECTORY. Exit code 77 where no Go can build them.
set -euo pipefail
source=$(cd "$(dirname "$0")" && pwd)
target=$1
mkdir -p "$target"
if [ -x "$target/versitygw" ] && cmp -s "$source/go.sum" "$target/go.sum"; then exit 0; fi
if ! command -v go >/dev/null; then
  echo "prepare.sh: there is no Go here, so the S3 server is not built" >&2
  exit 77
fi
if ! (cd "$source" && go build -mod=readonly -o "$target/versitygw.new" github.com/versity/versitygw/cmd/versitygw) \
  >"$target/go.log" 2>&1; then
  cat "$target/go.log" >&2
  echo "prepare.sh: $(go version) cannot build the S3 server" >&2
  exit 77
fi
mv "$target/versitygw.new" "$target/versitygw"
cp "$source/go.sum" "$target/go.sum"
