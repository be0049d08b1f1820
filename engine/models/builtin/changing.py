"""Changing: a plan with one of its chips made another, or left out."""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import TypeVar, cast

import msgspec

from engine.models.builtin.alternatives import Piece, alternatives
from engine.models.builtin.chips import Chip, chips
from engine.models.builtin.linking import Linker
from engine.models.builtin.naming import named
from engine.models.builtin.plan import Agg, Bucket, Col, Expr, Key, Output, Query
from engine.models.builtin.reading.telling import key_of, labels_of
from engine.models.builtin.schema import Schema
from engine.models.builtin.shaping import replaced
from protocol.changes import Change

T = TypeVar("T")
Freely = Callable[[Chip, str], Piece | None]
"""Reads free words as what a chip should become; None if they mean nothing for it."""


class Edit(msgspec.Struct, frozen=True):
    """A piece of a plan that was changed by hand: `new` is None where it was left out."""

    part: str
    old: object
    new: object = None


def edit(
    linker: Linker, query: Query, wanted: Change, today: dt.date, freely: Freely
) -> Edit | None:
    """Return what a change means for a plan; None if it has no such chip, or no such choice."""
    chip = next((c for c in chips(query) if c.text == wanted.text), None)
    if chip is None:
        return None
    if wanted.choice is None:
        return Edit(chip.part, chip.piece) if removable(query, chip) else None
    said = wanted.choice.strip().casefold()
    offers = alternatives(linker, query, chip, today)
    new = next((piece for text, piece in offers if text.casefold() == said), None)
    if new is None:
        new = freely(chip, wanted.choice.strip())
    return Edit(chip.part, chip.piece, new) if new is not None else None


def removable(query: Query, chip: Chip) -> bool:
    """Whether a plan still asks for something without a chip."""
    if chip.part == "outputs":
        return sum(other.part == "outputs" for other in chips(query)) > 1
    return chip.part not in ("root", "top_per")


def changed(schema: Schema, query: Query, edits: Sequence[Edit]) -> Query:
    """Return the plan with all edits made that still find their piece."""
    for each in edits:
        query = _changed(schema, query, each)
    return query


def _changed(schema: Schema, query: Query, each: Edit) -> Query:
    match each.part:
        case "where":
            return msgspec.structs.replace(query, where=_put(query.where, each))
        case "having":
            return msgspec.structs.replace(query, having=_put(query.having, each))
        case "order":
            return _reordered(query, each)
        case "limit":
            new = each.new if isinstance(each.new, int) else None
            return msgspec.structs.replace(query, limit=new) if query.limit == each.old else query
        case "top_per":
            same = query.top_per == each.old and isinstance(each.new, int)
            return msgspec.structs.replace(query, top_per=each.new) if same else query
        case "outputs":
            return _measured(schema, query, each)
        case "group":
            return _regrouped(schema, query, each)
        case "root":
            return _counted(schema, query, each)
        case _:
            return query


def _put(items: tuple[T, ...], each: Edit) -> tuple[T, ...]:
    new = () if each.new is None else (cast(T, each.new),)
    return tuple(x for item in items for x in (new if item == each.old else (item,)))


def _reordered(query: Query, each: Edit) -> Query:
    order = _put(query.order, each)
    group = query.group
    if isinstance(each.new, Key) and isinstance(each.new.by, Col) and group:
        group = tuple(dict.fromkeys((*group, each.new.by)))
    return msgspec.structs.replace(query, order=order, group=group)


def _measured(schema: Schema, query: Query, each: Edit) -> Query:
    assert isinstance(each.old, Output)
    if each.old not in query.outputs:
        return query
    if not isinstance(each.new, Output):
        outputs = tuple(o for o in query.outputs if o != each.old)
        order = tuple(key for key in query.order if key.by != each.old.expr)
        return msgspec.structs.replace(query, outputs=outputs, order=order)
    new = named(schema, each.new.expr)
    query = replaced(query, each.old, new)
    order = tuple(Key(new.expr, k.descending) if k.by == each.old.expr else k for k in query.order)
    return msgspec.structs.replace(query, order=order)


def _counted(schema: Schema, query: Query, each: Edit) -> Query:
    """Rows that were listed are counted or added up instead."""
    if query.root != each.old or not isinstance(each.new, Output):
        return query
    new = named(schema, each.new.expr)
    return msgspec.structs.replace(
        query, outputs=(new,), star=False, distinct=False, order=(), limit=None, group=()
    )


def _regrouped(schema: Schema, query: Query, each: Edit) -> Query:
    """Group by another thing: what told the old groups apart goes, too."""
    old = each.old
    if old not in query.group:
        return query
    shown = [o.expr for o in query.outputs]
    gone = {old, *(k for k in query.group if k not in shown and _same_table(k, old))}
    new: tuple[Expr, ...] = ()
    if isinstance(each.new, Col | Bucket):
        new = _keys(schema, each.new)
    group = tuple(dict.fromkeys((*(k for k in query.group if k not in gone), *new)))
    told = (named(schema, new[-1]),) if new else ()
    outputs = tuple(x for o in query.outputs for x in (told if o.expr == old else (o,)))
    order = tuple(key for key in query.order if key.by not in gone)
    if isinstance(each.new, Bucket) and not order:
        order = (Key(each.new),)
    if not group:
        order = tuple(key for key in order if not isinstance(key.by, Agg))
    return msgspec.structs.replace(
        query, group=group, outputs=outputs or query.outputs, order=order
    )


def _keys(schema: Schema, expr: Col | Bucket) -> tuple[Expr, ...]:
    """A label stands for its row, so rows of one name stay apart."""
    if isinstance(expr, Col) and (expr.column,) == labels_of(schema, expr.table):
        return (*(Col(expr.table, name, expr.via) for name in key_of(schema, expr.table)), expr)
    return (expr,)


def _same_table(one: object, other: object) -> bool:
    return isinstance(one, Col) and isinstance(other, Col) and one.table == other.table
