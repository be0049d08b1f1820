"""Every result store keeps its port's promises."""

import csv
import io
import json
from collections.abc import AsyncIterator
from pathlib import Path

import duckdb
import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.ports import ResultInfo, ResultPage, StoreFailed
from engine.results.store import ResultStore
from protocol.ids import ResultId
from protocol.items import Column
from tests.laws import tried

RESULT = ResultId("x_1")
COLUMNS = (
    Column(name="id", type="int64"),
    Column(name="name", type="text"),
    Column(name="price", type="decimal"),
    Column(name="day", type="date"),
    Column(name="seen", type="timestamp"),
    Column(name="raw", type="bytes"),
    Column(name="ok", type="boolean"),
    Column(name="extra", type="json"),
)
ROWS = [
    [
        "9007199254740993",
        "Zoë",
        "12.50",
        "2024-02-29",
        "2024-02-29T10:00:00",
        "AA==",
        True,
        {"a": 1},
    ],
    ["2", "=1+1", "-3.125", None, None, None, False, [1, None]],
    ["10", "adam", "100000000000000000000.01", "1850-01-01", "1850-01-01T00:00:00", "", None, None],
]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[ResultStore]:
    made = ResultStore(tmp_path / "results")
    yield made
    await made.close()


async def keep(store: ResultStore, columns=COLUMNS, rows=ROWS, result: ResultId = RESULT) -> None:
    await store.create(result, columns)
    await store.append(result, rows[:1])
    await store.append(result, rows[1:])
    await store.finish(result, truncated=False)


async def exported(store: ResultStore, format: str) -> bytes:
    return b"".join([chunk async for chunk in store.export(RESULT, format)])


async def test_what_was_kept_comes_back_in_order(store: ResultStore) -> None:
    await keep(store)
    assert await store.info(RESULT) == ResultInfo(result=RESULT, columns=COLUMNS, row_count=3)
    assert await store.page(RESULT) == ResultPage(
        columns=COLUMNS, offset=0, rows=ROWS, row_count=3, matching=3
    )
    page = await store.page(RESULT, offset=1, limit=1)
    assert (page.offset, page.rows) == (1, ROWS[1:2])
    assert (await store.page(RESULT, offset=3)).rows == []


async def test_an_unfinished_result_is_not_served(store: ResultStore) -> None:
    await store.create(RESULT, COLUMNS)
    await store.append(RESULT, ROWS)
    assert await store.info(RESULT) is None
    with pytest.raises(StoreFailed) as failed:
        await store.page(RESULT)
    assert failed.value.info.code == "unknown_result"


async def test_a_finished_result_outlives_the_store(tmp_path: Path) -> None:
    first = ResultStore(tmp_path)
    await keep(first)
    await first.close()
    second = ResultStore(tmp_path)
    assert (await second.page(RESULT)).rows == ROWS
    await second.close()


async def test_dropping_forgets(store: ResultStore) -> None:
    await keep(store)
    await store.drop(RESULT)
    await store.drop(RESULT)
    assert await store.info(RESULT) is None


@pytest.mark.parametrize(
    ("column", "descending", "order"),
    [
        ("id", False, ["2", "10", "9007199254740993"]),
        ("id", True, ["9007199254740993", "10", "2"]),
        ("name", False, ["2", "10", "9007199254740993"]),
        ("price", False, ["2", "9007199254740993", "10"]),
        ("day", False, ["10", "9007199254740993", "2"]),
        ("day", True, ["9007199254740993", "10", "2"]),
    ],
)
async def test_sorting_goes_by_value_with_nulls_last(
    store: ResultStore, column: str, descending: bool, order: list[str]
) -> None:
    await keep(store)
    page = await store.page(RESULT, sort=column, descending=descending)
    assert [row[0] for row in page.rows] == order


async def test_searching_looks_into_all_columns_without_regard_to_case(store: ResultStore) -> None:
    await keep(store)
    page = await store.page(RESULT, search="ZOË")
    assert (page.rows, page.matching, page.row_count) == (ROWS[:1], 1, 3)
    assert (await store.page(RESULT, search="12.5")).matching == 1
    assert (await store.page(RESULT, search="nowhere")).rows == []
    assert (await store.page(RESULT, search="' OR 1=1 --")).matching == 0


async def test_an_unknown_column_is_named(store: ResultStore) -> None:
    await keep(store)
    with pytest.raises(StoreFailed, match="no column 'nme'"):
        await store.page(RESULT, sort="nme")


async def test_csv_keeps_every_digit_and_defuses_formulas(store: ResultStore) -> None:
    await keep(store)
    rows = list(csv.reader(io.StringIO((await exported(store, "csv")).decode())))
    assert rows[0] == [column.name for column in COLUMNS]
    assert rows[1][:4] == ["9007199254740993", "Zoë", "12.50", "2024-02-29"]
    assert rows[2][:3] == ["2", "'=1+1", "-3.125"]


async def test_parquet_has_the_types(store: ResultStore, tmp_path: Path) -> None:
    await keep(store)
    file = tmp_path / "x.parquet"
    file.write_bytes(await exported(store, "parquet"))
    found = duckdb.sql(f"SELECT * FROM read_parquet('{file}')")
    assert [str(type) for type in found.types] == [
        *("BIGINT", "VARCHAR", "DECIMAL(24,3)", "DATE", "TIMESTAMP", "BLOB", "BOOLEAN", "VARCHAR")
    ]
    row = found.fetchall()[0]
    assert (row[0], str(row[2]), row[5]) == (9007199254740993, "12.500", b"\x00")


async def test_excel_sees_numbers_as_numbers_and_formulas_as_text(store: ResultStore) -> None:
    await keep(store)
    sheet = openpyxl.load_workbook(io.BytesIO(await exported(store, "xlsx"))).active
    cells = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert cells[1][:3] == ["9007199254740993", "Zoë", 12.5]
    assert cells[2][0] == 2
    formula = sheet["B3"]
    assert (formula.value, formula.data_type, formula.quotePrefix) == ("=1+1", "s", True)
    assert cells[3][3] == "1850-01-01"


async def test_json_is_a_list_of_objects(store: ResultStore) -> None:
    await keep(store)
    names = [column.name for column in COLUMNS]
    assert json.loads(await exported(store, "json")) == [
        dict(zip(names, row, strict=True)) for row in ROWS
    ]


@pytest.mark.parametrize("format", ["csv", "xlsx", "parquet", "json"])
async def test_exports_work_without_rows_and_with_awkward_names(
    store: ResultStore, format: str
) -> None:
    columns = tuple(
        Column(name=name, type="text") for name in ("a", "a", "", "=x", 'q"uote', "é, ")
    )
    await keep(store, columns, [])
    assert await exported(store, format)


async def test_cells_that_do_not_fit_their_column_lose_nothing(
    store: ResultStore, tmp_path: Path
) -> None:
    columns = (Column(name="n", type="int64"), Column(name="d", type="date"))
    rows = [["1", "2024-01-01"], ["n/a", "=cmd()"], ["99999999999999999999", "x"]]
    await keep(store, columns, rows)
    assert (await store.page(RESULT, sort="n")).matching == 3
    text = (await exported(store, "csv")).decode()
    assert "n/a,'=cmd()" in text
    file = tmp_path / "y.parquet"
    file.write_bytes(await exported(store, "parquet"))
    assert duckdb.sql(f"SELECT n FROM read_parquet('{file}')").fetchall()[2] == (rows[2][0],)


async def test_an_id_cannot_lead_out_of_the_folder(tmp_path: Path) -> None:
    store = ResultStore(tmp_path / "deep" / "results")
    result = ResultId("../../escaped")
    await keep(store, result=result)
    assert (await store.page(result)).rows == ROWS
    assert not (tmp_path / "escaped").exists()
    await store.close()


async def test_a_large_result_is_paged_anywhere(store: ResultStore) -> None:
    columns = (Column(name="n", type="integer"), Column(name="t", type="text"))
    await store.create(RESULT, columns)
    for start in range(0, 100_000, 5_000):
        await store.append(RESULT, [[n, f"row {n % 7}"] for n in range(start, start + 5_000)])
    await store.finish(RESULT, truncated=True)
    page = await store.page(RESULT, offset=99_998, limit=10)
    assert ([row[0] for row in page.rows], page.truncated) == ([99_998, 99_999], True)
    found = await store.page(RESULT, search="row 3", sort="n", descending=True, limit=2)
    expected = [n for n in range(100_000) if n % 7 == 3]
    assert [row[0] for row in found.rows] == expected[:-3:-1]
    assert found.matching == len(expected)


async def test_a_full_disk_is_said_and_nothing_half_is_served(tmp_path: Path) -> None:
    store = ResultStore(tmp_path)
    await store.create(RESULT, COLUMNS)
    rows_file = tmp_path / RESULT / "rows.ndjson"
    writer = store._writers[RESULT]
    writer._rows.close()
    writer._rows = open("/dev/full", "wb", buffering=0)  # noqa: ASYNC230, SIM115
    with pytest.raises(StoreFailed) as failed:
        await store.append(RESULT, ROWS)
    assert "No space left" in failed.value.info.message
    assert not rows_file.exists()
    assert await store.info(RESULT) is None
    await store.close()


@settings(max_examples=tried(25), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.none() | st.text(max_size=20),
            st.none() | st.integers(-(2**63), 2**63 - 1).map(str),
            st.none() | st.floats(allow_nan=False, allow_infinity=False),
        ),
        max_size=30,
    ),
    st.integers(0, 30),
    st.integers(0, 30),
)
async def test_pages_are_slices(
    tmp_path: Path, rows: list[tuple[object, ...]], offset: int, limit: int
) -> None:
    store = ResultStore(tmp_path)
    kept = [list(row) for row in rows]
    columns = (
        Column(name="t", type="text"),
        Column(name="i", type="int64"),
        Column(name="f", type="float"),
    )
    await keep(store, columns, kept)
    page = await store.page(RESULT, offset=offset, limit=limit)
    assert page.rows == kept[offset : offset + limit]
    await store.close()
