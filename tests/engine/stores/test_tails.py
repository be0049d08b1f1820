"""The memory of newest pages says nothing rather than something wrong."""

from engine.stores.sqlite.tails import MOST_BYTES_OF_ONE, Tails
from protocol.ids import Epoch, SessionId
from tests.contracts.stores import OTHER, SESSION, page


def test_it_knows_only_from_where_it_began():
    tails = Tails()
    tails.committed(page(5, 8))
    tails.committed(page(8, 9))
    assert tails.read(SESSION, 5, 10_000) == (True, page(5, 9))
    assert tails.read(SESSION, 9, 10_000) == (True, None)
    assert tails.read(SESSION, 4, 10_000) == (False, None)
    assert tails.read(SESSION, 6, 10_000) == (False, None)
    assert tails.read(OTHER, 0, 10_000) == (False, None)


def test_it_begins_anew_when_it_missed_a_page_or_the_epoch_changed():
    tails = Tails()
    tails.committed(page(0, 3))
    tails.committed(page(5, 8))
    assert tails.read(SESSION, 0, 10_000) == (False, None)
    assert tails.read(SESSION, 5, 10_000) == (True, page(5, 8))
    tails.committed(page(8, 9, epoch=Epoch("e_2")))
    assert tails.read(SESSION, 5, 10_000) == (False, None)


def test_a_page_without_records_moves_nothing():
    tails = Tails()
    tails.committed(page(0, 3))
    tails.committed(page(3, 3))
    assert tails.read(SESSION, 0, 10_000) == (True, page(0, 3))


def test_one_log_takes_only_so_much():
    tails = Tails()
    text = "x" * (MOST_BYTES_OF_ONE // 3)
    for after in range(4):
        tails.committed(page(after, after + 1, text=text))
    assert tails.read(SESSION, 0, 10_000) == (False, None)
    assert tails.read(SESSION, 3, 10_000) == (True, page(3, 4, text=text))


def test_the_logs_not_written_for_longest_are_forgotten_first():
    tails = Tails()
    text = "x" * (MOST_BYTES_OF_ONE // 2)
    names = [SessionId(f"s_{n}") for n in range(40)]
    for name in names:
        tails.committed(page(0, 1, session=name, text=text))
    known = [tails.read(name, 0, 10_000)[0] for name in names]
    assert known == sorted(known)
    assert 20 < sum(known) < 40
    for name in names:
        tails.forget(name)
    assert not any(tails.read(name, 0, 10_000)[0] for name in names)
    tails.committed(page(0, 1))
    assert tails.read(SESSION, 0, 10_000)[0]
