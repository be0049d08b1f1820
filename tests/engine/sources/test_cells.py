"""Values become cells as the wire says."""

import json
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.sources.cells import SAFE_INTEGER, duration, plain, settle, writer
from protocol.items import ColumnType

EAST = timezone(timedelta(hours=2))


@pytest.mark.parametrize(
    ("type", "value", "cell"),
    [
        ("integer", 5, 5),
        ("int64", 2**63 - 1, "9223372036854775807"),
        ("decimal", Decimal("12.50"), "12.50"),
        ("float", 1.5, 1.5),
        ("float", float("nan"), None),
        ("float", float("inf"), None),
        ("boolean", 1, True),
        ("date", date(2024, 2, 29), "2024-02-29"),
        ("time", time(10, 0, 0, 5), "10:00:00.000005"),
        ("timestamp", datetime(2024, 1, 2, 3, 4, 5), "2024-01-02T03:04:05"),  # noqa: DTZ001
        ("timestamp", "2024-01-02 03:04:05", "2024-01-02T03:04:05"),
        ("timestamptz", datetime(2024, 1, 2, 3, tzinfo=EAST), "2024-01-02T01:00:00Z"),
        ("timestamptz", datetime(2024, 1, 2, tzinfo=UTC), "2024-01-02T00:00:00Z"),
        ("interval", timedelta(days=1, hours=2, seconds=0.5), "P1DT2H0.5S"),
        ("uuid", UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        ("json", '{"a": 1}', {"a": 1}),
        ("json", "not json", "not json"),
        ("json", {"n": 2**60, "d": Decimal("1.0")}, {"n": str(2**60), "d": "1.0"}),
        ("list", [1, None, date(2024, 1, 1)], [1, None, "2024-01-01"]),
        ("bytes", b"\x00\xff", "AP8="),
        ("text", b"\xff", "\ufffd"),
        ("unknown", 5, "5"),
    ],
)
def test_each_type_has_one_form(type: ColumnType, value: Any, cell: Any) -> None:
    assert writer(type)(value) == cell
    assert writer(type)(None) is None


@pytest.mark.parametrize("seconds", [0, 0.5, 61, 3600, 86400, -90061.25])
def test_durations_are_iso(seconds: float) -> None:
    assert (
        duration(timedelta(seconds=seconds))
        == {
            0: "PT0S",
            0.5: "PT0.5S",
            61: "PT1M1S",
            3600: "PT1H",
            86400: "P1D",
            -90061.25: "-P1DT1H1M1.25S",
        }[seconds]
    )


@given(st.lists(st.none() | st.integers(-(2**64), 2**64)))
def test_integers_settle_only_if_a_browser_keeps_all_of_them(values: list[int | None]) -> None:
    exact = all(value is None or abs(value) <= SAFE_INTEGER for value in values)
    assert (settle("int64", values) == "integer") == exact


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.binary()
    | st.decimals(allow_nan=False)
    | st.dates()
    | st.datetimes()
    | st.timedeltas(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_whatever_is_nested_becomes_json(value: Any) -> None:
    json.dumps(plain(value), allow_nan=False)
