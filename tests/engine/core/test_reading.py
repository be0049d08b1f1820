"""Snapshots, the inbox, compaction, and a store that fails."""

import asyncio
from datetime import timedelta

import pytest

from engine.ports import StoreFailed
from engine.purging import purge
from engine.stores.memory import MemoryStore
from protocol import commands as c
from protocol import events as e
from protocol.ids import ApprovalId, inbox_of
from protocol.items import Table
from protocol.refusals import Refused
from protocol.screens import Screen
from tests.engine.core.talk import ROUNDS, SAY, SQL, answer, kinds
from tests.rig import ME, Rig, id_, last


async def test_snapshot_and_tail_are_the_whole() -> None:
    async with Rig(ROUNDS).running() as rig:
        session = await rig.session(mode="full")
        await rig.ask(session)
        await rig.until(session, e.ApprovalRequested)
        early = await rig.engine.snapshot(ME, session)
        follower = rig.engine.follower(ME)
        followed = await follower.follow(session, early.epoch, early.upto)
        assert followed.recovered
        for _ in ("plan", "sql", "answer"):
            await answer(rig, session, "approve")
        whole = await rig.until(session, e.RunFinished)
        seen: list[int] = []
        while (told := await follower.take()) is not None:
            seen.append(told.upto)
        late = await rig.engine.snapshot(ME, session)
    assert seen[-1] == late.upto == len(whole)
    assert late.state.get("activity", "idle") == "idle"
    assert early.state["activity"] == "waiting"


async def test_a_position_of_another_epoch_or_of_the_future_gives_a_snapshot() -> None:
    async with Rig((SAY,)).running() as rig:
        session = await rig.session()
        head = await rig.engine.snapshot(ME, session)
        for epoch, after in (("e_other", 1), (head.epoch, 99)):
            follower = rig.engine.follower(ME)
            followed = await follower.follow(session, epoch, after)  # type: ignore[arg-type]  # an epoch
            told = await follower.take()
            assert not followed.recovered
            assert type(told).__name__ == "Snapshot"


async def test_the_inbox_tells_of_sessions_and_of_gates_anywhere() -> None:
    async with Rig(ROUNDS).running() as rig:
        session = await rig.session(mode="plan_only", name="Mine")
        await rig.ask(session)
        await rig.until(session, e.ApprovalRequested)
        inbox = inbox_of(ME.id)
        await rig.until(inbox, e.ApprovalRequested)
        state = (await rig.engine.snapshot(ME, inbox)).state
        assert state["sessions"][session]["activity"] == "waiting"
        assert [asked["session"] for asked in state["approvals"].values()] == [session]
        await answer(rig, session, "approve")
        await rig.until(session, e.RunFinished)
        await rig.until(inbox, e.SessionUpdated, 4)
        state = (await rig.engine.snapshot(ME, inbox)).state
    assert state["sessions"][session].get("activity", "idle") == "idle"
    assert not state.get("approvals")


async def test_finished_items_keep_no_deltas_and_the_fold_is_the_same() -> None:
    async with Rig(ROUNDS).running() as rig:
        session = await rig.session()
        await rig.ask(session)
        await rig.until(session, e.RunFinished)
        before = await rig.engine.snapshot(ME, session)
        await rig.engine.rest()
        await rig.engine.close()
        kept = await rig.log(session)
        assert not any(isinstance(event, e.ItemDelta) for event in kept)
        rig.engine = rig._engine()
        await rig.engine.start()
        after = await rig.engine.snapshot(ME, session)
    assert after.state == before.state
    assert after.upto == before.upto


# --- A store that fails -----------------------------------------------------------------------


class FullStore(MemoryStore):
    """A store whose disk is full while `full` is set."""

    full = False

    async def append(self, append: object) -> None:
        if self.full:
            raise StoreFailed("storage_full", "the disk is full")
        await super().append(append)  # type: ignore[arg-type]  # an append


async def test_a_full_disk_refuses_and_loses_nothing() -> None:
    store = FullStore()
    async with Rig((SAY, SAY), store=store).running() as rig:
        session = await rig.session()
        store.full = True
        with pytest.raises(Refused) as refused:
            await rig.ask(session)
        assert (refused.value.code, refused.value.advice) == ("storage_full", "retry")
        store.full = False
        await rig.ask(session)
        events = await rig.until(session, e.RunFinished)
    assert kinds(events).count("run.started") == 1


async def test_a_disk_that_fills_in_the_middle_of_a_run_does_not_lose_the_run() -> None:
    store = FullStore()
    async with Rig(ROUNDS, store=store).running() as rig:
        session = await rig.session(mode="full")
        await rig.ask(session)
        asked = last(await rig.until(session, e.ApprovalRequested), e.ApprovalRequested)
        store.full = True
        yes = c.ApprovalResolve(
            id=id_(), session=session, approval=ApprovalId(asked.approval), verdict="approve"
        )
        with pytest.raises(Refused):
            await rig.send(yes)
        store.full = False
        await rig.send(yes)
        for _ in ("sql", "answer"):
            await answer(rig, session, "approve")
        events = await rig.until(session, e.RunFinished)
    assert last(events, e.RunFinished).outcome == "answered"


async def test_what_a_screen_shows_can_be_read_back() -> None:
    import msgspec

    async with Rig(ROUNDS).running() as rig:
        session = await rig.session()
        await rig.ask(session)
        await rig.until(session, e.RunFinished)
        snapshot = await rig.engine.snapshot(ME, session)
    screen = msgspec.convert(snapshot.state, Screen)
    assert [run.answer for run in screen.runs] == ["42 orders."]


async def test_a_deleted_session_is_purged_when_nobody_will_want_it_back() -> None:
    async with Rig(ROUNDS).running() as rig:
        kept, gone = await rig.session(), await rig.session()
        await rig.ask(gone)
        events = await rig.until(gone, e.RunFinished)
        result = next(
            event.content.result
            for event in events
            if isinstance(event, e.ItemCompleted) and isinstance(event.content, Table)
        )
        await rig.send(c.SessionDelete(id=id_(), session=gone))
        assert await purge(rig.engine.world) == []
        assert await purge(rig.engine.world, timedelta(seconds=-1)) == [gone]
        assert await rig.store.head(gone) is None
        assert await rig.results.info(result) is None
        assert await rig.store.head(kept) is not None


class HeldStore(MemoryStore):
    """A store that keeps a page only when it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.turns = asyncio.Semaphore(1_000)

    async def append(self, append: object) -> None:
        await self.turns.acquire()
        await super().append(append)  # type: ignore[arg-type]  # an append

    def hold(self) -> None:
        """Let nothing pass from now on."""
        self.turns = asyncio.Semaphore(0)


async def test_nothing_comes_of_a_yes_that_is_not_kept_yet() -> None:
    store = HeldStore()
    async with Rig((SQL, SAY), store=store).running() as rig:
        session = await rig.session(mode="review_first")
        live = await rig.engine.session(ME, session)
        await rig.ask(session)
        store.hold()
        while not live.state.approvals:
            store.turns.release()
            await asyncio.sleep(0)
        store.turns = asyncio.Semaphore(0)
        asked = next(iter(live.state.approvals.values()))
        yes = c.ApprovalResolve(
            id=id_(), session=session, approval=asked.approval, verdict="approve"
        )
        saying = asyncio.create_task(rig.send(yes))
        for _ in range(20):
            await asyncio.sleep(0)
        assert live.state.activity == "working"
        assert rig.source.ran == []
        store.turns.release()
        for _ in range(50):
            await asyncio.sleep(0)
        assert rig.source.ran == []
        for _ in range(1_000):
            store.turns.release()
        await saying
        await rig.until(session, e.RunFinished)
    assert len(rig.source.ran) == 1
