"""Making an inbox small: what a later record says again, an earlier one need not say. Pure.

Records are only left out, never changed, so that it is true for every reader: one that stands in
the middle folds what is left after its position into what it has seen, and comes to the same.
"""

from collections.abc import Iterator

import msgspec

from protocol.codec import decode_record, split_records
from protocol.events import (
    AnyEvent,
    ApprovalRequested,
    ApprovalResolved,
    QuestionAnswered,
    QuestionAsked,
    Record,
    SessionArchived,
    SessionCreated,
    SessionDeleted,
    SessionUpdated,
    UnknownEvent,
)
from protocol.ids import SessionId
from protocol.pages import Page

_FIELDS = ("name", "source", "model", "mode", "gates", "data", "labels", "status", "activity")
_LAST = "last"


class Later:
    """What is said of each session last, and which questions are settled.

    What came after all that was seen is never needless.
    """

    def __init__(self) -> None:
        self._said: dict[tuple[SessionId, str], int] = {}
        self._begun: dict[SessionId, int] = {}
        self._settled: set[str] = set()

    def see(self, page: Page) -> None:
        """Take in one page. All of them, in order, before the first is condensed."""
        for raw in split_records(page.records):
            self._see(decode_record(raw))

    def _see(self, record: Record) -> None:
        match record.event:
            case SessionCreated(session=session):
                self._begun[session] = record.seq
            case ApprovalResolved(approval=approval):
                self._settled.add(approval)
            case QuestionAnswered(question=question):
                self._settled.add(question)
            case _:
                pass
        for place in _places(record.event):
            self._said[place] = record.seq

    def condensed(self, page: Page) -> Page | None:
        """Return the page without what is needless, or None if it has nothing needless."""
        raws = split_records(page.records)
        kept = [raw for raw in raws if not self._needless(decode_record(raw))]
        if len(kept) == len(raws):
            return None
        return msgspec.structs.replace(page, records=b",".join(bytes(raw) for raw in kept))

    def _needless(self, record: Record) -> bool:
        match record.event:
            case ApprovalRequested(approval=asked) | QuestionAsked(question=asked):
                return asked in self._settled
            case SessionCreated(session=session):
                return record.seq < self._begun.get(session, 0)
            case SessionUpdated() | SessionArchived() | SessionDeleted() as event:
                if record.seq < self._begun.get(event.session, 0):
                    return True
                return all(record.seq < self._said.get(place, 0) for place in _places(event))
            case _:
                # Also each answer: whoever has only seen the question waits for it.
                return False


def _places(event: AnyEvent | UnknownEvent) -> Iterator[tuple[SessionId, str]]:
    """Yield what an event says of its session; that it was the last counts too."""
    match event:
        case SessionUpdated():
            given = [name for name in _FIELDS if getattr(event, name) is not None]
        case SessionArchived() | SessionDeleted():
            given = ["status"]
        case _:
            return
    for name in (*given, _LAST):
        yield event.session, name
