"""What a person decides really reaches the model: as turns, after the call that they speak of."""

from typing import Any

import pytest

from engine.models.scripted import call
from engine.ports import Answered, Called, Person, ToolFailed, Turn
from engine.tools.scripted import ScriptedTools
from protocol import events as e
from protocol.items import Step
from tests.engine.core.talk import PLAN, SAY, SHOUT, SQL, answer
from tests.rig import COUNT, ME, Rig

WRONG = call("run_sql", "c", sql="SELECT nothing FROM nowhere")
WEATHER = call("weather", "w", city="Bern")
OTHER = "SELECT COUNT(*) AS n FROM orders WHERE id = 1"


async def told(rounds: Any, verdict: str, mode: str = "full", **more: Any) -> tuple[Turn, ...]:
    """Answer the first gate so, and every other with a yes; return what the model saw next."""
    tools = ScriptedTools({"weather": {"degrees": 4}})
    async with Rig(rounds, tools=tools).running() as rig:
        session = await rig.session(mode=mode)
        run = await rig.ask(session)
        await answer(rig, session, verdict, **more)
        while len(rig.model.prompts) < 2:
            live = await rig.engine.session(ME, session)
            assert live.state.run is not None
            assert live.state.run.run == run.run
            await rig.engine.rest()
            if len(rig.model.prompts) < 2:
                await answer(rig, session, _yes(live))
        turns: tuple[Turn, ...] = rig.model.prompts[1].turns
        return turns[1:]


def _yes(live: Any) -> str:
    asked = next(iter(live.state.approvals.values()))
    return str(asked.options[0]) if asked.subject != "error" else "skip"


def shape(turns: tuple[Turn, ...]) -> list[str]:
    """Return turns as short lines."""
    lines: list[str] = []
    for turn in turns:
        match turn:
            case Person():
                lines.append(f"person({turn.verdict or 'feedback'}): {turn.text}")
            case Called():
                lines.append(f"called {turn.tool}: {' '.join(str(_main(turn)).split())}")
            case Answered():
                lines.append(f"answered {'ok' if turn.ok else 'not'}: {turn.text}")
    return lines


def _main(called: Called) -> object:
    return next(iter(called.arguments.values()))


NOWHERE = "failed: no such table"
FAILED = [
    "called run_sql: SELECT nothing FROM nowhere",
    f"answered not: {NOWHERE}",
]


@pytest.mark.parametrize(
    ("rounds", "mode", "verdict", "more", "expected"),
    [
        (
            (PLAN, SAY),
            "plan_only",
            "approve",
            {},
            ["called make_plan: ['count', 'say it']", "answered ok: "],
        ),
        (
            (PLAN, SAY),
            "plan_only",
            "approve",
            {"text": "and be quick"},
            [
                "called make_plan: ['count', 'say it']",
                "answered ok: ",
                "person(approve): and be quick",
            ],
        ),
        (
            (PLAN, SAY),
            "plan_only",
            "edit",
            {"plan": (Step(text="count twice"),), "text": "to be sure"},
            [
                "called make_plan: ['count twice']",
                "answered ok: ",
                "person(edit): I changed the plan: follow it as it stands now. to be sure",
            ],
        ),
        (
            (PLAN, SAY),
            "plan_only",
            "feedback",
            {"text": "only 2025"},
            [
                "called make_plan: ['count', 'say it']",
                "answered ok: ",
                "person(feedback): only 2025",
            ],
        ),
        (
            (SQL, SAY),
            "review_first",
            "edit",
            {"code": OTHER},
            [
                f"called run_sql: {OTHER}",
                f"answered not: {NOWHERE}",
                "person(edit): I changed this SQL before it ran.",
            ],
        ),
        (
            (SQL, SAY),
            "review_first",
            "skip",
            {},
            [
                f"called run_sql: {COUNT}",
                "answered not: skipped: skipped",
                "person(skip): I skipped this SQL: go on without it.",
            ],
        ),
        (
            (SQL, SAY),
            "review_first",
            "feedback",
            {"text": "only 2025"},
            [
                f"called run_sql: {COUNT}",
                "answered not: skipped: only 2025",
                "person(feedback): only 2025",
            ],
        ),
        (
            (SHOUT, SAY),
            "review_first",
            "skip",
            {"text": "too loud"},
            [
                "called run_python: shout()",
                "answered not: skipped: too loud",
                "person(skip): I skipped this Python: go on without it. too loud",
            ],
        ),
        (
            (WEATHER, SAY),
            "review_first",
            "skip",
            {},
            [
                "called weather: Bern",
                "answered not: skipped: skipped",
                "person(skip): I skipped this call: go on without it.",
            ],
        ),
        (
            (WEATHER, SAY),
            "review_first",
            "edit",
            {"code": '{"city": "Basel"}'},
            [
                "called weather: Basel",
                'answered ok: {"degrees":4}',
                "person(edit): I changed these arguments before the tool was called.",
            ],
        ),
        (
            (WRONG, SAY),
            "on_error",
            "retry",
            {},
            [
                *FAILED,
                "person(retry): Run what failed once more, as it was.",
                *FAILED,
                "person(skip): Leave what failed as it is, and go on without it.",
            ],
        ),
        (
            (WRONG, SAY),
            "on_error",
            "edit",
            {"code": COUNT},
            [
                *FAILED,
                "person(edit): I changed what failed; it runs once more, as I wrote it.",
                f"called run_sql: {COUNT}",
                "answered ok: ",
            ],
        ),
        (
            (WRONG, SAY),
            "on_error",
            "skip",
            {"text": "never mind"},
            [
                *FAILED,
                "person(skip): Leave what failed as it is, and go on without it. never mind",
            ],
        ),
        (
            (WRONG, SAY),
            "on_error",
            "feedback",
            {"text": "try customers"},
            [*FAILED, "person(feedback): try customers"],
        ),
        (
            (SAY, SAY),
            "plan_and_answer",
            "feedback",
            {"text": "in words"},
            [
                "called answer: 42 orders.",
                "answered ok: ",
                "person(feedback): in words",
            ],
        ),
    ],
)
async def test_each_verdict_is_told(
    rounds: Any, mode: str, verdict: str, more: dict[str, Any], expected: list[str]
) -> None:
    assert shape(await told(rounds, verdict, mode, **more)) == expected


async def test_a_rejection_is_told_when_something_else_is_asked() -> None:
    async with Rig((SQL, SAY)).running() as rig:
        session = await rig.session(mode="review_first")
        await rig.ask(session)
        await answer(rig, session, "reject", text="not on that table")
        await rig.until(session, e.RunFinished)
        await rig.ask(session, "then something else?")
        await rig.until(session, e.RunFinished, 2)
    assert shape(rig.model.prompts[1].turns) == [
        "person(feedback): how many?",
        f"called run_sql: {COUNT}",
        "answered not: skipped: not on that table",
        "person(reject): I do not want this SQL to run. not on that table",
        "person(feedback): then something else?",
    ]


async def test_free_text_while_a_gate_is_shut_is_feedback_on_what_waits() -> None:
    async with Rig((SQL, SQL, SAY)).running() as rig:
        session = await rig.session(mode="review_first")
        run = (await rig.ask(session)).run
        await rig.until(session, e.ApprovalRequested)
        again = await rig.ask(session, "only 2025")
        assert again.run == run
        await answer(rig, session, "approve")
        events = await rig.until(session, e.RunFinished)
    verdicts = [event.verdict for event in events if isinstance(event, e.ApprovalResolved)]
    assert verdicts == ["feedback", "approve"]
    assert Person(text="only 2025", feedback=True) in rig.model.prompts[1].turns


@pytest.mark.parametrize("why", ["fails", "unknown"])
async def test_what_a_tool_gave_is_told_also_when_it_fails_or_is_not_there(why: str) -> None:
    tools = ScriptedTools({"weather": ToolFailed("tool_failed", "no sky today")})
    name = "weather" if why == "fails" else "oracle"
    async with Rig((call(name, "w", city="Bern"), SAY), tools=tools).running() as rig:
        session = await rig.session()
        await rig.ask(session)
        await rig.until(session, e.RunFinished)
    words = {"fails": "no sky today", "unknown": "There is no tool 'oracle' here."}[why]
    assert shape(rig.model.prompts[1].turns)[1:] == [
        f"called {name}: Bern",
        f"answered not: failed: {words}",
    ]


async def test_the_model_is_told_which_tools_there_are() -> None:
    async with Rig((SAY,), tools=ScriptedTools({"weather": 1})).running() as rig:
        session = await rig.session()
        await rig.ask(session)
        await rig.until(session, e.RunFinished)
    assert [tool.name for tool in rig.model.prompts[0].offered] == ["weather"]


async def test_the_builtin_model_takes_a_verdict_for_no_question() -> None:
    from engine.models.builtin.analyst import moment
    from engine.ports import Prompt

    turns = (
        Person(text="How many orders?"),
        Called(call="i_1", tool="run_sql", arguments={"sql": "SELECT 1"}),
        Answered(call="i_1", ok=False, text="skipped: skipped"),
        Person(text="I skipped this SQL.", feedback=True, verdict="skip"),
    )
    seen = moment(Prompt(question="How many orders?", turns=turns))
    assert seen.feedback == ()
    assert [called.call for called, _ in seen.calls] == ["i_1"]


async def test_a_model_elsewhere_is_told_each_verdict_in_its_messages() -> None:
    """Real models read messages made of these turns: a person's word after the call it is about."""
    from engine.models.prompting.turns import messages_of
    from engine.models.wires import CallGave, CallMade, Said

    turns = await told((SHOUT, SAY), "skip", "review_first", text="too loud")
    made, gave, said = messages_of(turns, most_rows=10).messages
    assert isinstance(made, CallMade)
    assert isinstance(gave, CallGave)
    assert isinstance(said, Said)
    assert (said.role, "too loud" in said.text, "skipped" in said.text) == ("user", True, True)
