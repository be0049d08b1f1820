#!/usr/bin/env bash
# Install what lock files name into .venv, every file checked against its hash.
#
#   setup/packages.sh [--no-deps] LOCK...
#
# uv needs seconds and pip a minute; but pip knows proxies, mirrors and certificates that a machine
# has been told of, so whatever uv cannot fetch is left to pip.
set -euo pipefail
cd "$(dirname "$0")/.."

wanted=()
for lock in "$@"; do
  case $lock in
    --*) wanted+=("$lock") ;;
    *) wanted+=(-r "$lock") ;;
  esac
done

with_pip() {
  .venv/bin/python -m pip install --quiet --no-input --disable-pip-version-check \
    --require-hashes "$@"
}

with_uv() {
  [ -x .venv/bin/uv ] || with_pip -r requirements/uv.lock
  # Compiled here because kernels run where they may not write beside the sources.
  .venv/bin/uv pip install --quiet --no-config --system-certs --compile-bytecode \
    --python .venv/bin/python --require-hashes "$@"
}

with_uv "${wanted[@]}" || with_pip "${wanted[@]}"
