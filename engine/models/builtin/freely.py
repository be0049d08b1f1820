"""Free words for a chip: another value, period, column or number, typed instead of chosen."""

import datetime as dt

from engine.models.builtin.alternatives import Piece, numbers, values
from engine.models.builtin.chips import Chip
from engine.models.builtin.linking import Linker
from engine.models.builtin.marking import marks
from engine.models.builtin.plan import (
    Agg,
    Bucket,
    Col,
    Compare,
    Cond,
    Expr,
    Key,
    Like,
    OneOf,
    Output,
    Period,
    Value,
)  # fmt: skip
from engine.models.builtin.reading.reader import read
from engine.models.builtin.reading.state import State
from engine.models.builtin.times import times, year
from engine.models.builtin.words import tokens


class Freely:
    """Reads what a person typed in place of a chip, in view of the question it belongs to."""

    def __init__(self, linker: Linker, state: State, today: dt.date) -> None:
        self._linker = linker
        self._subject = state.subject
        self._today = today

    def __call__(self, chip: Chip, said: str) -> Piece | None:
        """Return the piece of the plan that the words mean, None if they mean none."""
        match chip.piece:
            case _ if not said:
                return None
            case int():
                return self._limit(said)
            case Period(left=left):
                return self._period(left, said) or self._condition(said)
            case Key(by=by, descending=descending):
                return self._key(by, descending, said)
            case Output() | str():
                old = chip.piece.expr if isinstance(chip.piece, Output) else None
                expr = self._measure(old, said)
                return Output(expr) if expr is not None else None
            case piece if chip.part == "group":
                return self._group(piece, said)
            case piece:
                return self._value(piece, said) or self._condition(said)

    def _read(self, said: str) -> State:
        words = tokens(said)
        state = State(self._linker, marks(words, self._linker, self._today), self._today)
        state.subject = self._subject
        return read(state)

    def _limit(self, said: str) -> int | None:
        numbers = [t.value for t in tokens(said) if isinstance(t.value, int) and t.value > 0]
        return int(numbers[0]) if numbers else None

    def _period(self, left: Col, said: str) -> Cond | None:
        words = tokens(said)
        found = next((time for time in times(words, self._today) if time.start), None)
        if found is not None:
            return Period(left, found.start, found.end, said)
        number = words[0].value if len(words) == 1 else None
        if isinstance(number, int) and 1900 <= number <= 2100:
            return Period(left, *year(number), said)
        return None

    def _condition(self, said: str) -> Cond | None:
        filters = self._read(f"{self._plural()} with {said}").filters
        return filters[0].cond if len(filters) == 1 and not filters[0].negated else None

    def _plural(self) -> str:
        return " ".join(self._linker.schema.tables[self._subject].words) if self._subject else ""

    def _value(self, piece: object, said: str) -> Cond | None:
        """Another value of the same column, spelled as the data spells it where it is known."""
        left = getattr(piece, "left", None)
        if not isinstance(left, Col) or len(tokens(said)) > 6:
            return None
        info = self._linker.schema.column(left.table, left.column)
        if isinstance(piece, Like):
            return Like(left, piece.how, said)
        if not isinstance(piece, Compare | OneOf):
            return None
        op = piece.op if isinstance(piece, Compare) else "="
        for value in info.info.samples:
            if value.casefold() == said.casefold() and info.kind != "number":
                return Compare(left, op, Value(value))
        number = tokens(said)[0].value if len(tokens(said)) == 1 else None
        if info.kind == "number":
            return Compare(left, op, Value(number)) if number is not None else None
        complete = (info.info.distinct or 0) <= len(values(self._linker.schema, left))
        return None if complete and info.info.distinct else Compare(left, op, Value(said))

    def _measure(self, old: Expr | None, said: str) -> Expr | None:
        heads = self._read(said).heads
        expr = next((h.expr for h in heads if isinstance(h.expr, Agg)), None)
        if expr is not None:
            return expr
        column = next((h.expr for h in heads if isinstance(h.expr, Col)), None)
        if column is None:
            return None
        known = {c.name for c in numbers(self._linker.schema, column.table)}
        fn = old.fn if isinstance(old, Agg) and old.fn != "count" else "sum"
        return Agg(fn, column) if column.column in known else None

    def _group(self, old: object, said: str) -> Expr | None:
        groups = self._read(f"number of {self._plural()} by {said}").groupings
        for group in groups[:1]:
            if group.unit is not None and group.expr is None and isinstance(old, Bucket):
                return Bucket(group.unit, old.arg)
            if group.expr is not None:
                return group.expr
            if group.table:
                labels = self._linker.schema.tables[group.table].labels
                return Col(group.table, labels[0]) if labels else None
        return None

    def _key(self, by: Expr, descending: bool, said: str) -> Key | None:
        state = self._read(f"{self._plural()} sorted by {said}")
        found = next(((e, down) for e, down in state.orders if e is not None), None)
        if found is not None:
            return Key(found[0], found[1])
        if any(down for _, down in state.orders):
            return Key(by, True)
        return Key(by, False) if state.orders else None
