"""The law of rules: whatever the guard lets through shows nothing that is kept back."""

import sqlite3
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.ports import ColumnInfo, TableInfo
from engine.sources.guard import check
from engine.sources.guard.policy import columns_of
from engine.sources.privacy import ColumnRule, Privacy, TableRule, policy_of
from tests.laws import tried

SECRET = "s3cret"
ROWS = """
CREATE TABLE people (id INTEGER, name TEXT, mail TEXT, pin TEXT, region TEXT);
INSERT INTO people VALUES (1, 'ann', 's3cret mail', 's3cret pin', 'EU'),
    (2, 's3cret name', 's3cret mail', 's3cret pin', 'US'), (3, 'bob', NULL, 's3cret pin', 'EU');
CREATE TABLE keys (person INTEGER, word TEXT);
INSERT INTO keys VALUES (1, 's3cret word'), (2, 's3cret word');
CREATE TABLE notes (person INTEGER, note TEXT);
INSERT INTO notes VALUES (1, 'plain'), (2, 'plain'), (3, NULL);
"""
TABLES = tuple(
    TableInfo(name=name, columns=tuple(ColumnInfo(name=one, type="text") for one in columns))
    for name, columns in (
        ("people", ("id", "name", "mail", "pin", "region")),
        ("keys", ("person", "word")),
        ("notes", ("person", "note")),
    )
)
POLICY = policy_of(
    Privacy(
        tables=(
            TableRule(
                name="people",
                rows="region = 'EU'",
                columns=(
                    ColumnRule(name="mail", mask="substr(name, 1, 1) || '***'"),
                    ColumnRule(name="pin", hidden=True),
                ),
            ),
            TableRule(name="keys", hidden=True),
        )
    ),
    TABLES,
)

# --- Queries of every shape, over what is there and what is not to be seen ---

columns = st.sampled_from(
    ("id", "name", "mail", "pin", "region", "person", "word", "note", "p.pin", "x.mail", "*", "p.*")
)
numbers = st.integers(0, 3).map(str)


@st.composite
def values(draw: st.DrawFn, inner: st.SearchStrategy[str]) -> str:
    form = draw(
        st.sampled_from(
            (
                "{c}",
                "count({c})",
                "max({c})",
                "min({c}) OVER (PARTITION BY {d})",
                "upper({c})",
                "CAST({c} AS INTEGER)",
                "coalesce({c}, {d})",
                "CASE WHEN {c} IS NULL THEN {d} ELSE 1 END",
                "({q})",
                "{c} || {d}",
                "json_extract({c}, '$')",
            )
        )
    )
    c, d = draw(columns), draw(columns)
    return form.format(c=c, d=d, q=draw(inner) if "{q}" in form else "")


@st.composite
def places(draw: st.DrawFn, inner: st.SearchStrategy[str]) -> str:
    name = draw(st.sampled_from(("people", "keys", "notes", "PEOPLE", '"people"', "main.people")))
    alias = draw(st.sampled_from(("", " AS p", " AS x", " AS keys")))
    if draw(st.booleans()):
        return f"{name}{alias}"
    return f"({draw(inner)}){alias or ' AS x'}"


def selects(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    @st.composite
    def select(draw: st.DrawFn) -> str:
        shown = ", ".join(draw(st.lists(values(inner), min_size=1, max_size=2)))
        place = draw(places(inner))
        joined = draw(
            st.sampled_from(("", " JOIN {} ON 1 = 1", " LEFT JOIN {} ON id = person", ", {}"))
        )
        place += joined.format(draw(places(inner))) if joined else ""
        where = draw(
            st.sampled_from(
                (
                    "",
                    " WHERE {} IS NOT NULL",
                    " WHERE EXISTS ({q})",
                    " WHERE {} IN ({q})",
                    " WHERE {} = {n}",
                )
            )
        ).format(draw(columns), q=draw(inner), n=draw(numbers))
        tail = draw(st.sampled_from(("", " ORDER BY 1", " LIMIT 5", " GROUP BY 1")))
        return f"SELECT {shown} FROM {place}{where}{tail}"

    return select()


simple = st.sampled_from(
    (
        "SELECT * FROM people",
        "SELECT word FROM keys",
        "SELECT pin FROM people",
        "SELECT 1",
        "SELECT mail FROM people",
    )
)
queries = st.recursive(simple, selects, max_leaves=4)


@st.composite
def statements(draw: st.DrawFn) -> str:
    query, other = draw(queries), draw(queries)
    form = draw(
        st.sampled_from(
            (
                "{q}",
                "WITH x AS ({o}) {q}",
                "WITH keys AS ({o}) {q}",
                "WITH people AS ({o}) {q}",
                "WITH RECURSIVE keys AS ({o}) {q}",
                "SELECT * FROM ({q}) AS a UNION ALL SELECT * FROM ({o}) AS b",
                "SELECT * FROM (WITH keys AS (SELECT 1 AS word) {o}) AS a, keys",
            )
        )
    )
    return form.format(q=query, o=other)


class Databases:
    """The same rows in both engines that run in this process."""

    def __init__(self) -> None:
        self._sqlite = sqlite3.connect(":memory:")
        self._sqlite.executescript(ROWS)
        self._duckdb = duckdb.connect()
        self._duckdb.execute(ROWS)

    def said(self, dialect: str, sql: str) -> Any:
        """Return the rows, or what the database says is wrong."""
        try:
            made: Any = self._sqlite if dialect == "sqlite" else self._duckdb
            return made.execute(sql).fetchall()
        except (sqlite3.Error, duckdb.Error) as error:
            return str(error)

    def close(self) -> None:
        self._sqlite.close()
        self._duckdb.close()


@pytest.fixture(scope="module")
def databases() -> Iterator[Databases]:
    made = Databases()
    yield made
    made.close()


@settings(max_examples=tried(120))
@given(st.sampled_from(("sqlite", "duckdb")), statements())
def test_what_is_kept_back_is_in_no_answer(databases: Databases, dialect: str, sql: str) -> None:
    checked = check(sql, dialect=dialect, policy=POLICY, columns=columns_of(TABLES))
    if checked.ok:
        assert SECRET not in str(databases.said(dialect, checked.sql)), checked.sql


def test_the_law_sees_what_it_looks_for(databases: Databases) -> None:
    for dialect in ("sqlite", "duckdb"):
        assert SECRET in str(databases.said(dialect, "SELECT * FROM people"))
