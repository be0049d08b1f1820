"""A change of a chip is said in words that are read back exactly."""

import pytest

from protocol.changes import Change, asks, change, instead, without

CHIPS = ("city is Rome", "name contains “a” instead of “b”", "month", "month ↑")


@pytest.mark.parametrize("text", CHIPS)
@pytest.mark.parametrize("choice", ["Oslo", "“quoted”", "x” instead of “y"])
def test_what_is_said_is_read_back(text, choice):
    assert change(instead(text, choice), CHIPS) == Change(text=text, choice=choice)
    assert change(without(text), CHIPS) == Change(text=text)
    assert asks(instead(text, choice))
    assert asks(without(text))


@pytest.mark.parametrize("said", ["", "only Rome", "Use “Oslo” instead of “Rome”.", "The same"])
def test_other_words_change_none_of_these(said):
    assert change(said, CHIPS) is None


def test_a_question_is_no_change():
    assert not asks("How many cities use “Oslo” instead of “Rome”?")
