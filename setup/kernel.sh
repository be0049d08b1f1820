#!/usr/bin/env bash
# Make .venv/kernel: the environment in which Python code of sessions runs, apart from the server's.
#
#   setup/kernel.sh            make or mend it, and wait until it is there
#   setup/kernel.sh later      the same in the background; say so, and how long it may take
#
# It is there when .venv/kernel/made-of is the lock file that it was made of: the server looks for
# that file, and takes its own Python as long as there is none.
set -euo pipefail
cd "$(dirname "$0")/.."
lock=requirements/kernel.lock
home=.venv/kernel
busy=.venv/kernel-busy
log=.venv/kernel.log

made() { cmp -s "$lock" "$home/made-of"; }

# Only one at a time; one that was killed does not stand in the way.
alone() {
  until mkdir "$busy" 2>/dev/null; do
    kill -0 "$(cat "$busy/pid" 2>/dev/null || echo x)" 2>/dev/null || { sleep 1; take_away; }
    sleep 0.5
  done
  trap 'rm -rf "$busy"' EXIT
  echo "$BASHPID" >"$busy/pid"
}

take_away() {
  kill -0 "$(cat "$busy/pid" 2>/dev/null || echo x)" 2>/dev/null || rm -rf "$busy"
}

make_it() {
  alone
  if made; then
    touch "$home/made-of"
    return
  fi
  rm -f "$home/made-of"
  [ -x "$home/bin/python" ] || .venv/bin/python -m venv --without-pip "$home"
  INTO=$home setup/packages.sh "$lock"
  # Looking at all fonts takes seconds, and a kernel may write nothing that lasts: done once, here.
  MPLCONFIGDIR=$home/share/matplotlib "$home/bin/python" -I -c 'import matplotlib.font_manager'
  cp "$lock" "$home/made-of"
}

if [ "${1:-}" != later ]; then
  make_it
elif ! made; then
  (make_it >"$log" 2>&1 </dev/null &)
  echo "  installing pandas, polars, scikit-learn and more for Python in sessions: goes on in the"
  echo "  background for a minute or two; until then Python runs with what the server has"
  echo "  ($log says how it goes, GET /health/ready when it is there)"
fi
