"""Files as people have them become tables, and what was done to them is said."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from engine.ports import SourceFailed
from engine.sources.duckdb import DuckdbSource
from engine.sources.files.kinds import tables_in
from engine.sources.files.shelf import Shelf
from tests.contracts.shop import ask


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "files"
    made.mkdir()
    return made


@pytest.fixture
async def source(tmp_path: Path, folder: Path) -> AsyncIterator[DuckdbSource]:
    shelf = Shelf(tmp_path / "shelf")
    made = DuckdbSource("files", lambda: tables_in(folder), shelf)
    yield made
    await made.close()
    await shelf.close()


@pytest.mark.parametrize(
    ("content", "rows", "note"),
    [
        (b"id,name\n1,a\n", [[1, "a"]], None),
        ("id,name\n1,caf\u00e9\n".encode("latin-1"), [[1, "café"]], "windows-1252"),
        ("id,name\n1,é\n".encode("utf-16"), [[1, "é"]], "utf-16"),
        (b"\xef\xbb\xbfid,name\n1,a\n", [[1, "a"]], None),
        (b"id;name\n1;a,b\n", [[1, "a,b"]], None),
        (b"id\tname\n1\ta\n", [[1, "a"]], None),
        (b'id,name\n1,"a\n""b"", c"\n', [[1, 'a\n"b", c']], None),
        (b"id,name\r\n1,a\r\n", [[1, "a"]], None),
        (b"id,name\n1,a\n2,b,c,d\n3,c\n", [[1, "a"], [3, "c"]], "1 row with too many"),
        (b"id,name\n1,a\n2\n3,c\n", [[1, "a"], [3, "c"]], "1 row with too many or too few"),
        (b"id\n12345678901234567890\n", [["12345678901234567890"]], None),
        (b"1,2\n3,4\n", [[1, 2], [3, 4]], "looks like data"),
        (b"id,name\n", [], "no rows"),
        (b"a,a,\n1,2,3\n", None, None),
    ],
)
async def test_csv_as_it_really_is(
    folder: Path, source: DuckdbSource, content: bytes, rows: list[object] | None, note: str | None
) -> None:
    (folder / "t.csv").write_bytes(content)
    found = (await ask(source, "SELECT * FROM t"))[1]
    if rows is not None:
        assert found == rows
    if note is not None:
        assert note in " ".join(source.notes["t"])


async def test_a_type_is_found_however_late_a_value_breaks_it(
    folder: Path, source: DuckdbSource
) -> None:
    lines = [f"{n},{n}" for n in range(30_000)]
    (folder / "t.csv").write_text("id,code\n" + "\n".join(lines) + "\n30000,X1\n")
    columns, rows, _ = await ask(source, "SELECT id, code FROM t WHERE code = 'X1'")
    assert ([column.type for column in columns], rows) == (["integer", "text"], [[30000, "X1"]])
    assert source.notes == {}


async def test_one_bad_file_does_not_hide_the_others(folder: Path, source: DuckdbSource) -> None:
    (folder / "good.csv").write_text("x\n1\n")
    (folder / "bad.parquet").write_text("nonsense")
    assert [table.name for table in (await source.catalogue()).tables] == ["good"]
    assert source.notes == {"bad": ("bad.parquet is not a Parquet file.",)}


async def test_only_bad_files_are_an_error(folder: Path, source: DuckdbSource) -> None:
    (folder / "bad.csv").write_bytes(b"")
    with pytest.raises(SourceFailed, match=r"bad\.csv is empty"):
        await source.catalogue()


async def test_json_keeps_its_depth(folder: Path, source: DuckdbSource) -> None:
    (folder / "t.ndjson").write_text('{"a": {"b": [1, 2]}, "n": 2.5}\n{"a": null}\n')
    columns, rows, _ = await ask(source, "SELECT a, n, a.b[1] AS first FROM t")
    assert [column.type for column in columns] == ["json", "float", "integer"]
    assert rows == [[{"b": [1, 2]}, 2.5, 1], [None, None, None]]


async def test_a_folder_of_parquet_files_is_one_table(folder: Path, source: DuckdbSource) -> None:
    (folder / "seed.csv").write_text("x\n1\n2\n")
    await source.catalogue()
    (parquet,) = (folder.parent / "shelf").glob("*.parquet")
    for year in ("2023", "2024"):
        part = folder / "events" / f"year={year}"
        part.mkdir(parents=True)
        (part / "part-0.parquet").write_bytes(parquet.read_bytes())
    await source.look_again()
    _, rows, _ = await ask(source, "SELECT year, sum(x) FROM events GROUP BY 1 ORDER BY 1")
    assert rows == [[2023, 3], [2024, 3]]


async def test_a_large_csv_does_not_hurt(folder: Path, source: DuckdbSource) -> None:
    line = "x" * 180
    with (folder / "big.csv").open("w") as file:
        file.write("id,text\n")
        for start in range(0, 200_000, 10_000):
            file.write("".join(f"{n},{line}\n" for n in range(start, start + 10_000)))
    assert (await ask(source, "SELECT count(*), max(id) FROM big"))[1] == [[200_000, 199_999]]


async def test_the_planner_says_what_a_query_costs(folder: Path, source: DuckdbSource) -> None:
    (folder / "t.csv").write_text("a\n" + "\n".join(str(n) for n in range(1000)))
    small = await source.estimate("SELECT a FROM t")
    large = await source.estimate("SELECT t.a FROM t, range(1000000) r")
    assert small is not None
    assert large is not None
    assert small.rows == 1000
    assert (large.cost or 0) > 1000 * (small.cost or 0)
    assert await source.estimate("SELECT nothing FROM nowhere") is None


async def test_awkward_names_of_columns_and_tables(folder: Path, source: DuckdbSource) -> None:
    (folder / "select from.csv").write_text('"or der","qu""ote",größe,select\n1,2,3,4\n')
    catalogue = await source.catalogue()
    (table,) = catalogue.tables
    assert (table.name, [column.name for column in table.columns]) == (
        "select_from",
        ["or der", 'qu"ote', "größe", "select"],
    )
    sql = 'SELECT "or der", "qu""ote", "größe", "select" FROM select_from'
    assert (await ask(source, sql))[1] == [[1, 2, 3, 4]]
