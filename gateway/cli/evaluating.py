"""`askwire eval`: ask a model every question of a file, and compare what it finds with a reference.

Each line of the file is a JSON object: `question`, `sql` (what gives the right rows), and what to
ask, `path` of a file or `source` by name; `id` if it has one.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from engine.engine import Engine
from engine.ports import QueryLimits, Rows, Source
from gateway.building import Parts, build
from gateway.cli.leaving import FAILED, Usage
from gateway.cli.matching import same_rows
from gateway.identity import LOCAL
from gateway.settings import from_environ
from protocol.choices import DataPolicy, RunOptions
from protocol.codec import decode_records
from protocol.commands import RunCancel, RunStart, SessionCreate
from protocol.events import Record, RoundStarted, RunFinished
from protocol.ids import CommandId, SessionId
from protocol.items import Table
from protocol.pages import Page

_ID: Final = CommandId("")
_LIMITS: Final = QueryLimits(max_rows=100_000, max_seconds=60)


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the file."""

    question: str
    sql: str
    path: str | None = None
    source: str | None = None
    id: str | None = None


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one question. Seconds are those of the run; `cost` is in US dollars."""

    id: str
    question: str
    right: bool
    outcome: str
    sql: str | None = None
    rounds: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost: float | None = None
    seconds: float = 0.0
    error: str | None = None


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """All of them together; rounds, tokens and seconds for one question in the middle."""

    model: str
    questions: int
    right: int
    accuracy: float
    rounds: float
    input_tokens: int
    output_tokens: int
    cost: float | None
    seconds: float


def run(chosen: argparse.Namespace) -> int:
    """Ask all questions, and tell how many came out right."""
    questions = _questions(chosen.file)[: chosen.limit]
    with tempfile.TemporaryDirectory(prefix="askwire-eval-") as folder:
        settings = from_environ(sample=False, warm_kernels=0, data=Path(folder))
        return asyncio.run(_evaluate(chosen, questions, settings))


def _questions(path: Path) -> Sequence[Question]:
    found: list[Question] = []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise Usage(f"{path}: {error.strerror}") from None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            question = msgspec.json.decode(line, type=Question)
        except msgspec.MsgspecError as error:
            raise Usage(f"{path}, line {number}: {error}") from None
        if question.path is None and question.source is None:
            raise Usage(f"{path}, line {number}: say what to ask, by `path` or `source`")
        if question.path is not None:
            full = str((path.parent / question.path).resolve())
            question = msgspec.structs.replace(question, path=full)
        found.append(question)
    if not found:
        raise Usage(f"{path} has no questions")
    return found


async def _evaluate(
    chosen: argparse.Namespace, questions: Sequence[Question], settings: Any
) -> int:
    paths = sorted({question.path for question in questions if question.path is not None})
    names = {path: f"file{place}" for place, path in enumerate(paths, 1)}
    sources = {**settings.sources, **{name: path for path, name in names.items()}}
    settings = msgspec.structs.replace(settings, sources=sources)
    parts = build(_with_profiles(settings, chosen))
    engine = Engine(parts.world)
    outcomes: list[Outcome] = []
    async with parts.opened():
        await engine.start()
        try:
            await parts.models.get(chosen.model)
            asker = _Asker(engine, parts, chosen.model, chosen.tell)
            for place, question in enumerate(questions, 1):
                name = names[question.path] if question.path else str(question.source)
                outcome = await asker.ask(question, name, question.id or str(place))
                outcomes.append(outcome)
                _tell(outcome, chosen.json)
        finally:
            await engine.close()
    report = _report(chosen.model, outcomes)
    _summary(report, chosen.json)
    return 0 if chosen.least is None or report.accuracy * 100 >= chosen.least else FAILED


def _with_profiles(settings: Any, chosen: argparse.Namespace) -> Any:
    """Take the profiles of models of a data folder along, and nothing else of it."""
    folder = from_environ(data=chosen.data).data
    for name in ("models.json", "vault.json", "vault.key"):
        kept = folder / name
        if kept.is_file():
            settings.data.mkdir(parents=True, exist_ok=True)
            copy = settings.data / name
            copy.touch(0o600)
            copy.write_bytes(kept.read_bytes())
    return settings


class _Asker:
    """Asks one question after another, each in a session of its own."""

    def __init__(self, engine: Engine, parts: Parts, model: str, data: DataPolicy | None) -> None:
        self._engine = engine
        self._parts = parts
        self._model = model
        self._data: DataPolicy | None = data

    async def ask(self, question: Question, name: str, id: str) -> Outcome:
        """Ask, and compare the last table that was found with what the reference gives."""
        source = await self._parts.sources.get(name, LOCAL.id)
        expected = await _rows(source, question.sql)
        made = await self._engine.handle(LOCAL, SessionCreate(id=_ID, source=name))
        began = time.monotonic()
        options = RunOptions(model=self._model, data=self._data)
        await self._engine.handle(
            LOCAL,
            RunStart(id=_ID, session=made.session, text=question.question, options=options),
        )
        rounds = 0
        finished: RunFinished | None = None
        async for record in self._records(made.session):
            rounds += isinstance(record.event, RoundStarted)
            if isinstance(record.event, RunFinished):
                finished = record.event
        assert finished is not None, "a run ends"
        seconds = time.monotonic() - began
        sql, rows = await self._found(made.session)
        ordered = "order by" in question.sql.casefold()
        usage = finished.usage
        return Outcome(
            id=id,
            question=question.question,
            right=rows is not None and same_rows(expected, rows, ordered=ordered),
            outcome=finished.outcome,
            sql=sql,
            rounds=rounds,
            input_tokens=usage.input_tokens,
            output_tokens=usage.output_tokens,
            cost=usage.cost,
            seconds=round(seconds, 3),
            error=finished.error.message if finished.error is not None else None,
        )

    async def _records(self, session: SessionId) -> AsyncIterator[Record]:
        """Yield a session's records until its run is over; whoever would be asked is not there."""
        follower = self._engine.follower(LOCAL)
        await follower.follow(session)
        try:
            async for told in follower.stream():
                for record in decode_records(told.records) if isinstance(told, Page) else ():
                    yield record
                    if isinstance(record.event, RunFinished):
                        return
                live = await self._engine.session(LOCAL, session)
                if live.state.questions and live.state.run is not None:
                    run = live.state.run.run
                    await self._engine.handle(LOCAL, RunCancel(id=_ID, session=session, run=run))
        finally:
            follower.close()

    async def _found(self, session: SessionId) -> tuple[str | None, list[list[Any]] | None]:
        live = await self._engine.session(LOCAL, session)
        screen = live.viewer.show()
        for seen in reversed(screen.items.values()):
            if isinstance(seen.content, Table) and seen.content.result is not None:
                code = screen.items.get(seen.of) if seen.of is not None else None
                sql = code.check.text if code is not None and code.check is not None else None
                page = await self._parts.results.page(seen.content.result, 0, _LIMITS.max_rows)
                return sql, page.rows
        return None, None


async def _rows(source: Source, sql: str) -> list[list[Any]]:
    """Return what the reference gives."""
    checked = source.check(sql, _LIMITS.max_rows)
    if not checked.ok:
        words = " ".join(finding.message for finding in checked.findings)
        raise Usage(f"a reference does not pass the guard: {words} ({sql})")
    rows: list[list[Any]] = []
    async for part in source.run(checked.sql, _LIMITS):
        if isinstance(part, Rows):
            rows.extend(part.rows)
    return rows


def _report(model: str, outcomes: Sequence[Outcome]) -> Report:
    right = sum(outcome.right for outcome in outcomes)
    costs = [outcome.cost for outcome in outcomes if outcome.cost is not None]
    return Report(
        model=model,
        questions=len(outcomes),
        right=right,
        accuracy=round(right / len(outcomes), 4),
        rounds=round(sum(outcome.rounds for outcome in outcomes) / len(outcomes), 2),
        input_tokens=sum(outcome.input_tokens for outcome in outcomes),
        output_tokens=sum(outcome.output_tokens for outcome in outcomes),
        cost=round(sum(costs), 6) if costs else None,
        seconds=round(sum(outcome.seconds for outcome in outcomes), 3),
    )


def _tell(outcome: Outcome, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(msgspec.json.encode(outcome).decode() + "\n")
    else:
        mark = "✓" if outcome.right else "✗"
        why = f"  ({outcome.error or outcome.outcome})" if outcome.outcome != "answered" else ""
        sys.stdout.write(f"{mark} {outcome.question}{why}\n")
    sys.stdout.flush()


def _summary(report: Report, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(msgspec.json.encode({"report": report}).decode() + "\n")
        return
    cost = "" if report.cost is None else f", {report.cost:.4f} US dollars"
    sys.stdout.write(
        f"\n{report.model}: {report.right} of {report.questions} right"
        f" ({report.accuracy:.1%}), {report.rounds:g} rounds each,"
        f" {report.input_tokens} tokens read, {report.output_tokens} written,"
        f" {report.seconds:.1f} s{cost}\n"
    )
