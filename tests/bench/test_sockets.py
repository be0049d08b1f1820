"""The client of the measurements counts rightly, or the figures are worth nothing."""

import socket

import msgspec
import pytest

from bench._figures import Goal, figure, percentile, told
from bench._sockets import Counter, text_frame


@pytest.mark.parametrize("piece", [1, 2, 3, 5, 7, 100])
def test_words_are_counted_once_wherever_reads_cut_them(piece: int) -> None:
    near, far = socket.socketpair()
    with near, far:
        counter = Counter(near)
        counter.expect("abab", 64)
        said = b"xabab.abababab.abab."
        for start in range(0, len(said), piece):
            far.sendall(said[start : start + piece])
            counter.read()
    # As `bytes.count` does: occurrences that overlap would be counted by place, not by word.
    assert counter.count >= said.count(b"abab")
    assert counter.size == len(said)


def test_a_word_that_does_not_overlap_itself_is_counted_exactly() -> None:
    near, far = socket.socketpair()
    with near, far:
        counter = Counter(near)
        counter.expect('"item.delta"', 4096)
        said = b'{"type":"item.delta","text":"word "},' * 1000
        for start in range(0, len(said), 777):
            far.sendall(said[start : start + 777])
            counter.read()
    assert counter.count == 1000


def test_a_server_that_hangs_up_is_an_error() -> None:
    near, far = socket.socketpair()
    far.close()
    with near, pytest.raises(ConnectionError, match="closed after 0 words"):
        Counter(near).read()


@pytest.mark.parametrize("size", [0, 125, 126, 65535, 65536])
def test_frames_say_their_size(size: int) -> None:
    frame = text_frame("x" * size)
    head = {True: 2, False: 4 if size < 65536 else 10}[size < 126]
    assert len(frame) == head + 4 + size
    assert frame[1] & 0x80, "a client's frame is masked"


def test_goals_know_whether_they_are_reached() -> None:
    most = Goal(name="late", value=21, want="at most", goal=20, unit="ms")
    least = Goal(name="fast", value=4, want="at least", goal=4)
    assert (most.reached, least.reached) == (False, True)
    assert "MISSED" in told(most)
    assert "reached" in told(least)


def test_a_figure_is_the_median_of_its_samples() -> None:
    one = figure("it", [3.0, 1.0, 2.0], "ms")
    assert one.value == 2.0
    assert "n=3" in told(one)
    assert percentile([float(n) for n in range(100)], 0.99) == 99.0
    assert msgspec.json.decode(msgspec.json.encode(one))["samples"] == [3.0, 1.0, 2.0]
