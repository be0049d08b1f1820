"""Whatever a model puts into a call, the run goes on or ends in words; it is never our fault."""

from typing import Any

import pytest

from engine.ports import Called
from protocol import events as e
from protocol.items import Chart, Plan
from tests.rig import COUNT, Rig, last

ODD: Any = (None, 7, "", "one\ntwo", [], [None, 3, {"a": {}}, ["x"]], {}, {"title": 5}, True)
ARGUMENTS = {
    "make_plan": ("steps", "reading"),
    "run_sql": ("sql", "explanation"),
    "run_python": ("code", "explanation"),
    "make_chart": ("spec", "title", "call"),
    "ask_user": ("prompts", "question"),
    "answer": ("text", "sources", "suggestions"),
}


def called(tool: str, **arguments: Any) -> Called:
    return Called(call="c", tool=tool, arguments=arguments)


@pytest.mark.parametrize("tool", ARGUMENTS)
async def test_no_argument_is_too_odd(tool: str) -> None:
    rounds = [(called(tool, **dict.fromkeys(ARGUMENTS[tool], odd)),) for odd in ODD]
    async with Rig([*rounds, (called("answer", text="done"),)]).running() as rig:
        for _ in ODD:
            session = await rig.session()
            await rig.ask(session, options=e.RunOptions(max_rounds=1))
            kind = e.QuestionAsked if tool == "ask_user" else e.RunFinished
            events = await rig.until(session, kind)
            if tool != "ask_user":
                error = last(events, e.RunFinished).error
                assert error is None or error.code != "internal", error


async def test_what_is_nearly_right_is_understood() -> None:
    rounds = [
        (
            called("make_plan", steps="1. count\n2. say"),
            Called(call="d", tool="run_sql", arguments={"sql": COUNT}),
        ),
        (
            called("make_chart", spec='{"mark": "bar", "data": {"values": [{"n": 7}]}}'),
            Called(call="e", tool="answer", arguments={"text": "x"}),
        ),
    ]
    async with Rig(rounds).running() as rig:
        session = await rig.session()
        await rig.ask(session)
        events = await rig.until(session, e.RunFinished)
    contents = [event.content for event in events if isinstance(event, e.ItemCompleted)]
    plan = next(content for content in contents if isinstance(content, Plan))
    assert [step.text for step in plan.steps] == ["1. count", "2. say"]
    chart = next(content for content in contents if isinstance(content, Chart))
    assert chart.spec == {"mark": "bar"}, "figures that a model made up are not drawn"
    assert chart.result is not None


async def test_a_question_in_the_wrong_place_is_asked() -> None:
    rounds = [(called("ask_user", question="Which year?"),)]
    async with Rig(rounds).running() as rig:
        session = await rig.session()
        await rig.ask(session)
        asked = last(await rig.until(session, e.QuestionAsked), e.QuestionAsked)
    assert [prompt.title for prompt in asked.prompts] == ["Which year?"]
