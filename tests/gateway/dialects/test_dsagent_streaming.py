"""DSAgent's server-sent events, folded from logs of real runs: names, payloads, order, bytes."""

import re
from typing import Any

from engine.models.scripted import call
from engine.ports import Ended, ModelFailed, Printed, Raised, Shown, ShownTable, Thinking
from gateway.dialects.dsagent.streaming import frame
from protocol.events import KernelBusy, QuestionAsked, RunFinished, RunOptions
from protocol.items import Column, Display
from tests.engine.core.talk import answer
from tests.gateway.dialects.telling import events_of, names
from tests.rig import COUNT, Rig

TABLE = "df = pd.DataFrame({'a': [1, 2, 3]})\nprint(df.shape)"
SUM = "print('sum', df['a'].sum())"
SCRIPT = {
    TABLE: [Printed(stream="stdout", text="(3, 1)\n")],
    SUM: [Printed(stream="stdout", text="sum 6\n")],
}
STEPS = ["Make a small table", "Summarise it"]
FIRST = (*call("make_plan", "p", steps=STEPS), *call("run_python", "c1", code=TABLE))
SECOND = call("run_python", "c2", code=SUM)
SAY = call("answer", "a", text="The sum is 6.")
ROUNDS = (FIRST, SECOND, SAY)


def plan(done: int) -> dict[str, Any]:
    boxes = ["x" if number < done else " " for number in range(2)]
    return {
        "steps": [
            {"number": number + 1, "description": step, "completed": number < done}
            for number, step in enumerate(STEPS)
        ],
        "raw_text": "\n".join(
            f"{number + 1}. [{box}] {step}"
            for number, (box, step) in enumerate(zip(boxes, STEPS, strict=True))
        ),
        "total_steps": 2,
        "completed_steps": done,
        "is_complete": done == 2,
    }


def result(stdout: str, **more: Any) -> dict[str, Any]:
    return {
        "stdout": stdout,
        "stderr": "",
        "error": None,
        "images": [],
        "success": True,
        "output": stdout,
        **more,
    }


def round_complete(number: int, **more: Any) -> tuple[str, dict[str, Any]]:
    nothing = {
        "code": None,
        "execution_result": None,
        "plan": None,
        "has_answer": False,
        "answer": None,
        "thinking": None,
        "is_complete": False,
    }
    content = more.pop("content")
    return "round_complete", {"round": number, "content": content, **nothing, **more}


THINKING = ("thinking", {"message": "Processing..."})
REPLY = f"<plan>\n{plan(0)['raw_text']}\n</plan>\n<code>\n{TABLE}\n</code>"


async def streamed(rounds: Any, script: Any = None, **session: Any) -> list[Any]:
    """Ask one question, and return what is said of it."""
    async with Rig(rounds, script or SCRIPT).running() as rig:
        name = await rig.session(**session)
        await rig.ask(name)
        await rig.until(name, RunFinished)
        return await events_of(rig, name)


async def test_three_rounds_are_told_in_the_documented_order_and_shapes() -> None:
    assert await streamed(ROUNDS) == [
        THINKING,
        ("llm_response", {"content": REPLY}),
        ("plan", plan(0)),
        ("code_executing", {"code": TABLE}),
        ("code_result", result("(3, 1)\n")),
        round_complete(
            1, content=REPLY, code=TABLE, execution_result=result("(3, 1)\n"), plan=plan(0)
        ),
        THINKING,
        ("llm_response", {"content": f"<code>\n{SUM}\n</code>"}),
        ("plan", plan(1)),
        ("code_executing", {"code": SUM}),
        ("code_result", result("sum 6\n")),
        round_complete(
            2,
            content=f"<code>\n{SUM}\n</code>",
            code=SUM,
            execution_result=result("sum 6\n"),
            plan=plan(1),
        ),
        THINKING,
        ("llm_response", {"content": "<answer>\nThe sum is 6.\n</answer>"}),
        ("plan", plan(2)),
        round_complete(
            3,
            content="<answer>\nThe sum is 6.\n</answer>",
            plan=plan(2),
            has_answer=True,
            answer="The sum is 6.",
            is_complete=True,
        ),
        ("done", {}),
    ]


def test_a_frame_has_the_bytes_of_the_original() -> None:
    assert frame(("llm_response", {"content": "é\n", "n": None})) == (
        b'event: llm_response\ndata: {"content": "\\u00e9\\n", "n": null}\n\n'
    )
    assert frame(("done", {})) == b"event: done\ndata: {}\n\n"


async def test_a_query_is_shown_as_code_and_its_table_as_text() -> None:
    said = await streamed([call("run_sql", "c", sql=COUNT), SAY])
    code = f"-- SQL on shop\n{COUNT}"
    assert said[1:4] == [
        ("llm_response", {"content": f"<code>\n{code}\n</code>"}),
        ("code_executing", {"code": code}),
        ("code_result", result(" n\n42")),
    ]


async def test_a_long_table_is_cut_and_says_where_the_rest_is() -> None:
    columns = (Column(name="id", type="integer"), Column(name="name", type="text"))
    rows = [[number, None if number else "a\nb" + "c" * 99] for number in range(25)]
    table = ShownTable(columns=columns, rows=rows, row_count=25)
    said = await streamed([SECOND, SAY], {SUM: [table]})
    lines = next(data for name, data in said if name == "code_result")["stdout"].split("\n")
    assert lines[0].split() == ["id", "name"]
    assert lines[1] == " 0  a b" + "c" * 56 + "…"
    assert lines[2] == " 1"
    assert len(lines) == 22
    assert re.fullmatch(r"\[25 rows x 2 columns, all at /api/v1/results/t_\w+\.csv\]", lines[-1])


async def test_a_failure_shows_the_traceback_without_colours() -> None:
    trace = "\x1b[31mZeroDivisionError\x1b[0m: division by zero"
    raised = Raised(name="ZeroDivisionError", message="division by zero", traceback=trace)
    script = {SUM: [Printed(stream="stderr", text="oh\n"), raised, Ended(outcome="failed")]}
    said = await streamed([SECOND, SAY], script)
    told = result("", stderr="oh\n", success=False, error="ZeroDivisionError: division by zero")
    assert ("code_result", told) in said
    assert said[-1] == ("done", {})


async def test_a_picture_has_both_names_of_its_type() -> None:
    drawn = Shown(displays=(Display(mime="image/png", data="iVBORw0KGgo="),))
    said = await streamed([SECOND, SAY], {SUM: [drawn]})
    picture = {"mime": "image/png", "data": "iVBORw0KGgo=", "format": "png"}
    assert ("code_result", result("", images=[picture])) in said


async def test_reasoning_stands_beside_the_reply() -> None:
    said = await streamed([(Thinking(text="Let me see. "), Thinking(text="Six."), *SAY)])
    assert said[1] == ("llm_response", {"content": "<answer>\nThe sum is 6.\n</answer>"})
    assert said[2][1]["thinking"] == "Let me see. Six."


async def test_a_provider_that_fails_ends_the_stream_with_an_error_and_no_done() -> None:
    broken = ModelFailed("model_down", "the provider exploded")
    assert await streamed([[broken]]) == [THINKING, ("error", {"error": "the provider exploded"})]


async def test_rounds_that_are_used_up_are_said_so() -> None:
    async with Rig([SECOND] * 3, SCRIPT).running() as rig:
        session = await rig.session()
        await rig.ask(session, options=RunOptions(max_rounds=2))
        await rig.until(session, RunFinished)
        said = await events_of(rig, session)
    words = "[no answer after 2 rounds Ask for less at once, or allow more rounds.]"
    assert said[-2:] == [("llm_response", {"content": words}), ("done", {})]


async def test_a_rejected_plan_aborts_the_task_and_its_code_never_runs() -> None:
    async with Rig(ROUNDS, SCRIPT).running() as rig:
        session = await rig.session(mode="plan_only")
        await rig.ask(session)
        asked = await answer(rig, session, "reject")
        await rig.until(session, RunFinished)
        said = await events_of(rig, session)
        assert rig.kernels.kernel.ran == []
    assert names(said) == [
        "thinking",
        "llm_response",
        "plan",
        "hitl_request",
        "round_complete",
        "done",
    ]
    request = {
        "request_type": "plan",
        "plan": plan(0),
        "code": None,
        "error": None,
        "answer": None,
        "message": None,
        "approval_id": asked.approval,
        "options": ["approve", "modify", "reject", "feedback"],
        "expires_at": None,
    }
    assert said[3] == ("hitl_request", request)
    aborted = round_complete(
        1,
        content=REPLY,
        code=TABLE,
        plan=plan(0),
        answer="Task aborted by user.",
        is_complete=True,
    )
    assert said[4] == aborted


async def test_every_mode_asks_before_what_it_promises_to_ask_about() -> None:
    raised = Raised(name="E", message="no", traceback="E: no")
    script = {SUM: [raised, Ended(outcome="failed")], TABLE: SCRIPT[TABLE]}
    wanted = {
        "none": [],
        "plan_only": ["plan"],
        "on_error": ["error"],
        "plan_and_answer": ["plan", "answer"],
    }
    for mode, kinds in wanted.items():
        async with Rig(ROUNDS, script).running() as rig:
            session = await rig.session(mode=mode)
            await rig.ask(session)
            for kind in kinds:
                await answer(rig, session, "skip" if kind == "error" else "approve")
            await rig.until(session, RunFinished)
            said = await events_of(rig, session)
        assert [data["request_type"] for name, data in said if name == "hitl_request"] == kinds
        assert said[-1] == ("done", {}), mode


async def test_full_asks_before_each_code_and_shows_it() -> None:
    async with Rig((FIRST, SAY), SCRIPT).running() as rig:
        session = await rig.session(mode="full")
        await rig.ask(session)
        await answer(rig, session, "approve")
        await answer(rig, session, "approve")
        await rig.until(session, KernelBusy)
        said = await events_of(rig, session)
    told = [(data["request_type"], data["code"]) for n, data in said if n == "hitl_request"]
    assert told[:2] == [("plan", None), ("code", TABLE)]
    assert names(said)[:6] == [
        "thinking",
        "llm_response",
        "plan",
        "hitl_request",
        "hitl_request",
        "code_executing",
    ]


async def test_a_question_to_the_person_ends_the_stream_as_an_answer_would() -> None:
    prompts = [{"title": "Which year?", "options": ["2024", "2025"]}]
    async with Rig([call("ask_user", "q", prompts=prompts), SAY]).running() as rig:
        session = await rig.session()
        await rig.ask(session)
        await rig.until(session, QuestionAsked)
        said = await events_of(rig, session)
    question = "Which year? 2024 2025"
    asked = round_complete(1, content=question, has_answer=True, answer=question, is_complete=False)
    assert said == [THINKING, ("llm_response", {"content": question}), asked, ("done", {})]


async def test_an_edited_code_is_told_as_it_ran() -> None:
    changed = "print('changed')"
    async with Rig((SECOND, SAY), SCRIPT).running() as rig:
        session = await rig.session(mode="review_first")
        await rig.ask(session)
        await answer(rig, session, "edit", code=changed)
        await rig.until(session, RunFinished)
        said = await events_of(rig, session)
    assert ("code_executing", {"code": changed}) in said
    over = next(data for name, data in said if name == "round_complete")
    assert over["code"] == changed
