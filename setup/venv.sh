#!/usr/bin/env bash
# Make .venv with pip in it, from the Python named in PYTHON or the best one on the PATH.
# Does nothing when a usable one is there.
set -euo pipefail
cd "$(dirname "$0")/.."

new_enough='import sys; sys.exit(sys.version_info < (3, 11))'

usable() { [ -x .venv/bin/python ] && .venv/bin/python -c "$new_enough; import pip" 2>/dev/null; }

find_python() {
  local name
  for name in ${PYTHON:-} python3.11 python3 python3.12 python3.13 python; do
    if command -v "$name" >/dev/null && "$name" -c "$new_enough" 2>/dev/null; then
      command -v "$name"
      return
    fi
  done
  echo "Askwire needs Python 3.11 or newer; none is on the PATH. Name one: make PYTHON=/its/path" >&2
  return 1
}

# Debian and its kin leave the venv module out of their Python: three ways around it, best first.
with_virtualenv() {
  local boot
  boot=$(mktemp -d)
  "$python" -m pip install --quiet --disable-pip-version-check --require-hashes \
    --target "$boot" -r requirements/venv.lock &&
    PYTHONPATH=$boot "$python" -m virtualenv --quiet .venv
  local status=$?
  rm -rf "$boot"
  return $status
}

with_apt() {
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
  local version
  version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
  apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -qy install "python$version-venv" &&
    "$python" -m venv .venv
}

if usable; then exit 0; fi
python=$(find_python)
if "$python" -c 'import ensurepip, venv' 2>/dev/null; then
  "$python" -m venv --clear .venv
elif ! with_virtualenv && ! with_apt; then
  echo "This Python ($python) cannot make virtual environments." >&2
  echo "On Debian or Ubuntu: sudo apt-get install python3-venv. Then run make again." >&2
  exit 1
fi
usable
