"""A query that Python made: a step like any other, except that code waits for it.

It passes the guard and the gates of its run by the same code, stands in the log with the cell that
made it as its origin, and whatever ends the cell ends it too. In a cell that a person runs by hand
nobody is asked, as for SQL that a person runs by hand; but what would be asked about for its price
whatever the mode is not done until that person has written that it is meant.
"""

import asyncio
import logging
from collections.abc import Callable
from functools import partial

from engine.agent.acting import run_sql
from engine.agent.cells import CellAtWork
from engine.agent.proposals import Proposals, estimate_of, limits_of
from engine.agent.steps import Ask, Execute, Refuse, Skip, Step, step_for
from engine.endings import interrupted
from engine.gates import Ceiling, too_dear
from engine.grants import granted_to
from engine.live_session import LiveSession
from engine.ports import Checked, PortError, Source, SourceFailed
from engine.state import ItemState, Session, Unlawful
from engine.world import World
from protocol.events import ApprovalResolved, CheckFinished, ItemCompleted, ItemDelta, ItemStarted
from protocol.ids import CallerId, ItemId, ResultId
from protocol.items import Code, ErrorInfo, Table

MOST_TEXT = 200_000
_log = logging.getLogger("askwire.querying")


class Query:
    """One query of a cell."""

    def __init__(self, world: World, live: LiveSession, cell: CellAtWork) -> None:
        self._world = world
        self._live = live
        self._cell = cell
        self._item = ItemId("")

    async def run(self, sql: str, name: str | None, anyway: bool = False) -> ResultId:
        """Run it and return its kept rows. Raise `PortError`, in words for who wrote the code.

        `anyway` is a person's word that its price is meant. A model's counts for nothing: its
        queries pass the gates.
        """
        if not sql.strip() or len(sql) > MOST_TEXT:
            raise PortError("bad_call", "A query is a text of SQL, and not a book.")
        source = await self._source(name)
        self._item = ItemId(self._world.new_id("i"))
        try:
            checked = self._propose(sql, source)
            if self._cell.run is None:
                await self._run_by_hand(sql, source, checked, anyway)
            else:
                await self._run_gated()
            return self._result()
        except Unlawful as late:
            raise PortError(
                "run_over", "The run has ended, so nothing is asked any more."
            ) from late
        finally:
            self._close()

    @property
    def _caller(self) -> CallerId:
        return self._live.state.owner or CallerId("")

    async def _source(self, name: str | None) -> Source:
        state, run = self._live.state, self._live.state.run
        own = run.options.source if run is not None and self._cell.run is not None else None
        found = name or own or state.source or self._world.default_source
        if found is None:
            raise PortError("no_source", "This session has no source to ask.")
        return await self._world.sources.get(found, self._caller)

    def _propose(self, sql: str, source: Source) -> Checked:
        run, item = self._cell.run, self._item
        state = self._live.state
        limits = limits_of(self._world, state.run if run is not None else None)
        checked = source.check(sql, limits.max_rows)
        self._live.record(
            ItemStarted(
                run=run,
                item=item,
                kind="code",
                of=self._cell.item,
                language="sql",
                source=source.name,
            ),
            ItemDelta(run=run, item=item, text=sql),
            CheckFinished(
                run=run,
                item=item,
                ok=checked.ok,
                findings=checked.findings,
                sql=checked.sql or None,
                text=sql,
                rules=checked.rules or None,
            ),
        )
        return checked

    async def _run_by_hand(self, sql: str, source: Source, checked: Checked, anyway: bool) -> None:
        content = Code(language="sql", text=sql, source=source.name)
        error = await self._refusal(source, checked, anyway)
        if error is not None:
            refused = ItemCompleted(item=self._item, content=content, outcome="failed", error=error)
            self._live.record(refused)
            return
        limits = limits_of(self._world, None)
        await run_sql(self._world, self._live, None, self._item, source, checked, content, limits)

    async def _refusal(self, source: Source, checked: Checked, anyway: bool) -> ErrorInfo | None:
        if not checked.ok:
            words = " ".join(finding.message for finding in checked.findings)
            return ErrorInfo(code="guard_refused", message=words or "The guard refuses this.")
        ceiling = self._world.bounds.unasked
        if anyway or ceiling == Ceiling():
            return None
        why = too_dear(await estimate_of(source, checked.sql), ceiling)
        if why is None:
            return None
        hint = "If it is meant, write so: `askwire.query(…, anyway=True)`."
        return ErrorInfo(code="too_dear", message=why, hint=hint)

    async def _run_gated(self) -> None:
        """Do what the gates say comes next, until it is done or will not be."""
        live, proposals = self._live, Proposals(self._world, self._live)
        while (item := live.state.item(self._item)) is not None and item.open:
            await self._until_settled()
            await live.until_kept(live.head)
            always = await granted_to(self._world.store, self._caller)
            await self._do(proposals, partial(step_for, item=self._item, always=always))

    async def _do(self, proposals: Proposals, next_: Callable[[Session], Step | None]) -> None:
        live = self._live
        match step := next_(live.state):
            case Ask():
                await proposals.ask(step)
            case Execute():
                await proposals.execute(step, lambda: next_(live.state) == step)
            case Skip():
                proposals.skip(step.item, step.why)
            case Refuse():
                proposals.refuse(step.item)
            case _:
                raise Unlawful(f"a query cannot go on with {step}")

    async def _until_settled(self) -> None:
        """Wait while a person has the word about this query."""
        live, news = self._live, asyncio.Event()
        live.listen(news.set)
        try:
            while any(asked.item == self._item for asked in live.state.approvals.values()):
                if live.broken is not None:
                    raise live.broken
                await news.wait()
                news.clear()
        finally:
            live.unlisten(news.set)

    def _result(self) -> ResultId:
        items = self._live.viewer.screen.items
        seen = items.get(self._item)
        if seen is None or seen.outcome is None:
            raise PortError("run_over", "The run has ended, so nothing is asked any more.")
        if seen.outcome != "ok":
            code, message, hint = "interrupted", "The query was interrupted.", None
            if seen.error is not None:
                code, message, hint = seen.error.code, seen.error.message, seen.error.hint
            if seen.outcome == "skipped":
                message = f"The query was not run: {message}."
            raise SourceFailed(code, message, hint)
        for part in reversed(items.values()):
            content = part.content if part.of == self._item else None
            if isinstance(content, Table) and content.result is not None:
                return content.result
        raise SourceFailed("query_failed", "The query gave no rows that were kept.")

    def _close(self) -> None:
        """Complete what is still open of it: whoever waited is gone."""
        live, run = self._live, self._cell.run
        found = live.state.item(self._item)
        if found is None or not found.open:
            return
        given = live.given(self._caller)
        try:
            live.record(
                *(
                    ApprovalResolved(run=run, approval=asked.approval, verdict="cancelled")
                    for asked in live.state.approvals.values()
                    if asked.item == self._item
                ),
                *(interrupted(part, run, given) for part in (*self._parts(), found)),
            )
        except (Unlawful, PortError):
            _log.exception("query %s could not be closed", self._item)

    def _parts(self) -> list[ItemState]:
        run = self._live.state.run
        items = self._live.state.free if self._cell.run is None or run is None else run.items
        return [part for part in items.values() if part.of == self._item and part.open]
