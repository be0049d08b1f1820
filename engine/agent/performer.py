"""Driving one run: ask what comes next, do it, record it, until there is nothing to do.

The performer keeps nothing that the log does not have. It may be ended at any moment, by a cancel
or by the end of the process; another begins by tidying what was left half done.
"""

import logging

import msgspec

from engine.agent.asking import expiry
from engine.agent.outside import allows, figures_of, policy_for, withheld
from engine.agent.proposals import Proposals
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
from engine.agent.worktime import WorkTime
from engine.endings import ended, next_run
from engine.gates import Granted
from engine.grants import granted_to
from engine.live_session import LiveSession
from engine.ports import (
    Answered,
    Conflict,
    Model,
    ModelFailed,
    PortError,
    Prompt,
    Source,
    StoreFailed,
    Turn,
)
from engine.results.shortening import shortened
from engine.results_of import first_rows
from engine.state import RunState, Unlawful
from engine.world import World
from protocol.events import (
    RoundFinished,
    RoundStarted,
    RunOutcome,
)
from protocol.ids import CallerId
from protocol.items import ErrorInfo

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
        self._proposals = Proposals(world, live)

    async def perform(self) -> None:
        """Drive the run until it is over or a person has the word."""
        run = self._live.state.run
        if run is None:
            return
        seconds = run.options.max_seconds or self._world.bounds.max_seconds
        try:
            async with WorkTime(self._live, seconds):
                await self._drive(run)
        except TimeoutError:
            hint = "Ask for less at once, or allow more seconds."
            self._fail("exhausted", "time_exhausted", f"no answer within {seconds:g} s", hint)
        except Unlawful as refused:
            # The run ended under our hands, by a cancel: what we would say is no longer wanted.
            if self._live.state.run is not None and self._live.state.run.run == run.run:
                _log.exception("the run %s did something unlawful", run.run)
                self._fail("failed", "internal", str(refused), None)
        except (StoreFailed, Conflict):
            raise
        except PortError as failure:
            self.give_up(failure)
        except Exception as failure:  # noqa: BLE001 - the outermost shell of a run: end it in words
            _log.exception("the run %s failed", run.run)
            self._fail("failed", "internal", f"a fault of ours: {type(failure).__name__}", None)

    def give_up(self, failure: PortError) -> None:
        """End the run that goes on: what it needs failed for good."""
        self._fail("failed", failure.info.code, failure.info.message, failure.info.hint)

    async def _drive(self, run: RunState) -> None:
        state, world = self._live.state, self._world
        until = expiry(state, world.bounds, world.clock)
        leftovers = tidy(state, self._live.partial(), world.new_id, until)
        if leftovers:
            self._live.record(*leftovers)
        await self._find(run)
        while True:
            # Looked up each time: what is taken back holds no more from the next step on.
            self._always = await granted_to(world.store, self._caller)
            step = self._next()
            if isinstance(step, Rest) or self._run.run != run.run:
                # Another run has its own model, source and seconds: it is performed anew.
                return
            if isinstance(step, Think | Execute) and self._live.kept < self._live.head:
                # A yes that is not kept yet has not been said: nothing may come of it before.
                await self._live.until_kept(self._live.head)
                continue
            await self._do(step)

    def _next(self) -> Step:
        bounds = self._world.bounds
        return next_step(self._live.state, bounds.max_rounds, self._always, bounds.max_tokens)

    async def _find(self, run: RunState) -> None:
        """Find the model and the source that the run names."""
        state, world = self._live.state, self._world
        model = run.options.model or state.model or world.default_model
        self._model = await world.models.get(model)
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

    async def _do(self, step: Step) -> None:
        match step:
            case Think():
                await self._think(step.round)
            case CloseRound():
                self._live.record(RoundFinished(run=self._run.run, round=self._run.round))
            case Ask():
                await self._proposals.ask(step)
            case Execute():
                await self._proposals.execute(step, lambda: self._next() == step)
            case Skip():
                self._proposals.skip(step.item, step.why)
            case Refuse():
                self._proposals.refuse(step.item)
            case Again():
                await self._proposals.again(step)
            case Finish():
                self._finish(step)
            case _:
                raise AssertionError(f"a step without a way to do it: {step}")

    # --- Thinking ---

    async def _think(self, number: int) -> None:
        assert self._model is not None, "found before the first step"
        run = self._run
        self._live.record(RoundStarted(run=run.run, round=number))
        offered = tuple(await self._world.tools.list(self._caller))
        turns = await self._turns()
        policy = policy_for(self._live.state, self._model, self._world.bounds)
        prompt = Prompt(
            question=run.text,
            turns=turns,
            catalogue=await self._source.catalogue() if self._source is not None else None,
            tools=_TOOLS,
            offered=offered,
            today=self._world.clock.now().date().isoformat(),
            round=number,
            begins=self._live.transcript.begins,
            data=policy,
        )
        thinking = Round(
            self._world,
            self._live,
            run.run,
            self._source,
            self._proposals.limits().max_rows,
            offered,
            {} if allows(policy, "results") else figures_of(turns),
        )
        outside = self._model.outside
        await thinking.think(self._model, withheld(prompt, policy) if outside else prompt)
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
                rows = await first_rows(self._world, turn.result, self._world.bounds.model_rows)
                turns[place] = msgspec.structs.replace(turn, rows=shortened(rows))
        return tuple(turns)

    # --- Ending ---

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
