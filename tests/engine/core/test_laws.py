"""Laws that hold whatever people, models and crashes do, and in whatever order."""

import asyncio
from collections import Counter
from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.models.scripted import call
from engine.ports import ModelFailed, Printed
from engine.session import fold
from engine.snapshot import Viewer
from engine.state import Session
from protocol import commands as c
from protocol import events as e
from protocol.codec import decode_records, encode_value
from protocol.ids import SessionId
from protocol.refusals import Refused
from protocol.replies import Snapshot
from protocol.screens import Screen
from tests.laws import tried
from tests.rig import COUNT, ME, Rig, events_of, id_

PLAN = call("make_plan", "p", "count\n", steps=["count", "say it"])
SQL = call("run_sql", "c", COUNT, sql=COUNT)
WRONG = call("run_sql", "c", sql="SELECT nothing FROM nowhere")
WRITES = call("run_sql", "c", sql="DROP TABLE orders")
PYTHON = call("run_python", "c", "shout()", code="shout()")
SAY = call("answer", "a", "42 orders.", text="42 orders.")
SILENT: tuple[Any, ...] = ()
BROKEN = (ModelFailed("model_down", "gone"),)

rounds = st.lists(
    st.sampled_from([PLAN, SQL, WRONG, WRITES, PYTHON, PLAN + SQL, SQL + PYTHON, SILENT, BROKEN]),
    max_size=4,
).map(lambda some: [*some, SAY])
modes = st.sampled_from(
    ["none", "plan_only", "on_error", "plan_and_answer", "full", "review_first", "generate_only"]
)
moves = st.lists(
    st.sampled_from(
        [
            "ask",
            "ask_queued",
            "ask_interrupting",
            "approve",
            "edit",
            "reject",
            "skip",
            "retry",
            "feedback",
            "remember",
            "cancel",
            "steer",
            "mode_full",
            "mode_none",
            "query",
            "restart",
            "settle",
        ]
    ),
    min_size=1,
    max_size=14,
)


async def make(rig: Rig, session: SessionId, move: str) -> None:
    """Make one move; a refusal is an answer too."""
    live = await rig.engine.session(ME, session)
    asked = next(iter(live.state.approvals.values()), None)
    run = live.state.run.run if live.state.run is not None else "r_none"
    busy = {"ask_queued": "enqueue", "ask_interrupting": "interrupt"}.get(move, "reject")
    fields: dict[str, Any] = {"id": id_(), "session": session}
    try:
        match move:
            case "ask" | "ask_queued" | "ask_interrupting":
                await rig.send(c.RunStart(**fields, text="how many?", when_busy=busy))  # type: ignore[arg-type]  # one of three
            case "cancel":
                await rig.send(c.RunCancel(**fields, run=run))  # type: ignore[arg-type]  # an id
            case "steer":
                await rig.send(c.RunSteer(**fields, run=run, text="in euros"))  # type: ignore[arg-type]  # an id
            case "mode_full" | "mode_none":
                await rig.send(c.SessionUpdate(**fields, mode=move.removeprefix("mode_")))  # type: ignore[arg-type]  # a mode
            case "query":
                await rig.send(c.QueryRun(**fields, source="shop", sql=COUNT))
            case "restart":
                await rig.restarted()
            case "settle":
                await rig.engine.rest()
            case _ if asked is not None:
                await rig.send(_resolve(asked, move, fields))
            case _:
                pass
    except Refused:
        pass


def _resolve(asked: e.ApprovalRequested, move: str, fields: dict[str, Any]) -> c.ApprovalResolve:
    verdict = "approve" if move == "remember" else move
    more: dict[str, Any] = {"remember": "session"} if move == "remember" else {}
    if move == "edit":
        plan = c.Step(text="other") if asked.subject == "plan" else None
        more |= {"plan": (plan,)} if plan is not None else {"code": COUNT}
    if move == "feedback":
        more["text"] = "otherwise"
    return c.ApprovalResolve(
        **fields, approval=asked.approval, verdict=verdict, digest=asked.digest, **more
    )


async def play(script: list[Any], mode: str, chosen: list[str]) -> tuple[Rig, SessionId]:
    """Play the moves, then bring whatever still goes on to its end."""
    rig = Rig(script * 4, {"shout()": [Printed(stream="stdout", text="A")]})
    async with rig.running():
        session = await rig.session(mode=mode)
        for move in chosen:
            await make(rig, session, move)
        for _ in range(40):
            await rig.engine.rest()
            live = await rig.engine.session(ME, session)
            if live.state.activity == "idle":
                break
            await make(rig, session, "cancel")
        await rig.engine.rest()
    return rig, session


@settings(max_examples=tried(120), suppress_health_check=list(HealthCheck))
@given(rounds, modes, moves)
def test_whatever_happens_the_laws_hold(script: list[Any], mode: str, chosen: list[str]) -> None:
    asyncio.run(_laws(script, mode, chosen))


async def _laws(script: list[Any], mode: str, chosen: list[str]) -> None:
    rig, session = await play(script, mode, chosen)
    log = await rig.log(session)
    every_question_was_answered_once(log)
    nothing_of_a_run_follows_its_end(log)
    every_item_was_completed(log)
    nothing_gated_ran_without_its_yes(log)
    await the_log_has_no_gaps(rig, session)
    await the_fold_of_the_log_is_the_live_state(rig, session)
    await snapshot_and_tail_are_the_whole(rig, session)


def every_question_was_answered_once(log: list[e.AnyEvent]) -> None:
    asked = [event.approval for event in log if isinstance(event, e.ApprovalRequested)]
    resolved = Counter(event.approval for event in log if isinstance(event, e.ApprovalResolved))
    assert resolved == Counter(asked)
    assert set(Counter(asked).values()) <= {1}


def nothing_of_a_run_follows_its_end(log: list[e.AnyEvent]) -> None:
    over: set[str] = set()
    for event in log:
        assert event.run is None or event.run not in over
        if isinstance(event, e.RunFinished):
            over.add(event.run)
    begun = {event.run for event in log if isinstance(event, e.RunStarted | e.RunQueued)}
    assert over == begun


def every_item_was_completed(log: list[e.AnyEvent]) -> None:
    begun = {event.item for event in log if isinstance(event, e.ItemStarted)}
    assert {event.item for event in log if isinstance(event, e.ItemCompleted)} == begun


def nothing_gated_ran_without_its_yes(log: list[e.AnyEvent]) -> None:
    """A code item that was asked about has a yes before anything came out of it."""
    gated: dict[str, bool] = {}
    subjects: dict[str, str] = {}
    for event in log:
        match event:
            case e.ApprovalRequested() if event.subject in ("sql", "python"):
                gated[event.item] = False
                subjects[event.approval] = event.item
            case e.ApprovalResolved() if event.approval in subjects:
                gated[subjects[event.approval]] = event.verdict in ("approve", "edit")
            case e.ItemStarted(of=str(of)) if event.kind in ("table", "output"):
                assert gated.get(of, True), f"{of} ran without a yes"
            case e.KernelBusy(item=str(item)):
                assert gated.get(item, True), f"{item} ran without a yes"
            case _:
                pass


async def the_log_has_no_gaps(rig: Rig, session: SessionId) -> None:
    after = 0
    while (page := await rig.store.read(session, after)) is not None:
        assert page.after == after
        places = [record.seq for record in decode_records(page.records)]
        assert places == sorted(set(places))
        assert all(page.after < place <= page.upto for place in places)
        after = page.upto
    head = await rig.store.head(session)
    assert head is not None
    assert head.upto == after


async def the_fold_of_the_log_is_the_live_state(rig: Rig, session: SessionId) -> None:
    live = await rig.engine.session(ME, session)
    folded = fold(Session(session=session), await rig.log(session))
    assert encode_value(folded) == encode_value(live.state)


async def snapshot_and_tail_are_the_whole(rig: Rig, session: SessionId) -> None:
    """Resume at any place: what is shown from there on completes what was shown before."""
    whole = await rig.engine.snapshot(ME, session)
    records = []
    after = 0
    while (page := await rig.store.read(session, after)) is not None:
        records += decode_records(page.records)
        after = page.upto
    viewer = Viewer(session)
    for record in records:
        viewer.see(record.event, record.at)
    assert viewer.show() == msgspec.convert(whole.state, Screen)
    for place in range(0, whole.upto + 1, max(1, whole.upto // 7)):
        follower = rig.engine.follower(ME)
        await follower.follow(session, whole.epoch, place)
        shown = []
        while (told := await follower.take()) is not None:
            assert not isinstance(told, Snapshot)
            shown += events_of(told)
        follower.close()
        later = [record.event for record in records if record.seq > place]
        assert lasting(shown) == lasting(later)


def lasting(events: list[e.AnyEvent]) -> list[e.AnyEvent]:
    """Return events without deltas: those of finished items may be absent, and say nothing new."""
    return [event for event in events if not isinstance(event, e.ItemDelta)]
