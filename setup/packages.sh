#!/usr/bin/env bash
# Install what lock files name into .venv, every file checked against its hash.
#
#   setup/packages.sh [--no-deps] LOCK...
#   INTO=.venv/kernel setup/packages.sh LOCK...      into another environment
#
# uv needs seconds and pip a minute; but pip knows proxies, mirrors and certificates that a machine
# has been told of, so whatever uv cannot fetch is left to pip.
set -euo pipefail
cd "$(dirname "$0")/.."
into=${INTO:-.venv}

wanted=()
for part in "$@"; do
  case $part in
    --*) wanted+=("$part") ;;
    *) wanted+=(-r "$part") ;;
  esac
done

with_pip() {
  local python=$1
  shift
  .venv/bin/python -m pip --python "$python" install --quiet --no-input \
    --disable-pip-version-check --require-hashes "$@"
}

with_uv() {
  [ -x .venv/bin/uv ] || with_pip .venv/bin/python -r requirements/uv.lock
  # Compiled here because kernels run where they may not write beside the sources.
  .venv/bin/uv pip install --quiet --no-config --system-certs --compile-bytecode \
    --python "$into/bin/python" --require-hashes "$@"
}

with_uv "${wanted[@]}" || with_pip "$into/bin/python" "${wanted[@]}"
