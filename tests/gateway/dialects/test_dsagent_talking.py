"""DSAgent's socket, folded from logs of real runs: every chat is told as it goes, and ends."""

from typing import Any

from engine.models.scripted import call
from engine.ports import Ended, ModelFailed, Printed, Raised
from protocol.commands import KernelExecute, RunCancel
from protocol.events import ApprovalRequested, KernelIdle, RunFinished, RunOptions
from tests.engine.core.talk import answer
from tests.gateway.dialects.telling import messages_of, names
from tests.rig import Rig, id_

CODE = "print(1)"
SCRIPT = {CODE: [Printed(stream="stdout", text="1\n")]}
RUN = call("run_python", "c", code=CODE)
SAY = call("answer", "a", text="One.")
THINKING = ("thinking", {"message": "Processing..."})
ONE = {
    "stdout": "1\n",
    "stderr": "",
    "error": None,
    "images": [],
    "success": True,
    "output": "1\n",
}


async def told(rounds: Any, options: RunOptions | None = None, **session: Any) -> list[Any]:
    """Ask one question, and return what every viewer is told."""
    async with Rig(rounds, SCRIPT).running() as rig:
        name = await rig.session(**session)
        await rig.ask(name, options=options)
        await rig.until(name, RunFinished)
        return await messages_of(rig, name)


async def test_a_chat_is_told_as_it_goes_and_ends_with_complete() -> None:
    assert await told([RUN, SAY]) == [
        THINKING,
        ("code_executing", {"code": CODE}),
        ("code_result", ONE),
        ("response", {"content": f"<code>\n{CODE}\n</code>", "is_partial": True}),
        ("response", {"content": "<answer>\nOne.\n</answer>", "is_partial": False}),
        ("answer", {"answer": "One."}),
        ("complete", {"message": "Task completed"}),
    ]


async def test_rounds_that_are_used_up_end_with_complete_too() -> None:
    said = await told([RUN, RUN], RunOptions(max_rounds=1))
    assert said[-2][0] == "response"
    assert said[-2][1]["is_partial"] is False
    assert said[-1] == ("complete", {"message": "Task stopped"})


async def test_a_failure_is_told_once_and_ends_the_chat() -> None:
    assert await told([[ModelFailed("model_down", "exploded")]]) == [
        THINKING,
        ("error", {"error": "exploded", "code": None}),
        ("complete", {"message": "Task failed"}),
    ]


async def test_a_gate_is_told_to_every_viewer_and_so_is_its_answer() -> None:
    async with Rig([RUN, SAY], SCRIPT).running() as rig:
        session = await rig.session(mode="review_first")
        await rig.ask(session)
        await answer(rig, session, "approve")
        await rig.until(session, RunFinished)
        said = await messages_of(rig, session)
    assert names(said)[:5] == [
        "thinking",
        "hitl_request",
        "hitl_response",
        "code_executing",
        "code_result",
    ]
    assert said[2] == ("hitl_response", {"accepted": True, "message": "Approved"})


async def test_a_cancelled_chat_is_told_as_cancelled_and_ends() -> None:
    async with Rig([RUN, SAY], SCRIPT).running() as rig:
        session = await rig.session(mode="review_first")
        run = (await rig.ask(session)).run
        await rig.until(session, ApprovalRequested)
        await rig.send(RunCancel(id=id_(), session=session, run=run))
        await rig.until(session, RunFinished)
        said = await messages_of(rig, session)
    assert said[-1] == ("complete", {"message": "Task aborted by user."})


async def test_a_persons_own_code_is_told_and_its_failure_carries_the_code() -> None:
    raised = Raised(name="ValueError", message="no", traceback="ValueError: no")
    script = {"bad()": [raised, Ended(outcome="failed")], **SCRIPT}
    async with Rig([], script).running() as rig:
        session = await rig.session()
        await rig.send(KernelExecute(id=id_(), session=session, code=CODE))
        await rig.until(session, KernelIdle)
        await rig.send(KernelExecute(id=id_(), session=session, code="bad()"))
        await rig.until(session, KernelIdle, 2)
        said = await messages_of(rig, session)
    failed = {**ONE, "stdout": "", "output": "", "success": False, "error": "ValueError: no"}
    assert said == [
        ("code_executing", {"code": CODE}),
        ("code_result", ONE),
        ("code_executing", {"code": "bad()"}),
        ("code_result", failed),
        ("error", {"error": "ValueError: no", "code": "bad()"}),
    ]
