"""What the reader holds while it goes through a question once, from left to right."""

import datetime as dt
from collections.abc import Callable, Iterable, Set
from typing import Literal

import msgspec

from engine.models.builtin import lexicon
from engine.models.builtin.joins import distance, fans_out
from engine.models.builtin.lexicon import Cue
from engine.models.builtin.linking import Linker
from engine.models.builtin.marking import Mark
from engine.models.builtin.plan import Col, Cond, Expr, Fn, Unit
from engine.models.builtin.schema import Column, Schema
from engine.models.builtin.things import ColumnLink


class Head(msgspec.Struct, frozen=True):
    """One thing that is asked for: a column, a table's rows, or an aggregate."""

    kind: Literal["column", "table", "agg", "amount"]
    table: str
    expr: Expr | None = None
    words: str = ""


class Filter(msgspec.Struct, frozen=True):
    """One condition as it was said. `clause` counts the relative clauses; `link` joins to the one
    before.
    """

    cond: Cond
    tables: frozenset[str]
    negated: bool = False
    clause: int = 0
    link: Literal["and", "or", "both"] = "and"
    words: str = ""


class Rank(msgspec.Struct, frozen=True):
    """A superlative: sort by this and keep the first."""

    by: Expr | None
    descending: bool
    limit: int | None = 1
    table: str = ""


class Grouping(msgspec.Struct, frozen=True):
    """What each row of the answer stands for: a table's row, a column's value, a span of time.

    `row` says that the column names a row, which a key pointed to.
    """

    expr: Expr | None
    table: str
    unit: Unit | None = None
    row: bool = False


class State:
    """A question half read."""

    def __init__(
        self, linker: Linker, marks: list[Mark], today: dt.date, hints: Set[str] = frozenset()
    ) -> None:
        self.linker: Linker = linker
        self.schema: Schema = linker.schema
        self.marks = marks
        self.hints = hints
        self.today = today
        self.at = 0
        self.asking = True
        self.heads: list[Head] = []
        self.filters: list[Filter] = []
        self.havings: list[Filter] = []
        self.groupings: list[Grouping] = []
        self.orders: list[tuple[Expr | None, bool]] = []
        self.ranks: list[Rank] = []
        self.limit: int | None = None
        self.distinct = False
        self.tables: list[str] = []
        self.missing: list[tuple[str, int]] = []
        self.aggs: list[Fn] = []
        self.counting = False
        self.negated = False
        self.clause = 0
        self.link: Literal["and", "or", "both"] = "and"
        self.column: Col | None = None
        self.event: Col | None = None
        self.metric: Expr | None = None
        self.subject = ""
        self.focus = ""
        self.links: list[float] = []
        self.choices: list[tuple[str, tuple[str, ...]]] = []
        self.close = 0
        self.names: dict[Expr, str] = {}
        self.everything = False
        self.share = False
        self.sorting = False
        self.window: Literal["", "growth", "running"] = ""
        self.contrast: tuple[tuple[str, str], tuple[str, str]] | None = None
        self.averaging = False
        self.ratio = False
        self.chart = ""
        self.unread: list[str] = []
        self.doubts: list[str] = []
        self.used: set[int] = set()
        self.mentioned: dict[str, float] = self._mentions()
        self.valued: frozenset[str] = self._valued()

    def _mentions(self) -> dict[str, float]:
        found: dict[str, float] = {}
        for mark in self.marks:
            if mark.thing is not None and mark.thing.tables:
                best = mark.thing.tables[0]
                columns = mark.thing.columns
                if columns and columns[0].score > best.score + 0.1:
                    continue
                found.setdefault(best.table, best.score)
        return found

    def _valued(self) -> frozenset[str]:
        """Return the tables that hold the values which were said, where only one does."""
        found: set[str] = set()
        for mark in self.marks:
            if mark.thing is not None and mark.thing.values:
                tables = {hit.table for hit in mark.thing.values if hit.score > 0.8}
                found |= tables if len(tables) == 1 else set()
        return frozenset(found)

    # --- Looking around ---------------------------------------------------------------------

    def mark(self, offset: int = 0) -> Mark | None:
        """Return the mark at a distance from here."""
        place = self.at + offset
        return self.marks[place] if 0 <= place < len(self.marks) else None

    def kind(self, offset: int = 0) -> str:
        """Return the kind of cue at a distance from here."""
        mark = self.mark(offset)
        return mark.kind if mark is not None else ""

    def seek(self, start: int, skip: Callable[[Mark], bool]) -> int:
        """Return the first offset from `start` on whose mark is not to be skipped."""
        offset = start
        while (mark := self.mark(offset)) is not None and skip(mark):
            offset += 1
        return offset

    def cue(self, offset: int = 0) -> Cue | None:
        """Return the cue at a distance from here."""
        mark = self.mark(offset)
        return mark.cue if mark is not None else None

    # --- Meaning ----------------------------------------------------------------------------

    def table_of(self, mark: Mark | None) -> str | None:
        """Return the table a mark means, if it means one rather than a column."""
        if mark is None or mark.thing is None or not mark.thing.tables:
            return None
        best = mark.thing.tables[0]
        tables = [link.table for link in mark.thing.tables if link.score >= best.score - 0.01]
        if mark.thing.columns and mark.thing.columns[0].score > best.score + 0.1:
            return None
        if mark.thing.values and mark.thing.values[0].score > best.score + 0.1:
            return None
        return min(tables, key=lambda name: self._remote(name)) if self.subject else tables[0]

    def column_of(
        self, mark: Mark | None, owner: str = "", wanted: Set[str] = frozenset()
    ) -> Col | None:
        """Return the column a mark means, in view of the table it is said of."""
        if mark is None or mark.thing is None or not mark.thing.columns:
            return None
        best = self.pick(mark.thing.columns, owner or self.subject, wanted)
        self.links.append(best.score)
        return Col(best.column.table, best.column.name)

    def pick(
        self, links: Iterable[ColumnLink], owner: str, wanted: Set[str] = frozenset()
    ) -> ColumnLink:
        """Choose between columns of like names: the nearer table wins, and what qualifies it."""
        asked = {head.expr for head in self.heads}
        links = list(links)
        exact = [k.column for k in links if k.score > 0.99 and not k.loose]

        def score(link: ColumnLink) -> float:
            table = link.column.table
            points = link.score + (0.3 if table == owner else 0.0)
            if link.loose and any(
                set(c.words) < set(link.column.words) and c.kind == link.column.kind for c in exact
            ):
                points -= 0.35  # the salary is not the lowest salary of a kind of work
            points += 0.12 if table in self.mentioned else 0.0
            points += 0.06 if any(table == head.table for head in self.heads) else 0.0
            points += 0.1 if table in self.valued else 0.0
            points += 0.25 if Col(table, link.column.name) in asked else 0.0
            points += 0.35 if wanted & set(link.column.words) else 0.0
            points -= 0.05 * self._steps(owner, table)
            edge = self.schema.pointing(table, link.column.name)
            return points - (
                0.14 if edge is not None and table != owner else 0.03 if edge is not None else 0.0
            )

        ranked = sorted(links, key=score, reverse=True)
        if len(ranked) > 1 and score(ranked[0]) - score(ranked[1]) < 0.08:
            self.close += 1
        return ranked[0]

    def _steps(self, one: str, other: str) -> int:
        if not one or one == other:
            return 0
        steps = distance(self.schema, one, other)
        return 6 if steps is None else steps

    def _remote(self, table: str) -> int:
        return self._steps(self.subject, table)

    def info(self, col: Col) -> Column:
        """Return what the schema knows of a column."""
        return self.schema.column(col.table, col.column)

    def numeric(self, col: Col) -> bool:
        """Whether a column can be measured."""
        return (
            self.info(col).kind == "number" and self.schema.pointing(col.table, col.column) is None
        )

    def concept(self, concept: str, table: str) -> tuple[Col, bool] | None:
        """Return the column that an adjective measures, and whether it grows the other way."""
        wanted = lexicon.CONCEPTS.get(concept, ())
        options: list[tuple[float, Column, int]] = []
        if table not in self.schema.tables:
            return None
        for name in self.schema.tables:
            steps = self._steps(table, name)
            if steps > 3:
                continue
            for column in self.schema.tables[name].columns:
                timely = column.kind == "date" and concept in ("age", "time", "service")
                if (column.kind != "number" and not timely) or column.key:
                    continue
                for rank, (word, sign) in enumerate(wanted):
                    if self.linker.says(column, word):
                        bare = 0.5 * (len(column.words) > 1)
                        away = 20.0 * steps - 10.0 * (name in self.mentioned and steps > 0)
                        options.append((rank + bare + away, column, sign))
        if concept in ("age", "time") and all(column.table != table for _, column, _ in options):
            own = [c for c in self.schema.tables[table].columns if c.kind == "date"]
            if len(own) >= 1:
                return Col(table, own[0].name), concept == "age"
        if not options:
            return None
        _, column, sign = min(options, key=lambda option: option[0])
        return Col(column.table, column.name), sign < 0

    def add(self, cond: Cond, *tables: str, words: str = "") -> None:
        """Keep a condition, with the negation and link that were said before it."""
        self.filters.append(
            Filter(cond, frozenset(tables), self.negated, self.clause, self.link, words)
        )
        self.negated = False
        self.focus = next((t for t in tables if t != self.subject), self.focus)
        if self.link == "or":
            self.link = "and"

    def many(self, one: str, other: str) -> bool:
        """Whether a row of one table may meet several rows of the other."""
        return one != other and fans_out(self.schema, one, other)

    def doubt(self, why: str) -> None:
        """Note that something was guessed."""
        self.doubts.append(why)
