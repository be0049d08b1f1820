"""A caller's inbox: it misses nothing, forgets what is needless, and is true from any position."""

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.condensing import Later
from engine.inbox import InboxViewer
from engine.inboxes import Inboxes
from engine.models.scripted import call
from engine.ports import Append, StoreFailed
from engine.stores.memory import MemoryStore
from protocol import commands as c
from protocol import events as e
from protocol.codec import decode_records, encode_records
from protocol.events import AnyEvent, Prompted
from protocol.ids import ApprovalId, Epoch, ItemId, QuestionId, SessionId, inbox_of
from protocol.pages import Page
from tests.engine.core.talk import ROUNDS, SAY
from tests.laws import tried
from tests.rig import ME, Rig, id_, last

INBOX = inbox_of(ME.id)
ASK = call("ask_user", "q", prompts=[{"title": "Which year?"}])


class Deaf(MemoryStore):
    """A store that keeps nothing of inboxes while it is `deaf`."""

    def __init__(self) -> None:
        super().__init__()
        self.deaf = False

    async def append(self, append: Append) -> None:
        if self.deaf and append.page.session == INBOX:
            raise StoreFailed("storage_full", "no space is left")
        await super().append(append)


async def until_told(rig: Rig, kind: type[Any], count: int = 1) -> list[AnyEvent]:
    async with asyncio.timeout(30):
        return await rig.until(INBOX, kind, count)


async def test_an_inbox_that_nobody_reads_is_kept_all_the_same() -> None:
    async with Rig(ROUNDS).running() as rig:
        session = await rig.session(mode="full")
        await rig.ask(session)
        await rig.until(session, e.ApprovalRequested)
        await rig.engine.rooms._inboxes.close()
        kept = await rig.log(INBOX)
        assert last(kept, e.ApprovalRequested).session == session
        assert not rig.engine.rooms._inboxes._untold


async def test_what_an_inbox_missed_in_a_crash_is_told_at_the_next_start() -> None:
    store = Deaf()
    async with Rig((ASK, SAY), store=store).running() as rig:
        session = await rig.session(mode="full")
        await until_told(rig, e.SessionCreated)
        store.deaf = True
        await rig.ask(session)
        await rig.until(session, e.QuestionAsked)
        rig.engine = rig._engine()  # the old one is dropped as it is
        store.deaf = False
        await rig.engine.start()
        inbox = (await rig.engine.rooms.inbox(ME.id)).viewer.inbox
        assert [asked.session for asked in inbox.questions] == [session]
        assert inbox.sessions[session].activity == "waiting"


async def test_an_approval_that_an_inbox_missed_waits_in_it_after_the_next_start() -> None:
    store = Deaf()
    async with Rig(ROUNDS, store=store).running() as rig:
        session = await rig.session(mode="full")
        await until_told(rig, e.SessionCreated)
        store.deaf = True
        await rig.ask(session)
        asked = last(await rig.until(session, e.ApprovalRequested), e.ApprovalRequested)
        rig.engine = rig._engine()
        store.deaf = False
        await rig.engine.start()
        inbox = (await rig.engine.rooms.inbox(ME.id)).viewer.inbox
        assert inbox.approvals[asked.approval].session == session


async def test_what_an_inbox_could_not_keep_is_told_when_there_is_room_again() -> None:
    store = Deaf()
    async with Rig(ROUNDS, store=store).running() as rig:
        session = await rig.session(mode="full")
        await until_told(rig, e.SessionCreated)
        store.deaf = True
        await rig.ask(session)
        asked = last(await rig.until(session, e.ApprovalRequested), e.ApprovalRequested)
        broken = await rig.engine.rooms.inbox(ME.id)
        store.deaf = False
        told = last(await until_told(rig, e.ApprovalRequested), e.ApprovalRequested)
        assert (told.approval, told.session) == (asked.approval, session)
        assert broken.session == INBOX


async def test_an_inbox_that_has_grown_is_condensed_and_true_from_any_position() -> None:
    async with Rig().running() as rig:
        sessions = [await rig.session() for _ in range(3)]
        for number in range(100):
            session = sessions[number % 3]
            await rig.send(c.SessionUpdate(id=id_(), session=session, name=f"name {number}"))
        inbox = await rig.engine.rooms.inbox(ME.id)
        await inbox.until_kept(inbox.head)
        whole = await pages(rig.store)
        await rig.engine.rooms._inboxes.condense(inbox)
        left = records_of(await pages(rig.store))
        assert len(left) == 6
        head = await rig.store.head(INBOX)
        assert head is not None
        assert head.upto == inbox.head == 103
        assert_same_from_anywhere(records_of(whole), left)
        # And it goes on from there.
        await rig.send(c.SessionUpdate(id=id_(), session=sessions[0], name="last"))
        await rig.restarted()
        again = (await rig.engine.rooms.inbox(ME.id)).viewer.inbox
        names = [again.sessions[session].name for session in sessions]
        assert names == ["last", "name 97", "name 98"]


async def test_an_inbox_is_condensed_by_itself() -> None:
    async with Rig().running() as rig:
        inboxes = Inboxes(rig.engine.world, grown=50)
        inbox = await inboxes.open(ME.id)
        made = e.SessionCreated(session=SessionId("s_1"), owner=ME.id, by=ME.id)
        inboxes.tell(ME.id, [made])
        # How soon it is, is up to the machine; that it is, is what keeps the log short.
        async with asyncio.timeout(30):
            while inbox.head < 120 or len(await rig.log(INBOX)) > 70:
                said = e.SessionUpdated(session=made.session, by=ME.id, name=f"{inbox.head}")
                inboxes.tell(ME.id, [said])
                await inbox.until_kept(inbox.head)
        await inboxes.close()


async def pages(store: Any) -> list[Page]:
    found: list[Page] = []
    after = 0
    while (page := await store.read(INBOX, after)) is not None:
        found.append(page)
        after = page.upto
    return found


def records_of(pages: Sequence[Page]) -> list[e.Record]:
    return [record for page in pages for record in decode_records(page.records)]


def shown(records: list[e.Record]) -> Any:
    viewer = InboxViewer(INBOX)
    for record in records:
        viewer.see(record.event, record.at)
    return msgspec.to_builtins(viewer.show())


def assert_same_from_anywhere(whole: list[e.Record], left: list[e.Record]) -> None:
    """Whoever has seen the first of the whole, and then what is left, knows what there is."""
    for seen in range(len(whole) + 1):
        place = whole[seen - 1].seq if seen else 0
        later = [record for record in left if record.seq > place]
        assert shown([*whole[:seen], *later]) == shown(whole)


ids = st.sampled_from(["s_1", "s_2"]).map(SessionId)
approvals = st.sampled_from(["a_1", "a_2"]).map(ApprovalId)
questions = st.sampled_from(["q_1", "q_2"]).map(QuestionId)


def _requested(approval: ApprovalId, session: SessionId) -> AnyEvent:
    return e.ApprovalRequested(
        approval=approval, item=ItemId("i"), subject="sql", options=(), digest="", session=session
    )


def _asked(question: QuestionId, session: SessionId) -> AnyEvent:
    return e.QuestionAsked(question=question, prompts=(Prompted(title="?"),), session=session)


happens = st.one_of(
    st.builds(e.SessionCreated, session=ids, owner=st.just(ME.id), by=st.just(ME.id)),
    st.builds(
        e.SessionUpdated,
        session=ids,
        by=st.just(ME.id),
        name=st.sampled_from([None, "one", "two"]),
        status=st.sampled_from([None, "active"]),
        activity=st.sampled_from([None, "idle", "working"]),
    ),
    st.builds(e.SessionArchived, session=ids, by=st.just(ME.id)),
    st.builds(e.SessionDeleted, session=ids, by=st.just(ME.id)),
)


@st.composite
def histories(draw: st.DrawFn) -> list[AnyEvent]:
    """Draw what happens to sessions, and questions that are asked once and answered once."""
    told: list[AnyEvent] = draw(st.lists(happens, max_size=30))
    for approval in ("a_1", "a_2", "a_3"):
        place = draw(st.integers(0, len(told)))
        told.insert(place, _requested(ApprovalId(approval), draw(ids)))
        if draw(st.booleans()):
            over = e.ApprovalResolved(approval=ApprovalId(approval), verdict="approve")
            told.insert(draw(st.integers(place + 1, len(told))), over)
    place = draw(st.integers(0, len(told)))
    told.insert(place, _asked(QuestionId("q_1"), draw(ids)))
    if draw(st.booleans()):
        answered = e.QuestionAnswered(question=QuestionId("q_1"))
        told.insert(draw(st.integers(place + 1, len(told))), answered)
    return told


@settings(max_examples=tried(100))
@given(histories(), st.integers(1, 10))
def test_a_condensed_inbox_comes_to_the_same_from_any_position(
    told: list[AnyEvent], size: int
) -> None:
    made: list[Page] = []
    for after in range(0, len(told), size):
        part = told[after : after + size]
        # Each part has a time of its own: when a session changed last is to stay true.
        records = encode_records(part, after, f"2026-11-22T10:00:00.{after:03}Z")
        upto = after + len(part)
        page = Page(session=INBOX, epoch=Epoch("e"), after=after, upto=upto, records=records)
        made.append(page)
    later = Later()
    for page in made:
        later.see(page)
    smaller = [later.condensed(page) or page for page in made]
    assert [(page.after, page.upto) for page in smaller] == [(p.after, p.upto) for p in made]
    assert_same_from_anywhere(records_of(made), records_of(smaller))
    # Done again, nothing more goes.
    again = Later()
    for page in smaller:
        again.see(page)
    assert [again.condensed(page) for page in smaller] == [None] * len(smaller)
