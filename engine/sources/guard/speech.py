"""The dialects of our own sources as the guard reads and writes them: as they were written.

The parser is made to translate between dialects, so it takes `strpos(a, b)` for the same as
`position(b IN a)`, and gives back what it likes best. What runs here must be what was asked: a
call stays a call by the name that stands there, which is also the name that is judged.
"""

from functools import cache
from typing import Any, ClassVar, Final

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.dialects.mysql import MySQL
from sqlglot.dialects.postgres import Postgres
from sqlglot.dialects.sqlite import SQLite
from sqlglot.generator import Generator
from sqlglot.generators.duckdb import DuckDBGenerator
from sqlglot.generators.mysql import MySQLGenerator
from sqlglot.generators.postgres import PostgresGenerator
from sqlglot.generators.sqlite import SQLiteGenerator
from sqlglot.parser import Parser
from sqlglot.parsers.duckdb import DuckDBParser
from sqlglot.parsers.mysql import MySQLParser
from sqlglot.parsers.postgres import PostgresParser
from sqlglot.parsers.sqlite import SQLiteParser

from engine.sources.guard.refusing import Refusal

GRAMMATICAL: Final = frozenset(
    """
    CAST TRY_CAST CONVERT CHAR EXTRACT JSON_TABLE JSON_VALUE MATCH NORMALIZE OVERLAY POSITION
    SUBSTRING TRIM XMLELEMENT XMLTABLE
    """.split()
)
"""Calls with words of their own between the brackets, as in `EXTRACT(year FROM ts)`."""


def _grammatical(parsers: dict[str, Any], *more: str) -> dict[str, Any]:
    return {name: parsers[name] for name in parsers if name in GRAMMATICAL or name in more}


WORDS: Final[dict[type[exp.Expr], str]] = {
    exp.In: "IN",
    exp.Between: "BETWEEN",
    exp.Is: "IS",
    exp.Glob: "GLOB",
    exp.SimilarTo: "SIMILAR TO",
    exp.Match: "MATCH",
}
"""What says so in the middle. NOT stands there too: before all of it, it means something else to
what stands before that."""


class _AsWritten(Parser):
    """Takes calls and intervals as they stand there."""

    FUNCTIONS: ClassVar[dict[str, Any]] = {}

    def _parse_interval_span(
        self, this: exp.Expr, parse_function_unit: bool = True
    ) -> exp.Interval:
        unit: exp.Expr | None = self._unit()
        if unit is not None and self._match_text_seq("TO"):
            unit = exp.IntervalSpan(this=unit, expression=self._unit())
        return exp.Interval(this=this, unit=unit)

    def _unit(self) -> exp.Expr | None:
        known = self._curr and self._curr.text.upper() in self.dialect.VALID_INTERVAL_UNITS
        return self._parse_var(any_token=True, upper=True) if known else None


class _WithoutPercent(_AsWritten):
    """`LIMIT 10 %` is DuckDB's; elsewhere that is always a remainder."""

    def _parse_term(self, parse_mod: bool = True) -> exp.Expr | None:
        return super()._parse_term()


class _PostgresParser(_WithoutPercent, PostgresParser):
    FUNCTION_PARSERS: ClassVar[dict[str, Any]] = _grammatical(
        PostgresParser.FUNCTION_PARSERS, "JSON_OBJECT", "JSON_OBJECTAGG"
    )


class _DuckdbParser(_AsWritten, DuckDBParser):
    FUNCTION_PARSERS: ClassVar[dict[str, Any]] = _grammatical(DuckDBParser.FUNCTION_PARSERS)


class _SqliteParser(_WithoutPercent, SQLiteParser):
    FUNCTION_PARSERS: ClassVar[dict[str, Any]] = {"CAST": SQLiteParser.FUNCTION_PARSERS["CAST"]}


class _MysqlParser(_WithoutPercent, MySQLParser):
    FUNCTION_PARSERS: ClassVar[dict[str, Any]] = _grammatical(
        MySQLParser.FUNCTION_PARSERS, "GROUP_CONCAT", "SUBSTR"
    )

    def _parse_interval(
        self, require_interval: bool = True, parse_function_unit: bool = True
    ) -> exp.Add | exp.Interval | None:
        index = self._index
        interval = super()._parse_interval(require_interval, parse_function_unit)
        if isinstance(interval, exp.Interval) and not interval.args.get("unit"):
            self._retreat(index)  # INTERVAL(a, b, c) is a function.
            return None
        return interval


class _AsRead(Generator):
    """Writes NOT and intervals as they were read."""

    def not_sql(self, expression: exp.Not) -> str:
        said = expression.this
        word = WORDS.get(type(said))
        if word is None or said.args.get("negate"):
            return super().not_sql(expression)
        left = f"{self.sql(said, 'this')} "
        whole = self.sql(said)
        if not whole.startswith(f"{left}{word} "):
            return super().not_sql(expression)
        negated = f"{word} NOT" if word == "IS" else f"NOT {word}"
        return f"{left}{negated} {whole.removeprefix(f'{left}{word} ')}"

    def interval_sql(self, expression: exp.Interval) -> str:
        unit = expression.args.get("unit")
        if not isinstance(expression.this, exp.Literal):
            return super().interval_sql(expression)
        return f"INTERVAL {self.sql(expression, 'this')}{f' {self.sql(unit)}' if unit else ''}"


class _PostgresWriter(_AsRead, PostgresGenerator):
    MULTI_ARG_DISTINCT = True

    def not_sql(self, expression: exp.Not) -> str:
        if isinstance(expression.this, exp.RegexpLike):
            return self.binary(expression.this, "!~")
        if isinstance(expression.this, exp.RegexpILike):
            return self.binary(expression.this, "!~*")
        return super().not_sql(expression)

    def currenttime_sql(self, expression: exp.CurrentTime) -> str:
        return "CURRENT_TIME"


class _DuckdbWriter(_AsRead, DuckDBGenerator):
    MULTI_ARG_DISTINCT = True

    def ignorenulls_sql(self, expression: exp.IgnoreNulls) -> str:
        return f"{self.sql(expression, 'this')} IGNORE NULLS"

    def withingroup_sql(self, expression: exp.WithinGroup) -> str:
        return Generator.withingroup_sql(self, expression)

    def lambda_sql(self, expression: exp.Lambda, arrow_sep: str = "->", wrap: bool = True) -> str:
        # The arrow is going: DuckDB 2 takes it for JSON's unless it is told otherwise.
        names = self.expressions(expression, flat=True)
        return f"LAMBDA {names} : {self.sql(expression, 'this')}"


class _SqliteWriter(_AsRead, SQLiteGenerator):
    # What a type is called decides there how a cast converts.
    TYPE_MAPPING: ClassVar[dict[Any, str]] = {exp.DType.VARBINARY: "BLOB"}
    MULTI_ARG_DISTINCT = True


class _MysqlWriter(_AsRead, MySQLGenerator):
    TRANSFORMS: ClassVar[dict[Any, Any]] = {
        kind: write
        for kind, write in MySQLGenerator.TRANSFORMS.items()
        if kind not in (exp.GroupConcat, exp.JSONExtract, exp.JSONExtractScalar)
    }

    def not_sql(self, expression: exp.Not) -> str:
        if isinstance(expression.this, exp.RegexpLike):
            return self.binary(expression.this, "NOT REGEXP")
        return super().not_sql(expression)

    def regexplike_sql(self, expression: exp.RegexpLike) -> str:
        return self.binary(expression, "REGEXP")  # MariaDB has no REGEXP_LIKE.

    def jsonextract_sql(self, expression: exp.JSONExtract | exp.JSONExtractScalar) -> str:
        # MariaDB has no arrows.
        return f"JSON_EXTRACT({self.sql(expression, 'this')}, {self.sql(expression, 'expression')})"

    def jsonextractscalar_sql(self, expression: exp.JSONExtractScalar) -> str:
        return f"JSON_UNQUOTE({self.jsonextract_sql(expression)})"

    def groupconcat_sql(self, expression: exp.GroupConcat) -> str:
        said, limit = expression.this, ""
        if isinstance(said, exp.Limit):  # It stands behind the separator.
            said, limit = said.this, self.limit_sql(exp.Limit(expression=said.expression.copy()))
        separator = self.sql(expression, "separator")
        separator = f" SEPARATOR {separator}" if separator else ""
        return f"GROUP_CONCAT({self.sql(said)}{separator}{limit})"

    def table_parts(self, expression: exp.Table) -> str:
        return "DUAL" if is_dual(expression) else super().table_parts(expression)


def is_dual(table: exp.Table) -> bool:
    """Tell whether it is MySQL's name for no table."""
    name = table.this
    return (
        isinstance(name, exp.Identifier)
        and name.name.upper() == "DUAL"
        and not name.args.get("quoted")
        and table.args.get("db") is None
    )


class AsPostgres(Postgres):
    """PostgreSQL, as written."""

    Parser = _PostgresParser
    Generator = _PostgresWriter


class AsDuckdb(DuckDB):
    """DuckDB, as written."""

    NORMALIZE_NOT_NULL = False
    Parser = _DuckdbParser
    Generator = _DuckdbWriter


class AsSqlite(SQLite):
    """SQLite, as written."""

    NORMALIZE_NOT_NULL = False
    Parser = _SqliteParser
    Generator = _SqliteWriter


class AsMysql(MySQL):
    """MySQL and MariaDB, as written."""

    NORMALIZE_NOT_NULL = False
    Parser = _MysqlParser
    Generator = _MysqlWriter


OURS: Final[dict[str, type[Dialect]]] = {
    "postgres": AsPostgres,
    "duckdb": AsDuckdb,
    "sqlite": AsSqlite,
    "mysql": AsMysql,
}


@cache
def speech(name: str) -> Dialect:
    """Return how a dialect is read and written. Raise `Refusal` if nobody knows it."""
    if name in OURS:
        return OURS[name]()
    try:
        return Dialect.get_or_raise(name)
    except ValueError as error:
        raise Refusal("unknown_dialect", f"There is no SQL dialect {name!r}.") from error
