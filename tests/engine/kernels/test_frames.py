"""How data frames stand on the wire."""

import datetime
import decimal
import uuid
from typing import Any

import pandas as pd
import pytest

from engine.kernels.inside import frames


def table(frame: Any) -> dict[str, Any]:
    made: dict[str, Any] = frames.of_pandas(frame)[frames.TABLE]
    return made


def kinds(frame: Any) -> list[str]:
    return [column["type"] for column in table(frame)["columns"]]


@pytest.mark.parametrize(
    ("values", "kind", "cells"),
    [
        ([1, 2], "integer", [1, 2]),
        ([2**53 - 1, -(2**53) + 1], "integer", [2**53 - 1, -(2**53) + 1]),
        ([2**53, 1], "int64", ["9007199254740992", "1"]),
        (pd.array([1, None], dtype="Int64"), "integer", [1, None]),
        ([1.5, float("nan")], "float", [1.5, None]),
        ([float("inf"), 1.0], "float", [None, 1.0]),
        ([True, False], "boolean", [True, False]),
        (["a", None], "text", ["a", None]),
        (pd.Categorical(["x", "y"]), "text", ["x", "y"]),
        ([decimal.Decimal("1.10"), None], "decimal", ["1.10", None]),
        ([datetime.date(2024, 2, 29)], "date", ["2024-02-29"]),
        ([datetime.time(1, 2)], "time", ["01:02:00"]),
        (pd.to_datetime(["2024-01-02 03:04:05", None]), "timestamp", ["2024-01-02T03:04:05", None]),
        (pd.to_datetime(["2024-01-02"], utc=True), "timestamptz", ["2024-01-02T00:00:00+00:00"]),
        (pd.to_timedelta(["1 days 00:00:01.5"]), "interval", ["P1DT1.5S"]),
        (pd.to_timedelta(["-1 hours"]), "interval", ["-P0DT3600S"]),
        ([uuid.UUID(int=1)], "uuid", ["00000000-0000-0000-0000-000000000001"]),
        ([b"ab"], "bytes", ["YWI="]),
        ([[1, 2], (3,)], "list", [[1, 2], [3]]),
        ([{"a": 1}], "json", [{"a": 1}]),
        ([1, "a"], "text", ["1", "a"]),
        ([None, None], "unknown", [None, None]),
        ([10**30], "int64", [str(10**30)]),
        ([2**70, "x"], "text", [str(2**70), "x"]),
    ],
)
def test_a_column_has_the_type_of_its_values(values: Any, kind: str, cells: list[Any]) -> None:
    made = table(pd.DataFrame({"c": values}))
    assert made["columns"] == [{"name": "c", "type": kind}]
    assert [row[0] for row in made["rows"]] == cells


def test_only_the_first_thousand_rows_travel_and_all_are_counted() -> None:
    made = table(pd.DataFrame({"c": range(5_000)}))
    assert (len(made["rows"]), made["row_count"]) == (1_000, 5_000)


def test_a_very_wide_frame_shows_fewer_rows() -> None:
    made = table(pd.DataFrame([[0] * 1_000] * 900))
    assert len(made["rows"]) == 200


def test_a_frame_of_long_texts_shows_as_many_rows_as_may_be_told() -> None:
    made = frames.of_pandas(pd.DataFrame({"a": ["z" * 9_999] * 900}))[frames.TABLE]
    assert made["row_count"] == 900
    assert len(made["rows"]) == frames.MOST_CHARACTERS // 9_999


def test_an_index_that_says_something_comes_first() -> None:
    frame = pd.DataFrame({"n": [1, 2]}, index=pd.Index(["a", "b"], name="letter"))
    made = table(frame)
    assert made["columns"][0] == {"name": "letter", "type": "text"}
    assert made["rows"] == [["a", 1], ["b", 2]]
    assert table(frame.rename_axis(None))["columns"][0]["name"] == "index"


def test_column_names_are_text_and_differ() -> None:
    frame = pd.DataFrame([[1, 2, 3]], columns=["a", "a", 0])
    assert [c["name"] for c in table(frame)["columns"]] == ["a", "a_2", "0"]
    nested = pd.DataFrame([[1]], columns=pd.MultiIndex.from_tuples([("x", "y")]))
    assert [c["name"] for c in table(nested)["columns"]] == ["x / y"]


def test_a_series_is_a_table_of_one_column() -> None:
    assert table(pd.Series([1, 2], name="s"))["columns"] == [{"name": "s", "type": "integer"}]


def test_an_empty_frame_is_a_table_too() -> None:
    assert table(pd.DataFrame()) == {"columns": [], "rows": [], "row_count": 0}
    assert table(pd.DataFrame({"a": []}))["row_count"] == 0


def test_values_with_hostile_texts_do_not_break_the_table() -> None:
    class Bad:
        def __str__(self) -> str:
            raise ValueError("no")

    made = table(pd.DataFrame({"c": [Bad(), "x" * 20_000]}))
    assert made["rows"][0] == ["<Bad: its text raised ValueError>"]
    assert len(made["rows"][1][0]) == frames.MOST_TEXT + 1


def test_nested_values_that_are_no_json_become_text() -> None:
    loop: list[Any] = []
    loop.append(loop)
    assert kinds(pd.DataFrame({"c": [loop]})) == ["list"]
