"""Driving one run: ask what comes next, do it, record it, until there is nothing to do.

The performer keeps nothing that the log does not have. It may be ended at any moment, by a cancel
or by the end of the process; another begins by tidying what was left half done.
"""

import asyncio
import logging

import msgspec

from engine.agent.acting import check_python, run_python, run_sql
from engine.agent.steps import (
    Again,
    Ask,
    CloseRound,
    Execute,
    Finish,
    Refuse,
    Rest,
    Skip,
    Step,
    Think,
    next_step,
)
from engine.agent.thinking import Round
from engine.agent.tidying import plan_progress, tidy
from engine.endings import ended, next_run
from engine.gates import OPTIONS, Ceiling, Granted, digest_of, remembers, too_dear
from engine.grants import granted_to
from engine.live_session import LiveSession
from engine.ports import (
    Answered,
    Checked,
    Model,
    ModelFailed,
    PortError,
    Prompt,
    QueryLimits,
    Source,
    StoreFailed,
    Turn,
)
from engine.results.shortening import shortened
from engine.state import ItemState, RunState, Unlawful, scope_of
from engine.world import World
from protocol.events import (
    AnyEvent,
    ApprovalRequested,
    CheckFinished,
    EstimateInfo,
    ItemCompleted,
    ItemDelta,
    ItemOutcome,
    ItemStarted,
    RoundFinished,
    RoundStarted,
    RunOutcome,
    Subject,
)
from protocol.ids import ApprovalId, CallerId, ItemId
from protocol.items import Code, ErrorInfo

_TOOLS = ("make_plan", "run_sql", "run_python", "make_chart", "ask_user", "answer")
_log = logging.getLogger("askwire.run")


class Performer:
    """Drives the run that goes on in one session."""

    def __init__(self, world: World, live: LiveSession) -> None:
        self._world = world
        self._live = live
        self._model: Model | None = None
        self._source: Source | None = None
        self._always: frozenset[Granted] = frozenset()

    async def perform(self) -> None:
        """Drive the run until it is over or a person has the word."""
        run = self._live.state.run
        if run is None:
            return
        seconds = run.options.max_seconds or self._world.bounds.max_seconds
        try:
            async with asyncio.timeout(seconds):
                await self._drive(run)
        except TimeoutError:
            hint = "Ask for less at once, or allow more seconds."
            self._fail("exhausted", "time_exhausted", f"no answer within {seconds:g} s", hint)
        except Unlawful as refused:
            # The run ended under our hands, by a cancel: what we would say is no longer wanted.
            if self._live.state.run is not None and self._live.state.run.run == run.run:
                _log.exception("the run %s did something unlawful", run.run)
                self._fail("failed", "internal", str(refused), None)
        except StoreFailed:
            raise
        except PortError as failure:
            self._fail("failed", failure.info.code, failure.info.message, failure.info.hint)

    async def _drive(self, run: RunState) -> None:
        leftovers = tidy(self._live.state, self._live.partial(), self._world.new_id)
        if leftovers:
            self._live.record(*leftovers)
        await self._find(run)
        while True:
            step = next_step(self._live.state, self._world.bounds.max_rounds, self._always)
            if isinstance(step, Rest):
                return
            if isinstance(step, Think | Execute) and self._live.kept < self._live.head:
                # A yes that is not kept yet has not been said: nothing may come of it before.
                await self._live.until_kept(self._live.head)
                continue
            await self._do(step)

    async def _find(self, run: RunState) -> None:
        """Find the model and the source that the run names."""
        state, world = self._live.state, self._world
        model = run.options.model or state.model or world.default_model
        found = world.models.get(model)
        if found is None:
            raise ModelFailed("unknown_model", f"there is no model {model!r} here")
        self._model = found
        self._always = await granted_to(world.store, self._caller)
        source = run.options.source or state.source or world.default_source
        self._source = await world.sources.get(source, self._caller) if source else None

    @property
    def _caller(self) -> CallerId:
        return self._live.state.owner or CallerId("")

    @property
    def _run(self) -> RunState:
        run = self._live.state.run
        if run is None:
            raise Unlawful("the run is over")
        return run

    def _item(self, item: ItemId) -> ItemState:
        found = self._live.state.item(item)
        if found is None:
            raise Unlawful(f"item {item} is gone")
        return found

    async def _do(self, step: Step) -> None:
        match step:
            case Think():
                await self._think(step.round)
            case CloseRound():
                self._live.record(RoundFinished(run=self._run.run, round=self._run.round))
            case Ask():
                await self._ask(step)
            case Execute():
                await self._execute(step)
            case Skip():
                self._settle(step.item, "skipped", ErrorInfo(code="skipped", message=step.why))
            case Refuse():
                self._refuse(step.item)
            case Again():
                self._propose_again(step)
            case Finish():
                self._finish(step)
            case _:
                raise AssertionError(f"a step without a way to do it: {step}")

    # --- Thinking ---

    async def _think(self, number: int) -> None:
        assert self._model is not None, "found before the first step"
        run = self._run
        self._live.record(RoundStarted(run=run.run, round=number))
        prompt = Prompt(
            question=run.text,
            turns=await self._turns(),
            catalogue=await self._source.catalogue() if self._source is not None else None,
            tools=_TOOLS,
            today=self._world.clock.now().date().isoformat(),
            round=number,
        )
        thinking = Round(self._world, self._live, run.run, self._source, self._limits().max_rows)
        await thinking.think(self._model, prompt)
        proposed = any(item.round == number for item in self._run.items.values())
        if not proposed and not self._live.state.questions:
            raise ModelFailed("model_silent", "the model proposed nothing")

    async def _turns(self) -> tuple[Turn, ...]:
        """Return what was said and done, with the first rows of what this run found."""
        transcript = self._live.transcript
        turns = list(transcript.turns)
        for place in range(transcript.begins, len(turns)):
            turn = turns[place]
            if isinstance(turn, Answered) and turn.result is not None:
                rows = await self._world.results.page(turn.result, 0, self._world.bounds.model_rows)
                turns[place] = msgspec.structs.replace(turn, rows=shortened(rows.rows))
        return tuple(turns)

    # --- Gates ---

    async def _ask(self, step: Ask) -> None:
        estimate = await self._estimate(self._item(step.item))
        words = remembers(step.subject, step.scope)
        await self._request(step, estimate, words)

    async def _is_too_dear(self, item: ItemState) -> bool:
        """Ask about a query that no gate stops, if the source expects too much of it."""
        if self._world.bounds.unasked == Ceiling():
            return False
        estimate = await self._estimate(item)
        if too_dear(estimate, self._world.bounds.unasked) is None:
            return False
        text, scope = item.text or "", scope_of(item)
        digest = digest_of("sql", text, scope)
        step = Ask(item=item.item, subject="sql", text=text, scope=scope, digest=digest)
        await self._request(step, estimate, None)
        return True

    async def _request(self, step: Ask, estimate: EstimateInfo | None, words: str | None) -> None:
        request = ApprovalRequested(
            run=self._run.run,
            approval=ApprovalId(self._world.new_id("a")),
            item=step.item,
            subject=step.subject,
            options=OPTIONS[step.subject],
            digest=step.digest,
            text=step.text,
            reason=too_dear(estimate, self._world.bounds.unasked),
            estimate=estimate,
            remembers=words,
        )
        await self._live.until_kept(self._live.record(request))

    async def _estimate(self, item: ItemState) -> EstimateInfo | None:
        if item.language != "sql" or self._source is None or item.check is None:
            return None
        if not self._source.abilities.estimate or item.check.sql is None:
            return None
        try:
            found = await self._source.estimate(item.check.sql)
        except PortError:
            return None
        if found is None:
            return None
        return EstimateInfo(rows=found.rows, bytes=found.bytes, cost=found.cost)

    # --- Acting ---

    async def _execute(self, step: Execute) -> None:
        item = self._item(step.item)
        text = item.text or ""
        content = self._code(item)
        subject: Subject = "sql" if item.language == "sql" else "python"
        if step.digest is not None and step.digest != digest_of(subject, text, scope_of(item)):
            raise AssertionError("what would run is not what was approved")
        if step.digest is None and await self._is_too_dear(item):
            return
        self._advance_plan()
        if item.language == "python":
            await run_python(self._world, self._live, self._run.run, item.item, content)
            return
        checked = self._check(item, text)
        if not checked.ok or self._source is None:
            self._settle(item.item, "failed", _refused(checked))
            return
        await run_sql(
            self._world,
            self._live,
            self._run.run,
            item.item,
            self._source,
            checked,
            content,
            self._limits(),
        )

    def _check(self, item: ItemState, text: str) -> Checked:
        if item.language == "python":
            return check_python(text)
        if self._source is None:
            return Checked(ok=False)
        return self._source.check(text, self._limits().max_rows)

    def _limits(self) -> QueryLimits:
        limits, own = self._world.bounds.query, self._run.options.max_rows
        return (
            msgspec.structs.replace(limits, max_rows=min(own, limits.max_rows)) if own else limits
        )

    def _code(self, item: ItemState) -> Code:
        return Code(
            language=item.language or "sql",
            text=item.text or "",
            source=item.source,
            explanation=item.check.explanation if item.check is not None else None,
        )

    def _settle(self, item: ItemId, outcome: ItemOutcome, error: ErrorInfo | None) -> None:
        content = self._code(self._item(item))
        self._live.record(
            ItemCompleted(
                run=self._run.run, item=item, content=content, outcome=outcome, error=error
            )
        )

    def _refuse(self, item: ItemId) -> None:
        found = self._item(item)
        checked = Checked(ok=False, findings=found.check.findings if found.check else ())
        self._settle(item, "failed", _refused(checked))

    def _propose_again(self, step: Again) -> None:
        """Put a failed item forward once more; it comes to the gates like any other."""
        failed = self._item(step.item)
        item = ItemId(self._world.new_id("i"))
        checked = self._check(failed, step.text)
        run = self._run.run
        events: tuple[AnyEvent, ...] = (
            ItemStarted(
                run=run,
                item=item,
                kind="code",
                of=failed.item,
                language=failed.language,
                source=failed.source,
            ),
            ItemDelta(run=run, item=item, text=step.text),
            CheckFinished(
                run=run,
                item=item,
                ok=checked.ok,
                findings=checked.findings,
                sql=checked.sql or None,
                text=step.text,
            ),
        )
        self._live.record(*events)

    # --- Ending ---

    def _advance_plan(self) -> None:
        progress = plan_progress(self._live.state, over=False)
        if progress is not None:
            self._live.record(progress)

    def _finish(self, step: Finish) -> None:
        if step.outcome == "answered":
            progress = plan_progress(self._live.state, over=True)
            if progress is not None:
                self._live.record(progress)
        self._end(step.outcome, answer=step.answer, error=step.error)

    def _fail(self, outcome: RunOutcome, code: str, message: str, hint: str | None) -> None:
        self._end(outcome, error=ErrorInfo(code=code, message=message, hint=hint))

    def _end(
        self,
        outcome: RunOutcome,
        *,
        answer: str | None = None,
        error: ErrorInfo | None = None,
    ) -> None:
        state = self._live.state
        if state.run is None:
            return
        given = self._live.given(self._caller)
        over = ended(state, outcome, given, answer=answer, error=error)
        self._live.record(*over, *next_run(state))


def _refused(checked: Checked) -> ErrorInfo:
    words = " ".join(finding.message for finding in checked.findings)
    return ErrorInfo(
        code="guard_refused",
        message=words or "The guard does not let this run.",
        hint="Ask for data only: one SELECT, no files, no changes.",
    )
