"""How far the telling is: the round that goes on, its pieces of code, and what they gave."""

from collections.abc import Mapping, Sequence

import msgspec

from gateway.dialects.dsagent.composing import ABORTED, code_of, content_of, merged
from gateway.dialects.dsagent.shapes import ChatResponse, ExecutionResult, PlanShape
from protocol.ids import ItemId, RunId
from protocol.items import AnyContent, Cell, Code, Error, Image, Language, Output, Table


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """One piece of code: `parts` is what it made, `old` says that another try took its place."""

    language: Language | None = None
    source: str | None = None
    text: str = ""
    explanation: str | None = None
    proposed: bool = False
    executing: bool = False
    over: bool = False
    old: bool = False
    parts: tuple[tuple[ItemId, AnyContent], ...] = ()
    result: ExecutionResult | None = None

    @property
    def shown(self) -> str:
        """Return its text as a client sees it."""
        return code_of(self.language, self.text, self.source)


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """One round: `said` in the order of its items, `replied` once the reply was told."""

    number: int = 0
    open: bool = False
    replied: bool = False
    said: Mapping[ItemId, AnyContent | str | None] = {}
    pieces: Mapping[ItemId, Piece] = {}
    thoughts: tuple[str, ...] = ()
    plan_said: bool = False

    @property
    def content(self) -> str:
        """Return the reply as text."""
        parts = (self._part(item, part) for item, part in self.said.items())
        return content_of(part for part in parts if part is not None)

    def _part(self, item: ItemId, part: AnyContent | str | None) -> AnyContent | str | None:
        piece = self.pieces.get(item)
        if piece is None or not piece.proposed:
            return part
        language = piece.language or "python"
        return Code(
            language=language,
            text=piece.text,
            source=piece.source,
            explanation=piece.explanation,
        )

    @property
    def silent(self) -> bool:
        """Whether there is nothing to tell of it."""
        return not self.content and not self.pieces


class State(msgspec.Struct, frozen=True, kw_only=True):
    """The fold. `only` is the run that is told of, None for all and for what has no run.

    `note` is what is said instead of `Processing...` as a run begins.
    """

    only: RunId | None = None
    note: str = ""
    run: RunId | None = None
    user_message: str | None = None
    round: Round = Round()
    plan: PlanShape | None = None
    plan_told: PlanShape | None = None
    free: Mapping[ItemId, Piece] = {}
    nested: Mapping[ItemId, Piece] = {}
    """Queries that Python sends by itself: told of only where they wait for a person."""
    parents: Mapping[ItemId, ItemId] = {}
    rows: Mapping[ItemId, Sequence[Sequence[Cell]]] = {}
    over: bool = False

    def piece(self, item: ItemId | None) -> Piece | None:
        """Return a piece of code, of the round or of a person."""
        if item is None:
            return None
        return self.round.pieces.get(item) or self.free.get(item)

    def with_piece(self, item: ItemId, piece: Piece) -> "State":
        """Return the state with this piece as it is now."""
        if item in self.free:
            return msgspec.structs.replace(self, free={**self.free, item: piece})
        pieces = {**self.round.pieces, item: piece}
        return self.with_round(pieces=pieces)

    def with_round(self, **changed: object) -> "State":
        """Return the state with the round changed."""
        return msgspec.structs.replace(self, round=msgspec.structs.replace(self.round, **changed))

    def response(self, *, is_complete: bool, answer: str | None, aborted: bool) -> ChatResponse:
        """Return the reply of the round as a whole."""
        kept = [piece for piece in self.round.pieces.values() if piece.proposed and not piece.old]
        results = [piece.result for piece in kept if piece.result is not None]
        return ChatResponse(
            content=self.round.content,
            code="\n\n".join(piece.shown for piece in kept) or None,
            execution_result=merged(results),
            plan=self.plan,
            has_answer=answer is not None and not aborted,
            answer=ABORTED if aborted else answer,
            thinking="\n".join(self.round.thoughts) or None,
            is_complete=is_complete,
        )


def makes_result(content: AnyContent) -> bool:
    """Return whether an item is something that code gave."""
    return isinstance(content, Output | Table | Image | Error)
