"""The shell: takes commands, keeps events, performs effects, follows and recovers logs.

It decides nothing: `engine.rules` says what a command does, `engine.agent.steps` what comes next.
"""

import asyncio
import logging
import random
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

import msgspec

from engine.agent.desk import EngineDesk
from engine.agent.performer import Performer
from engine.agent.tidying import stranded
from engine.effects import AnyEffect, Feed, Halt, RemoveFiles, Work
from engine.expiring import Expiries
from engine.following import Follower
from engine.given import Given
from engine.grants import Always, one_of, take_back
from engine.live import UNKEEPABLE
from engine.live_session import LiveSession
from engine.looking import completed, seen
from engine.lookups import Lookup
from engine.once import Once
from engine.ports import Conflict, PortError, Receipt, StoreFailed
from engine.purging import purge, remove_files
from engine.replying import result_of
from engine.rooms import Rooms
from engine.rules import decide
from engine.rules.expiry import expire
from engine.state import Unlawful, name_of
from engine.tasks import Tasks
from engine.work import Own
from engine.world import World
from protocol.codec import encode_value
from protocol.commands import (
    AnyCommand,
    ApprovalRevoke,
    KernelComplete,
    KernelExecute,
    KernelInspect,
    KernelRestore,
    QueryRun,
    RunStart,
    SessionCreate,
    SessionFollow,
    SessionUnfollow,
)
from protocol.ids import CallerId, CommandId, SessionId
from protocol.refusals import Code, Refused
from protocol.replies import Caller, Snapshot

_PREFIXES: Final[dict[type[Any], str]] = {
    SessionCreate: "s",
    RunStart: "r",
    KernelExecute: "i",
    KernelRestore: "i",
    QueryRun: "i",
}
_RETRIES: Final = 5
LONGEST_KEY: Final = 200
"""In letters. A key is kept with its receipt for days, and our own have thirty-two."""
_log = logging.getLogger("askwire.engine")


class Engine:
    """All sessions of one process. `start` before use, `close` after."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._expiries = Expiries(world.clock, self._expire)
        self.rooms = Rooms(world, self._expiries.arm)
        self._tasks = Tasks()
        self._work: dict[SessionId, asyncio.Task[None]] = {}
        self._own = Own(world, self._tasks)
        self._lookup = Lookup(world)
        world.kernels.serve(EngineDesk(world, self.rooms, self._tasks))
        self._once = Once()

    async def start(self) -> None:
        """Take up every run that was going on when the last process ended."""
        for session in await self.rooms.unfinished():
            try:
                live = await self.rooms.open(session)
            except Unlawful:
                # Its log breaks a rule of today: the others must be served all the same.
                _log.exception("session %s cannot be folded", session)
                continue
            if live.state.activity == "working" or stranded(live.state):
                self._go_on(live)
        # What ran out while nobody served is over before anybody can answer it.
        await self._expiries.settle()
        self._tasks.start(self._expiries.run(), "expiries")
        await self.rooms.reconcile()
        self._tasks.start(self._purge(), "purge")

    async def _purge(self) -> None:
        for session in await purge(self.world):
            self.rooms.forget(session)

    async def close(self) -> None:
        """Stop working; runs go on from their logs when the next process starts."""
        await self._tasks.close()
        await self._own.close()
        await self.rooms.close()

    # --- Commands ---

    async def handle(self, caller: Caller, command: AnyCommand) -> Any:
        """Grant one command and return its result, or raise `Refused`.

        A command with a key that was granted before gives the same result and does nothing.
        """
        if command.key is None:
            return await self._handle(caller, command)
        if len(command.key) > LONGEST_KEY:
            raise Refused("bad_message", f"a key has at most {LONGEST_KEY} letters")
        return await self._once.act(caller.id, command.key, lambda: self._handle(caller, command))

    async def _handle(self, caller: Caller, command: AnyCommand) -> Any:
        if isinstance(command, SessionFollow | SessionUnfollow):
            raise Refused("not_offered", "follow on a socket, or by GET …/events")
        if isinstance(command, KernelInspect | KernelComplete):
            return await self._look(caller, command)
        for attempt in range(_RETRIES):
            try:
                return await self._decide_and_keep(caller, command)
            except Conflict:
                # Somebody else wrote to this log, or this key was granted before our time: look
                # again, decide again. Looking first would cost every command a trip to the disk.
                kept = await self._granted_before(caller, command)
                if kept is not None:
                    return kept
                await asyncio.sleep(random.uniform(0, 0.02 * attempt))
            except Refused:
                # What is refused now may have been granted by a process that is gone.
                kept = await self._granted_before(caller, command)
                if kept is not None:
                    return kept
                raise
            except StoreFailed as failure:
                full = failure.info.code == "storage_full"
                code: Code = "storage_full" if full else "storage_failed"
                raise Refused(code, failure.info.message, retry_after=2.0) from failure
        raise Refused("overloaded", "too many write to this session at once", retry_after=1.0)

    async def _granted_before(self, caller: Caller, command: AnyCommand) -> Any:
        """Return the reply that a command of this key got, if it got one."""
        if command.key is None:
            return None
        try:
            kept = await self.world.store.receipt(caller.id, command.key)
        except StoreFailed:
            return None  # Whoever writes next says so.
        return None if kept is None else msgspec.json.decode(kept)

    async def _decide_and_keep(self, caller: Caller, command: AnyCommand) -> Any:
        fresh = self.world.new_id(_PREFIXES.get(type(command), "x"))
        if isinstance(command, SessionCreate):
            live = await self.rooms.make(command.session or SessionId(fresh))
        else:
            live = await self._allowed(caller, command.session)
            await self._expire_due(live)
        if live.state.run is not None or live.state.free:
            # To find out by a conflict would break off what goes on here, so look first.
            kept = await self._granted_before(caller, command)
            if kept is not None:
                return kept
        always = Always(self.world.store, live.state, command)
        await always.before()
        checked = await self._lookup.checked(live.state, command, caller)
        if live.state.owner is not None and not self.rooms.is_held(live):
            raise Conflict(f"{live.session} was let go meanwhile")
        given = live.given(
            caller.id,
            fresh=fresh,
            checked=checked,
            max_text=self.world.bounds.max_text,
            max_queue=self.world.bounds.max_queue,
            kept_code=live.kept_cells.text() if isinstance(command, KernelRestore) else "",
        )
        return await self._keep(live, command, given, always)

    async def _keep(
        self, live: LiveSession, command: AnyCommand, given: Given, always: Always
    ) -> Any:
        decision = decide(live.state, command, given)
        upto = live.head + len(decision.events)
        result = result_of(live, command, decision.names, upto)
        if decision.events or command.key is not None:
            receipt = None
            if command.key is not None:
                receipt = Receipt(caller=given.by, key=command.key, reply=encode_value(result))
            live.record(*decision.events, receipt=receipt)
            try:
                await (live.until_kept(upto) if receipt is None else live.until_noted())
                await always.after()
            except asyncio.CancelledError:
                # Who asked has left. What was decided stands all the same, and is acted upon.
                self._tasks.start(self._act_on(live, upto, decision.effects, always), "act on")
                raise
        for effect in decision.effects:
            self._perform(live, effect)
        return result

    async def _act_on(
        self, live: LiveSession, upto: int, effects: Sequence[AnyEffect], always: Always
    ) -> None:
        """Once a decision is kept, do what follows from it. If it never is, nothing does."""
        try:
            await live.until_kept(upto)
            await always.after()
        except (Conflict, StoreFailed):
            return
        for effect in effects:
            self._perform(live, effect)

    async def _allowed(self, caller: Caller, session: SessionId) -> LiveSession:
        """Return a session of the caller's. Knowing an id is not enough."""
        live = await self.rooms.open(session)
        if live.state.owner is not None and live.state.owner != caller.id:
            raise Refused("not_yours", f"session {session!r} is somebody else's")
        return live

    async def take_back(self, caller: Caller, grant: str) -> bool:
        """Take back what a caller allowed for always; return whether there was such a grant."""
        found = await one_of(self.world.store, caller.id, grant)
        if found is None:
            return False
        await take_back(self.world.store, caller.id, grant)
        if found.approval is not None:
            revoke = ApprovalRevoke(
                id=CommandId("take back"), session=found.session, approval=found.approval
            )
            with suppress(Refused):  # Its session may be gone.
                await self.handle(caller, revoke)
        return True

    # --- Time ---

    async def _expire_due(self, live: LiveSession) -> None:
        """Let nobody answer what has run out, also if the clock did not ring yet."""
        for asked in tuple(live.state.waiting()):
            if asked.expires_at is not None and self._expiries.is_due(asked.expires_at):
                await self._expire(live.session, name_of(asked))

    async def _expire(self, session: SessionId, waits: str) -> None:
        """Settle what nobody answered in time, if nobody has meanwhile."""
        for _ in range(_RETRIES):
            live = await self.rooms.open(session)
            decision = expire(live.state, waits, live.given(live.state.owner or CallerId("")))
            if not decision.events:
                return
            try:
                await live.until_kept(live.record(*decision.events))
            except Conflict:
                continue
            for effect in decision.effects:
                self._perform(live, effect)
            return

    # --- Effects ---

    def _perform(self, live: LiveSession, effect: AnyEffect) -> None:
        match effect:
            case Work():
                self._go_on(live)
            case Halt():
                task = self._work.get(live.session)
                if task is not None:
                    task.cancel()
            case Feed():
                self._tasks.start(self._feed(live, effect.text), "feed")
            case RemoveFiles():
                working = [self._work.get(live.session), *self._own.going(live.state.free)]
                going = remove_files(self.world, live.session, working)
                task = self._tasks.start(going, f"remove files of {live.session}")
                if task is not None:  # Whatever comes after, if it is woken, waits for this.
                    self._hold(live.session, task)
            case _:
                self._own.perform(live, effect)

    def _go_on(self, live: LiveSession) -> None:
        """Have the session's run performed. Whoever performs it already will see what is new."""
        before = self._work.get(live.session)
        if before is not None and not before.done() and not before.cancelling():
            return
        task = self._tasks.start(self._drive(live.session, before), f"run {live.session}")
        if task is not None:
            self._hold(live.session, task)

    def _hold(self, session: SessionId, task: asyncio.Task[None]) -> None:
        """Hold what works for a session, until it is done or something else does."""
        self._work[session] = task
        task.add_done_callback(lambda done: self._let_go(session, done))

    def _let_go(self, session: SessionId, done: asyncio.Task[None]) -> None:
        if self._work.get(session) is done:
            del self._work[session]

    async def _drive(self, session: SessionId, before: asyncio.Task[None] | None) -> None:
        """Perform the session's runs, one after another, as long as there is something to do."""
        if before is not None and not before.done():
            await asyncio.wait({before})
        pause = 0.5
        while True:
            live = await self.rooms.open(session)
            left = stranded(live.state)
            if left:
                live.record(*left)
            if live.state.activity != "working":
                return
            try:
                await Performer(self.world, live).perform()
                await live.until_kept(live.head)
                await self.rooms.compact(live)
                pause = 0.5
            except (StoreFailed, Conflict) as failure:
                # What was not kept has not happened: fold the log again and go on from there.
                if isinstance(failure, StoreFailed) and failure.info.code == UNKEEPABLE:
                    Performer(self.world, await self.rooms.open(session)).give_up(failure)
                _log.warning("session %s: %s; trying again in %g s", session, failure, pause)
                await asyncio.sleep(pause)
                pause = min(pause * 2, 30.0)

    async def _feed(self, live: LiveSession, text: str) -> None:
        kernel = self.world.kernels.current(live.session)
        if kernel is not None:
            await kernel.reply(text)

    async def _look(self, caller: Caller, command: KernelInspect | KernelComplete) -> Any:
        live = await self.session(caller, command.session)
        try:
            if isinstance(command, KernelComplete):
                return await completed(self.world, live, command.code, command.cursor)
            return await seen(self.world, live)
        except PortError as failure:
            raise Refused("kernel_unavailable", failure.info.message, retry_after=1.0) from failure

    # --- Reading ---

    def follower(self, caller: Caller, ready: asyncio.Event | None = None) -> Follower:
        """Return a reader of the caller's own logs."""
        return Follower(Allowed(self, caller), ready)

    async def snapshot(self, caller: Caller, session: SessionId) -> Snapshot:
        """Return the fold of a log of the caller's, up to where it is kept."""
        return await Allowed(self, caller).snapshot(session)

    async def session(self, caller: Caller, session: SessionId) -> LiveSession:
        """Return a session of the caller's that exists, or raise `Refused`."""
        live = await self._allowed(caller, session)
        if live.state.owner is None:
            raise Refused("unknown_session", f"there is no session {session!r}")
        return live

    async def rest(self) -> None:
        """Wait until nothing is being done: each run is over, or waits for a person."""
        while going := [*self._own.going(), *(t for t in self._work.values() if not t.done())]:
            await asyncio.wait(going)

    def working(self) -> Sequence[SessionId]:
        """Return the sessions whose run is being performed now."""
        return [session for session, task in self._work.items() if not task.done()]


class Allowed:
    """The logs that one caller may read: their sessions and their inbox."""

    def __init__(self, engine: Engine, caller: Caller) -> None:
        self._engine = engine
        self._caller = caller

    async def open(self, session: SessionId) -> Any:
        """Return the log, or raise `Refused`."""
        if session.startswith("inbox:"):
            if session != f"inbox:{self._caller.id}":
                raise Refused("not_yours", "this inbox is somebody else's")
            return await self._engine.rooms.inbox(self._caller.id)
        return await self._engine.session(self._caller, session)

    async def snapshot(self, session: SessionId) -> Snapshot:
        """Return the fold of the log as it is now, once all of that is kept."""
        log = await self.open(session)
        upto, state = log.head, msgspec.to_builtins(log.viewer.show())
        await log.until_kept(upto)
        return Snapshot(session=session, epoch=log.epoch, upto=upto, state=state)
