"""Files that are sent to be saved: which range is meant, and under which name."""

import pytest

from engine.workspace.files import FileInfo
from gateway.sending import is_known, is_range, range_of, saved_as, tag_of


@pytest.mark.parametrize(
    ("wanted", "part"),
    [
        ("bytes=0-3", (0, 4)),
        ("bytes=2-", (2, 10)),
        ("bytes=-3", (7, 10)),
        ("bytes=-300", (0, 10)),
        ("bytes=8-300", (8, 10)),
        ("bytes=9-9", (9, 10)),
        ("bytes=10-", None),
        ("bytes=5-2", None),
        ("bytes=-0", None),
        ("bytes=0-999999999999999999", (0, 10)),
    ],
)
def test_a_range_is_served_or_it_is_none(wanted: str, part: tuple[int, int] | None) -> None:
    assert is_range(wanted)
    assert range_of(wanted, 10) == part


@pytest.mark.parametrize(
    "wanted", ["", "bytes=-", "bytes=0-1,3-4", "lines=0-1", "bytes=²-", f"bytes={'9' * 5000}-"]
)
def test_what_is_no_range_that_we_offer_is_ignored(wanted: str) -> None:
    assert not is_range(wanted)


@pytest.mark.parametrize(
    ("told", "known"),
    [
        ('"a"', True),
        ('"b", "a"', True),
        ('W/"a"', True),
        ("*", True),
        ('"b"', False),
        ("a", False),
        ("", False),
        (None, False),
    ],
)
def test_who_has_the_file_need_not_get_it_again(told: str | None, known: bool) -> None:
    assert is_known(told, '"a"') is known


def test_an_empty_file_has_no_range() -> None:
    assert range_of("bytes=0-", 0) is None


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("a b (1).csv", 'attachment; filename="a b (1).csv"'),
        ("größe.csv", "attachment; filename*=UTF-8''gr%C3%B6%C3%9Fe.csv"),
        ('a"b.csv', "attachment; filename*=UTF-8''a%22b.csv"),
        ("100%.csv", "attachment; filename*=UTF-8''100%25.csv"),
        ("a\r\nb.csv", "attachment; filename*=UTF-8''a%0D%0Ab.csv"),
    ],
)
def test_a_name_cannot_break_out_of_its_header(name: str, header: str) -> None:
    assert saved_as(name) == header


def test_a_tag_changes_with_the_file() -> None:
    one = FileInfo(path="data/a", size=1, mime="text/plain", changed_at=1.0)
    other = FileInfo(path="data/a", size=1, mime="text/plain", changed_at=2.0)
    assert tag_of(one) == tag_of(one) != tag_of(other)
