"""Waiting before the next try: bounds that double, reach fifteen seconds, and begin anew."""

from client.jitter import Jitter


def test_the_bound_doubles_up_to_fifteen_seconds() -> None:
    jitter = Jitter(dice=lambda: 1.0)
    assert [jitter.next() for _ in range(8)] == [0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 15.0]


def test_jitter_is_full() -> None:
    assert Jitter(dice=lambda: 0.0).next() == 0.0


def test_something_good_makes_waits_short_again() -> None:
    jitter = Jitter(dice=lambda: 1.0)
    for _ in range(20):
        jitter.next()
    jitter.reset()
    assert jitter.next() == 0.25


def test_a_thousand_failures_do_not_overflow() -> None:
    jitter = Jitter(dice=lambda: 1.0)
    assert [jitter.next() for _ in range(1100)][-1] == 15.0
