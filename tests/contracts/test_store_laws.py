"""Whatever is done in whatever order, a store and a plain list tell the same story."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from engine.ports import Append, Conflict, Document, Head, Receipt
from protocol.ids import CallerId, Epoch, Key, SessionId
from protocol.pages import Page
from tests.contracts.stores import STORES, page, seqs_of
from tests.laws import tried

SESSIONS = st.sampled_from([SessionId("s_1"), SessionId("s_2")])
CALLER = CallerId("local")


class Told:
    """A log as a list: the places of its records, and where its stored pages end."""

    def __init__(self, epoch: Epoch) -> None:
        self.epoch = epoch
        self.seqs: list[int] = []
        self.borders = [0]

    @property
    def upto(self) -> int:
        return self.borders[-1]

    def pages_shown(self, after: int, upto: int) -> int:
        """Count the stored pages that have a record to show between two positions."""
        ends = zip(self.borders, self.borders[1:], strict=False)
        spans = [(max(begin, after), min(end, upto)) for begin, end in ends]
        return sum(any(begin < seq <= end for seq in self.seqs) for begin, end in spans)


class Story(RuleBasedStateMachine):
    """One store, written and read in every way, beside its model."""

    name: str

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = TemporaryDirectory()
        self.stack = AsyncExitStack()
        self.told: dict[SessionId, Told] = {}
        self.epochs = 0
        self.replies: dict[Key, bytes] = {}
        self.versions: dict[str, int] = {}
        self.store: Any = None
        self.open()

    def open(self) -> None:
        opening = STORES[self.name](Path(self.folder.name))
        self.store = self.runner.run(self.stack.enter_async_context(opening))

    def teardown(self) -> None:
        self.runner.run(self.stack.aclose())
        self.runner.close()
        self.folder.cleanup()

    def log(self, session: SessionId) -> Told:
        if session not in self.told:
            self.epochs += 1
            return Told(Epoch(f"e_{self.epochs}"))
        return self.told[session]

    def next_page(self, session: SessionId, log: Told, count: int) -> Page:
        return page(log.upto, log.upto + count, session=session, epoch=log.epoch)

    def kept(self, session: SessionId, log: Told, count: int) -> None:
        self.told[session] = log
        log.seqs += range(log.upto + 1, log.upto + count + 1)
        log.borders.append(log.upto + count)

    # --- Writing ------------------------------------------------------------------------------

    @rule(session=SESSIONS, counts=st.lists(st.integers(1, 9), min_size=1, max_size=8))
    def append(self, session: SessionId, counts: list[int]) -> None:
        log = self.log(session)
        wishes: list[Append] = []
        for count in counts:
            wishes.append(Append(page=self.next_page(session, log, count), decisive=count > 7))
            self.kept(session, log, count)

        async def together() -> None:
            await asyncio.gather(*map(self.store.append, wishes))

        self.runner.run(together())

    @rule(session=SESSIONS, off=st.sampled_from([0, 0, -1, 1, -5, 5]), key=st.integers(0, 5))
    def append_elsewhere(self, session: SessionId, off: int, key: int) -> None:
        log = self.log(session)
        after = max(log.upto + off, 0)
        epoch = log.epoch if after != log.upto else Epoch("e_wrong")
        if session not in self.told and after == 0:
            return  # Any epoch may begin a log.
        receipt = Receipt(caller=CALLER, key=Key(f"wrong_{key}"), reply=b"{}")
        wish = Append(page=page(after, after + 2, session=session, epoch=epoch), receipt=receipt)
        with pytest.raises(Conflict):
            self.runner.run(self.store.append(wish))
        assert self.runner.run(self.store.receipt(CALLER, receipt.key)) is None

    @rule(session=SESSIONS, key=st.integers(0, 5), id=st.sampled_from("ab"))
    def append_with_more(self, session: SessionId, key: int, id: str) -> None:
        log = self.log(session)
        receipt = Receipt(caller=CALLER, key=Key(f"k_{key}"), reply=b"%d" % log.upto)
        document = Document(kind="session", id=id, owner=CALLER, body=b"{}")
        next_page = self.next_page(session, log, 2)
        wish = Append(page=next_page, receipt=receipt, document=document)
        if receipt.key in self.replies:
            with pytest.raises(Conflict):
                self.runner.run(self.store.append(wish))
            return
        self.runner.run(self.store.append(wish))
        self.kept(session, log, 2)
        self.replies[receipt.key] = receipt.reply
        self.versions[id] = self.versions.get(id, 0) + 1

    @precondition(lambda self: self.told)
    @rule(data=st.data())
    def compact(self, data: st.DataObject) -> None:
        session = data.draw(st.sampled_from(sorted(self.told)))
        log = self.told[session]
        border, anywhere = st.sampled_from(log.borders), st.integers(0, log.upto)
        ends = st.tuples(border, border) | st.tuples(border, anywhere)
        begin, end = sorted(data.draw(ends))
        if begin == end:
            return
        inside = [seq for seq in log.seqs if begin < seq <= end]
        dropped = data.draw(st.just({*inside}) | st.sets(st.sampled_from(inside or [0])))
        only = [seq for seq in inside if seq not in dropped]
        smaller = page(begin, end, session=session, epoch=log.epoch, only=only)
        if begin not in log.borders or end not in log.borders:
            with pytest.raises(Conflict):
                self.runner.run(self.store.replace(smaller))
            return
        self.runner.run(self.store.replace(smaller))
        log.seqs = sorted({*log.seqs} - {*inside} | {*only})
        log.borders = [border for border in log.borders if not begin < border < end]

    @precondition(lambda self: self.told)
    @rule(data=st.data())
    def drop(self, data: st.DataObject) -> None:
        session = data.draw(st.sampled_from(sorted(self.told)))
        self.runner.run(self.store.drop(session))
        del self.told[session]
        assert self.runner.run(self.store.read(session, 0)) is None

    @rule(id=st.sampled_from("ab"), expect=st.none() | st.integers(0, 3))
    def put(self, id: str, expect: int | None) -> None:
        document = Document(kind="session", id=id, owner=CALLER, body=b"{}")
        version = self.versions.get(id, 0)
        if expect not in (None, version):
            with pytest.raises(Conflict):
                self.runner.run(self.store.put(document, expect))
            return
        self.versions[id] = self.runner.run(self.store.put(document, expect))
        assert self.versions[id] == version + 1

    @rule(id=st.sampled_from("ab"))
    def delete(self, id: str) -> None:
        self.runner.run(self.store.delete("session", id))
        self.versions.pop(id, None)

    @precondition(lambda self: self.name != "memory")
    @rule()
    def reopen(self) -> None:
        self.runner.run(self.stack.aclose())
        self.open()

    # --- Reading ------------------------------------------------------------------------------

    @precondition(lambda self: self.told)
    @rule(data=st.data(), max_bytes=st.integers(1, 2000))
    def follow_from_anywhere(self, data: st.DataObject, max_bytes: int) -> None:
        session = data.draw(st.sampled_from(sorted(self.told)))
        log = self.told[session]
        after = start = data.draw(st.integers(0, log.upto + 2))
        shown: list[int] = []
        while found := self.runner.run(self.store.read(session, after, max_bytes)):
            assert (found.session, found.epoch, found.after) == (session, log.epoch, after)
            assert found.upto in log.borders
            assert found.records or found.upto == log.upto
            many = log.pages_shown(after, found.upto) > 1
            assert not many or len(found.records) <= max_bytes
            shown += seqs_of(found)
            after = found.upto
        assert shown == [seq for seq in log.seqs if seq > start]
        assert after == max(log.upto, start)

    @invariant()
    def heads_are_true(self) -> None:
        for session, log in self.told.items():
            head = self.runner.run(self.store.head(session))
            assert head == Head(epoch=log.epoch, upto=log.upto)

    @invariant()
    def receipts_and_documents_are_true(self) -> None:
        for key, reply in self.replies.items():
            assert self.runner.run(self.store.receipt(CALLER, key)) == reply
        found = self.runner.run(self.store.list("session"))
        assert {kept.id: kept.version for kept in found} == self.versions


# It runs for seconds; only telling a failure in few words takes Hypothesis minutes.
@pytest.mark.hypothesis
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", STORES)
def test_a_store_and_a_list_tell_the_same_story(name: str):
    bounds = settings(
        max_examples=tried(40),
        stateful_step_count=25,
        suppress_health_check=list(HealthCheck),
    )
    machine = type(f"Story_{name}", (Story,), {"name": name})
    machine.TestCase.settings = bounds
    machine.TestCase("runTest").runTest()
