"""Data as it really is: empty tables, awkward names, broken text, very large cells."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from engine.ports import QueryLimits, Source, SourceFailed
from tests.contracts.odd import COLUMNS, EMPTY, LETTER_CHARS, LETTERS, ODD, ODD_TABLE, quoted
from tests.contracts.shop import ask

BROKEN_TEXT = {
    "sqlite": "SELECT CAST(x'41ff42' AS TEXT) AS cell",
    "postgres": "SELECT E'A\\xffB' AS cell",
}


@pytest.fixture(params=ODD)
async def odd(
    request: pytest.FixtureRequest, tmp_path: Path, servers: dict[str, str]
) -> AsyncIterator[Source]:
    if request.param in servers:
        pytest.skip(servers[request.param])
    async with ODD[request.param](tmp_path) as source:
        yield source


def named(source: Source, name: str) -> str:
    return quoted(name, "`" if source.dialect == "mysql" else '"')


async def test_a_table_without_rows_is_described_and_answers_with_its_columns(odd: Source) -> None:
    (table,) = [found for found in (await odd.catalogue()).tables if found.name == EMPTY]
    assert [column.name for column in table.columns] == ["id", "name", "made"]
    assert table.rows in (0, None)
    assert all(not column.samples for column in table.columns)
    columns, rows, end = await ask(odd, f"SELECT * FROM {EMPTY}")
    assert ([column.name for column in columns], rows) == (["id", "name", "made"], [])
    assert (end.row_count, end.truncated) == (0, False)
    assert (await ask(odd, f"SELECT count(*), max(id) FROM {EMPTY}"))[1] == [[0, None]]


async def test_awkward_names_are_described_and_can_be_asked(odd: Source) -> None:
    (table,) = [
        found for found in (await odd.catalogue()).tables if found.name not in (EMPTY, LETTERS)
    ]
    # A file's name is made into one that can be typed.
    assert table.name == ("my_odd_täble" if odd.dialect == "duckdb" else ODD_TABLE)
    assert tuple(column.name for column in table.columns) == COLUMNS
    picked = ", ".join(named(odd, column) for column in COLUMNS)
    columns, rows, _ = await ask(odd, f"SELECT {picked} FROM {named(odd, table.name)}")
    assert tuple(column.name for column in columns) == COLUMNS
    assert rows == [list(range(1, len(COLUMNS) + 1))]


# DuckDB and MySQL hold no broken text: they refuse it when it is written.
@pytest.mark.parametrize("odd", BROKEN_TEXT, indirect=True)
async def test_text_that_is_not_utf8_is_shown_with_marks_or_refused_in_words(odd: Source) -> None:
    sql = BROKEN_TEXT[odd.dialect]
    if odd.dialect == "postgres":  # Which looks at it before it sends it.
        with pytest.raises(SourceFailed, match="not valid UTF-8") as failed:
            await ask(odd, sql, checked=False)
        assert "bytea" in (failed.value.info.hint or "")
    else:
        assert (await ask(odd, sql, checked=False))[1] == [["A\N{REPLACEMENT CHARACTER}B"]]
    assert (await ask(odd, "SELECT 1 AS one"))[1] == [[1]]


# SQLite makes values in our memory: they are bounded, as the next test shows.
@pytest.mark.parametrize("odd", [kind for kind in ODD if kind != "sqlite"], indirect=True)
async def test_a_cell_of_fifty_megabytes_comes_whole(odd: Source) -> None:
    _, rows, end = await ask(odd, f"SELECT body FROM {LETTERS}")
    assert [len(str(row[0])) for row in rows] == [LETTER_CHARS]
    assert (end.row_count, end.truncated) == (1, False)


async def test_a_cell_over_the_limit_is_refused_in_words(odd: Source) -> None:
    with pytest.raises(SourceFailed, match=r"larger than (9\.5 MB|it may be)") as failed:
        await ask(odd, f"SELECT body FROM {LETTERS}", QueryLimits(max_bytes=10_000_000))
    assert failed.value.info.code == "query_too_large"
    assert (await ask(odd, "SELECT 1 AS one"))[1] == [[1]]
