"""Whatever people, models, clocks and crashes do, and however it is interleaved: gates hold.

A real engine over scripted adapters. Moves are made with a few turns of the loop between them, so
that commands, model outputs, expiries and the death of the process fall everywhere. What runs is
witnessed against the log as it is kept at that moment. `make laws TIMES=30` looks longer.
"""

import asyncio
import logging
import warnings
from collections import Counter
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.session import fold
from engine.state import Session
from protocol import commands as c
from protocol import events as e
from protocol.codec import encode_value
from protocol.ids import CommandId, Key, SessionId
from protocol.items import Step
from protocol.refusals import Refused
from protocol.replies import Caller
from tests.engine.core.test_laws import (
    every_item_was_completed,
    every_question_was_answered_once,
    nothing_of_a_run_follows_its_end,
)
from tests.engine.core.witness import Witness
from tests.engine.core.worlds import Loop, Theatre
from tests.laws import tried
from tests.rig import ME, OTHER

S = SessionId("s")
MODES = (
    "none",
    "plan_only",
    "on_error",
    "plan_and_answer",
    "full",
    "auto_execute",
    "review_first",
    "generate_only",
)
KINDS = (
    "plan",
    "sql",
    "sql_fails",
    "sql_writes",
    "python",
    "python_fails",
    "python_asks",
    "tool",
    "tool_fails",
    "question",
    "answer",
    "broken",
    "plan+sql",
    "sql+python",
    "python+tool",
    "sql+plan",
    "plan+python+answer",
)
VERDICTS = ("approve", "edit", "reject", "retry", "skip", "feedback")

REST = -1
"""So many turns that nothing is left to do."""
turns = st.sampled_from([0, 1, 2, 3, 4, 6, 9, 14, 20, 30, REST, REST, REST, REST])
plays = st.lists(
    st.tuples(st.integers(0, 999), st.integers(0, 999), turns), min_size=3, max_size=22
)
proposals = st.lists(st.sampled_from(KINDS), min_size=1, max_size=8)


class Sent:
    """A command that a client sends until it is answered, with one key."""

    def __init__(self, caller: Caller, command: Any) -> None:
        self.caller = caller
        self.command = command
        self.replies: list[Any] = []
        self.lost: list[Any] = []
        self.task: asyncio.Task[None] | None = None


class Play:
    """People who send commands to an engine that may die."""

    def __init__(self, kinds: list[str]) -> None:
        self.witness = Witness()
        self.theatre = Theatre(kinds, self.witness)
        self.witness.store, self.witness.session = self.theatre.store, S
        self.sent: list[Sent] = []
        self._edits = 1000

    @property
    def state(self) -> Session:
        """Return the session as the engine holds it now."""
        live = self.theatre.engine.rooms._sessions.get(S)
        return live.state if live is not None else Session(session=S)

    def send(self, command: type[Any], caller: Caller = ME, **fields: Any) -> None:
        """Send a command; its reply is waited for beside what happens next."""
        key = Key(f"k{len(self.sent)}")
        made = command(id=CommandId(key), key=key, **{"session": S, **fields})
        sent = Sent(caller, made)
        self.sent.append(sent)
        self._begin(sent)

    def _begin(self, sent: Sent) -> None:
        sent.task = asyncio.get_running_loop().create_task(self._reply(sent))

    async def _reply(self, sent: Sent) -> None:
        try:
            result = await self.theatre.engine.handle(sent.caller, sent.command)
            sent.replies.append(encode_value(result))
        except Refused as refused:
            sent.replies.append(refused.code)

    async def again(self) -> None:
        """Send once more what a dead process did not answer, as every client of ours does.

        The last answers may have been lost on their way: those commands come again too.
        """
        for place, sent in enumerate(self.sent):
            if not sent.replies:
                self._begin(sent)
            elif place >= len(self.sent) - 2 and isinstance(sent.replies[0], bytes):
                sent.lost.append(sent.replies.pop())
                self._begin(sent)

    def moves(self) -> list[str]:
        """Return what can be done now, the likely more than once."""
        state = self.state
        found = ["mode", "gates", "points elsewhere", "time passes", "crash", "restart"]
        found += ["steer", "query", "cell", "archive"]
        if state.run is None:
            found += ["ask"] * 20
        else:
            found += ["ask", "cancel", "crash", "crash", "tool changes", "mode", "mode"]
        if state.approvals:
            found += ["answer"] * 10 + ["yes"] * 10 + ["both", "stranger", "remember", "remember"]
        if state.questions:
            found += ["reply"] * 10
        if state.inputs:
            found += ["type"] * 10
        if state.remembered:
            found += ["revoke"] * 3
        if state.status == "archived":
            found += ["wake"] * 20
        return found

    async def hang_up(self) -> None:
        """Break every connection: what was not answered never will be by this process."""
        left = [sent.task for sent in self.sent if sent.task is not None and not sent.task.done()]
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left)

    async def make(self, move: str, how: int) -> None:
        """Make one move."""
        asked = next(iter(self.state.approvals.values()), None)
        run = self.state.run.run if self.state.run is not None else "r_none"
        offered = asked.options if asked is not None else VERDICTS
        # Mostly what is offered; sometimes what is not.
        verdict = (*offered, *offered, *VERDICTS)[how % (2 * len(offered) + len(VERDICTS))]
        match move:
            case "ask":
                busy = ("reject", "enqueue", "interrupt")[how % 3]
                self.send(c.RunStart, text="how many?", when_busy=busy)
            case "answer":
                self._resolve(asked, verdict, ME)
            case "yes":
                self._resolve(asked, offered[0], ME)
            case "remember":
                self._resolve(asked, offered[0], ME, remember=("session", "always")[how % 2])
            case "both":
                self._resolve(asked, verdict, ME)
                self._resolve(asked, offered[0], ME)
            case "stranger":
                self._resolve(asked, offered[0], OTHER)
            case "mode":
                self.send(c.SessionUpdate, mode=MODES[how % len(MODES)])
            case "gates":
                own = {("sql", "python", "tool", "answer")[how % 4]: "ask"}
                self.send(c.SessionUpdate, gates=e.Gates(approval_seconds=300.0, **own))  # type: ignore[arg-type]  # a rule
            case "reply":
                question = next(iter(self.state.questions))
                self.send(c.QuestionAnswer, question=question, answers=(("2025",),))
            case "type":
                self.send(c.InputReply, input=next(iter(self.state.inputs)), text="7")
            case "cancel":
                self.send(c.RunCancel, run=run)
            case "steer":
                self.send(c.RunSteer, run=run, text="in euros")
            case "revoke":
                self.send(c.ApprovalRevoke, approval=next(iter(self.state.remembered)))
            case "query":
                self._edits += 1
                sql = f"SELECT {self._edits} AS n FROM orders"
                self.send(c.QueryRun, source="shop", sql=sql)
            case "cell":
                self._edits += 1
                self.send(c.KernelExecute, code=f"python({self._edits})")
            case "archive":
                self.send(c.SessionArchive)
            case "wake":
                self.send(c.SessionUpdate, status="active")
            case _:
                await self._befall(move)

    def _resolve(self, asked: Any, verdict: str, by: Caller, **more: Any) -> None:
        if verdict == "edit":
            self._edits += 1
            more |= _edit(asked, self.state, self._edits)
        if verdict == "feedback":
            more["text"] = "otherwise"
        self.send(
            c.ApprovalResolve,
            by,
            approval=asked.approval,
            verdict=verdict,
            digest=asked.digest,
            **more,
        )

    async def _befall(self, what: str) -> None:
        """Let something happen that nobody asked for."""
        theatre = self.theatre
        match what:
            case "points elsewhere":
                theatre.source.rules += "+"
            case "tool changes":
                theatre.tools.rules += "+"
            case "time passes":
                theatre.clock.go_on(400)
                theatre.engine._expiries.look()
            case "crash":
                await theatre.crash()
                await self.again()
            case "restart":
                await self.hang_up()
                await theatre.restart()
                await self.again()
            case _:
                pass

    async def settled(self) -> None:
        """Wait until every command is answered and nothing is being done."""
        tasks = [sent.task for sent in self.sent if sent.task is not None and not sent.task.done()]
        if tasks:
            await asyncio.wait(tasks)
        quiet = 0
        for _ in range(400):
            engine = self.theatre.engine
            # What was decided may still be on its way to the disk, and only then is it done.
            quiet = 0 if engine.working() or engine._own.going() else quiet + 1
            if quiet > 20 or self.state.inputs:
                return
            await asyncio.sleep(0)

    async def end(self) -> None:
        """Bring whatever still goes on to its end."""
        for _ in range(60):
            await self.settled()
            session = await self.theatre.engine.session(ME, S)
            state = session.state
            left = state.activity == "working" or any(one.run for one in state.inputs.values())
            assert not left or self.theatre.engine.working(), "nobody performs this run"
            if state.run is None and not state.free:
                return
            if state.status == "archived":
                self.send(c.SessionUpdate, status="active")
            elif state.run is not None:
                self.send(c.RunCancel, run=state.run.run)
            else:
                for input_ in state.inputs:
                    self.send(c.InputReply, input=input_, text="7")
        raise AssertionError(f"it does not end: {self.state.activity}, {self.state.run}")


def _edit(asked: Any, state: Session, number: int) -> dict[str, Any]:
    """Return what a person writes in place of what was proposed."""
    item = state.item(asked.item)
    if asked.subject == "plan":
        return {"plan": (Step(text=f"step {number}"),)}
    if item is not None and item.kind == "tool":
        return {"code": f'{{"number": {number}}}'}
    if item is not None and item.language == "python":
        return {"code": f"python({number})"}
    return {"code": f"SELECT {number} AS n FROM orders"}


class Faults(logging.Handler):
    """Whatever the engine itself takes for a fault of ours."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.told: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it, with where it came from."""
        trace = logging.Formatter().formatException(record.exc_info) if record.exc_info else ""
        self.told.append(f"{record.getMessage()}\n{trace}")


async def play(kinds: list[str], mode: Any, script: list[Any]) -> Play:
    """Play, and bring it to its end."""
    made = Play(kinds)
    await made.theatre.engine.start()
    made.send(c.SessionCreate, mode=mode, gates=e.Gates(approval_seconds=300.0))
    await made.settled()
    for pick, how, many in script:
        moves = made.moves()
        await made.make(moves[pick % len(moves)], how)
        if many == REST:
            await made.settled()
        for _ in range(many):
            await asyncio.sleep(0)
    await made.settled()
    await made.end()
    await made.theatre.engine.close()
    return made


@settings(max_examples=tried(150), suppress_health_check=list(HealthCheck))
@given(proposals, st.sampled_from(MODES), plays)
def test_however_it_is_interleaved_gates_hold(kinds: list[str], mode: str, script: Any) -> None:
    faults = Faults()
    log = logging.getLogger()
    log.addHandler(faults)
    try:
        with warnings.catch_warnings(), asyncio.Runner(loop_factory=Loop) as runner:
            warnings.simplefilter("ignore", ResourceWarning)
            made = runner.run(play(kinds, mode, script))
    finally:
        log.removeHandler(faults)
    assert faults.told == []
    holds(made)


def holds(made: Play) -> None:
    """Check everything that was promised."""
    log = made.witness.kept()
    assert made.witness.faults == []
    assert made.witness.reading().faults == []
    every_question_was_answered_once(log)
    questions_and_inputs_were_answered_once(log)
    nothing_of_a_run_follows_its_end(log)
    every_item_was_completed(log)
    every_command_was_answered_once(made)
    keys_acted_once(log)
    strangers_did_nothing(made, log)
    assert encode_value(fold(Session(session=S), log)) == encode_value(made.state)


def questions_and_inputs_were_answered_once(log: list[Any]) -> None:
    asked = Counter(event.question for event in log if isinstance(event, e.QuestionAsked))
    assert Counter(one.question for one in log if isinstance(one, e.QuestionAnswered)) == asked
    wanted = Counter(event.input for event in log if isinstance(event, e.InputRequested))
    assert Counter(event.input for event in log if isinstance(event, e.InputReplied)) == wanted


def every_command_was_answered_once(made: Play) -> None:
    assert [len(sent.replies) for sent in made.sent] == [1] * len(made.sent)
    for sent in made.sent:
        assert sent.lost in ([], sent.replies * len(sent.lost)), "a retry got other words"


def keys_acted_once(log: list[Any]) -> None:
    """A question that was sent again after a crash began one run."""
    begun = [event for event in log if isinstance(event, e.RunStarted | e.RunQueued)]
    runs = {(event.key, event.run) for event in begun}
    assert len({key for key, _ in runs}) == len(runs)


def strangers_did_nothing(made: Play, log: list[Any]) -> None:
    assert all(getattr(event, "by", None) != OTHER.id for event in log)
    strange = [sent.replies for sent in made.sent if sent.caller is OTHER]
    assert all(replies == ["not_yours"] for replies in strange)
