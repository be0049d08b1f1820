"""A session as this process holds it: its log, and the folds of it, always in step."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from engine.agent.cells import CellAtWork
from engine.agent.transcript import Transcript
from engine.clock import Clock, moment_of
from engine.given import Given
from engine.inbox import news_of
from engine.kept import KeptCells
from engine.live import LiveLog
from engine.ports import Document, EventLog, Receipt
from engine.session import evolve
from engine.snapshot import Viewer
from engine.state import WAITING, Session, name_of
from protocol.codec import encode_value
from protocol.events import (
    AnyEvent,
    ApprovalRequested,
    ApprovalResolved,
    ItemDelta,
    KernelBusy,
    QuestionAnswered,
    QuestionAsked,
    RunFinished,
    RunQueued,
    RunStarted,
    RunSteered,
    SessionArchived,
    SessionCreated,
    SessionDeleted,
    SessionUpdated,
)
from protocol.ids import CallerId, Epoch, ItemId, RunId, SessionId
from protocol.items import AnyContent
from protocol.pages import Page
from protocol.screens import Doing

DECISIVE: Final = (
    SessionCreated,
    SessionUpdated,
    SessionArchived,
    SessionDeleted,
    RunQueued,
    RunStarted,
    RunSteered,
    RunFinished,
    ApprovalRequested,
    ApprovalResolved,
    QuestionAsked,
    QuestionAnswered,
    KernelBusy,
)
"""Events that the disk must have before anybody acts on them, also if the power fails."""

CARD: Final = "session"
"""The kind of document that lists a session."""

Tell = Callable[[CallerId, list[AnyEvent]], None]
Arm = Callable[[SessionId, str, str], None]
"""Is told what waits in a session, and when that expires (RFC 3339)."""


class LiveSession(LiveLog):
    """One session. `state`, `viewer` and `transcript` are folds of all that was decided."""

    def __init__(
        self,
        session: SessionId,
        epoch: Epoch,
        head: int,
        store: EventLog,
        clock: Clock,
        tell: Tell,
        arm: Arm = lambda *_: None,
    ) -> None:
        super().__init__(session, epoch, head, store, clock)
        self.state = Session(session=session)
        self.viewer = Viewer(session)
        self.transcript = Transcript()
        self.kept_cells = KeptCells()
        self.at_work: list[CellAtWork] = []
        """The cells that the kernel has been given, the one that runs first."""
        self.raw_from = head
        """Where the pages begin that were not compacted yet: a border between pages."""
        self._tell = tell
        self._arm = arm
        self._lawful: tuple[Session, ItemId, RunId | None] | None = None
        self._news: list[tuple[int, list[AnyEvent]]] = []

    def record(self, *events: AnyEvent, receipt: Receipt | None = None) -> int:
        """Decide events: fold them, and have them kept. Return the position of the last.

        Raise `Unlawful`, with nothing changed, if one of them may not happen now.
        """
        news: list[AnyEvent] = []
        state, decisive = self.state, receipt is not None
        for event in events:
            after = evolve(state, event)
            if type(event) is not ItemDelta:
                decisive = decisive or isinstance(event, DECISIVE)
                news.extend(news_of(state, after, event, after.owner or CallerId("")))
            state = after
        at = self._clock.stamp()
        document = self._card(state, at) if news else None
        upto = self.put(events, at=at, decisive=decisive, receipt=receipt, document=document)
        self.state = state
        for event in events:
            self.see(event, at)
            if isinstance(event, WAITING) and event.expires_at is not None:
                # Of what is never kept, nothing comes when its time does.
                self._arm(self.session, name_of(event), event.expires_at)
        if news:
            self._news.append((upto, news))
        return upto

    def more(self, delta: ItemDelta) -> None:
        """Decide one delta: as `record`, for what comes by the hundred thousand."""
        # A delta changes no state: what one may do, the next of its item may do too.
        lawful = (self.state, delta.item, delta.run)
        if lawful != self._lawful:
            evolve(self.state, delta)
            self._lawful = lawful
        self.add(delta)
        self.viewer.more(delta)

    def see(self, event: Any, at: str) -> None:
        """Fold one event into what is shown and what models read."""
        self.viewer.see(event, at)
        if type(event) is not ItemDelta:
            self.transcript.see(event)
            self.kept_cells.see(event)

    def _card(self, state: Session, at: str) -> Document:
        doing = Doing(
            session=self.session,
            name=state.name,
            source=state.source,
            mode=state.mode,
            model=state.model,
            labels=state.labels,
            messages=self.viewer.screen.messages,
            status=state.status,
            activity=state.activity,
            created_at=self.viewer.screen.created_at or at,
            updated_at=at,
        )
        owner = state.owner or CallerId("")
        return Document(kind=CARD, id=self.session, owner=owner, body=encode_value(doing))

    def _is_kept(self, page: Page) -> None:
        super()._is_kept(page)
        while self._news and self._news[0][0] <= self.kept:
            _, news = self._news.pop(0)
            if self.state.owner is not None:
                self._tell(self.state.owner, news)

    def given(self, by: CallerId, **known: Any) -> Given:
        """Return what a rule may know, with the content so far of open items."""
        return Given(by=by, partial=self.partial(), elapsed_ms=self.elapsed_ms(), **known)

    def partial(self) -> Mapping[ItemId, AnyContent]:
        """Return the content so far of every item that is open."""
        run = self.state.run
        if run is None and not self.state.free:
            return {}
        return self.viewer.partial()

    def elapsed_ms(self) -> int:
        """Return how long ago the run that goes on began."""
        run = self.state.run
        seen = self.viewer.run_seen(run.run) if run is not None else None
        if seen is None or not seen.at:
            return 0
        passed = self._clock.now() - moment_of(seen.at)
        return max(0, int(passed.total_seconds() * 1000))  # The clock may have been set back.
