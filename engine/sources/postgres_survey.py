"""Describes a PostgreSQL database from its own catalogue and statistics."""

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

import asyncpg

from engine.ports import ColumnInfo, ForeignKey, TableInfo
from engine.sources.children.linking import Link, linking
from engine.sources.children.profile import LOOK, UNSEEN, profiled
from engine.sources.postgres_types import declared_type

SAMPLE_ROWS: Final = 500
LINKS: Final = 40
OPEN: Final = "n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_'"

TABLES: Final = f"""
SELECT c.oid, n.nspname::text AS schema, c.relname::text AS name, c.relkind::text AS kind,
       c.reltuples::float8 AS rows, obj_description(c.oid, 'pg_class') AS comment,
       n.nspname = current_schema() AS home
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND {OPEN} AND NOT c.relispartition
  AND has_table_privilege(c.oid, 'SELECT') AND has_schema_privilege(n.oid, 'USAGE')
ORDER BY home DESC, schema, name
"""
COLUMNS: Final = f"""
SELECT a.attrelid AS oid, a.attname::text AS name, t.typname::text AS type, t.typtype::text AS kind,
       format_type(a.atttypid, a.atttypmod) AS native, NOT a.attnotnull AS nullable,
       col_description(a.attrelid, a.attnum) AS comment,
       COALESCE(a.attnum = ANY(p.conkey), false) AS primary
FROM pg_catalog.pg_attribute a
JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_catalog.pg_constraint p ON p.conrelid = c.oid AND p.contype = 'p'
WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND {OPEN}
ORDER BY a.attrelid, a.attnum
"""
KEYS: Final = """
SELECT k.conrelid AS oid, k.confrelid AS to_oid,
       ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY u(n, o)
             JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.n
             ORDER BY u.o) AS columns,
       ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY u(n, o)
             JOIN pg_catalog.pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.n
             ORDER BY u.o) AS to_columns
FROM pg_catalog.pg_constraint k WHERE k.contype = 'f'
"""
VIEWS: Final = """
SELECT r.ev_class AS oid, d.refobjid AS reads, n.nspname || '.' || c.relname AS name
FROM pg_catalog.pg_rewrite r
JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.objid = r.oid
JOIN pg_catalog.pg_class c ON c.oid = d.refobjid AND d.refclassid = 'pg_catalog.pg_class'::regclass
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE d.refobjid <> r.ev_class AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
UNION
SELECT r.ev_class, 0, '?' FROM pg_catalog.pg_rewrite r
JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.objid = r.oid
JOIN pg_catalog.pg_proc f ON f.oid = d.refobjid AND d.refclassid = 'pg_catalog.pg_proc'::regclass
JOIN pg_catalog.pg_language l ON l.oid = f.prolang
WHERE l.lanname NOT IN ('c', 'internal') AND NOT EXISTS (
    SELECT 1 FROM pg_catalog.pg_depend e WHERE e.deptype = 'e' AND e.objid = f.oid
    AND e.classid = 'pg_catalog.pg_proc'::regclass)
UNION
SELECT i.one, i.other, n.nspname || '.' || c.relname
FROM (SELECT inhrelid AS one, inhparent AS other FROM pg_catalog.pg_inherits
      UNION SELECT inhparent, inhrelid FROM pg_catalog.pg_inherits) i
JOIN pg_catalog.pg_class c ON c.oid = i.other JOIN pg_catalog.pg_class o ON o.oid = i.one
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE NOT c.relispartition AND NOT o.relispartition AND c.relkind <> 'I' AND c.relkind <> 'i'
"""
"""What shows rows of what: views by the tables in them, and not by what functions in them read;
tables that inherit, both ways, because the one shows rows of the other."""


async def survey(connection: Any, budget_seconds: float) -> tuple[TableInfo, ...]:
    """Describe all tables that may be read, looking at values for about `budget_seconds`."""
    tables = await connection.fetch(TABLES)
    columns: dict[int, list[ColumnInfo]] = defaultdict(list)
    for row in await connection.fetch(COLUMNS):
        columns[row["oid"]].append(_column(row))
    names = {row["oid"]: _full_name(row) for row in tables}
    keys: dict[int, list[ForeignKey]] = defaultdict(list)
    for row in await connection.fetch(KEYS):
        if row["to_oid"] in names:
            keys[row["oid"]].append(
                ForeignKey(
                    columns=tuple(row["columns"]),
                    to_table=names[row["to_oid"]],
                    to_columns=tuple(row["to_columns"]),
                )
            )
    reads = _reads(await connection.fetch(VIEWS), names)
    found = [
        _table(row, columns[row["oid"]], keys[row["oid"]], reads.get(row["oid"], ()))
        for row in tables
    ]
    return await _Values(connection, time.monotonic() + budget_seconds).add(found)


def _reads(rows: Sequence[Any], names: Mapping[int, str]) -> dict[int, tuple[str, ...]]:
    """Name what each view reads, looking through views that may not be read themselves."""
    direct: dict[int, dict[int, str]] = defaultdict(dict)
    for row in rows:
        direct[row["oid"]][row["reads"]] = row["name"]
    found: dict[int, tuple[str, ...]] = {}
    for view in direct:
        seen, waiting, read = {view}, dict(direct[view]), dict[str, None]()
        while waiting:
            oid, name = waiting.popitem()
            read[names.get(oid, name)] = None
            if oid not in seen and oid not in names:
                waiting |= direct.get(oid, {})
            seen.add(oid)
        found[view] = tuple(sorted(read))
    return found


def _column(row: Any) -> ColumnInfo:
    return ColumnInfo(
        name=row["name"],
        type=declared_type(row["type"], row["kind"]),
        native=row["native"],
        nullable=row["nullable"],
        primary=row["primary"],
        comment=row["comment"] or "",
    )


def _table(
    row: Any,
    columns: Sequence[ColumnInfo],
    keys: Sequence[ForeignKey],
    reads: tuple[str, ...],
) -> TableInfo:
    return TableInfo(
        name=row["name"],
        schema="" if row["home"] else row["schema"],
        columns=tuple(columns),
        view=row["kind"] in ("v", "m"),
        rows=int(row["rows"]) if row["rows"] is not None and row["rows"] >= 0 else None,
        comment=row["comment"] or "",
        foreign_keys=tuple(keys),
        reads=reads,
    )


def _full_name(row: Any) -> str:
    return row["name"] if row["home"] else f"{row['schema']}.{row['name']}"


class _Values:
    """Looks at some rows of each table, as long as there is time."""

    def __init__(self, connection: Any, until: float) -> None:
        self._connection = connection
        self._until = until

    async def add(self, tables: Sequence[TableInfo]) -> tuple[TableInfo, ...]:
        found = [await self._with_values(table) for table in tables]
        steps = linking(found, LINKS)
        try:
            candidate = next(steps)
            while True:
                late = time.monotonic() > self._until
                candidate = steps.send(not late and await self._includes(candidate))
        except StopIteration as end:
            linked: tuple[TableInfo, ...] = end.value
            return linked

    async def _with_values(self, table: TableInfo) -> TableInfo:
        if time.monotonic() > self._until or table.view or not table.columns:
            return table
        looked = [column for column in table.columns if column.type not in UNSEEN]
        name = _quoted(table)
        try:
            async with self._connection.transaction():
                wanted = ", ".join(map(_looked_at, looked)) or "1"
                rows = await self._connection.fetch(
                    f"SELECT {wanted} FROM {name} LIMIT {SAMPLE_ROWS}"
                )
                count = table.rows
                if not count or count < 0 or len(rows) < SAMPLE_ROWS:
                    count = await self._connection.fetchval(
                        f"SELECT count(*) FROM (SELECT 1 FROM {name} LIMIT 1000000) t"
                    )
        except asyncpg.PostgresError:
            return table  # A table that cannot be read just now: its shape stands.
        values = [[_hashable(value) for value in row] for row in rows]
        return profiled(table, looked, values, count)

    async def _includes(self, link: Link) -> bool:
        column, to = _quote(link.column), _quote(link.to_column)
        schema = f"{_quote(link.schema)}." if link.schema else ""
        try:
            async with self._connection.transaction():
                row = await self._connection.fetchrow(
                    f"SELECT count(*) AS n, count(*) FILTER (WHERE NOT EXISTS (SELECT 1 FROM"
                    f" {schema}{_quote(link.to_table)} t WHERE t.{to} = v.value)) AS missing"
                    f" FROM (SELECT DISTINCT value FROM (SELECT {column} AS value FROM"
                    f" {schema}{_quote(link.table)} WHERE {column} IS NOT NULL LIMIT 1000) s) v"
                )
        except asyncpg.PostgresError:
            return False
        return bool(row["n"]) and not row["missing"]


def _looked_at(column: ColumnInfo) -> str:
    """Ask for no more of a value than is needed to judge it: a cell may hold megabytes."""
    if column.type in ("text", "json"):
        return f"left({_quote(column.name)}::text, {LOOK})"
    return _quote(column.name)


def _hashable(value: Any) -> Any:
    return list(value.items()) if isinstance(value, asyncpg.Record) else value


def _quoted(table: TableInfo) -> str:
    name = _quote(table.name)
    return f"{_quote(table.schema)}.{name}" if table.schema else name


def _quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
