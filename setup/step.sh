#!/usr/bin/env bash
# Run one long step of set-up: a line that says what, then how long; the step's own words only
# when it fails.
#
#   setup/step.sh LABEL COMMAND [ARGUMENT...]
set -euo pipefail
label=$1
shift
log=$(mktemp "${TMPDIR:-/tmp}/askwire-setup.XXXXXX")
trap 'rm -f "$log"' EXIT

printf '  %-52s' "$label ..."
if "$@" >"$log" 2>&1 </dev/null; then
  printf '%4d s\n' "$SECONDS"
else
  status=$?
  printf ' failed\n\n'
  tail -n 60 "$log"
  printf '\nThat was: %s\n' "$*"
  exit "$status"
fi
