"""What was said in a session of DSAgent, as events of ours. Pure."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final, cast

import msgspec

from engine.clock import stamp_of
from engine.importing import Past
from gateway.dialects.dsagent.composing import plain, steps_of
from gateway.families.dsagent.importing.left import Stored
from gateway.families.dsagent.importing.past import Said
from gateway.families.dsagent.sessions import MODEL, MODES, PATIENCE, STATUS
from protocol.events import (
    AnyEvent,
    CheckFinished,
    CodeStarted,
    Gates,
    ItemCompleted,
    ItemStarted,
    RoundFinished,
    RoundStarted,
    RunFinished,
    RunStarted,
    SessionArchived,
    SessionCreated,
    SessionStatus,
    SessionUpdated,
)
from protocol.ids import CallerId, ItemId, RunId, SessionId
from protocol.items import Answer, AnyContent, Code, Error, ErrorInfo, Output, Plan, Thought

TAG: Final = re.compile(
    r"<(?P<tag>intent|think|plan|code|answer)>(?P<text>.*?)(?:</(?P=tag)>|\Z)", re.DOTALL
)
"""Closing tags are stop words there, so the last one of a reply is missing."""
EPOCH: Final = "1970-01-01T00:00:00.000Z"
FENCE: Final = re.compile(r"^```\w*\n|\n?```$")


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """A reply taken apart."""

    thought: str = ""
    plan: str = ""
    code: str = ""
    answer: str = ""
    prose: str = ""


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """A reply and what was run for it."""

    at: str
    reply: Reply
    ran: tuple[Said, ...] = ()


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A question, its rounds, and the failure in which it ended, if it did."""

    at: str
    text: str
    rounds: tuple[Round, ...] = ()
    failure: str | None = None


# --- Taking apart ---


def moment(text: str, before: str = EPOCH) -> str:
    """Return a time of theirs as ours: without a zone it is this machine's, never back in time."""
    try:
        return max(stamp_of(datetime.fromisoformat(text.replace("Z", "+00:00"))), before)
    except (ValueError, OverflowError):
        return before


def taken_apart(content: str) -> Reply:
    """Return the parts of a reply by its tags; text outside of them is prose."""
    parts: dict[str, str] = {}
    for found in TAG.finditer(content):
        parts.setdefault(found["tag"], found["text"].strip())
    return Reply(
        thought=parts.get("think", ""),
        plan=parts.get("plan", ""),
        code=FENCE.sub("", parts.get("code", "")),
        answer=parts.get("answer", ""),
        prose=TAG.sub("", content).strip(),
    )


def questions(said: Sequence[Said], begin: str) -> list[Asked]:
    """Sort what was said into questions and their rounds, in order of time."""
    found: list[Asked] = []
    at = begin
    for one in said:
        at = moment(one.at, at)
        if one.kind == "asked" or not found:
            found.append(Asked(at=at, text=one.text if one.kind == "asked" else "…"))
        if one.kind != "asked":
            found[-1] = _with(found[-1], one, at)
    return found


def _with(asked: Asked, one: Said, at: str) -> Asked:
    rounds = asked.rounds
    if one.kind == "failed":
        return msgspec.structs.replace(asked, failure=one.text or "it failed")
    if one.kind == "replied":
        rounds = (*rounds, Round(at=at, reply=taken_apart(one.text)))
    else:
        last = rounds[-1] if rounds else Round(at=at, reply=Reply(code=one.code))
        rounds = (*rounds[:-1], msgspec.structs.replace(last, ran=(*last.ran, one)))
    return msgspec.structs.replace(asked, rounds=rounds, failure=None)


# --- Putting together ---


def past_of(owner: CallerId, stored: Stored, said: Sequence[Said]) -> list[Past]:
    """Return a session's whole past."""
    session = SessionId(stored.id)
    created = moment(stored.created_at)
    past = [Past(at=created, events=(_created(owner, session, stored),))]
    for number, asked in enumerate(questions(said, created)):
        run = RunId(_id("r", session, number))
        past += _run(owner, run, asked)
    put = _put_away(owner, session, stored)
    return [*past, *([Past(at=moment(stored.updated_at, past[-1].at), events=put)] if put else [])]


def _created(owner: CallerId, session: SessionId, stored: Stored) -> SessionCreated:
    labels = {MODEL: (stored.model or "")[:200], STATUS: "error" * (stored.status == "error")}
    return SessionCreated(
        session=session,
        owner=owner,
        by=owner,
        name=stored.name or "",
        mode=MODES.get(stored.hitl_mode or "none", "none"),
        gates=Gates(approval_seconds=PATIENCE),
        labels={name: text for name, text in labels.items() if text},
    )


def _put_away(owner: CallerId, session: SessionId, stored: Stored) -> tuple[AnyEvent, ...]:
    if stored.status == "archived":
        return (SessionArchived(session=session, by=owner),)
    if stored.status in ("paused", "completed"):
        status = cast(SessionStatus, stored.status)
        return (SessionUpdated(session=session, by=owner, status=status),)
    return ()


def _run(owner: CallerId, run: RunId, asked: Asked) -> Iterator[Past]:
    yield Past(at=asked.at, events=(RunStarted(run=run, text=asked.text or "…", by=owner),))
    at = asked.at
    for number, round in enumerate(asked.rounds, 1):
        at = round.at
        # The last round ends with its run, as rounds do that bring the answer.
        last = number == len(asked.rounds)
        end = () if last else (RoundFinished(run=run, round=number),)
        yield Past(at=at, events=(*_round(run, number, round), *end))
    yield Past(at=at, events=(_finished(run, asked),))


def _finished(run: RunId, asked: Asked) -> RunFinished:
    if asked.failure is not None or not asked.rounds:
        words = asked.failure or "DSAgent kept no reply to this."
        error = ErrorInfo(code="imported", message=plain(words))
        return RunFinished(run=run, outcome="failed", error=error)
    last = asked.rounds[-1].reply
    return RunFinished(run=run, outcome="answered", answer=last.answer or last.prose or None)


def _round(run: RunId, number: int, round: Round) -> Iterator[AnyEvent]:
    reply = round.reply
    yield RoundStarted(run=run, round=number)
    name = f"{run}/{number}"
    if reply.thought:
        yield from _whole(run, _item(name, "thought"), Thought(text=reply.thought))
    steps = steps_of(reply.plan)
    if steps:
        yield from _whole(run, _item(name, "plan"), Plan(steps=steps))
    if reply.code or round.ran:
        yield from _code(run, name, round)
    if reply.answer or not (reply.code or round.ran or steps):
        text = reply.answer or reply.prose
        yield from _whole(run, _item(name, "answer"), Answer(text=text))


def _code(run: RunId, name: str, round: Round) -> Iterator[AnyEvent]:
    text = round.reply.code or round.ran[0].code
    prose = round.reply.prose or None
    item = _item(name, "code")
    content = Code(language="python", text=text, explanation=prose)
    yield ItemStarted(run=run, item=item, kind="code", language="python")
    yield CheckFinished(run=run, item=item, ok=True, text=text, explanation=prose)
    if not round.ran:
        yield ItemCompleted(run=run, item=item, content=content, outcome="skipped")
        return
    yield CodeStarted(run=run, item=item)
    for number, ran in enumerate(round.ran):
        made = Output(stdout=ran.text) if ran.ok else Error(message=_last(ran.text))
        if isinstance(made, Error):
            made = msgspec.structs.replace(made, traceback=plain(ran.text))
        if ran.text:
            yield from _whole(run, _item(name, f"made {number}"), made, of=item)
    ok = all(ran.ok for ran in round.ran)
    words = next((_last(ran.text) for ran in round.ran if not ran.ok), "")
    error = None if ok else ErrorInfo(code="python_error", message=words or "it failed")
    yield ItemCompleted(
        run=run, item=item, content=content, outcome="ok" if ok else "failed", error=error
    )


def _whole(
    run: RunId, item: ItemId, content: AnyContent, of: ItemId | None = None
) -> tuple[AnyEvent, ...]:
    kind = content.__struct_config__.tag
    started = ItemStarted(run=run, item=item, kind=kind, of=of)  # type: ignore[arg-type]  # a content's tag is a kind
    return started, ItemCompleted(run=run, item=item, content=content)


def _last(text: str) -> str:
    """Return the last line of a traceback, which says what it was."""
    lines = [line for line in plain(text).splitlines() if line.strip()]
    return lines[-1][:1000] if lines else ""


def _item(name: str, part: str) -> ItemId:
    return ItemId(_id("i", name, part))


def _id(prefix: str, *parts: object) -> str:
    """Return the same id for the same thing, however often it is imported."""
    return f"{prefix}_{hashlib.sha256('/'.join(map(str, parts)).encode()).hexdigest()[:16]}"
