"""The fold of a log into what a screen needs at once. No I/O, no clock.

`Viewer` sees records and shows a `Screen`; `InboxViewer` does so for a caller's inbox. Text of open
items is kept in pieces and joined when it is shown, so that a long answer costs linear time.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from engine.unfinished import content_so_far, with_display
from protocol.events import (
    Activity,
    AnyEvent,
    ApprovalRequested,
    ApprovalResolved,
    ApprovalRevoked,
    ArtifactCreated,
    CheckFinished,
    InputReplied,
    InputRequested,
    ItemCompleted,
    ItemDelta,
    ItemStarted,
    KernelBusy,
    KernelDied,
    KernelIdle,
    KernelMoved,
    KernelRestarted,
    KernelStarted,
    ModelAsked,
    QuestionAnswered,
    QuestionAsked,
    RoundStarted,
    RunFinished,
    RunQueued,
    RunStarted,
    RunSteered,
    SessionArchived,
    SessionCreated,
    SessionDeleted,
    SessionUpdated,
    UnknownEvent,
    Usage,
    UsageCounted,
)
from protocol.ids import ItemId, RunId, SessionId
from protocol.items import (
    AnyContent,
    Display,
)
from protocol.screens import (
    ApprovalSeen,
    ArtifactSeen,
    Grant,
    ItemSeen,
    RunSeen,
    Screen,
)

_STREAMS: Final = ("text", "stdout", "stderr")


class AnyViewer(Protocol):
    """Sees records, in order, and can show their fold."""

    def see(self, event: AnyEvent | UnknownEvent, at: str) -> None:
        """Take in one event."""

    def show(self) -> Any:
        """Return the fold, ready to be encoded."""


class Viewer:
    """The fold of one session's log."""

    def __init__(self, session: SessionId, screen: Screen | None = None) -> None:
        self.screen = screen or Screen(session=session)
        self._runs: dict[RunId, RunSeen] = {run.run: run for run in self.screen.runs}
        # What is open of each kind: nobody should look through all that is over.
        self._going = {run.run for run in self.screen.runs if _goes_on(run)}
        asked = self.screen.approvals.items()
        self._waiting = {approval for approval, seen in asked if seen.verdict is None}
        shown = self.screen.items.items()
        self._open = {item: seen for item, seen in shown if seen.outcome is None}
        self._pieces: defaultdict[tuple[ItemId, str], list[str]] = defaultdict(list)

    def see(self, event: AnyEvent | UnknownEvent, at: str) -> None:
        """Take in one event."""
        if type(event) is ItemDelta:
            self.more(event)
            return
        if isinstance(event, UnknownEvent):
            return
        self.screen.updated_at = at
        fold = _VIEWS.get(type(event))
        if fold is not None:
            fold(self, event, at)

    def show(self) -> Screen:
        """Return the screen, with all text joined. It goes on changing as more is seen."""
        self._join_all()
        self.screen.activity = self._activity()
        return self.screen

    def partial(self) -> Mapping[ItemId, AnyContent]:
        """Return the content so far of every item that is open."""
        self._join_all()
        found = {
            item.item: content
            for item in self._open.values()
            if (content := content_so_far(item)) is not None
        }
        return found

    def run_seen(self, run: RunId) -> RunSeen | None:
        """Return a run as it stands."""
        return self._runs.get(run)

    def _activity(self) -> Activity:
        screen = self.screen
        if not self._going:
            return "idle"
        waits = bool(self._waiting or screen.questions)
        waits = waits or any(asked.run for asked in screen.inputs)
        return "waiting" if waits else "working"

    def _join_all(self) -> None:
        for item, name in list(self._pieces):
            self._join(item, name)

    def _join(self, item: ItemId, name: str) -> None:
        pieces = self._pieces.pop((item, name), None)
        seen = self.screen.items.get(item)
        if pieces and seen is not None:
            setattr(seen, name, getattr(seen, name) + "".join(pieces))

    # --- Runs and items ---

    def run(self, event: RunQueued | RunStarted, at: str) -> None:
        """A run is queued or begins."""
        seen = self._runs.get(event.run)
        if seen is None:
            seen = RunSeen(
                run=event.run,
                text=event.text,
                by=event.by,
                key=event.key,
                attachments=event.attachments,
                options=event.options,
            )
            self._runs[event.run] = seen
            self.screen.runs.append(seen)
            self.screen.messages += 1
        seen.at = at
        seen.queued = isinstance(event, RunQueued)
        if _goes_on(seen):
            self._going.add(event.run)

    def round(self, event: RoundStarted, _: str) -> None:
        """A round begins."""
        self._runs[event.run].round = event.round
        self.screen.messages += 1

    def steered(self, event: RunSteered, _: str) -> None:
        """A person said something."""
        self._runs[event.run].steered.append(event.text)

    def run_finished(self, event: RunFinished, _: str) -> None:
        """The run is over."""
        seen = self._runs[event.run]
        self._going.discard(event.run)
        seen.queued = False
        seen.outcome = event.outcome
        seen.answer = event.answer
        seen.error = event.error
        seen.usage = event.usage
        seen.elapsed_ms = event.elapsed_ms

    def item_started(self, event: ItemStarted, at: str) -> None:
        """An item begins to appear."""
        self.screen.items[event.item] = self._open[event.item] = ItemSeen(
            item=event.item,
            kind=event.kind,
            run=event.run,
            of=event.of,
            at=at,
            language=event.language,
            source=event.source,
            columns=event.columns,
            name=event.name,
            arguments=event.arguments,
            title=event.title,
        )
        run = self._runs.get(event.run) if event.run is not None else None
        if run is not None:
            run.items.append(event.item)

    def more(self, event: ItemDelta) -> None:
        """Take in a delta: as `see`, for very many."""
        seen = self.screen.items.get(event.item)
        if seen is None:
            return
        if event.clear:
            self._wipe(seen)
        if event.text is not None:
            self._pieces[event.item, event.stream or "text"].append(event.text)
        if event.rows is not None:
            if seen.rows is None:
                seen.rows = []
            seen.rows.extend(event.rows)
        if event.mime is not None:
            if seen.displays is None:
                seen.displays = []
            drawn = Display(mime=event.mime, data=event.data, id=event.display)
            seen.displays = with_display(seen.displays, drawn)

    def _wipe(self, seen: ItemSeen) -> None:
        """Forget what an item has said and drawn so far."""
        for name in _STREAMS:
            self._pieces.pop((seen.item, name), None)
            setattr(seen, name, "")
        seen.displays = None

    def item_completed(self, event: ItemCompleted, _: str) -> None:
        """The item is as it is for good; what came before in pieces no longer counts."""
        seen = self.screen.items.get(event.item)
        if seen is None:
            return
        self._open.pop(event.item, None)
        self._wipe(seen)
        if seen.kind == "code" and seen.run is not None and event.outcome in ("ok", "failed"):
            self.screen.messages += 1
        seen.rows = None
        seen.content = event.content
        seen.outcome = event.outcome
        seen.error = event.error
        seen.elapsed_ms = event.elapsed_ms

    def checked(self, event: CheckFinished, _: str) -> None:
        """The guard has spoken."""
        seen = self.screen.items.get(event.item)
        if seen is not None:
            seen.check = event

    # --- A person's part ---

    def approval_requested(self, event: ApprovalRequested, at: str) -> None:
        """A gate is shut."""
        self.screen.approvals[event.approval] = ApprovalSeen(request=event, at=at)
        self._waiting.add(event.approval)

    def approval_resolved(self, event: ApprovalResolved, at: str) -> None:
        """A gate was answered."""
        seen = self.screen.approvals.get(event.approval)
        if seen is None:
            return
        self._waiting.discard(event.approval)
        seen.verdict = event.verdict
        seen.by = event.by
        seen.text = event.text
        seen.changed = event.changed
        seen.resolved_at = at
        if event.remember in ("session", "always") and event.verdict in ("approve", "edit"):
            grant = Grant(
                subject=seen.request.subject,
                scope=seen.request.remembers or "",
                approval=event.approval,
                remember=event.remember,
                by=event.by,
                at=at,
            )
            self.screen.grants = [*self.screen.grants, grant]

    def approval_revoked(self, event: ApprovalRevoked, _: str) -> None:
        """What was remembered holds no more."""
        left = [grant for grant in self.screen.grants if grant.approval != event.approval]
        self.screen.grants = left

    def question_asked(self, event: QuestionAsked, _: str) -> None:
        """The run asks."""
        self.screen.questions.append(event)

    def question_answered(self, event: QuestionAnswered, _: str) -> None:
        """A person answered."""
        left = [asked for asked in self.screen.questions if asked.question != event.question]
        self.screen.questions = left

    def input_requested(self, event: InputRequested, _: str) -> None:
        """Python waits for a line."""
        self.screen.inputs.append(event)

    def input_replied(self, event: InputReplied, _: str) -> None:
        """Python has its line."""
        left = [asked for asked in self.screen.inputs if asked.input != event.input]
        self.screen.inputs = left

    # --- The session ---

    def created(self, event: SessionCreated, at: str) -> None:
        """The session exists."""
        screen = self.screen
        screen.owner = event.owner
        screen.created_at = at
        for name in ("name", "source", "model", "agent", "mode", "gates", "data", "labels"):
            setattr(screen, name, getattr(event, name))

    def updated(self, event: SessionUpdated, _: str) -> None:
        """Some of it changed."""
        for name in ("name", "source", "model", "mode", "gates", "data", "labels", "status"):
            value = getattr(event, name)
            if value is not None:
                setattr(self.screen, name, value)

    def archived(self, _event: SessionArchived, _: str) -> None:
        """It was put away."""
        self.screen.status = "archived"

    def deleted(self, _event: SessionDeleted, _: str) -> None:
        """It is to be forgotten."""
        self.screen.status = "deleted"

    def artifact(self, event: ArtifactCreated, _: str) -> None:
        """A file appeared, or was written anew."""
        kept = [seen for seen in self.screen.artifacts if seen.name != event.name]
        seen = ArtifactSeen(name=event.name, mime=event.mime, size=event.size, url=event.url)
        self.screen.artifacts = [*kept, seen]

    def asked(self, event: ModelAsked, _: str) -> None:
        """Something left for a model outside."""
        if event.run is not None:
            self._runs[event.run].asked.append(event)

    def usage(self, event: UsageCounted, _: str) -> None:
        """Tokens were spent."""
        spent = self.screen.usage
        cost = spent.cost if event.cost is None else (spent.cost or 0.0) + event.cost
        self.screen.usage = Usage(
            input_tokens=spent.input_tokens + event.input_tokens,
            output_tokens=spent.output_tokens + event.output_tokens,
            cost=cost,
        )

    def kernel_moved(self, event: KernelMoved, _: str) -> None:
        """The kernel has another home."""
        self.screen.home = event.home

    def kernel(self, event: AnyEvent, _: str) -> None:
        """The kernel's state changed."""
        self.screen.kernel = str(type(event).__struct_config__.tag).removeprefix("kernel.")
        if isinstance(event, KernelStarted):
            self.screen.isolation = event.isolation


def _goes_on(run: RunSeen) -> bool:
    return run.outcome is None and not run.queued


_VIEWS: Final[dict[type[Any], Callable[[Viewer, Any, str], None]]] = {
    SessionCreated: Viewer.created,
    SessionUpdated: Viewer.updated,
    SessionArchived: Viewer.archived,
    SessionDeleted: Viewer.deleted,
    RunQueued: Viewer.run,
    RunStarted: Viewer.run,
    RunSteered: Viewer.steered,
    RunFinished: Viewer.run_finished,
    RoundStarted: Viewer.round,
    ItemStarted: Viewer.item_started,
    ItemCompleted: Viewer.item_completed,
    CheckFinished: Viewer.checked,
    ArtifactCreated: Viewer.artifact,
    ApprovalRequested: Viewer.approval_requested,
    ApprovalResolved: Viewer.approval_resolved,
    ApprovalRevoked: Viewer.approval_revoked,
    QuestionAsked: Viewer.question_asked,
    QuestionAnswered: Viewer.question_answered,
    InputRequested: Viewer.input_requested,
    InputReplied: Viewer.input_replied,
    ModelAsked: Viewer.asked,
    UsageCounted: Viewer.usage,
    KernelStarted: Viewer.kernel,
    KernelBusy: Viewer.kernel,
    KernelIdle: Viewer.kernel,
    KernelDied: Viewer.kernel,
    KernelRestarted: Viewer.kernel,
    KernelMoved: Viewer.kernel_moved,
}
