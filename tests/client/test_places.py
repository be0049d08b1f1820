"""What a page means to a reader, for every way in which the two can stand to each other."""

import pytest

from client.places import START, Meaning, Place, end_of, meaning_of
from protocol.ids import Epoch, SessionId
from protocol.replies import PageMessage


def page(after: int, upto: int, epoch: str = "e") -> PageMessage:
    return PageMessage(
        session=SessionId("s"), epoch=Epoch(epoch), after=after, upto=upto, records=()
    )


HERE = Place(epoch=Epoch("e"), after=10)


@pytest.mark.parametrize(
    ("after", "upto", "meaning"),
    [
        (10, 12, "new"),
        (8, 12, "new"),
        (8, 10, "old"),
        (0, 3, "old"),
        (11, 12, "gap"),
        (10, 10, "old"),
    ],
)
def test_a_page_is_news_or_old_or_shows_a_gap(after: int, upto: int, meaning: Meaning) -> None:
    assert meaning_of(page(after, upto), HERE) == meaning


def test_a_page_of_another_history_is_a_gap_wherever_it_stands() -> None:
    assert meaning_of(page(10, 12, "other"), HERE) == "gap"
    assert meaning_of(page(3, 5, "other"), HERE) == "gap"


def test_a_reader_without_a_history_takes_the_first_that_comes() -> None:
    assert meaning_of(page(0, 4, "any"), START) == "new"
    assert end_of(page(0, 4, "any")) == Place(epoch=Epoch("any"), after=4)
