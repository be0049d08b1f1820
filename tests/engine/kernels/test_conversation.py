"""The queue of a kernel, with a link that a test holds in its hands."""

import asyncio

import msgspec

from engine.kernels.conversation import Conversation
from engine.kernels.wire import Header, Message
from engine.ports import Asked, Cleared, Ended, KernelLimits, Printed, Shown
from protocol.items import Display, ErrorInfo
from tests.engine.kernels.talk import LIMITS, ended, printed, said


class HeldLink:
    """Keeps what was sent; the test answers."""

    ordered = False

    def __init__(self) -> None:
        self.sent: asyncio.Queue[tuple[str, Message]] = asyncio.Queue()
        self.killed = asyncio.Event()

    async def send(self, channel: str, message: Message) -> None:
        self.sent.put_nowait((channel, message))

    async def kill(self) -> None:
        self.killed.set()

    async def close(self) -> None:
        self.killed.set()


def answer(kind: str, to: Message, **content: object) -> Message:
    return Message(header=Header(msg_id="k", msg_type=kind), parent=to.header, content=content)


async def begin() -> tuple[Conversation, HeldLink]:
    kernel, link = Conversation("L0: a test"), HeldLink()
    kernel.start(link)
    return kernel, link


async def test_what_was_printed_before_a_question_is_shown_before_it() -> None:
    kernel, link = await begin()
    outputs = kernel.run("input()", LIMITS)
    first = asyncio.ensure_future(anext(outputs))
    _, cell = await link.sent.get()
    kernel.received("stdin", answer("input_request", cell, prompt="go? "))
    channel, echo = await link.sent.get()
    assert channel == "control"
    kernel.received("iopub", answer("stream", cell, name="stdout", text="before"))
    kernel.received("iopub", answer("status", echo, execution_state="busy"))
    assert await first == Printed(stream="stdout", text="before")
    assert await anext(outputs) == Asked(prompt="go? ")
    await kernel.close()
    assert [type(o) for o in [o async for o in outputs]] == [Ended]


async def test_messages_of_other_requests_are_nobodys() -> None:
    kernel, link = await begin()
    running = asyncio.ensure_future(said(kernel, "1"))
    _, cell = await link.sent.get()
    stranger = msgspec.structs.replace(cell, header=Header(msg_id="stranger"))
    for to in (stranger, cell):
        kernel.received("iopub", answer("execute_result", to, data={"text/plain": "1"}))
        kernel.received("shell", answer("execute_reply", to, status="ok"))
        kernel.received("iopub", answer("status", to, execution_state="idle"))
    assert [type(o).__name__ for o in await running] == ["Returned", "Ended"]
    await kernel.close()


async def test_what_is_taken_back_is_replaced_by_what_comes_next() -> None:
    kernel, link = await begin()
    outputs = kernel.run("loop", LIMITS)
    first = asyncio.ensure_future(anext(outputs))
    _, cell = await link.sent.get()
    kernel.received("iopub", answer("stream", cell, name="stdout", text="1"))
    assert await first == Printed(stream="stdout", text="1")
    for number in ("2", "3", "4"):
        kernel.received("iopub", answer("clear_output", cell, wait=True))
        kernel.received("iopub", answer("stream", cell, name="stdout", text=number))
    kernel.received("iopub", answer("clear_output", cell, wait=True))
    kernel.received("iopub", answer("status", cell, execution_state="idle"))
    kernel.received("shell", answer("execute_reply", cell, status="ok"))
    assert [o async for o in outputs] == [
        Cleared(),  # what nobody has seen yet is not shown at all
        Printed(stream="stdout", text="4"),
        Ended(outcome="ok"),
    ]
    await kernel.close()


async def test_a_display_drawn_anew_without_end_costs_as_much_as_one() -> None:
    kernel, link = await begin()
    outputs = kernel.run("bar", KernelLimits(max_output_bytes=1_000))
    first = asyncio.ensure_future(anext(outputs))
    _, cell = await link.sent.get()
    for number in range(15):
        drawn = answer(
            *("update_display_data", cell),
            data={"text/plain": f"{number}"},
            transient={"display_id": "bar"},
        )
        kernel.received("iopub", msgspec.structs.replace(drawn, size=500))
    assert await first == Shown(displays=(Display(mime="text/plain", data="14"),), id="bar")
    await kernel.close()
    assert ended([o async for o in outputs]).truncated is False


async def test_what_a_cell_left_running_says_is_shown_by_the_next() -> None:
    kernel, link = await begin()
    waiting = asyncio.ensure_future(said(kernel, "one"))
    _, one = await link.sent.get()
    kernel.received("iopub", answer("status", one, execution_state="idle"))
    kernel.received("shell", answer("execute_reply", one, status="ok"))
    assert await waiting == [Ended(outcome="ok")]
    kernel.received("iopub", answer("stream", one, name="stdout", text="late"))
    waiting = asyncio.ensure_future(said(kernel, "two"))
    _, two = await link.sent.get()
    kernel.received("iopub", answer("stream", one, name="stdout", text=" and later"))
    kernel.received("iopub", answer("error", one, ename="Late"))
    kernel.received("iopub", answer("status", two, execution_state="idle"))
    kernel.received("shell", answer("execute_reply", two, status="ok"))
    shown = await waiting
    assert (printed(shown), ended(shown)) == ("late and later", Ended(outcome="ok"))
    await kernel.close()


async def test_a_death_ends_what_runs_and_what_waits() -> None:
    kernel, link = await begin()
    running = [asyncio.ensure_future(said(kernel, code)) for code in ("1", "2")]
    asking = asyncio.ensure_future(kernel.inspect())
    await link.sent.get()
    error = ErrorInfo(code="kernel_died", message="gone")
    kernel.died(error)
    for outputs in await asyncio.gather(*running):
        assert outputs == [Ended(outcome="died", error=error)]
    assert (await asking).state in ("busy", "dead")
    await kernel.close()


async def test_a_closed_kernel_answers_all_who_wait() -> None:
    kernel, link = await begin()
    running = [asyncio.ensure_future(said(kernel, code)) for code in ("1", "2")]
    await link.sent.get()
    await kernel.close()
    for outputs in await asyncio.gather(*running):
        assert [type(o) for o in outputs] == [Ended]
    assert [type(o) for o in await said(kernel, "3")] == [Ended]


async def test_no_time_passes_for_code_that_waits_for_the_server() -> None:
    kernel, link = await begin()
    waiting = asyncio.ensure_future(said(kernel, "askwire.query(…)", KernelLimits(max_seconds=1)))
    _, cell = await link.sent.get()
    kernel.waits(True)
    await asyncio.sleep(1.2)  # the very thing under test is that time passes
    kernel.waits(False)
    kernel.received("iopub", answer("status", cell, execution_state="idle"))
    kernel.received("shell", answer("execute_reply", cell, status="ok"))
    assert await waiting == [Ended(outcome="ok")]
    assert link.sent.empty(), "it was not interrupted"
    await kernel.close()
