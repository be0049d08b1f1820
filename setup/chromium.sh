#!/usr/bin/env bash
# Print the path of a Chromium for the browser tests, after fetching one if none is here.
# CHROMIUM=/its/path names one. What happens meanwhile is told on standard error.
set -euo pipefail
cd "$(dirname "$0")/.."

here() {
  local name
  for name in ${CHROMIUM:-} chromium chromium-browser google-chrome-stable google-chrome; do
    if command -v "$name"; then return; fi
  done
  playwrights
}

# The browser that playwright-core would download, if it has done so.
playwrights() {
  [ -d web/node_modules/playwright-core ] || return 1
  local path
  path=$(cd web && node -p 'require("playwright-core").chromium.executablePath()')
  [ -x "$path" ] && echo "$path"
}

from_apt() {
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
  apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -qy install chromium
}

from_playwright() {
  [ -d web/node_modules/playwright-core ] || return 1
  (cd web && node node_modules/playwright-core/cli.js install chromium)
}

if here; then exit 0; fi
if from_apt >&2 && here; then exit 0; fi
if from_playwright >&2 && here; then exit 0; fi
{
  echo "The browser tests need Chromium, and none could be fetched."
  echo "Install one (Debian: sudo apt-get install chromium) or name one: make test CHROMIUM=/its/path"
} >&2
exit 1
