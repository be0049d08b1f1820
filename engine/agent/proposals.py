"""What becomes of what a model proposed: asked about, run, skipped, refused, tried again.

Whatever runs is looked at once more just before: the guard judges it anew, and the gates are asked
whether they still let it through. A yes holds for what was shown, under what was in force then.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from engine.agent.acting import check_python, run_python, run_sql
from engine.agent.asking import expiry, requested
from engine.agent.calling import call_tool, check_call, content_of_call
from engine.agent.steps import Again, Ask, Execute
from engine.agent.tidying import plan_progress
from engine.gates import Ceiling, too_dear
from engine.live_session import LiveSession
from engine.ports import Checked, PortError, QueryLimits, Source
from engine.state import ItemState, RunState, Unlawful, digest_for, scope_of
from engine.world import World
from protocol.events import (
    CheckFinished,
    CodeStarted,
    EstimateInfo,
    ItemCompleted,
    ItemDelta,
    ItemOutcome,
    ItemStarted,
)
from protocol.ids import ApprovalId, CallerId, ItemId
from protocol.items import AnyContent, Code, ErrorInfo, Finding

CHANGED = "What it may do was changed since it was approved: please look again."


async def estimate_of(source: Source, sql: str | None) -> EstimateInfo | None:
    """Return what a source expects of a query, or None where it cannot tell."""
    if not source.abilities.estimate or sql is None:
        return None
    try:
        found = await source.estimate(sql)
    except PortError:
        return None
    if found is None:
        return None
    return EstimateInfo(rows=found.rows, bytes=found.bytes, cost=found.cost)


class Proposals:
    """The proposals of the run that goes on in one session."""

    def __init__(self, world: World, live: LiveSession) -> None:
        self._world = world
        self._live = live

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

    # --- Asking ---

    async def ask(self, step: Ask) -> None:
        """Ask a person, and say what the step would cost where that is known."""
        item = self._item(step.item)
        try:
            estimate = await self._estimate(item, await self._source(item))
        except PortError:
            estimate = None
        await self._request(step, estimate, remember=True)

    async def _is_too_dear(self, item: ItemState, source: Source | None) -> bool:
        """Ask about a query that no gate stops, if the source expects too much of it."""
        if self._world.bounds.unasked == Ceiling():
            return False
        estimate = await self._estimate(item, source)
        if too_dear(estimate, self._world.bounds.unasked) is None:
            return False
        text = item.text or ""
        digest = digest_for(self._live.state, "sql", item, text)
        step = Ask(item=item.item, subject="sql", text=text, scope=scope_of(item), digest=digest)
        await self._request(step, estimate, remember=False)
        return True

    async def _request(self, step: Ask, estimate: EstimateInfo | None, *, remember: bool) -> None:
        world, live = self._world, self._live
        reason = too_dear(estimate, world.bounds.unasked) or (CHANGED if step.again else None)
        request = requested(
            self._run.run,
            ApprovalId(world.new_id("a")),
            item=step.item,
            subject=step.subject,
            text=step.text,
            scope=step.scope,
            digest=step.digest,
            reason=reason,
            estimate=estimate,
            expires_at=expiry(live.state, world.bounds, world.clock),
            remember=remember,
        )
        await live.until_kept(live.record(request))

    async def _estimate(self, item: ItemState, source: Source | None) -> EstimateInfo | None:
        if item.language != "sql" or source is None or item.check is None:
            return None
        return await estimate_of(source, item.check.sql)

    # --- Running ---

    async def execute(self, step: Execute, still: Callable[[], bool]) -> None:
        """Run the item, if it is `still` what comes next once everything is there for it."""
        item = self._item(step.item)
        try:
            source = await self._source(item)
            checked = await self._check(item, item.text or "")
        except PortError as failure:
            self.settle(item.item, "failed", failure.info)
            return
        if _differs(item, checked):
            # What was judged is not what would run now: the log says so, and the gates look again.
            self._live.record(self._judged(item.item, item.text or "", checked, item.check))
            return
        if not step.approved and await self._is_too_dear(item, source):
            return
        if still():
            self._advance_plan()
            await self._act(item, source, checked, still)

    async def _act(
        self, item: ItemState, source: Source | None, checked: Checked, still: Callable[[], bool]
    ) -> None:
        world, live, run = self._world, self._live, self._run.run
        if item.kind == "tool":
            await call_tool(world, live, run, item)
            return
        live.record(CodeStarted(run=run, item=item.item))
        if item.language == "python":
            await run_python(world, live, run, item.item, code_of(item), still=still)
        elif source is not None:
            await run_sql(
                world, live, run, item.item, source, checked, code_of(item), self.limits()
            )

    def _advance_plan(self) -> None:
        progress = plan_progress(self._live.state, over=False)
        if progress is not None:
            self._live.record(progress)

    # --- The guard ---

    async def _source(self, item: ItemState) -> Source | None:
        """Return what the item's source is called for now: it may have been pointed elsewhere."""
        if item.source is None:
            return None
        return await self._world.sources.get(item.source, self._caller)

    async def _check(self, item: ItemState, text: str) -> Checked:
        if item.kind == "tool":
            offered = await self._world.tools.list(self._caller)
            return check_call(item.name or "", text, offered)
        if item.language == "python":
            return check_python(text)
        source = await self._source(item)
        if source is None:
            found = Finding(code="no_source", message="This session has no source to ask.")
            return Checked(ok=False, findings=(found,))
        return source.check(text, self.limits().max_rows)

    def _judged(
        self, item: ItemId, text: str, checked: Checked, before: CheckFinished | None
    ) -> CheckFinished:
        return CheckFinished(
            run=self._run.run,
            item=item,
            ok=checked.ok,
            findings=checked.findings,
            sql=checked.sql or None,
            text=text,
            explanation=before.explanation if before is not None else None,
            rules=checked.rules or None,
        )

    def limits(self) -> QueryLimits:
        """Return the bounds of a query of this run."""
        return limits_of(self._world, self._run)

    # --- Not running ---

    def settle(self, item: ItemId, outcome: ItemOutcome, error: ErrorInfo | None) -> None:
        """Complete an item that does not run."""
        content = self._content(self._item(item), error)
        self._live.record(
            ItemCompleted(
                run=self._run.run, item=item, content=content, outcome=outcome, error=error
            )
        )

    def skip(self, item: ItemId, why: str) -> None:
        """Complete an item that shall not run."""
        self.settle(item, "skipped", ErrorInfo(code="skipped", message=why))

    def refuse(self, item: ItemId) -> None:
        """Complete an item that the guard does not let run."""
        check = self._item(item).check
        self.settle(item, "failed", _refused(check.findings if check is not None else ()))

    def _content(self, item: ItemState, error: ErrorInfo | None) -> AnyContent:
        if item.kind == "tool":
            return content_of_call(item, error=error.message if error is not None else None)
        return code_of(item)

    async def again(self, step: Again) -> None:
        """Put a failed item forward once more; it comes to the gates like any other."""
        failed = self._item(step.item)
        item, run = ItemId(self._world.new_id("i")), self._run.run
        try:
            checked = await self._check(failed, step.text)
        except PortError as failure:
            found = Finding(code=failure.info.code, message=failure.info.message)
            checked = Checked(ok=False, findings=(found,))
        self._live.record(
            ItemStarted(
                run=run,
                item=item,
                kind=failed.kind,
                of=failed.item,
                language=failed.language,
                source=failed.source,
                name=failed.name,
            ),
            ItemDelta(run=run, item=item, text=step.text),
            self._judged(item, step.text, checked, failed.check),
        )


def limits_of(world: World, run: RunState | None) -> QueryLimits:
    """Return the bounds of a query: the server's, and fewer rows where the run says so."""
    limits, own = world.bounds.query, run.options.max_rows if run is not None else None
    return msgspec.structs.replace(limits, max_rows=min(own, limits.max_rows)) if own else limits


def code_of(item: ItemState) -> Code:
    """Return a proposal of code as content."""
    return Code(
        language=item.language or "sql",
        text=item.text or "",
        source=item.source,
        explanation=item.check.explanation if item.check is not None else None,
    )


def _differs(item: ItemState, checked: Checked) -> bool:
    check = item.check
    return check is None or (check.ok, check.sql or "", check.rules or "") != (
        checked.ok,
        checked.sql,
        checked.rules,
    )


def _refused(findings: Any) -> ErrorInfo:
    words = " ".join(finding.message for finding in findings)
    return ErrorInfo(
        code="guard_refused",
        message=words or "The guard does not let this run.",
        hint="Ask for data only: one SELECT, no files, no changes.",
    )
