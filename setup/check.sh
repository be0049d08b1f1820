#!/usr/bin/env bash
# Everything that can be said about the code without running it. All of it is said, also when an
# early part has found something; the status tells whether any part has.
set -uo pipefail
cd "$(dirname "$0")/.."
bin=.venv/bin
bad=0

look() {
  local label=$1
  shift
  echo "== $label"
  "$@" || bad=1
}

look "ruff: style and banned calls" $bin/ruff check --quiet .
look "ruff: layout" $bin/ruff format --check --quiet .
look "mypy --strict" $bin/mypy
look "pyright" $bin/pyright
look "import contracts" $bin/lint-imports --no-cache
look "generated files" $bin/python -m protocol.schema --check
look "generated docs" $bin/python -m gateway.documenting --check
look "svelte-check" npm --prefix web run --silent check
exit $bad
