"""Reads Parquet files with DuckDB. It sees the files it was given and nothing else."""

import json
import threading
from collections.abc import Iterator
from typing import Any, Final

import duckdb
import msgspec

from engine.ports import Estimate
from engine.sources.children.duckdb_survey import survey
from engine.sources.children.duckdb_types import column_type
from engine.sources.children.frames import Refused, Request, Run, Survey, Weigh
from engine.sources.children.orders import DuckdbOptions, DuckdbTable
from engine.sources.children.streaming import stream
from protocol.items import ColumnType

READS: Final = (
    duckdb.StatementType.SELECT,
    duckdb.StatementType.EXPLAIN,
    duckdb.StatementType.MULTI,  # A PIVOT that must look up its columns first.
)
KINDS_OF_ERROR: Final = (
    "Catalog Error: ",
    "Binder Error: ",
    "Parser Error: ",
    "Invalid Input Error: ",
)


class DuckdbCraft:
    """Answers requests over views of the files."""

    def __init__(self, options: DuckdbOptions) -> None:
        self._options = options
        self._connection = _connect(options)
        self._tables = [table.name for table in options.tables]

    def answer(self, request: bytes) -> Iterator[bytes]:
        """Yield the payloads of the answer."""
        asked = msgspec.msgpack.decode(request, type=Request)
        if isinstance(asked, Run):
            yield from self._run(asked)
        elif isinstance(asked, Weigh):
            yield msgspec.msgpack.encode(self._weigh(asked.sql))
        elif isinstance(asked, Survey):
            yield msgspec.msgpack.encode(
                survey(self._connection, self._tables, asked.budget_seconds)
            )

    def _run(self, run: Run) -> Iterator[bytes]:
        alarm = threading.Timer(run.max_seconds, self._connection.interrupt)
        alarm.daemon = True
        self._connection.execute("BEGIN TRANSACTION READ ONLY")
        alarm.start()
        try:
            self._refuse_all_but_reads(run.sql)
            cursor = self._connection.execute(run.sql)
            described = cursor.description or []
            names = [str(entry[0]) for entry in described]
            found: list[ColumnType] = [column_type(str(entry[1])) for entry in described]

            def fetch(size: int) -> list[Any]:
                return cursor.fetchmany(size)

            yield from stream(names, lambda rows: found, fetch, run)
        except duckdb.Error as error:
            raise explain(error, run.max_seconds) from error
        finally:
            alarm.cancel()
            self._end_transaction()

    def _end_transaction(self) -> None:
        try:
            self._connection.execute("ROLLBACK")
        except duckdb.Error:
            # After a fatal error DuckDB refuses everything: begin anew.
            self._connection.close()
            self._connection = _connect(self._options)

    def _weigh(self, sql: str) -> Estimate:
        """Ask the planner: rows of the result, and as its cost the rows of all steps together."""
        try:
            self._refuse_all_but_reads(sql)
            found = self._connection.execute(f"EXPLAIN (FORMAT JSON) {sql}").fetchall()
            (plan,) = json.loads(found[0][1])
        except (duckdb.Error, ValueError) as error:
            raise Refused("query_failed", "The statement cannot be planned.") from error
        steps = list(_steps(plan))
        return Estimate(rows=next((rows for rows in steps if rows), None), cost=float(sum(steps)))

    def _refuse_all_but_reads(self, sql: str) -> None:
        statements = self._connection.extract_statements(sql)
        if len(statements) != 1 or statements[0].type not in READS:
            raise Refused("query_failed", "The source refused: it runs one reading statement.")


def open_craft(options: bytes) -> DuckdbCraft:
    """Register the files and lock the configuration, or raise `Refused`."""
    try:
        return DuckdbCraft(msgspec.msgpack.decode(options, type=DuckdbOptions))
    except duckdb.Error as error:
        raise Refused("source_down", f"The files cannot be opened: {first_line(error)}.") from error


def explain(error: duckdb.Error, max_seconds: float) -> Refused:
    """Say in words what DuckDB said, without the data that its messages may quote."""
    if isinstance(error, duckdb.InterruptException):
        return Refused(
            "query_timeout",
            f"The query took longer than {max_seconds:g} seconds and was stopped.",
            "Narrow it down, or allow more time.",
        )
    if isinstance(error, duckdb.OutOfMemoryException):
        return Refused(
            "query_too_large",
            "The query needs more memory or disk than it may have.",
            "Ask for fewer rows, or group less finely.",
        )
    if isinstance(error, duckdb.PermissionException):
        return Refused("query_failed", "The source refused: it reads its own tables only.")
    if isinstance(error, duckdb.ConversionException | duckdb.OutOfRangeException):
        kind = "does not fit its new type" if "onver" in str(error) else "is out of range"
        return Refused(
            "query_failed",
            f"A value {kind}.",
            "Use TRY_CAST, or leave such rows out.",
        )
    if isinstance(error, duckdb.IOException):
        return Refused("source_down", "A file of the source cannot be read any more.")
    return Refused("query_failed", f"DuckDB says: {first_line(error)}.")


def first_line(error: Exception) -> str:
    """Take the first line of a message: the rest quotes the statement."""
    line = str(error).partition("\n")[0].strip().rstrip(".!")
    for kind in KINDS_OF_ERROR:
        line = line.removeprefix(kind)
    return line


def _steps(plan: Any) -> Iterator[int]:
    """Yield how many rows each step of a plan is thought to give, the last step first."""
    said = str(plan.get("extra_info", {}).get("Estimated Cardinality", "0"))
    yield int(said) if said.isdigit() else 0
    for child in plan.get("children", ()):
        yield from _steps(child)


def _connect(options: DuckdbOptions) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(":memory:")
    paths = [path for table in options.tables for path in table.paths]
    settings = (
        f"SET memory_limit='{options.memory_mb}MB'",
        f"SET threads={options.threads}",
        "SET TimeZone='UTC'",
        "SET temp_directory='spill'",
        f"SET max_temp_directory_size='{options.spill_mb}MB'",
        "SET autoinstall_known_extensions=false",
        "SET autoload_known_extensions=false",
        "SET python_enable_replacements=false",
        "SET enable_progress_bar=false",
        f"SET allowed_paths=[{', '.join(text_of(path) for path in paths)}]",
        "SET enable_external_access=false",
        *(_view(table) for table in options.tables),
        "SET lock_configuration=true",
    )
    for setting in settings:
        connection.execute(setting)
    return connection


def _view(table: DuckdbTable) -> str:
    paths = ", ".join(text_of(path) for path in table.paths)
    many = ", union_by_name=true, hive_partitioning=true" if len(table.paths) > 1 else ""
    return f"CREATE VIEW {name_of(table.name)} AS SELECT * FROM read_parquet([{paths}]{many})"


def text_of(value: str) -> str:
    """Write a text as SQL."""
    return "'" + value.replace("'", "''") + "'"


def name_of(name: str) -> str:
    """Write a name as SQL."""
    return '"' + name.replace('"', '""') + '"'
