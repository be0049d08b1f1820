"""What a chat message becomes: a new run, or the answer to what the session waits for."""

from engine.engine import Engine
from engine.live_session import LiveSession
from engine.state import Session
from gateway.families.dsagent.finding import COMMAND, found
from gateway.families.dsagent.reading import Telling
from gateway.families.dsagent.sessions import MODEL
from protocol.commands import InputReply, QuestionAnswer, RunStart
from protocol.events import RunOptions
from protocol.ids import RunId
from protocol.replies import Caller
from protocol.results import RunAccepted
from protocol.screens import Screen

Command = RunStart | QuestionAnswer | InputReply


def command_of(
    state: Session, text: str, options: RunOptions | None = None
) -> tuple[Command, RunId | None]:
    """Return the command, and the run that it belongs to if that goes on already.

    Their API has no way to answer a question of the run's but the next message. One that comes
    while a run works waits in the queue; while an approval waits, it is feedback on that.
    """
    for asked in state.questions.values():
        answers = ((text,),) * len(asked.prompts)
        command = QuestionAnswer(
            id=COMMAND, session=state.session, question=asked.question, answers=answers
        )
        return command, asked.run
    for wanted in state.inputs.values():
        if wanted.run is not None:
            reply = InputReply(id=COMMAND, session=state.session, input=wanted.input, text=text)
            return reply, wanted.run
    start = RunStart(
        id=COMMAND, session=state.session, text=text, options=options, when_busy="enqueue"
    )
    return start, None


def note_of(seen: Screen, default_model: str) -> str:
    """Say which model answers, where it is not the one that was asked for."""
    asked, served = seen.labels.get(MODEL), seen.model or default_model
    if not asked or asked == served:
        return ""
    return f"Processing... ({asked} is not offered here: {served} answers)"


async def sent(
    engine: Engine,
    caller: Caller,
    live: LiveSession,
    text: str,
    options: RunOptions | None = None,
) -> RunId:
    """Send a message, and return the run that it started or went into."""
    command, run = command_of(live.state, text, options)
    granted = await engine.handle(caller, command)
    if isinstance(granted, RunAccepted):
        return granted.run
    assert run is not None, "a question or an input that is answered so is a run's"
    return run


async def asked(engine: Engine, caller: Caller, session_id: str, text: str) -> Telling:
    """Send a message, and return what will be told of its run, from the message on."""
    live = await found(engine, caller, session_id)
    note = note_of(live.viewer.show(), engine.world.default_model)
    telling = Telling(engine, caller, live.session, note)
    await telling.begin_now()
    try:
        telling.only(await sent(engine, caller, live, text))
    except BaseException:
        telling.follower.close()
        raise
    return telling
