#!/usr/bin/env bash
# Run every test: the page's units, the page in a real Chromium, then everything in Python. All
# parts run, also when an early one has failed; the status tells whether any did.
set -uo pipefail
cd "$(dirname "$0")/.."
bad=0
# Logs are read by people and programs; neither wants escape sequences in them.
[ -t 1 ] || export NO_COLOR=1

setup/step.sh "looking for Chromium, fetching it if need be" setup/chromium.sh || exit 1
CHROMIUM=$(setup/chromium.sh)
setup/step.sh "looking for database servers, fetching them if need be" setup/databases.sh
setup/step.sh "looking for a small language model, fetching it if need be" setup/model.sh
export CHROMIUM

part() {
  local label=$1
  shift
  printf '\n== %s\n' "$label"
  "$@" || bad=1
}

part "the web page, unit by unit" npm --prefix web run --silent test
part "the web page in Chromium" npm --prefix web run --silent test:browser
# Two at a time, a file never split: half the tests wait for processes that they started. In the order
# of their folders, so that quick ones come last and neither of the two waits long for the other.
part "Python" .venv/bin/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder "$@"
exit $bad
