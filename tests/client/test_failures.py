"""Which close codes a client may come back after."""

import pytest

from client.failures import closed, may_return
from protocol.closes import CLOSES, Close


@pytest.mark.parametrize("close", CLOSES, ids=lambda close: str(close.code))
def test_a_client_does_what_the_code_says(close: Close) -> None:
    assert may_return(close.code) is close.reconnect
    assert closed(close.code, "").advice == close.advice


def test_a_broken_line_and_an_ordinary_goodbye_are_no_reason_to_stay_away() -> None:
    assert may_return(None)
    assert may_return(1000)
    assert may_return(1001)


def test_an_unknown_code_means_what_its_range_means() -> None:
    assert not may_return(4499)
    assert may_return(4599)
