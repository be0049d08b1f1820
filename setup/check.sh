#!/usr/bin/env bash
# Everything that can be said about the code without running it. All of it is said, also when an
# early part has found something; the status tells whether any part has. Two lanes side by side:
# the slow ones use one core each.
set -uo pipefail
cd "$(dirname "$0")/.."
bin=.venv/bin

# Say what a look has found when it has ended, so that the lanes' words do not mix.
look() {
  local label=$1 began=$SECONDS words status=0
  shift
  words=$("$@" 2>&1) || status=1
  printf '== %s (%d s)\n%s' "$label" $((SECONDS - began)) "${words:+$words$'\n'}"
  [ $status -eq 0 ] || bad=1
}

words_and_types() {
  local bad=0
  look "ruff: style and banned calls" $bin/ruff check --quiet .
  look "ruff: layout" $bin/ruff format --check --quiet .
  look "mypy --strict" $bin/mypy
  look "import contracts" $bin/lint-imports --no-cache
  look "generated files" $bin/python -m protocol.schema --check
  look "generated docs" $bin/python -m gateway.documenting --check
  look "svelte-check" npm --prefix web run --silent check
  return $bad
}

other_types() {
  local bad=0
  look "pyright" $bin/pyright
  return $bad
}

words_and_types &
first=$!
other_types &
second=$!
bad=0
wait $first || bad=1
wait $second || bad=1
exit $bad
