"""What was said: messages, and the same as turns, one for each round."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from engine.engine import Engine
from gateway.dialects.dsagent.moments import Executed, Moment, RoundOver
from gateway.dialects.dsagent.shapes import ChatResponse
from gateway.families.dsagent.finding import found
from gateway.families.dsagent.parameters import Offset, Page, SessionName
from gateway.families.dsagent.reading import moments
from protocol.ids import RunId
from protocol.replies import Caller
from protocol.screens import RunSeen


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """What user or assistant said, what code gave (`execution`), or a failure (`system`)."""

    id: str
    role: str
    content: str
    timestamp: str
    metadata: dict[str, Any]


class Messages(msgspec.Struct, frozen=True, kw_only=True):
    """Messages, the oldest first; `total` counts all of the role that was asked for."""

    messages: Sequence[Message]
    total: int
    has_more: bool


class Turn(ChatResponse, frozen=True, kw_only=True):
    """A round as `round_complete` told it. `user_message` is null where the agent went on."""

    round: int
    timestamp: str
    user_message: str | None = None


class Turns(msgspec.Struct, frozen=True, kw_only=True):
    """Turns, the oldest first."""

    turns: Sequence[Turn]
    total: int
    has_more: bool


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What was told of one run, with what its rounds' code gave."""

    run: RunSeen
    moments: Sequence[Moment]


# --- Translations ---


def told_of(runs: Sequence[RunSeen], moments: Iterable[Moment]) -> list[Told]:
    """Sort moments by their runs: also a run that has told nothing yet was asked for."""
    by_run: defaultdict[RunId | None, list[Moment]] = defaultdict(list)
    for moment in moments:
        by_run[moment.run].append(moment)
    return [Told(run=run, moments=by_run[run.run]) for run in runs]


def turns_of(told: Told) -> list[Turn]:
    """Return the rounds of a run; one that has none, or that failed, still shows its question."""
    turns = [
        Turn(
            round=over.round,
            timestamp=over.at,
            user_message=over.user_message,
            **msgspec.structs.asdict(over.response),
        )
        for over in told.moments
        if isinstance(over, RoundOver)
    ]
    failed = told.run.outcome == "failed"
    if turns and not failed:
        return turns
    error = told.run.error
    last = Turn(
        round=len(turns) + 1,
        timestamp=told.run.at,
        user_message=None if turns else told.run.text,
        content=error.message if error is not None else "",
        is_complete=failed,
    )
    return [*turns, last]


def messages_of(every: Iterable[Told]) -> list[Message]:
    """Return what was said: each question, each reply, and what its code gave."""
    said = [one for told in every for one in _said(told)]
    return [
        msgspec.structs.replace(one, id=f"msg_{number:03d}") for number, one in enumerate(said, 1)
    ]


def _said(told: Told) -> Iterator[Message]:
    results: list[Executed] = []
    yield _message("user", told.run.text, told.run.at)
    for place, moment in enumerate(told.moments):
        if isinstance(moment, Executed):
            results.append(moment)
        elif isinstance(moment, RoundOver):
            answered = moment.user_message
            if answered is not None and any(isinstance(m, RoundOver) for m in told.moments[:place]):
                yield _message("user", answered, moment.at)
            yield _reply(moment)
            yield from (_execution(executed, moment.at) for executed in results)
            results = []
    if told.run.outcome == "failed":
        error = told.run.error
        yield _message("system", error.message if error is not None else "", told.run.at)


def _message(role: str, content: str, at: str, **metadata: Any) -> Message:
    return Message(id="", role=role, content=content, timestamp=at, metadata=metadata)


def _reply(over: RoundOver) -> Message:
    response = over.response
    return _message(
        "assistant",
        response.content,
        over.at,
        has_code=response.code is not None,
        has_plan=response.plan is not None,
        has_answer=response.has_answer,
        code=response.code,
        round=over.round,
    )


def _execution(executed: Executed, at: str) -> Message:
    result = executed.result
    return _message(
        "execution",
        result.stdout if result.success else result.error or result.stderr,
        at,
        code=executed.code,
        output=result.output,
        success=result.success,
        images=msgspec.to_builtins(result.images),
    )


# --- Asking the engine ---


async def told_in(engine: Engine, caller: Caller, session_id: str) -> list[Told]:
    """Return all that was told of each run of a session."""
    live = await found(engine, caller, session_id)
    runs = tuple(live.viewer.show().runs)
    every = [moment async for moment in moments(engine, caller, live.session)]
    return told_of(runs, every)


# --- Handlers ---


@get("/api/sessions/{session_id:str}/messages", operation_id="dsagent.history.messages")
async def get_messages(
    session_id: SessionName,
    caller: NamedDependency[Caller],
    engine: NamedDependency[Engine],
    limit: Page = 50,
    offset: Offset = 0,
    role: FromQuery[str | None] = None,
) -> Messages:
    """Return what was said, the oldest first."""
    told = await told_in(engine, caller, session_id)
    every = [one for one in messages_of(told) if role in (None, one.role)]
    page = every[offset : offset + limit]
    return Messages(messages=page, total=len(every), has_more=offset + limit < len(every))


@get("/api/sessions/{session_id:str}/turns", operation_id="dsagent.history.turns")
async def get_turns(
    session_id: SessionName,
    caller: NamedDependency[Caller],
    engine: NamedDependency[Engine],
    limit: Page = 50,
    offset: Offset = 0,
) -> Turns:
    """Return what was said as turns, each as its `round_complete` was."""
    told = await told_in(engine, caller, session_id)
    every = [turn for one in told for turn in turns_of(one)]
    page = every[offset : offset + limit]
    return Turns(turns=page, total=len(every), has_more=offset + limit < len(every))


ROUTES = (get_messages, get_turns)
