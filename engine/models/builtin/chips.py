"""Chips: the parts of a plan that a person can check, each with the place where it stands."""

from typing import Literal

import msgspec

from engine.models.builtin.explaining import condition, groupings, phrase, plural
from engine.models.builtin.plan import Bucket, Col, Cond, Expr, Key, Output, Period, Query

Role = Literal["measure", "filter", "time", "grouping", "order", "limit", "table"]
Part = Literal["outputs", "where", "having", "group", "order", "limit", "top_per", "root"]
Piece = Output | Cond | Expr | Key | int | str


class Chip(msgspec.Struct, frozen=True):
    """One part of a reading: its words, and the piece of the plan it stands for."""

    role: Role
    text: str
    place: int
    part: Part
    piece: Piece

    @property
    def id(self) -> str:
        """A name that no other chip of this reading has."""
        return f"{self.role}:{self.place}"


def chips(query: Query) -> tuple[Chip, ...]:
    """Return what was understood: measures, filters, times, groupings, order, limit."""
    found: list[Chip] = []

    def add(
        role: Role, text: str, part: Part, piece: Output | Cond | Expr | Key | int | str
    ) -> None:
        place = sum(chip.role == role for chip in found)
        found.append(Chip(role, text, place, part, piece))

    measures = [o for o in query.outputs if not isinstance(o.expr, Col | Bucket)]
    for output in measures:
        add("measure", phrase(output.expr), "outputs", output)
    if not measures:
        add("table", plural(query.root), "root", query.root)
    for cond in query.where:
        add("time" if isinstance(cond, Period) else "filter", condition(cond), "where", cond)
    for cond in query.having:
        add("filter", condition(cond), "having", cond)
    for expr in groupings(query):
        add("grouping", phrase(expr), "group", expr)
    for key in query.order:
        add("order", sorted_by(key), "order", key)
    if query.limit is not None:
        add("limit", first(query.limit), "limit", query.limit)
    if query.top_per is not None:
        add("limit", f"{first(query.top_per)} of each", "top_per", query.top_per)
    return tuple(found)


def sorted_by(key: Key) -> str:
    """Return what to sort by, in words, with its direction."""
    return f"{phrase(key.by)} {'↓' if key.descending else '↑'}"


def first(count: int) -> str:
    """Return a limit in words."""
    return f"first {count}"
