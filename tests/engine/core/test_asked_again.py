"""A yes holds for a text, a source and a policy: when one of them changes, it is asked again."""

from typing import Any

import pytest

from engine.gates import PRESETS, Granted, Policy, digest_of
from engine.models.scripted import call
from engine.tools.scripted import ScriptedTools
from protocol import commands as c
from protocol import events as e
from protocol.events import Gates, Mode
from protocol.ids import SessionId
from protocol.items import Step
from tests.engine.core.talk import PLAN, SAY, SHOUT, SQL, answer
from tests.rig import COUNT, Rig, id_, last

AGAIN = "What it may do was changed since it was approved: please look again."


def asked(events: list[e.AnyEvent]) -> list[e.ApprovalRequested]:
    """Return what was asked, in order."""
    return [event for event in events if isinstance(event, e.ApprovalRequested)]


async def update(rig: Rig, session: SessionId, **fields: Any) -> None:
    """Change a session while something waits."""
    await rig.send(c.SessionUpdate(id=id_(), session=session, **fields))


def test_a_digest_names_the_subject_the_text_the_place_the_policy_and_the_rules() -> None:
    policy = PRESETS["full"]
    one = digest_of("sql", "SELECT 1", "shop", policy, "rules")
    others = {
        digest_of("python", "SELECT 1", "shop", policy, "rules"),
        digest_of("sql", "SELECT 2", "shop", policy, "rules"),
        digest_of("sql", "SELECT 1", "stock", policy, "rules"),
        digest_of("sql", "SELECT 1", "shop", PRESETS["review_first"], "rules"),
        digest_of("sql", "SELECT 1", "shop", policy, "other rules"),
        digest_of("sql", "rules\0SELECT 1", "shop", policy),
    }
    assert len(others | {one}) == 7
    assert one == digest_of("sql", "SELECT 1", "shop", Policy(**_fields(policy)), "rules")


def _fields(policy: Policy) -> dict[str, Any]:
    return {name: getattr(policy, name) for name in Policy.__struct_fields__}


@pytest.mark.parametrize("mode", ["full", "none", "plan_only"])
async def test_a_yes_is_asked_for_again_after_the_mode_changed(mode: Mode) -> None:
    async with Rig((SQL, SAY)).running() as rig:
        session = await rig.session(mode="review_first")
        await rig.ask(session)
        await rig.until(session, e.ApprovalRequested)
        await update(rig, session, mode=mode)
        first = await answer(rig, session, "approve")
        second = await answer(rig, session, "approve")
        assert (first.item, first.text) == (second.item, second.text)
        assert first.digest != second.digest
        assert (first.reason, second.reason) == (None, AGAIN)
        if mode == "full":
            await answer(rig, session, "approve")
        events = await rig.until(session, e.RunFinished)
    assert last(events, e.RunFinished).outcome == "answered"
    assert len(rig.source.ran) == 1


async def test_a_yes_does_not_run_what_a_new_mode_never_runs() -> None:
    async with Rig((SQL, SAY)).running() as rig:
        session = await rig.session(mode="review_first")
        await rig.ask(session)
        await rig.until(session, e.ApprovalRequested)
        await update(rig, session, mode="generate_only")
        await answer(rig, session, "approve")
        events = await rig.until(session, e.RunFinished)
    assert rig.source.ran == []
    skipped = next(event for event in events if isinstance(event, e.ItemCompleted))
    assert skipped.outcome == "skipped"


async def test_a_mode_that_asks_for_the_same_needs_no_second_yes() -> None:
    async with Rig((SQL, SAY)).running() as rig:
        session = await rig.session(mode="review_first")
        await rig.ask(session)
        await rig.until(session, e.ApprovalRequested)
        own = Gates(sql="ask", python="ask", tool="ask")
        await update(rig, session, mode="none", gates=own)
        await answer(rig, session, "approve")
        events = await rig.until(session, e.RunFinished)
    assert len(asked(events)) == 1


async def test_a_mode_of_the_run_itself_does_not_change_with_the_session() -> None:
    async with Rig((SQL, SAY)).running() as rig:
        session = await rig.session(mode="none")
        await rig.ask(session, options=e.RunOptions(mode="review_first"))
        await rig.until(session, e.ApprovalRequested)
        await update(rig, session, mode="full")
        await answer(rig, session, "approve")
        events = await rig.until(session, e.RunFinished)
    assert len(asked(events)) == 1


async def test_a_source_that_points_elsewhere_is_asked_about_again() -> None:
    async with Rig((SQL, SAY)).running() as rig:
        session = await rig.session(mode="review_first")
        await rig.ask(session)
        first = last(await rig.until(session, e.ApprovalRequested), e.ApprovalRequested)
        rig.source.rules = "elsewhere, or with other masks"
        await answer(rig, session, "approve")
        second = await answer(rig, session, "approve")
        events = await rig.until(session, e.RunFinished)
    assert second.digest != first.digest
    assert second.reason == AGAIN
    judged = [event.rules for event in events if isinstance(event, e.CheckFinished)]
    assert judged == ["1", "elsewhere, or with other masks"]
    assert len(rig.source.ran) == 1


async def test_a_source_that_is_gone_runs_nothing() -> None:
    async with Rig((SQL, SAY)).running() as rig:
        session = await rig.session(mode="review_first")
        await rig.ask(session)
        await rig.until(session, e.ApprovalRequested)
        await rig.engine.rest()
        rig.engine.world.sources._sources.clear()  # type: ignore[attr-defined]  # somebody disconnects it
        await answer(rig, session, "approve")
        events = await rig.until(session, e.RunFinished)
    over = last(events, e.RunFinished)
    assert (over.outcome, over.error.code) == ("failed", "unknown_source")
    assert rig.source.ran == []


async def test_another_source_of_the_session_does_not_move_what_was_proposed_for_the_old() -> None:
    async with Rig((SQL, SAY)).running() as rig:
        session = await rig.session(mode="review_first", source="shop")
        await rig.ask(session)
        await rig.until(session, e.ApprovalRequested)
        other = type(rig.source)({}, name="other")
        rig.engine.world.sources._sources["other"] = other  # type: ignore[attr-defined]  # somebody connects it
        await update(rig, session, source="other")
        await answer(rig, session, "approve")
        await rig.until(session, e.RunFinished)
    assert (len(rig.source.ran), other.ran) == (1, [])


async def test_a_tool_that_became_another_is_asked_about_again() -> None:
    tools = ScriptedTools({"weather": "sunny"})
    ask_it = call("weather", "w", city="Bern")
    async with Rig((ask_it, SAY), tools=tools).running() as rig:
        session = await rig.session(mode="full")
        await rig.ask(session)
        await rig.until(session, e.ApprovalRequested)
        tools.rules = "2"
        await answer(rig, session, "approve")
        assert tools.called == []
        assert (await answer(rig, session, "approve")).reason == AGAIN
        assert (await answer(rig, session, "approve")).subject == "answer"
        await rig.until(session, e.RunFinished)
    assert tools.called == [("weather", {"city": "Bern"})]


@pytest.mark.parametrize("mode", ["full", "none"])
async def test_a_restart_between_yes_and_run_changes_nothing_of_the_yes(mode: Mode) -> None:
    async with Rig((SHOUT, SAY)).running() as rig:
        session = await rig.session(mode="review_first")
        await rig.ask(session)
        await rig.until(session, e.ApprovalRequested)
        await rig.restarted()
        await update(rig, session, mode=mode)
        await answer(rig, session, "approve")
        assert rig.kernels.kernel.ran == []
        await answer(rig, session, "approve")
        if mode == "full":
            await answer(rig, session, "approve")
        await rig.until(session, e.RunFinished)
    assert rig.kernels.kernel.ran == ["shout()"]


async def test_a_kernel_that_takes_long_to_start_runs_nothing_the_mode_has_come_to_ask_about() -> (
    None
):
    """The mode becomes stricter while the kernel starts: the code waits after all."""
    async with Rig((SHOUT, SAY)).running() as rig:
        session = await rig.session()
        get = rig.kernels.get

        async def slowly(*about: Any) -> Any:
            kernel = await get(*about)
            await update(rig, session, mode="full")
            return kernel

        rig.kernels.get = slowly
        await rig.ask(session)
        waits = last(await rig.until(session, e.ApprovalRequested), e.ApprovalRequested)
        assert waits.subject == "python"
        assert rig.kernels.kernel.ran == []


async def test_a_plan_is_asked_about_again_only_before_its_work_has_begun() -> None:
    async with Rig((PLAN + SQL, SAY)).running() as rig:
        session = await rig.session(mode="plan_only")
        await rig.ask(session)
        await rig.until(session, e.ApprovalRequested)
        await update(rig, session, mode="full")
        subjects = [(await answer(rig, session, "approve")).subject for _ in range(3)]
        assert subjects == ["plan", "plan", "sql"]
        await answer(rig, session, "approve")
        await rig.until(session, e.RunFinished)


async def test_a_plan_is_settled_before_code_that_stands_in_front_of_it() -> None:
    async with Rig((SQL + PLAN, SAY)).running() as rig:
        session = await rig.session(mode="plan_only")
        await rig.ask(session)
        await rig.until(session, e.ApprovalRequested)
        assert rig.source.ran == []
        await answer(rig, session, "reject")
        await rig.until(session, e.RunFinished)
    assert rig.source.ran == []


async def test_an_answer_is_asked_about_again_after_the_mode_changed() -> None:
    async with Rig((SAY,)).running() as rig:
        session = await rig.session(mode="plan_and_answer")
        await rig.ask(session)
        await rig.until(session, e.ApprovalRequested)
        await update(rig, session, mode="full")
        await answer(rig, session, "approve")
        assert (await answer(rig, session, "approve")).reason == AGAIN
        await rig.until(session, e.RunFinished)


async def test_an_edit_is_its_own_yes_and_what_runs_is_what_was_written() -> None:
    other = "SELECT COUNT(*) AS n FROM customers"
    async with Rig((SQL, SAY)).running() as rig:
        session = await rig.session(mode="review_first")
        await rig.ask(session)
        await answer(rig, session, "edit", code=other)
        events = await rig.until(session, e.RunFinished)
    resolved = last(events, e.ApprovalResolved)
    assert resolved.changed == e.Change(
        before=COUNT,
        after=other,
        diff=f"--- proposed\n+++ edited\n@@ -1 +1 @@\n-{COUNT}\n+{other}",
    )
    assert resolved.digest == digest_of("sql", other, "shop", PRESETS["review_first"], "1")
    assert len(asked(events)) == 1
    assert [" ".join(sql.split()) for sql in rig.source.ran] == [other]


async def test_an_edited_plan_is_its_own_yes() -> None:
    steps = (Step(text="count by month"), Step(text="say it"))
    async with Rig((PLAN, SAY)).running() as rig:
        session = await rig.session(mode="plan_only")
        await rig.ask(session)
        await answer(rig, session, "edit", plan=steps)
        events = await rig.until(session, e.RunFinished)
    assert len(asked(events)) == 1
    assert last(events, e.ApprovalResolved).changed.after == "1. count by month\n2. say it"


async def test_an_edit_is_held_to_the_runs_own_rows() -> None:
    async with Rig((SQL, SAY)).running() as rig:
        seen: list[int | None] = []
        check = rig.source.check
        rig.source.check = lambda sql, most=None: (seen.append(most), check(sql, most))[1]  # type: ignore[method-assign,func-returns-value]  # looks on
        session = await rig.session(mode="review_first")
        await rig.ask(session, options=e.RunOptions(max_rows=7))
        await answer(rig, session, "edit", code=f"{COUNT} WHERE id = 1")
        await rig.until(session, e.RunFinished)
    assert set(seen) == {7}


async def test_a_changed_tool_call_is_what_is_called() -> None:
    tools = ScriptedTools({"weather": {"degrees": 4}})
    async with Rig((call("weather", "w", city="Bern"), SAY), tools=tools).running() as rig:
        session = await rig.session(mode="review_first")
        await rig.ask(session)
        waits = await answer(rig, session, "edit", code='{"city": "Basel"}')
        assert waits.text == '{\n  "city": "Bern"\n}'
        await rig.until(session, e.RunFinished)
    assert tools.called == [("weather", {"city": "Basel"})]


def test_a_grant_has_no_part_in_a_digest() -> None:
    """What is remembered opens a gate; it never makes an old yes valid for something new."""
    assert Granted.__struct_fields__ == ("subject", "scope")
